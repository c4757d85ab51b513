package import TrackerIndexer
import TrackerLog

/// How often which value came, in at most `ViewLimits.maxDistributionBars` bars.
package struct Distribution: Sendable {
    package struct Bar: Sendable, Hashable {
        package var from: Double
        package var to: Double
        package var count: Int
    }

    package let bars: [Bar]
    package let count: Int
    package let scale: Scale

    /// On a logarithmic axis the bars are whole buckets of the histogram, equally many in each: then
    /// no bar is high only because one bucket more fell into it.
    /// - Returns: `nil` when there is no sample.
    package init?(_ aggregate: Aggregate, isLatency: Bool) {
        let buckets = aggregate.histogram.buckets
        guard let first = buckets.first, let last = buckets.last, aggregate.count > 0 else {
            return nil
        }
        count = aggregate.count
        let isLogarithmic = first.bucket > 0 && (isLatency || aggregate.max > 50 * aggregate.min)
        if isLogarithmic {
            bars = Distribution.wholeBuckets(buckets, from: first.bucket, to: last.bucket)
        } else {
            bars = Distribution.equalWidths(aggregate)
        }
        let low = bars.first?.from ?? 0
        let high = bars.last?.to ?? 1
        // One value alone still gets an axis around it.
        let isNarrow = isLogarithmic ? high < low * 1.2 : high <= low
        let (axisLow, axisHigh) =
            isNarrow ? (isLogarithmic ? (low / 1.5, high * 1.5) : (low - 1, high + 1)) : (low, high)
        scale = Scale(
            isLogarithmic ? .logarithmic : .linear, low: axisLow, high: axisHigh, start: 0,
            end: TimeAxis.width)
    }

    /// The share of all samples that the highest bar has.
    var highestShare: Double { Double(bars.map(\.count).max() ?? 0) / Double(max(1, count)) }

    private static func wholeBuckets(
        _ buckets: [BucketCount], from first: Int32, to last: Int32
    ) -> [Bar] {
        let span = Int(last - first) + 1
        let each = (span + ViewLimits.maxDistributionBars - 1) / ViewLimits.maxDistributionBars
        var counts = [Int](repeating: 0, count: (span + each - 1) / each)
        for bucket in buckets { counts[Int(bucket.bucket - first) / each] += Int(clamping: bucket.count) }
        return counts.enumerated().map { index, count in
            let start = first + Int32(index * each)
            return Bar(
                from: Bucket.lowerBound(of: start), to: Bucket.lowerBound(of: start + Int32(each)),
                count: count)
        }
    }

    private static func equalWidths(_ aggregate: Aggregate) -> [Bar] {
        let buckets = aggregate.histogram.buckets
        let number = max(1, min(ViewLimits.maxDistributionBars, buckets.count))
        let width = (aggregate.max - aggregate.min) / Double(number)
        guard width > 0, width.isFinite else {
            return [Bar(from: aggregate.min, to: aggregate.max, count: aggregate.count)]
        }
        var counts = [Int](repeating: 0, count: number)
        for bucket in buckets {
            let value = min(max(Bucket.middle(of: bucket.bucket), aggregate.min), aggregate.max)
            counts[min(number - 1, Int((value - aggregate.min) / width))] += Int(clamping: bucket.count)
        }
        return counts.enumerated().map { index, count in
            let from = aggregate.min + Double(index) * width
            return Bar(from: from, to: from + width, count: count)
        }
    }
}
