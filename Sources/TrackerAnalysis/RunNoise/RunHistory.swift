import Glibc
package import TrackerIndexer
package import TrackerLog

/// Runs of a target, without their samples: how much its numbers differ from run to run.
package struct RunHistory: Sendable {
    /// One number of a run.
    package struct Number: Sendable, Hashable {
        package var value: Double
        /// Of a single run, by what varies within it: relative; for the error rate in points. 0
        /// where the run is too short to tell: then all that differs counts as between runs.
        package var standardError: Double

        package init(value: Double, standardError: Double) {
            self.value = value
            self.standardError = standardError
        }

        /// On the scale on which runs vary; `nil` if it has no place on it.
        func level(_ statistic: Statistic) -> Double? {
            statistic == .errorRate ? value : value > 0 ? log(value) : nil
        }
    }

    package struct Run: Sendable {
        package var run: String
        package var started: Timestamp
        /// Equal under like conditions.
        package var conditions: String
        /// Empty where all runs are of one metric.
        package var metric = ""
        package var unit: String?
        /// Whether its one number was reported, not measured: such runs are compared only with
        /// their like.
        package var isReported = false
        /// Number of samples.
        package var count: Int
        package var numbers: [Statistic: Number]
    }

    /// Oldest first.
    package private(set) var runs: [Run]

    package init(_ runs: [Run]) { self.runs = runs.sorted { $0.started < $1.started } }

    /// - Parameter metric: runs without it are left out.
    package init(_ runs: [RunSummary], metric: String) {
        self.init(runs.compactMap { Run($0, metric: metric) })
    }
}

extension RunHistory.Run {
    /// - Returns: `nil` if the run has no sample of the metric.
    package init?(_ summary: RunSummary, metric: String) {
        guard let samples = ComparisonSamples([summary], metric: metric) else { return nil }
        run = summary.run
        started = summary.judgedStart ?? .epoch
        conditions = LikeConditions.key(of: summary)
        self.metric = metric
        unit = summary.timeline(of: metric)?.unit ?? summary.reportedNumber(metric)?.unit
        isReported = samples.isReported
        count = samples.total.count
        let isLong = samples.minSlots >= ComparisonLimits.minSlots
        let spread = isLong ? Resampling(samples, parts: [], replicates: 0, seed: 0) : nil
        numbers = [:]
        for statistic in Statistic.allCases {
            if let q = statistic.quantile, samples.total.successes.hasFewSamples(beyond: q) {
                continue
            }
            guard let value = samples.value(of: statistic), value.isFinite else { continue }
            numbers[statistic] = RunHistory.Number(
                value: value, standardError: spread?.standardError(of: statistic) ?? 0)
        }
    }
}

extension RunHistory.Run {
    /// The same numbers in the unit of another run; `nil` if they cannot be converted.
    func converted(to other: RunHistory.Run) -> RunHistory.Run? {
        guard let conversion = UnitConversion(metric: other.metric, from: unit, to: other.unit)
        else { return nil }
        var run = self
        run.unit = other.unit
        run.numbers = numbers.converted(conversion)
        return run
    }
}

extension [Statistic: RunHistory.Number] {
    /// Standard errors are relative: they stay.
    func converted(_ conversion: UnitConversion) -> Self {
        guard !conversion.isIdentity else { return self }
        return Dictionary(
            uniqueKeysWithValues: map { statistic, number in
                let value = statistic.isInUnit ? conversion(number.value) : number.value
                return (
                    statistic,
                    RunHistory.Number(value: value, standardError: number.standardError)
                )
            })
    }
}
