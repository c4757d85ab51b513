import TrackerLog

extension Aggregate {
    /// Several quantiles in one pass over the histogram; each equals `quantile` of the same `q`.
    /// - Parameter qs: ascending, 0 to 1.
    /// - Returns: as many values, in the same order; empty when there is no sample.
    package func quantiles(_ qs: [Double]) -> [Double] {
        guard let last = histogram.buckets.last else { return [] }
        var values: [Double] = []
        values.reserveCapacity(qs.count)
        var seen = 0.0
        var next = histogram.buckets.startIndex
        var current = last.bucket
        for q in qs {
            let rank = NearestRank.rank(q, of: Double(histogram.count))
            while seen < rank, next < histogram.buckets.endIndex {
                seen += Double(histogram.buckets[next].count)
                current = histogram.buckets[next].bucket
                next += 1
            }
            values.append(Swift.min(Swift.max(Bucket.middle(of: current), min), max))
        }
        return values
    }

    /// The merge of all parts. Counts add and histograms merge, so a quantile of the whole comes
    /// from its samples and is never an average of quantiles.
    /// - Returns: `nil` when no part has a sample.
    package static func merged(_ parts: some Sequence<Aggregate>) -> Aggregate? {
        let parts = parts.filter { $0.count > 0 }
        guard var whole = parts.first else { return nil }
        for part in parts.dropFirst() {
            whole.count = SaturatingCount.sum(whole.count, part.count)
            whole.errors = SaturatingCount.sum(whole.errors, part.errors)
            whole.sum += part.sum
            whole.min = Swift.min(whole.min, part.min)
            whole.max = Swift.max(whole.max, part.max)
        }
        if parts.count > 1 { whole.histogram = Histogram(merging: parts.map(\.histogram)) }
        return whole
    }
}
