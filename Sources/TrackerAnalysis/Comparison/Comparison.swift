package import TrackerIndexer

/// The settings of a comparison.
package struct ComparisonSettings: Sendable, Hashable {
    /// The metric to compare; `nil` takes the headline of the first group.
    package var metric: String?
    /// The smallest relative difference that matters: 0.02 is two percent.
    package var minEffect: Double
    /// The smallest difference of the error rate that matters, in percentage points.
    package var minErrorPoints: Double
    /// Overrides the two above for single statistics: relative; for the error rate in points.
    package var margins: [Statistic: Double] = [:]
    /// The statistics to compare, in the order of the rows. Fewer have narrower intervals, because
    /// the intervals of a table are simultaneous.
    package var statistics = Statistic.allCases
    package var replicates: Int
    /// Tables that are read together: their intervals hold simultaneously.
    package var tables = 1
    /// Compares the times of successes and failures together.
    package var includesFailures = false
    /// Where the spread between runs comes from for groups of few runs.
    package var runNoise = RunNoiseRule.history

    /// The smallest difference that matters: relative; for the error rate in percentage points.
    package func margin(of statistic: Statistic) -> Double {
        margins[statistic] ?? (statistic == .errorRate ? minErrorPoints : minEffect)
    }

    package init(
        metric: String? = nil, minEffect: Double = ComparisonLimits.minEffect,
        minErrorPoints: Double = ComparisonLimits.minErrorPoints,
        replicates: Int = ComparisonLimits.replicates
    ) {
        self.metric = metric
        self.minEffect = minEffect
        self.minErrorPoints = minErrorPoints
        self.replicates = replicates
    }
}

/// Every limit of a comparison in one place, with its reason.
package enum ComparisonLimits {
    /// Below it a difference is rarely worth a day of work.
    package static let minEffect = 0.02
    /// One failed request in a thousand more.
    package static let minErrorPoints = 0.1
    /// The 95 % point of a thousand replicates varies by about 3 % with the seed.
    package static let replicates = 1_000
    /// From fewer slices of time their correlation cannot be estimated.
    package static let minSlots = 10
    /// Longer runs have wider slices, at most this many, so that a replicate stays cheap.
    package static let maxSlots = 240
    /// From this many runs on, whole runs are resampled instead of the seconds within them.
    package static let minRunsToResample = 3
    /// Numbers of a report in one table: more would not be read, and each costs width.
    package static let maxReported = 20
    /// Digits of the numbers that are compared: one more than a bucket resolves, so that a
    /// difference of 2 % is not one of the last digit.
    package static let shownDigits = 4
    /// An estimate of more further runs is of no use.
    package static let maxFurtherRuns = 100
    /// The confidence that all intervals of a table cover the true values together.
    package static let confidence = 0.95
}

/// One number that is compared.
package enum Statistic: String, Sendable, CaseIterable {
    case p50, p90, p95, p99, mean
    case perSecond = "per_second"
    case errorRate = "error_rate"

    /// For percentiles, from 0 to 1; `nil` for the others.
    package var quantile: Double? {
        switch self {
        case .p50: 0.5
        case .p90: 0.9
        case .p95: 0.95
        case .p99: 0.99
        case .mean, .perSecond, .errorRate: nil
        }
    }

    /// Which way is better; `nil` if the metric does not tell.
    package func better(of metric: MetricMeaning) -> MetricMeaning.Direction? {
        switch self {
        case .perSecond: .higher
        case .errorRate: .lower
        case .p50, .p90, .p95, .p99, .mean: metric.better
        }
    }

    /// Whether it says how long requests took.
    var isResponseTime: Bool { isInUnit }

    /// Whether it is in the unit of the metric.
    package var isInUnit: Bool { self != .perSecond && self != .errorRate }
}

/// The result of a row, by its interval. `words` is its text.
package enum Verdict: Sendable, Hashable {
    case better, worse
    /// A difference of which nobody knows whether it is better.
    case higher, lower
    /// The whole interval is within the smallest effect that matters.
    case noDifferenceFound
    case inconclusive(Reason)

    package enum Reason: Sendable, Hashable {
        /// The interval is too wide. `furtherRuns` more runs like these in each group would decide;
        /// `nil` when that takes more than `ComparisonLimits.maxFurtherRuns`.
        case wide(furtherRuns: Int?)
        /// Fewer samples than the percentile needs in the smaller group.
        case tooFewSamples(needed: Int)
        /// The shortest run has too few slices of time to resample.
        case tooShort(neededSlots: Int)
        /// There is no value to compare.
        case noRatio
        /// A side has no value: none of its requests succeeded.
        case noValue
        /// It is better, and more requests failed: what is left may be fast because of that.
        case moreFailures
        /// Nothing tells how much runs vary; `furtherRuns` more of each would.
        case oneRun(furtherRuns: Int)
    }

    package var words: String {
        switch self {
        case .better: "Better"
        case .worse: "Worse"
        case .higher: "Higher"
        case .lower: "Lower"
        case .noDifferenceFound: "No difference found"
        case .inconclusive: "Inconclusive"
        }
    }

    /// Whether a difference was found.
    package var isDifferent: Bool {
        switch self {
        case .better, .worse, .higher, .lower: true
        case .noDifferenceFound, .inconclusive: false
        }
    }

    /// Whether it is only because nothing tells how much runs vary.
    package var isOneRun: Bool {
        if case .inconclusive(.oneRun) = self { true } else { false }
    }
}

/// One statistic of both groups.
package struct ComparisonRow: Sendable, Hashable {
    package var statistic: Statistic
    /// Rounded to four digits, as shown; in percent for the error rate. `nil` where the group has
    /// no such number.
    package var a: Double?
    package var b: Double?
    /// Number of samples of each group.
    package var countA: Int
    package var countB: Int
    /// Exactly `b / a - 1` of the numbers shown; for the error rate `b - a`, in percentage points.
    /// Where a value is zero or less, `b - a` in the unit of the number: see `isInUnit`.
    package var difference: Double?
    /// Whether `difference` is in the unit of the number, because there is no ratio.
    package var isInUnit = false
    /// Around `difference`, in its unit; `nil` when there is too little data.
    package var interval: ClosedRange<Double>?
    package var verdict: Verdict
    /// B less A, and B alone, in the unit of the number, unrounded; `nil` when there is too little
    /// data.
    package var inUnit: UnitInterval?
    package var levelB: UnitInterval?
    /// The spread between runs that the interval includes, if earlier runs told it.
    package var noise: RunNoise?

    package init(
        statistic: Statistic, a: Double?, b: Double?, countA: Int, countB: Int,
        difference: Double? = nil, interval: ClosedRange<Double>? = nil, verdict: Verdict
    ) {
        self.statistic = statistic
        self.a = a
        self.b = b
        self.countA = countA
        self.countB = countB
        self.difference = difference
        self.interval = interval
        self.verdict = verdict
    }
}

/// A group of runs: what `USER/SESSION` or `USER/SESSION#RUN` names.
package struct ComparisonGroup: Sendable {
    package var name: String
    package var runs: [RunSummary]
    /// Runs that belong to the group by its name, and were left out.
    package var leftOut: [LeftOutRun]
    /// Runs of its commit that have no good end.
    package var uncounted: UncountedRuns

    package init(
        name: String, runs: [RunSummary], leftOut: [LeftOutRun] = [],
        uncounted: UncountedRuns = UncountedRuns()
    ) {
        self.name = name
        self.runs = runs
        self.leftOut = leftOut
        self.uncounted = uncounted
    }
}

extension ComparisonGroup {
    /// All samples of a metric that succeeded; `nil` if there are none.
    package func successes(of metric: String) -> Population? {
        let totals = runs.compactMap { $0.timeline(of: metric)?.total }
        return Aggregate.merged(totals)?.successes
    }
}

/// Two groups of runs side by side.
///
/// A pure function of its input: the seed of the random draws is a hash of the data.
package struct Comparison: Sendable {
    package var nameA: String
    package var nameB: String
    package var metric: String
    /// Whether it is a number that tools reported, one for each run.
    package var isReported: Bool
    package var unit: String?
    package var meaning: MetricMeaning
    package var runsA: Int
    package var runsB: Int
    /// Of which trees the runs are.
    package var treesA: RunTrees
    package var treesB: RunTrees
    /// Runs of the groups' commits that have no good end.
    package var uncountedA: UncountedRuns
    package var uncountedB: UncountedRuns
    /// Runs of A, then of B, that were left out.
    package var leftOut: [LeftOutRun]
    /// What was resampled in each group: whole runs, or blocks of time.
    package var drawA: DrawKind
    package var drawB: DrawKind
    package var seed: UInt64
    /// Earlier runs of the target under like conditions, which may say how much runs vary.
    package var earlierRuns: Int
    package var settings: ComparisonSettings
    /// What differs in environment and load between the groups.
    package var differences: [EnvironmentDifference]
    /// Reasons to doubt the comparison, as text.
    package var warnings: [String]
    package var rows: [ComparisonRow]
    /// The error rate, whether or not a row has it.
    package var failures: ComparisonRow

    package enum DrawKind: Sendable, Hashable {
        case runs
        /// Blocks of `length` slices, each `slotMs` milliseconds wide.
        case blocks(length: Int, slotMs: Int)
        /// Too little data to resample.
        case nothing
    }
}

/// Why two groups cannot be compared.
package enum ComparisonError: Error, Sendable, Hashable, CustomStringConvertible {
    case noSamples(group: String, metric: String?)
    case unlikeUnits(metric: String, a: String, b: String)
    /// The names of the groups in which it is reported and measured.
    case reportedAndMeasured(metric: String, reported: String, measured: String)
    /// Statistics that a reported number does not have.
    case onlyReported(metric: String, asked: [String])
    /// The `WorkBudget` of the question is spent.
    case outOfTime

    package var description: String {
        switch self {
        case .noSamples(let group, let metric?):
            "\(group) has no samples of \(metric): its page and tracker show list its metrics"
        case .noSamples(let group, nil):
            "\(group) has no samples to compare"
        case .unlikeUnits(let metric, let a, let b):
            "\(metric) is in \(a) in one group and in \(b) in the other: numbers in units that are"
                + " not converted are not compared. Log the metric in one unit, or declare that of"
                + " samples without one"
        case .reportedAndMeasured(let metric, let reported, let measured):
            "\(metric) is what a tool reported in \(reported), and measured in \(measured):"
                + " these are not compared"
        case .onlyReported(let metric, let asked):
            "\(metric) is only reported, one number a run: it has no"
                + " \(asked.joined(separator: ", "))"
        case .outOfTime: "the comparison takes longer than it may"
        }
    }
}
