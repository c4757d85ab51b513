package import TrackerIndexer
import TrackerLog

/// The distribution of values, as at most `ViewLimits.maxDistributionBars` bars.
package struct Distribution: Sendable {
    package struct Bar: Sendable, Hashable {
        package var from: Double
        package var to: Double
        package var count: Int
    }

    package let bars: [Bar]
    package let count: Int
    package let scale: Scale

    /// Bars end at bucket bounds of the histogram, so that each sample is in exactly one bar.
    /// - Returns: `nil` without samples.
    package init?(_ population: Population, isLatency: Bool) {
        let buckets = population.histogram.buckets
        guard let first = buckets.first, let last = buckets.last, population.count > 0 else {
            return nil
        }
        count = population.count
        let isPositive = first.bucket > 0
        let kind: Scale.Kind =
            isPositive && (isLatency || population.max > 50 * population.min)
            ? .logarithmic : .linear
        bars =
            isPositive
            ? Distribution.wholeBuckets(buckets, from: first.bucket, to: last.bucket, kind: kind)
            : Distribution.equalWidths(population)
        let low = bars.first?.from ?? 0
        let high = bars.last?.to ?? 1
        // A single value gets an axis around it.
        let isNarrow = isPositive ? high < low * 1.2 : high <= low
        let (axisLow, axisHigh) =
            isNarrow ? (isPositive ? (low / 1.5, high * 1.5) : (low - 1, high + 1)) : (low, high)
        scale = Scale(kind, low: axisLow, high: axisHigh, start: 0, end: TimeAxis.width)
    }

    /// The height of a bar: its share of all samples, scaled to the average bar width.
    ///
    /// Bar widths differ by up to one bucket. Without scaling, a wider bar would be higher than its
    /// neighbours and a smooth distribution would look ragged.
    package func height(of bar: Bar) -> Double {
        let share = Double(bar.count) / Double(Swift.max(1, count))
        let width = scale.position(of: bar.to) - scale.position(of: bar.from)
        guard let first = bars.first, let last = bars.last, bars.count > 1, width > 0 else {
            return share
        }
        let span = scale.position(of: last.to) - scale.position(of: first.from)
        let average = span / Double(bars.count)
        return share * average / width
    }

    /// Height of the highest bar.
    var highest: Double { bars.map(height).max() ?? 0 }

    /// The heights of the same bars with other samples; some of those may be beside all bars.
    package func heights(of other: Population) -> [Double] {
        var inside = bars
        for index in inside.indices { inside[index].count = 0 }
        var bar = 0
        for bucket in other.histogram.buckets {
            let value = Bucket.middle(of: bucket.bucket)
            while bar + 1 < inside.count, value >= inside[bar].to { bar += 1 }
            guard value >= inside[bar].from, value < inside[bar].to else { continue }
            inside[bar].count += Int(clamping: bucket.count)
        }
        let ratio = Double(count) / Double(Swift.max(1, other.count))
        return inside.map { height(of: $0) * ratio }
    }

    private static func wholeBuckets(
        _ buckets: [BucketCount], from first: Int32, to last: Int32, kind: Scale.Kind
    ) -> [Bar] {
        let number = min(ViewLimits.maxDistributionBars, Int(last - first) + 1)
        let low = Bucket.lowerBound(of: first)
        let high = min(Bucket.upperBound(of: last), Double.greatestFiniteMagnitude)
        let values = Scale(kind, low: low, high: high, start: 0, end: Double(number))
        var edges = [first]
        for index in 1..<max(2, number) {
            let edge = Bucket.index(of: values.value(at: Double(index)))
            if let before = edges.last, edge > before, edge <= last { edges.append(edge) }
        }
        var counts = [Int](repeating: 0, count: edges.count)
        var bar = 0
        for bucket in buckets {
            while bar + 1 < edges.count, bucket.bucket >= edges[bar + 1] { bar += 1 }
            counts[bar] += Int(clamping: bucket.count)
        }
        return edges.indices.map { index in
            let end = index + 1 < edges.count ? Bucket.lowerBound(of: edges[index + 1]) : high
            return Bar(from: Bucket.lowerBound(of: edges[index]), to: end, count: counts[index])
        }
    }

    private static func equalWidths(_ population: Population) -> [Bar] {
        let buckets = population.histogram.buckets
        let number = max(1, min(ViewLimits.maxDistributionBars, buckets.count))
        let width = (population.max - population.min) / Double(number)
        guard width > 0, width.isFinite else {
            return [Bar(from: population.min, to: population.max, count: population.count)]
        }
        var counts = [Int](repeating: 0, count: number)
        for bucket in buckets {
            let value = min(max(Bucket.middle(of: bucket.bucket), population.min), population.max)
            counts[min(number - 1, Int((value - population.min) / width))] += Int(
                clamping: bucket.count)
        }
        return counts.enumerated().map { index, count in
            let from = population.min + Double(index) * width
            return Bar(from: from, to: from + width, count: count)
        }
    }
}
