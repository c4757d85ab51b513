import Glibc
import TrackerIndexer
import TrackerLog

/// The bootstrap of one group: which values its statistics take when blocks of time, or whole runs,
/// are resampled.
///
/// Each replicate adds rows, and computes percentiles from the sum. A row is dense:
///
///     | exposure | attempts | errors | count | sum | count of bucket 0 | of bucket 1 | …
///
/// Cost: replicates × (blocks drawn + 1) × columns.
struct Resampling {
    /// Of each replicate from the value shown: relative; for the error rate in points.
    private(set) var deviations: [Statistic: [Double]] = [:]
    /// Of the value shown, in the squared unit of the deviations.
    private(set) var variance: [Statistic: Double] = [:]
    private(set) var degrees = 1.0
    let runs: Int
    let kind: Comparison.DrawKind

    /// Columns before those of the buckets.
    private static let exposure = 0
    private static let attempts = 1
    private static let errors = 2
    private static let count = 3
    private static let sum = 4
    private static let fixedColumns = 5
    /// Relative variance of a value that lies anywhere in its bucket, which is at most 1/128 of the
    /// value wide.
    private static let bucketVariance = 1.0 / (128 * 128 * 12)

    /// The rows to draw from for one run (or for all runs), and the number of draws.
    private struct Stratum {
        var rows: [Double] = []
        var rowCount = 0
        var draws = 0
    }

    init(_ samples: ComparisonSamples, replicates: Int, seed: UInt64) {
        runs = samples.runs.count
        let columns = samples.total.successes.histogram.buckets.map(\.bucket)
        var strata: [Stratum] = []
        var factors: [Statistic: Double] = [:]
        if runs >= ComparisonLimits.minRunsToResample {
            kind = .runs
            strata = [Self.wholeRuns(samples, columns)]
            degrees = Double(runs - 1)
            for statistic in Statistic.allCases {
                factors[statistic] = Double(runs) / Double(runs - 1)
            }
        } else {
            let dependence = Autocorrelation(samples)
            let length = dependence.blockLength
            kind = .blocks(length: length, slotMs: samples.slotMs)
            strata = samples.runs.map { Self.blocks(of: $0, length: length, columns) }
            let slots = samples.runs.reduce(0) { $0 + $1.count }
            let drawn = strata.reduce(0) { $0 + $1.draws } * length
            // Each block counts as one independent value.
            degrees = max(Double(slots) / Double(length) - 1, 1)
            for statistic in Statistic.allCases {
                factors[statistic] =
                    dependence.varianceFactor(of: statistic) * Double(drawn) / Double(slots)
            }
        }
        draw(samples, strata, columns, replicates: replicates, seed: seed)
        for statistic in Statistic.allCases {
            let drawn = Self.variance(of: deviations[statistic] ?? [])
            variance[statistic] = Self.floored(
                drawn * (factors[statistic] ?? 1), statistic, samples.total)
        }
    }

    /// The variance of one run, if the group has enough runs to measure it.
    func variancePerRun(of statistic: Statistic) -> Double? {
        kind == .runs ? (variance[statistic] ?? 0) * Double(runs) : nil
    }

    private mutating func draw(
        _ samples: ComparisonSamples, _ strata: [Stratum], _ columns: [Int32],
        replicates: Int, seed: UInt64
    ) {
        var generator = SplitMix64(seed: seed)
        let width = columns.count + Self.fixedColumns
        let middles = columns.map(Bucket.middle(of:))
        let statistics = Statistic.allCases
        let shown = statistics.map { samples.value(of: $0) ?? 0 }
        var drawn = statistics.map { _ in [Double]() }
        var row = [Double](repeating: 0, count: width)
        for _ in 0..<replicates {
            for column in 0..<width { row[column] = 0 }
            for stratum in strata {
                for _ in 0..<stratum.draws {
                    let start = generator.index(below: stratum.rowCount) * width
                    Self.add(stratum.rows, from: start, to: &row)
                }
            }
            let values = Self.values(of: row, middles)
            for index in statistics.indices {
                let value = values[index]
                let isRelative = statistics[index] != .errorRate
                let scale = isRelative ? shown[index] : 1
                let deviation = value.isFinite && scale != 0 ? (value - shown[index]) / scale : 0
                drawn[index].append(deviation)
            }
        }
        for index in statistics.indices { deviations[statistics[index]] = drawn[index] }
    }

    /// The inner loop. With spans, bounds are checked once and the loop is vectorised.
    private static func add(_ rows: [Double], from start: Int, to row: inout [Double]) {
        let source = rows.span.extracting(start..<(start + row.count))
        var target = row.mutableSpan
        for column in source.indices { target[column] += source[column] }
    }

    /// In the order of `Statistic.allCases`; NaN where a replicate has no value.
    private static func values(of row: [Double], _ middles: [Double]) -> [Double] {
        let total = row[count]
        let throughput =
            row[exposure] > 0 ? (row[attempts] - row[errors]) / row[exposure] : .nan
        let share = row[attempts] > 0 ? 100 * row[errors] / row[attempts] : .nan
        var quantiles: [Double] = []
        var seen = 0.0
        var column = -1
        for statistic in Statistic.allCases {
            guard let q = statistic.quantile else { continue }
            let rank = NearestRank.rank(q, of: total)
            while seen < rank, column + 1 < middles.count {
                column += 1
                seen += row[fixedColumns + column]
            }
            quantiles.append(total > 0 ? middles[max(column, 0)] : .nan)
        }
        return quantiles + [total > 0 ? row[sum] / total : .nan, throughput, share]
    }
}

extension Resampling {
    private static func wholeRuns(_ samples: ComparisonSamples, _ columns: [Int32]) -> Stratum {
        let offsets = self.offsets(of: columns)
        let width = columns.count + fixedColumns
        var stratum = Stratum(rowCount: samples.runs.count, draws: samples.runs.count)
        stratum.rows = [Double](repeating: 0, count: width * samples.runs.count)
        for (run, slots) in samples.runs.enumerated() {
            for slot in slots { add(slot, to: &stratum.rows, from: run * width, offsets) }
        }
        return stratum
    }

    /// All blocks of `length` slices. The run is treated as a circle, so that its ends count as
    /// much as its middle.
    private static func blocks(
        of slots: [ComparisonSamples.Slot], length: Int, _ columns: [Int32]
    ) -> Stratum {
        let offsets = self.offsets(of: columns)
        let width = columns.count + fixedColumns
        let draws = (slots.count + length - 1) / length
        var stratum = Stratum(rowCount: slots.count, draws: draws)
        stratum.rows = [Double](repeating: 0, count: width * slots.count)
        for start in slots.indices {
            for step in 0..<length {
                let slot = slots[(start + step) % slots.count]
                add(slot, to: &stratum.rows, from: start * width, offsets)
            }
        }
        return stratum
    }

    /// The offset of each bucket in a row.
    private static func offsets(of columns: [Int32]) -> [Int32: Int] {
        Dictionary(uniqueKeysWithValues: columns.enumerated().map { ($1, $0 + fixedColumns) })
    }

    private static func add(
        _ slot: ComparisonSamples.Slot, to rows: inout [Double], from start: Int,
        _ offsets: [Int32: Int]
    ) {
        rows[start + exposure] += slot.exposureS
        rows[start + attempts] += slot.attempts
        rows[start + count] += slot.count
        rows[start + errors] += slot.errors
        rows[start + sum] += slot.sum
        for bucket in slot.buckets {
            guard let offset = offsets[bucket.bucket] else { continue }
            rows[start + offset] += Double(bucket.count)
        }
    }

    private static func variance(of values: [Double]) -> Double {
        guard values.count > 1 else { return 0 }
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return squares / Double(values.count - 1)
    }

    /// Adds what resampling cannot show: the position of a percentile within its bucket, and
    /// failures too rare for a short run.
    private static func floored(
        _ variance: Double, _ statistic: Statistic, _ total: Aggregate
    ) -> Double {
        if statistic.quantile != nil { return variance + bucketVariance }
        guard statistic == .errorRate else { return variance }
        let n = Double(total.count)
        let share = (Double(total.errors) + 1) / (n + 2)
        return max(variance, 10_000 * share * (1 - share) / n)
    }
}
