import TrackerLog

/// How a run's requests are kept in the log.
package enum RecordingDetail: String, Sendable, Hashable, CaseIterable {
    /// A sample a request.
    case samples
    /// A distribution a second, metric and set of labels: the same percentiles, a hundredth of the
    /// lines.
    case seconds
    /// Samples, until the log is seen not to keep up with them; from then on seconds.
    case auto
}

/// Counts values by second, metric and labels until the second is over, as distributions.
///
/// Not safe to use from several threads.
struct DistributionTable {
    struct Key: Hashable {
        var second: Int64
        var metric: String
        var labels: [Label]
    }

    private struct Cell {
        var buckets: [Int32: UInt64] = [:]
        var count = 0
        var errors = 0
        var sum = 0.0
        var min = Double.infinity
        var max = -Double.infinity
    }

    private var cells: [Key: Cell] = [:]

    mutating func add(_ sample: Sample) {
        let second = Int64((sample.timestampMs / 1e3).rounded(.down))
        let key = Key(second: second, metric: sample.metric, labels: sample.labels)
        var cell = cells.removeValue(forKey: key) ?? Cell()
        cell.buckets[Bucket.index(of: sample.value), default: 0] += 1
        cell.count += 1
        if sample.ok == false { cell.errors += 1 }
        cell.sum += sample.value
        cell.min = min(cell.min, sample.value)
        cell.max = max(cell.max, sample.value)
        cells[key] = cell
    }

    /// Takes out what belongs to seconds before `second`, oldest first. What comes later for one of
    /// them makes another distribution: they add up.
    mutating func take(before second: Int64, unit: String, run: String) -> [Distribution] {
        let keys = cells.keys.filter { $0.second < second }.sorted {
            ($0.second, $0.metric, $0.labels.map(\.value).joined(separator: "\u{0}"))
                < ($1.second, $1.metric, $1.labels.map(\.value).joined(separator: "\u{0}"))
        }
        return keys.compactMap { key in
            guard let cell = cells.removeValue(forKey: key) else { return nil }
            let histogram = cell.buckets.map { BucketCount(bucket: $0.key, count: $0.value) }
            return Distribution(
                timestampMs: Double(key.second) * 1e3, metric: key.metric,
                histogram: histogram.sorted { $0.bucket < $1.bucket }, count: cell.count,
                sum: cell.sum, min: cell.min, max: cell.max, errors: cell.errors,
                durationMs: 1_000, unit: unit, run: run, labels: key.labels)
        }
    }
}
