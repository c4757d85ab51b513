package import TrackerLog

/// What a person's edits make of a session: those that nobody took back, in order of time.
extension SessionState {
    /// The edits without those that were taken back, and without what takes back; ordered by time
    /// and text.
    ///
    /// An edit is taken back by an `undo` with its id, whichever of the two is earlier. An undo can
    /// itself be taken back, by a later one: each is judged after all that come after it, so that
    /// two that name each other have one answer.
    package var editsInForce: [Edit] {
        editTable.cut()
        guard edits.contains(where: { $0.kind == .undo }) else { return edits }
        let undone = takenBack
        return edits.filter { edit in
            edit.kind != .undo && !(edit.id.map { undone.contains(ExactText($0)) } ?? false)
        }
    }

    /// The ids of the edits that were taken back.
    package var takenBack: Set<ExactText> {
        editTable.cut()
        var undone: Set<ExactText> = []
        for edit in edits.reversed() where edit.kind == .undo {
            if let id = edit.id, undone.contains(ExactText(id)) { continue }
            if let id = edit.undoes { undone.insert(ExactText(id)) }
        }
        return undone
    }

    /// The latest name that counts.
    /// - Parameter edits: those in force.
    func name(by edits: [Edit]) -> String? {
        var latest = info.name
        for edit in edits where edit.kind == .rename && edit.run == nil && edit.id != nil {
            let value = SessionFacts.Value(
                at: edit.timestamp, isPlausible: edit.timestamp.isPlausible, text: edit.text)
            if latest?.isOlder(than: value) ?? true { latest = value }
        }
        return latest?.text
    }

    /// The first and the last time of what was measured. A session of edits only has theirs.
    func span(of curves: ShownCurves) -> ClosedRange<Timestamp>? {
        if curves.hasDates { return Self.span(curves.firstMs, curves.lastMs) }
        let doubtful = curves.doubtfulSpan
        if let span = Self.span(doubtful.firstMs, doubtful.lastMs) { return span }
        let plausible = edits.map(\.timestamp).filter(\.isPlausible)
        let times = plausible.isEmpty ? edits.map(\.timestamp) : plausible
        guard let first = times.min(), let last = times.max() else { return nil }
        return Self.span(Self.clamped(first.milliseconds), Self.clamped(last.milliseconds))
    }

    private static func span(_ firstMs: Double, _ lastMs: Double) -> ClosedRange<Timestamp>? {
        guard firstMs <= lastMs, let first = Timestamp(milliseconds: firstMs),
            let last = Timestamp(milliseconds: lastMs)
        else { return nil }
        return first...last
    }

    /// The runs, those that were left out with the reason.
    static func marked(_ runs: [RunSummary], by edits: [Edit]) -> [RunSummary] {
        var leftOut: [ExactText: RunSummary.LeftOut] = [:]
        for edit in edits {
            guard let run = edit.run.map({ ExactText($0) }) else { continue }
            if edit.kind == .leftOut {
                leftOut[run] = RunSummary.LeftOut(
                    reason: edit.text, by: edit.by, at: edit.timestamp, id: edit.id)
            }
            if edit.kind == .takenIn { leftOut[run] = nil }
        }
        guard !leftOut.isEmpty else { return runs }
        return runs.map { run in
            var run = run
            run.leftOut = leftOut[ExactText(run.run)]
            return run
        }
    }
}
