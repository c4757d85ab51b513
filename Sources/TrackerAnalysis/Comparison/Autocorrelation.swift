import Glibc
import TrackerIndexer
import TrackerLog

/// How much the slices of a group of runs hang together: what blocks of time are chosen from.
struct Autocorrelation {
    /// Lag-1 autocorrelation of what each slice adds to a statistic, 0 to `most`.
    private(set) var correlation: [Statistic: Double] = [:]
    /// Slices drawn together.
    let blockLength: Int
    private let slots: Int

    /// Lag-1 autocorrelation: with more, a run of any practical length says too little.
    private static let most = 0.9
    /// A run must have this many blocks at least.
    private static let fewestBlocks = 4
    /// Blocks are as long as these need on average; each is corrected by its own correlation.
    private static let ofValues: [Statistic] = [.p50, .p90, .p95, .p99, .mean]

    init(_ samples: ComparisonSamples) {
        slots = max(samples.fewestSlots, 1)
        var sum = 0.0
        for statistic in Statistic.allCases {
            let value = Self.correlation(of: statistic, in: samples)
            correlation[statistic] = value
            if Self.ofValues.contains(statistic) { sum += value }
        }
        let mean = sum / Double(Self.ofValues.count)
        let root = cbrt(Double(slots))
        // Politis and White (2004), for circular blocks of an AR(1) series.
        let best = cbrt(1.5) * pow(2 * mean / (1 - mean * mean), 2.0 / 3) * root
        let length = Int(max(root, best).rounded(.up))
        blockLength = max(1, min(length, slots / Self.fewestBlocks))
    }

    /// What the variance of block draws is to be multiplied with: blocks cut the dependence at
    /// their ends, and the mean of a short run moves with it.
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
        // The estimate is too small by about (1 + 3φ) / n. One standard error is added: what is
        // taken for more dependent than it is costs width, the other way round costs truth.
        let n = Double(max(samples.fewestSlots, 4))
        let estimate = min(max((product / square * n + 1) / (n - 3), 0), most)
        return min(estimate + ((1 - estimate * estimate) / n).squareRoot(), most)
    }

    /// What each slice adds to the statistic beyond its share: to first order the statistic is
    /// their sum.
    private static func contributions(
        to statistic: Statistic, of run: [ComparisonSamples.Slot], in samples: ComparisonSamples
    ) -> [Double] {
        let total = samples.total
        let count = Double(max(total.count, 1))
        if let q = statistic.quantile, let value = total.histogram.quantile(q) {
            let bucket = Bucket.index(of: value)
            func beyond(_ buckets: [BucketCount]) -> Double {
                buckets.reduce(0) { $1.bucket > bucket ? $0 + Double($1.count) : $0 }
            }
            let share = beyond(total.histogram.buckets) / count
            return run.map { beyond($0.buckets) - share * $0.count }
        }
        switch statistic {
        case .perSecond:
            let rate = samples.seconds > 0 ? count / samples.seconds : 0
            return run.map { $0.count - rate * $0.exposureS }
        case .errorRate:
            let share = Double(total.errors) / count
            return run.map { $0.errors - share * $0.count }
        default:
            let mean = total.mean ?? 0
            return run.map { $0.sum - mean * $0.count }
        }
    }
}
