import Glibc
import TrackerIndexer

/// A number of one variant, compared with that of the first.
package struct ExperimentRow: Sendable, Hashable {
    package var statistic: Statistic
    package var variant: Int
    /// The medians over the rounds; `nil` where no round has the number.
    package var first: Double?
    package var other: Double?
    package var points: [ExperimentPoint]
    /// Relative to the first variant; for the error rate in percentage points.
    package var difference: Double?
    package var finding: ExperimentFinding
}

/// One round of a row, and what was known after it. In the unit of `ExperimentRow.difference`.
package struct ExperimentPoint: Sendable, Hashable {
    package var round: Int
    package var difference: Double
    package var lower: Double?
    package var upper: Double?
}

/// Whether a number is settled.
package enum ExperimentFinding: String, Sendable, Hashable {
    case better, worse
    /// The whole interval is within the smallest difference that matters.
    case equal
    case open

    package var words: String {
        switch self {
        case .better: "Better"
        case .worse: "Worse"
        case .equal: "Equal"
        case .open: "Open"
        }
    }
}

/// The rounds of one row of an experiment, added one by one.
struct ExperimentRows {
    private let statistic: Statistic
    private let variant: Int
    private let margin: Double
    private let better: MetricMeaning.Direction
    private var sequence: ConfidenceSequence
    private var values: (first: [Double], other: [Double]) = ([], [])
    private var points: [ExperimentPoint] = []

    /// - Parameters:
    ///   - alpha: the probability that the interval misses the truth at any look.
    ///   - margin: the smallest difference that matters: relative; of the error rate in points.
    init(
        _ statistic: Statistic, _ variant: Int, alpha: Double, margin: Double,
        better: MetricMeaning.Direction
    ) {
        self.statistic = statistic
        self.variant = variant
        self.margin = margin
        self.better = better
        let isPoints = statistic == .errorRate
        sequence = ConfidenceSequence(
            alpha: alpha,
            expectedSpread: isPoints
                ? SequentialLimits.expectedErrorPoints : SequentialLimits.expectedSpread,
            widest: isPoints ? SequentialLimits.widestPoints : log(SequentialLimits.widestRatio))
    }

    /// A round without the number of both is left out.
    /// - Parameter probability: of the order of the round: see `RoundOrder`.
    mutating func add(_ round: Int, _ first: Double?, _ other: Double?, probability: Double) {
        guard let first, let other, let difference = difference(first, other) else { return }
        values.first.append(first)
        values.other.append(other)
        sequence.add(difference, probability: probability)
        points.append(
            ExperimentPoint(
                round: round, difference: shown(difference),
                lower: sequence.lower.map(shown), upper: sequence.upper.map(shown)))
    }

    var row: ExperimentRow {
        let difference = sequence.estimate.map(shown)
        return ExperimentRow(
            statistic: statistic, variant: variant, first: Self.median(values.first),
            other: Self.median(values.other), points: points, difference: difference,
            finding: finding(difference))
    }

    private func finding(_ difference: Double?) -> ExperimentFinding {
        guard let difference, let last = points.last,
            points.count >= SequentialLimits.fewestRounds
        else { return .open }
        let isAbove = last.lower.map { $0 > 0 } ?? false
        let isBelow = last.upper.map { $0 < 0 } ?? false
        if isAbove || isBelow, difference.magnitude >= margin {
            return isAbove == (better == .higher) ? .better : .worse
        }
        guard let lower = last.lower, let upper = last.upper else { return .open }
        return lower >= -margin && upper <= margin ? .equal : .open
    }

    /// A ratio has a logarithm only of numbers above zero.
    private func difference(_ first: Double, _ other: Double) -> Double? {
        if statistic == .errorRate { return other - first }
        return first > 0 && other > 0 ? log(other / first) : nil
    }

    /// From the scale of logarithms to that of people.
    private func shown(_ difference: Double) -> Double {
        statistic == .errorRate ? difference : expm1(difference)
    }

    private static func median(_ values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2)
            ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
}
