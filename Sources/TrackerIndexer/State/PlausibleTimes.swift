package import TrackerLog

/// Which stamped times date a session, a run or a curve.
///
/// A single event with a time that nobody can mean must not date a session 1970, or stretch its
/// axes over centuries. Such an event counts in every number, and dates only what has no other
/// event. What is plausible depends on the event and the header above it alone, so that the order
/// of reading does not matter.
package struct PlausibleTimes {
    private(set) var earliestMs: Double
    /// Times from here on are not plausible.
    private(set) var endMs: Double

    /// - Parameter writtenAtMs: `at` of the header: nothing is measured after it was written. `nil`
    ///   for lines without one.
    package init(writtenAtMs: Int? = nil) {
        earliestMs = IndexLimits.earliestPlausibleMs
        guard let writtenAtMs, Timestamp(clamping: Double(writtenAtMs)).isPlausible else {
            endMs = IndexLimits.endOfPlausibleMs
            return
        }
        endMs = min(
            Double(writtenAtMs) + IndexLimits.plausibleLeadMs, IndexLimits.endOfPlausibleMs)
    }

    /// Those of them that are near some others.
    func around(_ firstMs: Double, _ lastMs: Double) -> PlausibleTimes {
        var near = self
        near.earliestMs = max(earliestMs, firstMs - IndexLimits.plausibleLeadMs)
        near.endMs = min(endMs, (lastMs + IndexLimits.plausibleLeadMs).nextUp)
        return near
    }

    /// Those of them in a span; all for `nil`.
    func cut(to span: Interval?) -> PlausibleTimes {
        guard let span else { return self }
        var cut = self
        cut.earliestMs = max(earliestMs, span.startMs)
        cut.endMs = min(endMs, span.endMs)
        return cut
    }

    /// From here on, events happened when they were written; infinite if that is not known.
    var writtenFromMs: Double {
        endMs < IndexLimits.endOfPlausibleMs ? endMs - 2 * IndexLimits.plausibleLeadMs : .infinity
    }

    @inline(__always)
    package func contains(_ timestampMs: Double) -> Bool {
        timestampMs >= earliestMs && timestampMs < endMs
    }
}

extension Timestamp {
    /// Whether it may be of something that happened, at most a mistaken time zone ahead of now.
    package func isPlausible(at now: Timestamp) -> Bool {
        isPlausible && milliseconds(since: now) <= IndexLimits.plausibleLeadMs
    }

    /// Whether a clock that was ever set may have said so, whenever the event was written.
    package var isPlausible: Bool {
        milliseconds >= IndexLimits.earliestPlausibleMs
            && milliseconds < IndexLimits.endOfPlausibleMs
    }
}

/// The stretch of some events' times, and how many they are.
struct EventSpan {
    var events = 0
    var firstMs = Double.infinity
    var lastMs = -Double.infinity

    mutating func add(_ timestampMs: Double) {
        events += 1
        firstMs = min(firstMs, timestampMs)
        lastMs = max(lastMs, timestampMs)
    }

    mutating func merge(_ other: EventSpan) {
        events = SaturatingCount.sum(events, other.events)
        firstMs = min(firstMs, other.firstMs)
        lastMs = max(lastMs, other.lastMs)
    }
}
