package import TrackerLog

extension Timestamp {
    /// Why the time of an event that is written now will date nothing: see `PlausibleTimes`.
    /// - Returns: `nil` for a plausible time; else the end of a sentence about it.
    package func doubt(writtenAt now: Timestamp) -> String? {
        guard !PlausibleTimes(writtenAtMs: Int(now.milliseconds)).contains(milliseconds) else {
            return nil
        }
        guard
            milliseconds < IndexLimits.earliestPlausibleMs
                || milliseconds >= IndexLimits.endOfPlausibleMs
        else { return "is more than a day ahead of the clock" }
        let period = milliseconds < IndexLimits.earliestPlausibleMs ? "before 2000" : "after 2099"
        for unit in Self.otherUnits {
            let meant = Timestamp(clamping: milliseconds * unit.inMilliseconds)
            guard meant.isPlausible else { continue }
            return "is \(period): `ts` is in Unix milliseconds, and this may be \(unit.name),"
                + " which would be \(meant)"
        }
        return "is \(period)"
    }

    /// What a program may have sent instead of milliseconds.
    private static let otherUnits: [(name: String, inMilliseconds: Double)] = [
        ("seconds", 1_000), ("microseconds", 1e-3), ("nanoseconds", 1e-6),
    ]
}
