import TrackerLog

/// Counts values in buckets, second by second, until the second is over.
///
/// What is written depends on the order of the values alone, not on how the bytes arrived.
struct OpenCounts {
    private struct Key: Hashable {
        var second: Int64
        var metric: String
        var unit: String?
        var labels: [Label]
    }

    private struct Values {
        var buckets: [Int32: UInt64] = [:]
        var count = 0
        var sum = 0.0
        var min = Double.infinity
        var max = -Double.infinity
    }

    /// By key, in the order of their first value.
    private var places: [Key: Int] = [:]
    private var open: [(key: Key, values: Values)] = []
    private var newest = Int64.min

    /// - Returns: what is over with this value's second.
    mutating func add(
        _ metric: String, _ value: Double, at time: Timestamp, unit: String?, labels: [Label]
    ) -> [Distribution] {
        let second = Int64(exactly: (time.milliseconds / 1e3).rounded(.down)) ?? 0
        let key = Key(second: second, metric: metric, unit: unit, labels: labels)
        var done: [Distribution] = []
        if second > newest {
            if newest != .min { done = take(before: second - ImportLimits.countsSlackSeconds) }
            newest = second
        }
        if open.count >= ImportLimits.maxOpenCounts { done += takeAll() }
        let place: Int
        if let known = places[key] {
            place = known
        } else {
            place = open.count
            places[key] = place
            open.append((key, Values()))
        }
        open[place].values.buckets[Bucket.index(of: value), default: 0] += 1
        open[place].values.count += 1
        open[place].values.sum += value
        open[place].values.min = min(open[place].values.min, value)
        open[place].values.max = max(open[place].values.max, value)
        return done
    }

    mutating func takeAll() -> [Distribution] { take { _ in true } }

    private mutating func take(before second: Int64) -> [Distribution] {
        guard open.contains(where: { $0.key.second < second }) else { return [] }
        return take { $0.second < second }
    }

    private mutating func take(_ isDone: (Key) -> Bool) -> [Distribution] {
        let done = open.filter { isDone($0.key) }
        open.removeAll { isDone($0.key) }
        places = Dictionary(
            uniqueKeysWithValues: open.indices.map { (open[$0].key, $0) })
        return done.compactMap { key, values in
            guard let time = Timestamp(milliseconds: Double(key.second) * 1e3) else { return nil }
            let histogram = values.buckets.map { BucketCount(bucket: $0.key, count: $0.value) }
            return Distribution(
                timestamp: time, metric: key.metric,
                histogram: histogram.sorted { $0.bucket < $1.bucket }, count: values.count,
                sum: values.sum, min: values.min, max: values.max, durationMs: 1_000,
                unit: key.unit, labels: key.labels)
        }
    }
}
