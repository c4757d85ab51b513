import TrackerLog

/// When a run began and ended: as its file says, else by its samples, else by the file itself.
struct RunTimes {
    let start: Timestamp
    let end: Timestamp
    /// Where they come from, for people.
    let source: String

    private static let beforeMs = 0.01

    /// - Parameter announced: a start that is in the log already. The earliest counts, so this one
    ///   is a little before it.
    init(
        _ run: ImportedRun, firstMs: Double?, lastMs: Double?, anchor: ImportSource.Anchor,
        announced: Timestamp?
    ) {
        let first = firstMs.flatMap(Timestamp.init(milliseconds:))
        let last = lastMs.flatMap(Timestamp.init(milliseconds:))
        let length = run.durationMs.flatMap { $0 >= 0 && $0.isFinite ? $0 : nil }
        let end = run.end ?? last
        if let start = run.start ?? first ?? end?.advanced(byMilliseconds: -(length ?? 0)) {
            let known = run.end ?? length.map { start.advanced(byMilliseconds: $0) }
            let before = announced?.advanced(byMilliseconds: -Self.beforeMs) ?? start
            self.start = min(start, before)
            self.end = max(start, known ?? last ?? start)
            source = run.isRelative ? anchor.text : run.timeSource.rawValue
            return
        }
        source = anchor.text
        switch anchor {
        case .given(let time):
            self.start = time
            self.end = time.advanced(byMilliseconds: length ?? 0)
        case .modified(let time), .received(let time):
            self.start = time.advanced(byMilliseconds: -(length ?? 0))
            self.end = time
        }
    }
}
