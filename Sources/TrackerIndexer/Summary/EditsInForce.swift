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

    /// What a list takes where the times of a session are ahead, so that it is not the newest for
    /// ever, or of a clock that was never set: ahead of who reads, or in lines that were written
    /// before.
    /// - Parameter span: of what was measured.
    func undated(
        _ curves: ShownCurves, _ span: ClosedRange<Timestamp>?
    ) -> SessionSummary.Undated? {
        guard let span else { return nil }
        let now = curves.now
        var isBehind = false
        if curves.hasDates {
            guard now.isBefore(span.lowerBound) else { return nil }
        } else {
            let end = span.upperBound.milliseconds
            let isMeasured = curves.doubtfulSpan.firstMs <= curves.doubtfulSpan.lastMs
            let isLate =
                end >= IndexLimits.endOfPlausibleMs || isMeasured && isAfterWriting(end)
            isBehind = end < IndexLimits.earliestPlausibleMs
            guard isLate || isBehind || now.isBefore(span.upperBound) else { return nil }
        }
        let edited = edits.map(\.timestamp).filter { $0.isPlausible && !now.isBefore($0) }
        var known = written(now: now)
        if known == nil, let first = edited.min(), let last = edited.max() { known = first...last }
        // Of a clock that was never set, nothing else is known: it is the oldest by itself.
        return isBehind && known == nil ? nil : .init(span: known)
    }

    /// The same for a run among others.
    /// - Parameters:
    ///   - started: as it says.
    ///   - isDoubtful: whether none of its times is plausible for the frame that it was in.
    func undated(
        _ started: Timestamp?, isDoubtful: Bool, now: Timestamp
    ) -> SessionSummary.Undated? {
        guard let started else { return nil }
        let known = written(now: now)
        if started.milliseconds < IndexLimits.earliestPlausibleMs {
            return known.map { .init(span: $0) }
        }
        let isAhead =
            !started.isPlausible || now.isBefore(started)
            || isDoubtful && isAfterWriting(started.milliseconds)
        return isAhead ? .init(span: known) : nil
    }

    /// Whether all lines with implausible times were written long before.
    private func isAfterWriting(_ ms: Double) -> Bool {
        writtenLastMs > 0 && ms > writtenLastMs + IndexLimits.plausibleLeadMs
    }

    /// When lines with implausible times were written, as far as known.
    private func written(now: Timestamp) -> ClosedRange<Timestamp>? {
        Self.span(writtenFirstMs, writtenLastMs).flatMap {
            now.isBefore($0.upperBound) ? nil : $0
        }
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

extension Timestamp {
    /// Whether a time is ahead of this by more than a mistaken time zone.
    fileprivate func isBefore(_ time: Timestamp) -> Bool {
        isPlausible && !time.isPlausible(at: self) && time > self
    }
}
