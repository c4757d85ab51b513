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
            let rank = Swift.max(1, (q * Double(histogram.count)).rounded(.up))
            while seen < rank, next < histogram.buckets.endIndex {
                seen += Double(histogram.buckets[next].count)
                current = histogram.buckets[next].bucket
                next += 1
            }
            values.append(Swift.min(Swift.max(Bucket.middle(of: current), min), max))
        }
        return values
    }

    /// All parts together: counts add and histograms merge, so that every quantile of the whole is
    /// one of its samples, and never an average of quantiles. `nil` when no part has a sample.
    package static func together(_ parts: some Sequence<Aggregate>) -> Aggregate? {
        var all: Aggregate?
        for part in parts where part.count > 0 {
            guard var sum = all else {
                all = part
                continue
            }
            all = nil
            sum.count += part.count
            sum.errors += part.errors
            sum.sum += part.sum
            sum.min = Swift.min(sum.min, part.min)
            sum.max = Swift.max(sum.max, part.max)
            sum.histogram.merge(part.histogram)
            all = sum
        }
        return all
    }
}
