package import TrackerLog

/// Makes the log's buckets of the counts of a tool's own, wider or narrower ones.
package struct HistogramBuilder {
    private var buckets: [Int32: UInt64] = [:]
    package private(set) var count: UInt64 = 0
    private var sum = 0.0
    private var lowest = Double.infinity
    private var highest = -Double.infinity
    /// Whether there were more values than can be counted.
    private var hasLost = false

    package init() {}

    package var isEmpty: Bool { count == 0 }

    /// Values that are all the same, or as close as the tool can tell.
    package mutating func add(_ value: Double, count: UInt64) {
        guard value.isFinite, count > 0, note(count) else { return }
        buckets[Bucket.index(of: value), default: 0] += count
        sum += value * Double(count)
        lowest = min(lowest, value)
        highest = max(highest, value)
    }

    /// Whether their number and their sum are numbers still.
    package func hasRoom(for value: Double, count more: UInt64) -> Bool {
        more <= UInt64(Int.max) - count && (sum + value * Double(more)).isFinite
    }

    /// Values of which only the bounds are known: they are spread evenly between them, as tools do
    /// that compute percentiles of such counts.
    package mutating func spread(from lower: Double, to upper: Double, count: UInt64) {
        guard lower.isFinite, upper.isFinite else { return }
        guard lower >= 0, upper > lower else { return add(lower / 2 + upper / 2, count: count) }
        guard count > 0, note(count) else { return }
        // From above: what is below the last whole value has no bucket to fill.
        var (index, below) = (Bucket.index(of: upper), count)
        while below > 0, index > 0 {
            let bound = Bucket.lowerBound(of: index)
            let share = max(0, bound - lower) / (upper - lower)
            let left = min(below, UInt64(Double(count) * share + 0.5))
            if left < below { buckets[index, default: 0] += below - left }
            below = left
            index -= 1
        }
        if below > 0 { buckets[0, default: 0] += below }
        sum += (lower / 2 + upper / 2) * Double(count)
        lowest = min(lowest, lower)
        highest = max(highest, upper)
    }

    /// False if there are more values than can be counted.
    private mutating func note(_ number: UInt64) -> Bool {
        let (total, isTooMuch) = count.addingReportingOverflow(number)
        guard !isTooMuch, total <= UInt64(Int.max) else {
            hasLost = true
            return false
        }
        count = total
        return true
    }

    /// What the tool knows better than its buckets; `nil` takes it from them.
    package struct Known {
        package var sum: Double?
        package var min: Double?
        package var max: Double?

        package init(sum: Double? = nil, min: Double? = nil, max: Double? = nil) {
            self.sum = sum
            self.min = min
            self.max = max
        }
    }

    /// `nil` if nothing was counted, or more than numbers hold.
    package func distribution(
        _ metric: String, at time: Timestamp, lastingMs: Double?, unit: String?,
        labels: [Label] = [], errors: Int = 0, known: Known = Known()
    ) -> Distribution? {
        guard count > 0, !hasLost, (known.sum ?? sum).isFinite else { return nil }
        let histogram = buckets.map { BucketCount(bucket: $0.key, count: $0.value) }
        let low = known.min ?? lowest
        return Distribution(
            timestamp: time, metric: metric,
            histogram: histogram.sorted { $0.bucket < $1.bucket }, count: Int(count),
            sum: known.sum ?? sum, min: low, max: max(low, known.max ?? highest),
            errors: min(errors, Int(count)), durationMs: lastingMs, unit: unit, labels: labels)
    }
}
