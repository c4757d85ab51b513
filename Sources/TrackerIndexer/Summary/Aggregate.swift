import TrackerLog

/// Count, sum, extremes and distribution of a set of values.
package struct Population: Sendable, Hashable {
    package var count: Int
    package var sum: Double
    package var min: Double
    package var max: Double
    package var histogram: Histogram

    package init(count: Int, sum: Double, min: Double, max: Double, histogram: Histogram) {
        self.count = count
        self.sum = sum
        self.min = min
        self.max = max
        self.histogram = histogram
    }

    /// One value.
    package init(single value: Double) {
        let bucket = BucketCount(bucket: Bucket.index(of: value), count: 1)
        self.init(
            count: 1, sum: value, min: value, max: value,
            histogram: Histogram(sorted: [bucket]))
    }

    /// No values.
    package static let none = Population(
        count: 0, sum: 0, min: .infinity, max: -.infinity, histogram: Histogram())

    /// `nil` when there are no values.
    package var mean: Double? { count > 0 ? sum / Double(count) : nil }

    /// `nil` when there are no values.
    package var highest: Double? { count > 0 ? max : nil }

    /// The nearest-rank quantile, at the middle of its bucket, clamped to `min` and `max`.
    /// - Parameter q: 0 to 1.
    /// - Returns: `nil` when there are no values.
    package func quantile(_ q: Double) -> Double? {
        histogram.quantile(q).map { Swift.min(Swift.max($0, min), max) }
    }

    /// Whether fewer than `LogLimits.fewSamplesBeyond` values lie beyond the quantile.
    package func hasFewSamples(beyond q: Double) -> Bool {
        NearestRank.hasFewSamples(Double(count), beyond: q)
    }

    /// Several quantiles in one pass over the histogram; each equals `quantile` of the same `q`.
    /// - Parameter qs: ascending, 0 to 1.
    /// - Returns: as many values, in the same order; empty when there are no values.
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
    /// from its values and is never an average of quantiles.
    package static func merged(_ parts: some Sequence<Population>) -> Population {
        let parts = parts.filter { $0.count > 0 }
        guard var whole = parts.first else { return .none }
        for part in parts.dropFirst() {
            whole.count = SaturatingCount.sum(whole.count, part.count)
            whole.sum += part.sum
            whole.min = Swift.min(whole.min, part.min)
            whole.max = Swift.max(whole.max, part.max)
        }
        if parts.count > 1 { whole.histogram = Histogram(merging: parts.map(\.histogram)) }
        return whole
    }
}

/// The samples of a metric, successes and failures apart: how long a failure took says nothing
/// about the work that succeeded, and a target that fails at once must not look fast.
package struct Aggregate: Sendable, Hashable {
    /// What every headline number and comparison is about.
    package var successes: Population
    package var failures: Population
    /// Failures among `successes`: a distribution event of both does not say which of its values
    /// failed. A writer that keeps them apart sends two distributions.
    package var mixedErrors: Int

    package init(
        successes: Population = .none, failures: Population = .none, mixedErrors: Int = 0
    ) {
        self.successes = successes
        self.failures = failures
        self.mixedErrors = mixedErrors
    }

    /// Samples of either outcome: attempted requests.
    package var count: Int {
        SaturatingCount.reported(SaturatingCount.sum(successes.count, failures.count))
    }

    /// Failed samples.
    package var errors: Int {
        SaturatingCount.reported(SaturatingCount.sum(failures.count, mixedErrors))
    }

    /// Samples that succeeded: the numerator of *throughput*.
    package var succeeded: Int { max(0, successes.count - mixedErrors) }

    /// Samples of both outcomes together.
    package var all: Population { Population.merged([successes, failures]) }

    /// The merge of all parts, each population by itself.
    /// - Returns: `nil` when no part has a sample.
    package static func merged(_ parts: some Sequence<Aggregate>) -> Aggregate? {
        let parts = parts.filter { $0.count > 0 }
        guard let first = parts.first else { return nil }
        guard parts.count > 1 else { return first }
        return Aggregate(
            successes: Population.merged(parts.map(\.successes)),
            failures: Population.merged(parts.map(\.failures)),
            mixedErrors: parts.reduce(0) { SaturatingCount.sum($0, $1.mixedErrors) })
    }
}
