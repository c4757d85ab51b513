package import TrackerLog

extension Timestamp {
    /// Why the time of an event that is written now will date nothing: see `PlausibleTimes`.
    /// - Returns: `nil` for a plausible time; else the end of a sentence about it.
    package func doubt(writtenAt now: Timestamp) -> String? {
        guard !PlausibleTimes(writtenAtMs: Int(now.milliseconds)).contains(milliseconds) else {
            return nil
        }
        let isUnix = "`ts` is in Unix milliseconds"
        if milliseconds < IndexLimits.earliestPlausibleMs {
            let asSeconds = Timestamp(clamping: milliseconds * 1_000)
            return asSeconds.isPlausible
                ? "is before 2000: \(isUnix), and this may be seconds" : "is before 2000"
        }
        if milliseconds >= IndexLimits.endOfPlausibleMs {
            return "is after 2099: \(isUnix), and this may be microseconds or nanoseconds"
        }
        return "is more than a day ahead of the clock"
    }
}
