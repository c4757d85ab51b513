package import TrackerLog

/// What a person asks to change of a session.
package struct EditDraft: Sendable, Hashable {
    package var kind: Edit.Kind
    /// See `Edit.text`.
    package var text: String
    /// `nil` is the session.
    package var run: String?
    /// The moment that a note is about.
    package var from: Timestamp?
    /// The id of the edit to take back.
    package var undoes: String?
    /// The hash of the profile to attach.
    package var profile: String?

    package init(
        _ kind: Edit.Kind, _ text: String = "", run: String? = nil, from: Timestamp? = nil,
        undoes: String? = nil, profile: String? = nil
    ) {
        self.kind = kind
        self.text = text
        self.run = run
        self.from = from
        self.undoes = undoes
        self.profile = profile
    }
}

/// A session as a person edits it: says what may be changed, and makes the event of the change.
///
/// The commands and the pages ask here, so that both refuse the same and write the same.
package struct EditedState: Sendable {
    package let summary: SessionSummary
    /// All edits so far, those taken back included.
    package let edits: [Edit]
    package let takenBack: Set<ExactText>

    package init(summary: SessionSummary, edits: [Edit], takenBack: Set<ExactText>) {
        self.summary = summary
        self.edits = edits
        self.takenBack = takenBack
    }

    package init(_ index: SessionIndex, in storage: any Storage, now: Timestamp) {
        self.init(
            summary: index.summary(now: now, in: storage), edits: index.state.edits,
            takenBack: index.state.takenBack)
    }

    /// The event of an edit, with a time and an id of its own.
    /// - Throws: why it cannot be made; then nothing is to be written.
    package func edit(
        _ draft: EditDraft, by author: String, now: Timestamp
    ) throws(EditRefusal) -> Edit {
        try check(draft)
        var edit = Edit(
            timestamp: time(now), kind: draft.kind, text: draft.text, run: draft.run,
            from: draft.from, id: newID(), by: author, undoes: draft.undoes,
            profile: draft.profile)
        if draft.kind == .undo, let undone = self.edit(named: draft.undoes) {
            // For programs that show it as a note.
            edit.text = "took back: \(undone.words)"
        }
        return edit
    }

    private func check(_ draft: EditDraft) throws(EditRefusal) {
        if let run = draft.run, !summary.runs.contains(where: { $0.run.isExactly(run) }) {
            throw .noRun(run)
        }
        switch draft.kind {
        case .note: try Self.check(draft.text, upTo: IndexLimits.maxEditBytes)
        case .profile:
            try Self.check(draft.text, upTo: IndexLimits.maxEditBytes)
            guard draft.profile.map(Edit.isProfileHash) ?? false else { throw .noProfile }
        case .tag, .rename: try Self.check(draft.text, upTo: LogLimits.maxNameBytes)
        case .untag:
            guard summary.tags.contains(where: draft.text.isExactly) else {
                throw .noTag(draft.text, has: summary.tags)
            }
        case .archive: if summary.isArchived { throw .archived }
        case .restore: if !summary.isArchived { throw .notArchived }
        case .baseline: try checkBaseline(draft.run)
        case .leftOut:
            try Self.check(draft.text, upTo: IndexLimits.maxEditBytes)
            if let reason = try leftOut(draft.run)?.reason { throw .leftOut(reason: reason) }
        case .takenIn: if try leftOut(draft.run) == nil { throw .notLeftOut }
        case .undo: try checkUndo(draft.undoes)
        }
        switch draft.kind {
        case .note, .baseline, .leftOut, .takenIn, .profile: break
        case .tag, .untag, .rename, .archive, .restore, .undo:
            if draft.run != nil { throw .ofSession }
        }
    }

    private static func check(_ text: String, upTo limit: Int) throws(EditRefusal) {
        guard text.contains(where: { !$0.isWhitespace }) else { throw .empty }
        let bytes = text.utf8.count
        if bytes > limit { throw .tooLong(bytes: bytes, limit: limit) }
    }

    private func leftOut(_ run: String?) throws(EditRefusal) -> RunSummary.LeftOut? {
        guard let run else { throw .runNeeded }
        return summary.runs.first { $0.run.isExactly(run) }?.leftOut
    }

    /// The runs that a pin would be of.
    package func pinnable(_ run: String?) -> [RunSummary] {
        summary.runs.filter {
            (run == nil || $0.run.isExactly(run)) && $0.state == .finished && $0.target != nil
        }
    }

    private func checkBaseline(_ run: String?) throws(EditRefusal) {
        let runs = pinnable(run)
        guard let first = runs.first else { throw .nothingToPin }
        if let out = first.leftOut, runs.allSatisfy({ $0.leftOut != nil }) {
            throw .pinnedLeftOut(out)
        }
    }

    private func edit(named id: String?) -> Edit? {
        id.flatMap { id in edits.last { id.isExactly($0.id) } }
    }

    private func checkUndo(_ id: String?) throws(EditRefusal) {
        guard let id, edit(named: id) != nil else { throw .noEdit(id ?? "") }
        guard takenBack.contains(ExactText(id)) else { return }
        let undo = edits.last {
            $0.kind == .undo && id.isExactly($0.undoes)
                && !($0.id.map { takenBack.contains(ExactText($0)) } ?? false)
        }
        throw .takenBack(id, by: undo?.id)
    }

    /// Now, or just after the latest edit: the clock of the machine that made it may be ahead, and
    /// of two edits the later one counts.
    private func time(_ now: Timestamp) -> Timestamp {
        let latest = edits.map(\.timestamp).filter {
            $0 < now.advanced(byMilliseconds: IndexLimits.maxEditClockLeadMs)
        }.max()
        guard let latest, latest >= now else { return now }
        return latest.advanced(byMilliseconds: 1)
    }

    private func newID() -> String {
        let known = Set(edits.compactMap(\.id))
        while true {
            let digits = String(UInt64.random(in: 0 ... .max), radix: 16).suffix(
                IndexLimits.editIDDigits)
            let zeros = String(repeating: "0", count: IndexLimits.editIDDigits - digits.count)
            let id = zeros + digits
            if !known.contains(id) { return id }
        }
    }
}

extension Edit {
    /// What it did, on one line.
    package var words: String {
        let named = run.map { " on run \($0)" } ?? ""
        return switch kind {
        case .note: "note\(named): \(text)"
        case .tag: "tag \(text)"
        case .untag: "untag \(text)"
        case .rename: "name \(text)"
        case .archive: "archived"
        case .restore: "brought back from the archive"
        case .baseline: "baseline" + (run.map { ", run \($0)" } ?? "")
        case .leftOut: "left out\(run.map { " run \($0)" } ?? ""): \(text)"
        case .takenIn: "took in again\(run.map { " run \($0)" } ?? "")"
        case .undo: text
        case .profile: "profile\(named): \(text)"
        }
    }
}
