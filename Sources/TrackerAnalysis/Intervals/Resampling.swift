import Glibc
import TrackerIndexer
import TrackerLog

/// How uncertain the numbers of one group are, and how they vary together.
///
/// To first order the deviation of a number is a sum of contributions: of slices of time, or of
/// whole runs. So its variance needs no draws. Draws show how the numbers vary together, which the
/// width of a table of intervals depends on.
struct Resampling {
    /// Of each replicate from the value shown, in the unit of `variance`.
    private(set) var deviations: [Statistic: [Double]] = [:]
    /// Of the value shown. From blocks of time: for percentiles of the share of samples beyond it;
    /// for the error rate in squared points; else relative, but for a mean of zero. From whole
    /// runs: of the logarithm, and for the error rate in squared points.
    private(set) var variance: [Statistic: Double] = [:]
    /// Of `variance`, by number: how much is known of it.
    private var degrees: [Statistic: Double] = [:]
    /// Of the sums of blocks of time, over the root of their number: what is left of it in a mean.
    private(set) var skew: [Statistic: Double] = [:]
    /// See `poolClustering`.
    var leastClustering = 1.0
    /// Of each run, where whole runs are drawn.
    private(set) var runValues: [Statistic: [Double]] = [:]
    let runs: Int
    let kind: Comparison.DrawKind
    let samples: ComparisonSamples

    private static let width = Statistic.allCases.count

    /// The rows to draw from for one run (or for all runs), and the number of draws.
    private struct Stratum {
        var rows: [Double] = []
        var rowCount = 0
        var draws = 0
    }

    /// - Parameters:
    ///   - parts: the runs of the group, each by itself; none where blocks of time are drawn.
    ///   - replicates: 0 for the variance alone.
    init(
        _ samples: ComparisonSamples, parts: [ComparisonSamples], replicates: Int, seed: UInt64
    ) {
        self.samples = samples
        runs = samples.runs.count
        let strata: [Stratum]
        var factors: [Double] = []
        if runs >= ComparisonLimits.minRunsToResample {
            kind = .runs
            strata = [Self.wholeRuns(parts, samples)]
            for statistic in Statistic.allCases {
                runValues[statistic] = parts.compactMap { $0.value(of: statistic) }
            }
            degrees = Self.same(Double(runs - 1))
            factors = Statistic.allCases.map { _ in Double(runs) / Double(runs - 1) }
        } else if samples.isReported {
            // One number of a run says nothing of how it varies; how far chance moves a share of so
            // many requests is known.
            kind = .nothing
            degrees = Self.same(RunNoiseLimits.knownDegrees)
            strata = []
            factors = Statistic.allCases.map { _ in 1 }
        } else {
            let dependence = Autocorrelation(samples)
            let length = dependence.blockLength
            kind = .blocks(length: length, slotMs: samples.slotMs)
            strata = Self.blocks(of: samples, length: length)
            let slots = Double(samples.runs.reduce(0) { $0 + $1.count })
            let drawn = Double(strata.reduce(0) { $0 + $1.draws } * length)
            for (column, statistic) in Statistic.allCases.enumerated() {
                let shape = Self.shape(of: strata, column)
                degrees[statistic] = dependence.degrees(
                    of: statistic, slots: slots, tails: shape.tails)
                skew[statistic] = shape.skew * (Double(length) / slots).squareRoot()
            }
            factors = Statistic.allCases.map {
                dependence.varianceFactor(of: $0) * slots / drawn
            }
        }
        for (column, statistic) in Statistic.allCases.enumerated() {
            let exact = strata.reduce(0) { $0 + Self.variance(of: $1, column) }
            variance[statistic] = exact * factors[column]
        }
        draw(strata, replicates: replicates, seed: seed)
    }

    /// Degrees of freedom of a number's variance.
    func degrees(of statistic: Statistic) -> Double { degrees[statistic] ?? 1 }

    private static func same(_ degrees: Double) -> [Statistic: Double] {
        Dictionary(uniqueKeysWithValues: Statistic.allCases.map { ($0, degrees) })
    }

    /// The excess kurtosis of the sums of blocks, above zero where few of them make the variance;
    /// and their skewness.
    private static func shape(
        of strata: [Stratum], _ column: Int
    ) -> (tails: Double, skew: Double) {
        var (count, squares, cubes, fourths) = (0.0, 0.0, 0.0, 0.0)
        for stratum in strata where stratum.rowCount > 0 {
            let values = (0..<stratum.rowCount).map { stratum.rows[$0 * width + column] }
            let mean = values.reduce(0, +) / Double(values.count)
            for value in values {
                let square = (value - mean) * (value - mean)
                squares += square
                cubes += square * (value - mean)
                fourths += square * square
            }
            count += Double(values.count)
        }
        let whole = squares * squares
        guard whole > 0 else { return (0, 0) }
        return (
            max(fourths * count / whole - 3, 0), cubes * count.squareRoot() / pow(squares, 1.5)
        )
    }

    private mutating func draw(_ strata: [Stratum], replicates: Int, seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var drawn = Statistic.allCases.map { _ in [Double]() }
        var sums = [Double](repeating: 0, count: Self.width)
        let work = strata.reduce(0) { $0 + $1.draws } * Self.width
        for _ in 0..<replicates {
            guard !WorkBudget.isOver(after: work) else { break }
            for column in 0..<Self.width { sums[column] = 0 }
            for stratum in strata {
                for _ in 0..<stratum.draws {
                    let start = generator.index(below: stratum.rowCount) * Self.width
                    for column in 0..<Self.width { sums[column] += stratum.rows[start + column] }
                }
            }
            for column in 0..<Self.width { drawn[column].append(sums[column]) }
        }
        for (column, statistic) in Statistic.allCases.enumerated() {
            deviations[statistic] = drawn[column]
        }
    }

    /// Of the sum of the draws of one column.
    private static func variance(of stratum: Stratum, _ column: Int) -> Double {
        let values = (0..<stratum.rowCount).map { stratum.rows[$0 * width + column] }
        let mean = values.reduce(0, +) / Double(max(values.count, 1))
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return squares / Double(max(values.count, 1)) * Double(stratum.draws)
    }

    /// The deviation of a group's number is the mean of those of its runs.
    private static func wholeRuns(
        _ parts: [ComparisonSamples], _ samples: ComparisonSamples
    ) -> Stratum {
        var stratum = Stratum(rowCount: parts.count, draws: parts.count)
        let shown = Statistic.allCases.map { samples.value(of: $0) ?? 0 }
        for part in parts {
            guard !WorkBudget.isOver(after: WorkLimits.stepsPerRun) else { return Stratum() }
            for (statistic, shown) in zip(Statistic.allCases, shown) {
                let value = part.value(of: statistic) ?? 0
                let deviation =
                    statistic == .errorRate
                    ? value - shown
                    : value > 0 && shown > 0 ? log(value / shown) : 0
                stratum.rows.append(deviation / Double(parts.count))
            }
        }
        return stratum
    }

    /// All blocks of `length` slices. A run is treated as a circle, so that its ends count as
    /// much as its middle.
    private static func blocks(of samples: ComparisonSamples, length: Int) -> [Stratum] {
        samples.runs.map { slots in
            let count = slots.count
            var stratum = Stratum(rowCount: count, draws: (count + length - 1) / length)
            stratum.rows = [Double](repeating: 0, count: width * count)
            for (column, statistic) in Statistic.allCases.enumerated() {
                let parts = Autocorrelation.contributions(to: statistic, of: slots, in: samples)
                let unit = unit(of: statistic, in: samples)
                var sum = parts.prefix(length).reduce(0, +)
                for start in 0..<count {
                    stratum.rows[start * width + column] = sum * unit
                    sum += parts[(start + length) % count] - parts[start]
                }
            }
            return stratum
        }
    }

    /// Turns a sum of contributions into a deviation of the value shown.
    private static func unit(of statistic: Statistic, in samples: ComparisonSamples) -> Double {
        let total = samples.total
        let count = Double(max(total.successes.count, 1))
        switch statistic {
        case .errorRate: return 100 / Double(max(total.count, 1))
        case .perSecond: return 1 / Double(max(total.succeeded, 1))
        default: return 1 / count
        }
    }
}
