package import TrackerLog

/// Gathers the lines of histograms: those of one series follow each other.
package struct PrometheusHistograms {
    /// A histogram whose lines are over.
    package struct Done {
        package var family: String
        package var labels: [Label]
        var time: Timestamp
        var place: ImportPlace
        /// How many values are at or below each bound, ascending.
        package fileprivate(set) var bounds: [(upper: Double, below: Double)] = []
        package fileprivate(set) var sum: Double?
        var count: Double?
        package fileprivate(set) var loss: String?

        /// What was counted since an earlier look; `nil` if the counts began anew since then, or
        /// have other bounds.
        package func since(_ before: Done) -> Done? {
            guard bounds.count == before.bounds.count else { return nil }
            var grown = self
            var last = 0.0
            for (index, old) in before.bounds.enumerated() {
                let below = bounds[index].below - old.below
                guard bounds[index].upper == old.upper, below >= last else { return nil }
                grown.bounds[index].below = below
                last = below
            }
            grown.sum = sum.flatMap { sum in before.sum.map { sum - $0 } }
            return grown
        }

        package var isEmpty: Bool { (bounds.last?.below ?? 0) < 0.5 }

        /// For a histogram that is not empty and has no distribution.
        package var tooLarge: String { "the buckets of \(family) count more than a number holds" }

        /// `nil` if it is empty, or counts more than numbers hold.
        package func distribution(
            at time: Timestamp, lastingMs: Double?, unit: String?
        ) -> Distribution? {
            var builder = HistogramBuilder()
            var (lower, before) = (0.0, 0.0)
            for bound in bounds {
                guard let number = UInt64(exactly: (bound.below - before).rounded()) else {
                    return nil
                }
                if bound.upper.isInfinite {
                    // Beyond the last bound: all that is known is that it is not less.
                    builder.add(lower, count: number)
                } else {
                    builder.spread(from: min(lower, bound.upper), to: bound.upper, count: number)
                    lower = bound.upper
                }
                before = bound.below
            }
            return builder.distribution(
                family, at: time, lastingMs: lastingMs, unit: unit, labels: labels,
                known: .init(sum: sum))
        }
    }

    private struct Key: Hashable {
        var family: String
        var labels: [Label]
        var time: Timestamp
    }

    private var places: [Key: Int] = [:]
    private var open: [Done] = []

    package init() {}

    /// - Returns: what is over because another family begins.
    package mutating func add(
        _ point: PrometheusPoint, family: String, at time: Timestamp, _ place: ImportPlace
    ) -> [Done] {
        var done: [Done] = []
        if let first = open.first, first.family != family { done = takeAll() }
        if open.count >= ImportLimits.maxKnownSeries { done += takeAll() }
        let labels = point.labels.filter { $0.name != "le" }.sorted()
        let key = Key(family: family, labels: labels, time: time)
        let index = places[key] ?? open.count
        if index == open.count {
            places[key] = index
            open.append(Done(family: family, labels: labels, time: time, place: place))
        }
        if point.name.hasSuffix("_sum") {
            open[index].sum = point.value.isFinite ? point.value : nil
        } else if point.name.hasSuffix("_count") {
            open[index].count = point.value
        } else if let text = point.labels.first(where: { $0.name == "le" })?.value,
            let upper = PrometheusPoint.number(text), !upper.isNaN, point.value >= 0,
            point.value.isFinite
        {
            let last = open[index].bounds.last
            if let last, upper <= last.upper || point.value < last.below {
                open[index].loss =
                    "the buckets of \(family) do not rise: they are not cumulative"
            }
            open[index].bounds.append((upper, point.value))
        } else {
            open[index].loss = "a bucket of \(family) has no bound or no count"
        }
        return done
    }

    package mutating func takeAll() -> [Done] {
        defer {
            open = []
            places = [:]
        }
        return open.map { histogram in
            var histogram = histogram
            if histogram.loss == nil, histogram.bounds.last?.upper.isInfinite != true {
                histogram.loss = "the buckets of \(histogram.family) have no end (+Inf)"
            }
            return histogram
        }
    }
}
