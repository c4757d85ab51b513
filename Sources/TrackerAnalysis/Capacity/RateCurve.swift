package import TrackerIndexer
import TrackerLog

/// Latency over the rate that was asked for, of the steps of `tracker load --find-max`.
package struct RateCurve: Sendable {
    /// A time that a number has to be below.
    package struct Bound: Sendable, Hashable {
        package var text: String
        package var statistic: Statistic
        package var ms: Double
    }

    package struct Level: Sendable, Hashable {
        package var value: Double
        /// 95 %; `nil` where there are too few slices of time.
        package var interval: ClosedRange<Double>?
    }

    /// All runs at one rate.
    package struct Point: Sendable {
        package var rate: Double
        package var runs: Int
        package var requests: Int
        package var errorPercent: Double?
        /// Of the percentiles that have enough samples beyond them.
        package var levels: [Statistic: Level]
        package var words: String
    }

    /// As it was given.
    package let promise: String
    package let bounds: [Bound]
    /// Percentiles in view: the median, p99 and those of the promise.
    package let statistics: [Statistic]
    /// By rate.
    package let points: [Point]
    /// As of the last step; `nil` where none told.
    package let found: FoundRate?
    /// Whether the search was stopped, or goes on.
    package let isEarly: Bool
    package let connections: Int?

    /// What `tracker load` records of each request.
    private static let metric = "http.latency_ms"

    /// - Returns: `nil` where no run is a step of a search.
    package init?(_ runs: [RunSummary]) {
        let steps = runs.compactMap { run -> (rate: Double, run: RunSummary)? in
            guard run.params[FoundRate.key]?.stringValue != nil,
                let rate = run.params["rate"]?.doubleValue, rate > 0, rate.isFinite
            else { return nil }
            return (rate, run)
        }
        guard let last = steps.last?.run, let promise = last.params[FoundRate.key]?.stringValue
        else { return nil }
        self.promise = promise
        let bounds = Self.bounds(promise)
        self.bounds = bounds
        let promised = Set(bounds.map(\.statistic)).union([.p50, .p99])
        let statistics = Statistic.allCases.filter { $0.quantile != nil && promised.contains($0) }
        self.statistics = statistics
        let found = steps.reversed().lazy.compactMap { FoundRate(summary: $0.run.reported) }.first
        self.found = found
        isEarly = last.state != .finished
        connections = last.params["max_connections"]?.intValue
        let counted = steps.filter { $0.run.state == .finished && $0.run.leftOut == nil }
        points = Dictionary(grouping: counted, by: \.rate).map { rate, runs in
            Self.point(rate, runs.map(\.run), statistics, found)
        }.sorted { $0.rate < $1.rate }
    }

    private static func bounds(_ promise: String) -> [Bound] {
        // try? is right here: a promise that this version does not know has no line in the chart.
        let limits = try? GateLimit.parse(promise.split(separator: ",").map(String.init))
        return (limits ?? []).compactMap { limit in
            // try? is right here: as above.
            guard let resolved = try? limit.resolved(metric: metric, unit: "ms"),
                resolved.statistic.isInUnit
            else { return nil }
            return Bound(text: limit.text, statistic: limit.statistic, ms: resolved.amount)
        }
    }

    private static func point(
        _ rate: Double, _ runs: [RunSummary], _ statistics: [Statistic], _ found: FoundRate?
    ) -> Point {
        let samples = ComparisonSamples(runs, metric: metric)
        var levels: [Statistic: Level] = [:]
        for statistic in statistics { levels[statistic] = samples?.sliced(statistic) }
        return Point(
            rate: rate, runs: runs.count, requests: samples?.total.count ?? 0,
            errorPercent: samples?.value(of: .errorRate), levels: levels,
            words: found?.tried.first { $0.rate == rate }?.words ?? "")
    }
}

extension ComparisonSamples {
    /// A percentile with the ends that its share has (Woodruff 1952), from the spread between
    /// slices of time: requests that wait in the same queue share their fate.
    /// - Returns: `nil` for a percentile with too few samples beyond it.
    fileprivate func sliced(_ statistic: Statistic) -> RateCurve.Level? {
        let all = total.successes
        guard let q = statistic.quantile, !all.hasFewSamples(beyond: q), let value = all.quantile(q)
        else { return nil }
        let parts = runs.flatMap { run in
            let most = RateCurveLimits.slicesOfRun
            let slices = Self.coarsened(run, by: (run.count + most - 1) / most)
            return Autocorrelation.contributions(to: statistic, of: slices, in: self)
        }
        guard parts.count >= RateCurveLimits.fewestSlices else {
            return RateCurve.Level(value: value, interval: nil)
        }
        let (slices, count) = (Double(parts.count), Double(all.count))
        let between = parts.reduce(0) { $0 + $1 * $1 } * slices / (slices - 1) / (count * count)
        let error = max(between, q * (1 - q) / count).squareRoot()
        let reach =
            error
            * StudentT.critical(
                alpha: 1 - ComparisonLimits.confidence, degrees: slices - 1)
        let low = all.quantile(max(q - reach, 0)) ?? value
        let high = q + reach < 1 ? all.quantile(q + reach) ?? value : all.max
        return RateCurve.Level(value: value, interval: min(low, value)...max(high, value))
    }
}
