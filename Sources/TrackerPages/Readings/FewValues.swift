package import TrackerIndexer
import TrackerLog

/// Single values, where there are so few that each is shown.
package struct FewValues: Sendable {
    package struct Value: Sendable, Hashable {
        /// Index of the run in the session.
        package var run: Int
        /// Start of its bucket of time, in Unix milliseconds; `nil` without a plausible time.
        package var atMs: Double?
        package var value: Double
        package var hasFailed: Bool
    }

    /// Oldest first; the newest `ViewLimits.fewDots`.
    package let shown: [Value]
    package let hidden: Int
    /// Whether some were taken from a histogram, within 0.4 %: the log has them exactly.
    package let areRounded: Bool

    /// - Parameter runs: with their index in the session, oldest first.
    package init(_ runs: [(index: Int, timeline: MetricTimeline)]) {
        var all: [Value] = []
        var isRounded = false
        func add(_ aggregate: Aggregate, _ run: Int, _ atMs: Double?) {
            for (part, hasFailed) in [(aggregate.successes, false), (aggregate.failures, true)] {
                isRounded = isRounded || part.count > Self.exactCount
                all += part.fewValues.map {
                    Value(run: run, atMs: atMs, value: $0, hasFailed: hasFailed)
                }
            }
        }
        for (index, timeline) in runs {
            for bucket in timeline.buckets { add(bucket.aggregate, index, Double(bucket.startMs)) }
            if timeline.isExcluded {
                add(timeline.total, index, nil)
            } else if let undated = timeline.undated {
                add(undated, index, nil)
            }
        }
        let ordered = all.enumerated().sorted {
            ($0.element.atMs ?? 0, $0.offset) < ($1.element.atMs ?? 0, $1.offset)
        }
        shown = ordered.suffix(ViewLimits.fewDots).map(\.element)
        hidden = all.count - shown.count
        areRounded = isRounded
    }

    /// Values of so many are known exactly: the lowest, the highest, and by the sum one more.
    static let exactCount = 3
}

extension Population {
    /// Each value, lowest first; those between the lowest and the highest as the histogram has
    /// them.
    fileprivate var fewValues: [Double] {
        guard count > 0 else { return [] }
        var values: [Double] = []
        for bucket in histogram.buckets {
            let middle = Swift.min(Swift.max(Bucket.middle(of: bucket.bucket), min), max)
            values += [Double](repeating: middle, count: Int(clamping: bucket.count))
        }
        guard let last = values.indices.last else { return [] }
        values[0] = min
        values[last] = max
        if values.count == FewValues.exactCount {
            values[1] = Swift.min(Swift.max(sum - min - max, min), max)
        }
        return values
    }
}
