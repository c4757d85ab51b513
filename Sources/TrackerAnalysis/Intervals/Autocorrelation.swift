import Glibc
import TrackerIndexer
import TrackerLog

/// How strongly neighbouring slices of a group of runs are correlated; decides the block length.
struct Autocorrelation {
    /// Lag-1 autocorrelation of the contributions of slices to a statistic, 0 to `maxCorrelation`.
    private(set) var correlation: [Statistic: Double] = [:]
    /// Slices in a block.
    let blockLength: Int
    private let slots: Int

    /// With a higher one, a run of any practical length holds too little information.
    private static let maxCorrelation = 0.9
    /// A run has at least this many blocks.
    private static let minBlocks = 4
    /// The block length follows from the mean correlation of these; the variance of each statistic
    /// is corrected by its own.
    private static let blockStatistics: [Statistic] = [.p50, .p90, .p95, .p99, .mean]

    init(_ samples: ComparisonSamples) {
        slots = max(samples.minSlots, 1)
        var sum = 0.0
        for statistic in Statistic.allCases {
            let value = Self.correlation(of: statistic, in: samples)
            correlation[statistic] = value
            if Self.blockStatistics.contains(statistic) { sum += value }
        }
        let mean = sum / Double(Self.blockStatistics.count)
        let root = cbrt(Double(slots))
        // Politis and White (2004), for circular blocks of an AR(1) series.
        let best = cbrt(1.5) * pow(2 * mean / (1 - mean * mean), 2.0 / 3) * root
        let length = Int(max(root, best).rounded(.up))
        blockLength = max(1, min(length, slots / Self.minBlocks))
    }

    /// Corrects the variance of resampled blocks: they cut the dependence at their ends, and the
    /// mean of a short run follows the run.
    func varianceFactor(of statistic: Statistic) -> Double {
        let phi = correlation[statistic] ?? 0
        let length = Double(blockLength)
        var kept = 1.0
        var power = 1.0
        for lag in 1..<max(blockLength, 2) where blockLength > 1 {
            power *= phi
            kept += 2 * (1 - Double(lag) / length) * power
        }
        let whole = (1 + phi) / (1 - phi)
        let n = Double(slots)
        return whole / kept * n / max(n - length, 1)
    }

    /// How much the corrected variance is known by. Each block counts as one independent value. A
    /// variance that few blocks make, such as those with a burst, is known less, by their kurtosis;
    /// and so is one corrected by a correlation that is estimated itself.
    func degrees(of statistic: Statistic, slots: Double, tails: Double) -> Double {
        let phi = correlation[statistic] ?? 0
        let blocks = slots / Double(blockLength)
        let relative = 2 / max(blocks - 1, 1) + tails / blocks + 4 / ((1 - phi * phi) * slots)
        return max(2 / relative, 1)
    }

    private static func correlation(
        of statistic: Statistic, in samples: ComparisonSamples
    ) -> Double {
        var product = 0.0
        var square = 0.0
        for run in samples.runs {
            let parts = contributions(to: statistic, of: run, in: samples)
            let mean = parts.reduce(0, +) / Double(max(parts.count, 1))
            for (index, part) in parts.enumerated() {
                square += (part - mean) * (part - mean)
                if index > 0 { product += (part - mean) * (parts[index - 1] - mean) }
            }
        }
        guard square > 0 else { return 0 }
        // The estimate is too small by about (1 + 3φ) / n. One standard error is added: too high a
        // φ makes intervals wider, too low a φ makes them wrong.
        let n = Double(max(samples.minSlots, 4))
        let estimate = min(max((product / square * n + 1) / (n - 3), 0), maxCorrelation)
        return min(estimate + ((1 - estimate * estimate) / n).squareRoot(), maxCorrelation)
    }

    /// The contribution of each slice to the deviation of the statistic, up to a factor: to first
    /// order the deviation is their sum.
    static func contributions(
        to statistic: Statistic, of run: [ComparisonSamples.Slot], in samples: ComparisonSamples
    ) -> [Double] {
        let total = samples.total
        let count = Double(max(total.successes.count, 1))
        if let q = statistic.quantile, let value = total.successes.histogram.quantile(q) {
            let bucket = Bucket.index(of: value)
            func beyond(_ buckets: [BucketCount]) -> Double {
                buckets.reduce(0) { $1.bucket > bucket ? $0 + Double($1.count) : $0 }
            }
            let share = beyond(total.successes.histogram.buckets) / count
            return run.map { beyond($0.buckets) - share * $0.count }
        }
        switch statistic {
        case .perSecond:
            let rate = samples.seconds > 0 ? Double(total.succeeded) / samples.seconds : 0
            return run.map { $0.attempts - $0.errors - rate * $0.exposureS }
        case .errorRate:
            let share = Double(total.errors) / Double(max(total.count, 1))
            return run.map { $0.errors - share * $0.attempts }
        default:
            // Of the mean, where it is not zero: squares of large values are beyond a double.
            let mean = total.successes.mean ?? 0
            let whole = mean == 0 ? 1 : mean.magnitude
            return run.map { $0.sum / whole - mean / whole * $0.count }
        }
    }
}
