/// What a comparison is asked to do.
public struct ComparisonSettings: Sendable, Hashable {
    /// The metric to compare; `nil` takes the headline of the first group.
    public var metric: String?
    /// A smaller relative difference does not matter to the asker: 0.02 is two percent.
    public var minEffect: Double
    /// The same for the error rate, in percentage points.
    public var minErrorPoints: Double
    /// Where one number has a margin of its own: relative; of the error rate in points.
    public var margins: [Statistic: Double] = [:]
    /// The numbers to compare, in their order. Fewer have narrower intervals, for the intervals
    /// hold together.
    public var statistics = Statistic.allCases
    public var replicates: Int

    /// The smallest difference that matters: relative; of the error rate in percentage points.
    public func margin(of statistic: Statistic) -> Double {
        margins[statistic] ?? (statistic == .errorRate ? minErrorPoints : minEffect)
    }

    public init(
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
public enum ComparisonLimits {
    /// Below it a difference is rarely worth a day of work.
    public static let minEffect = 0.02
    /// One failed request in a thousand more.
    public static let minErrorPoints = 0.1
    /// The 95 % point of a thousand draws moves by about 3 % when drawn anew.
    public static let replicates = 1_000
    /// Fewer slices of time cannot tell how they hang together.
    public static let fewestSlots = 10
    /// Longer runs are cut into so many slices, so that a replicate stays cheap.
    public static let mostSlots = 240
    /// From here on whole runs are drawn, and not the seconds within them.
    public static let fewestRunsToDraw = 3
    /// Beyond this many further runs an estimate helps nobody.
    public static let mostFurtherRuns = 100
    /// How sure a table is of all its verdicts together.
    public static let confidence = 0.95
}

/// One number that is compared.
public enum Statistic: String, Sendable, CaseIterable {
    case p50, p90, p95, p99, mean
    case perSecond = "per_second"
    case errorRate = "error_rate"

    /// For percentiles: 0 to 1.
    public var quantile: Double? {
        switch self {
        case .p50: 0.5
        case .p90: 0.9
        case .p95: 0.95
        case .p99: 0.99
        case .mean, .perSecond, .errorRate: nil
        }
    }

    public var higherIsBetter: Bool { self == .perSecond }
}

/// What the interval says. The words a person reads are `words`.
public enum Verdict: Sendable, Hashable {
    case better, worse
    /// The whole interval is within the smallest effect that matters.
    case noDifferenceFound
    case inconclusive(Reason)

    public enum Reason: Sendable, Hashable {
        /// The interval is too wide. `furtherRuns` like these, of each group, would settle it;
        /// `nil` when more than `ComparisonLimits.mostFurtherRuns` would be needed.
        case wide(furtherRuns: Int?)
        /// Fewer samples than the percentile needs in the smaller group.
        case tooFewSamples(needed: Int)
        /// The shorter run has fewer slices of time than can be drawn from.
        case tooShort(neededSlots: Int)
        /// A value is zero or less, so there is no ratio.
        case noRatio
    }

    public var words: String {
        switch self {
        case .better: "Better"
        case .worse: "Worse"
        case .noDifferenceFound: "No difference found"
        case .inconclusive: "Inconclusive"
        }
    }

    /// Whether the two were told apart.
    public var isDifferent: Bool { self == .better || self == .worse }
}

/// One statistic of both groups.
public struct ComparisonRow: Sendable, Hashable {
    public var statistic: Statistic
    /// To four digits: the numbers to show. Percent for the error rate.
    public var a: Double
    public var b: Double
    /// Samples behind each.
    public var countA: Int
    public var countB: Int
    /// Exactly `b / a - 1` of the numbers shown; for the error rate `b - a`, in percentage points.
    /// `nil` when there is no ratio.
    public var difference: Double?
    /// Around `difference`, in its unit; `nil` when the data is too little for one.
    public var interval: ClosedRange<Double>?
    public var verdict: Verdict

    package init(
        statistic: Statistic, a: Double, b: Double, countA: Int, countB: Int,
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
public struct ComparisonGroup: Sendable {
    public var name: String
    public var runs: [RunSummary]

    public init(name: String, runs: [RunSummary]) {
        self.name = name
        self.runs = runs
    }
}

/// Two groups of runs side by side.
///
/// A pure function of its input: the seed of the random draws is a hash of the data.
public struct Comparison: Sendable {
    public var nameA: String
    public var nameB: String
    public var metric: String
    public var unit: String?
    public var runsA: Int
    public var runsB: Int
    /// What was drawn in each group: whole runs, or blocks of time.
    public var drawA: DrawKind
    public var drawB: DrawKind
    public var seed: UInt64
    public var settings: ComparisonSettings
    /// What differs in environment and load between the groups.
    public var differences: [EnvironmentDifference]
    /// What makes the comparison doubtful, in words.
    public var warnings: [String]
    public var rows: [ComparisonRow]

    public enum DrawKind: Sendable, Hashable {
        case runs
        /// Blocks of so many slices, each so many milliseconds.
        case blocks(length: Int, slotMs: Int)
        /// Too little to draw from.
        case nothing
    }
}

/// Why two groups cannot be compared.
public enum ComparisonError: Error, Sendable, Hashable, CustomStringConvertible {
    case noSamples(group: String, metric: String?)
    case unlikeUnits(metric: String, a: String, b: String)

    public var description: String {
        switch self {
        case .noSamples(let group, let metric?):
            "\(group) has no samples of \(metric): `tracker show` lists its metrics"
        case .noSamples(let group, nil):
            "\(group) has no samples to compare"
        case .unlikeUnits(let metric, let a, let b):
            "\(metric) is in \(a) in one group and in \(b) in the other:"
                + " numbers in unlike units are not compared"
        }
    }
}
