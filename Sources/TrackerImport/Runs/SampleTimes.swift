import TrackerLog

/// Which times of a file are those of a test. A zero, an empty cell or the year 9999 stands for a
/// time that nobody knows: the value counts all the same, at the time of the one before it.
struct SampleTimes {
    /// Of the last value, as it is in the log.
    private(set) var last: Timestamp?
    /// Whether times count from the start of the test: a clock that was never set, or seconds.
    private(set) var isRelative = false
    private var isKnown = false
    private var unknown = 0
    private var firstUnknown: ImportPlace?

    private static let yearMs = 365.0 * 86_400_000
    /// The year 2100.
    private static let latestMs = 4_102_444_800_000.0

    static func isOfTest(_ time: Timestamp) -> Bool {
        time.milliseconds >= yearMs && time.milliseconds < latestMs
    }

    /// Where a value stands; `nil` where its time is not known.
    @inline(__always)
    mutating func take(_ time: Timestamp, anchor: Timestamp) -> Timestamp? {
        if Self.isOfTest(time) {
            (last, isKnown) = (time, true)
            return time
        }
        // No test was in the first year of the epoch.
        guard time.milliseconds > 0, time.milliseconds < Self.yearMs, isRelative || last == nil
        else { return nil }
        isRelative = true
        let counted = anchor.advanced(byMilliseconds: time.milliseconds)
        last = counted
        return counted
    }

    mutating func noteUnknown(at place: ImportPlace?) {
        if unknown == 0 { firstUnknown = place }
        unknown += 1
    }

    /// Whether the file has values, and a time of none of them.
    var hasNone: Bool { unknown > 0 && !isKnown && !isRelative }

    /// What values stand at before the first one of which the time is known.
    mutating func begin(at time: Timestamp) { last = time }

    /// For the loss report; `nil` where each value has its time.
    var lack: String? {
        guard unknown > 0 else { return nil }
        let place = firstUnknown.map { ", the first at \($0)" } ?? ""
        return "the times of \(unknown) values (missing, or of no test\(place)): each stands at"
            + " that of the value before"
    }
}

extension ImportedRun {
    /// A start of 0 or of the year 1 is what a program has that never set it.
    mutating func removeTimesOfNoTest() {
        for (name, time) in [("start", start), ("end", end)] {
            guard let time, !SampleTimes.isOfTest(time) else { continue }
            lacks.append("the \(name): the file says \(time)")
        }
        start = start.flatMap { SampleTimes.isOfTest($0) ? $0 : nil }
        end = end.flatMap { SampleTimes.isOfTest($0) ? $0 : nil }
    }
}
