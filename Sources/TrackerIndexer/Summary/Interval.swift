/// A stretch of time, in Unix milliseconds.
package struct Interval: Sendable, Hashable {
    package var startMs: Double
    package var endMs: Double

    package init(startMs: Double, endMs: Double) {
        self.startMs = startMs
        self.endMs = max(endMs, startMs)
    }

    package var lengthMs: Double { endMs - startMs }
}

extension Interval {
    /// The same time without overlaps, in order.
    package static func united(_ intervals: [Interval]) -> [Interval] {
        var united: [Interval] = []
        for interval in intervals.sorted(by: { $0.startMs < $1.startMs }) {
            if let last = united.last, interval.startMs <= last.endMs {
                united[united.count - 1].endMs = max(last.endMs, interval.endMs)
            } else {
                united.append(interval)
            }
        }
        return united
    }

    /// What two lists of intervals have in common. - Precondition: each is `united`.
    package static func common(_ a: [Interval], _ b: [Interval]) -> [Interval] {
        var (common, i, j): ([Interval], Int, Int) = ([], 0, 0)
        while i < a.count, j < b.count {
            let start = max(a[i].startMs, b[j].startMs)
            let end = min(a[i].endMs, b[j].endMs)
            if start < end { common.append(Interval(startMs: start, endMs: end)) }
            if a[i].endMs < b[j].endMs { i += 1 } else { j += 1 }
        }
        return common
    }

    /// The total length; overlaps count once.
    package static func totalMs(_ intervals: [Interval]) -> Double {
        united(intervals).reduce(0) { $0 + $1.lengthMs }
    }
}
