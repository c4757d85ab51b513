import TrackerLog

/// How a run's requests are recorded in the log.
package enum RecordingDetail: String, Sendable, Hashable, CaseIterable {
    /// One sample per request.
    case samples
    /// One distribution per second, metric and set of labels: the same percentiles, a hundredth of
    /// the lines.
    case seconds
    /// Samples until the log cannot keep up with them, then seconds.
    case auto
}

/// Accumulates values by second, metric, labels and outcome, and makes them into distributions
/// when the second is over. Failures have distributions of their own, so that readers can tell
/// their times from those of successes.
///
/// Not safe to use from several threads.
struct DistributionTable {
    struct Key: Hashable {
        var second: Int64
        var metric: String
        var labels: [Label]
        var isFailed: Bool

        var sortLabels: String { labels.map(\.value).joined(separator: "\u{0}") }
    }

    private struct Accumulator {
        var buckets: [Int32: UInt64] = [:]
        var count = 0
        var sum = 0.0
        var min = Double.infinity
        var max = -Double.infinity
    }

    private var accumulators: [Key: Accumulator] = [:]

    mutating func add(_ sample: Sample) {
        let second = sample.timestamp.second
        let key = Key(
            second: second, metric: sample.metric, labels: sample.labels,
            isFailed: sample.ok == false)
        var values = accumulators.removeValue(forKey: key) ?? Accumulator()
        values.buckets[Bucket.index(of: sample.value), default: 0] += 1
        values.count += 1
        values.sum += sample.value
        values.min = min(values.min, sample.value)
        values.max = max(values.max, sample.value)
        accumulators[key] = values
    }

    /// Removes and returns the distributions of seconds before `second`, oldest first. A later
    /// value of such a second makes another distribution; readers add them up.
    mutating func take(before second: Int64, unit: String, run: String) -> [Distribution] {
        let keys = accumulators.keys.filter { $0.second < second }.sorted {
            ($0.second, $0.metric, $0.sortLabels, $0.isFailed ? 1 : 0)
                < ($1.second, $1.metric, $1.sortLabels, $1.isFailed ? 1 : 0)
        }
        return keys.compactMap { key in
            guard let values = accumulators.removeValue(forKey: key) else { return nil }
            let histogram = values.buckets.map { BucketCount(bucket: $0.key, count: $0.value) }
            return Distribution(
                timestamp: Timestamp(second: key.second), metric: key.metric,
                histogram: histogram.sorted { $0.bucket < $1.bucket }, count: values.count,
                sum: values.sum, min: values.min, max: values.max,
                errors: key.isFailed ? values.count : 0,
                durationMs: 1_000, unit: unit, run: run, labels: key.labels)
        }
    }
}

extension Timestamp {
    /// The whole second since 1970 that the time is in.
    var second: Int64 {
        // Times of requests: far within what an integer holds.
        Int64(exactly: (milliseconds / 1e3).rounded(.down)) ?? 0
    }

    /// The beginning of a second since 1970.
    init(second: Int64) { self.init(clamping: Double(second) * 1e3) }

    func advanced(byNanoseconds offset: Int64) -> Timestamp {
        advanced(byMilliseconds: Double(offset) / 1e6)
    }
}
