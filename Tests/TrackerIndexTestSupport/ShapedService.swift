import Glibc
package import TrackerIndexer
import TrackerTestSupport

/// Runs whose seconds are of several kinds, one after another by chance, and what is true of them:
/// the exact percentiles, mean and error rate of the process.
package struct ShapedService {
    /// A kind of second.
    package struct Second: Sendable {
        /// Of all seconds.
        package var share: Double
        /// How many times slower.
        package var factor: Double
        package var errorShare: Double

        package init(share: Double, factor: Double = 1, errorShare: Double = 0) {
            self.share = share
            self.factor = factor
            self.errorShare = errorShare
        }
    }

    package let seconds: [Second]
    /// That the next second is of the same kind for a reason; else it is drawn by the shares.
    package let persistence: Double
    package var scale = 1.0
    package var length = 60
    package var perSecond = 60
    private var generator: SeededGenerator

    /// Median of a usual second, and spread of one request.
    private static let median = 20.0
    private static let spread = 0.4

    package init(_ seconds: [Second], persistence: Double, seed: UInt64) {
        self.seconds = seconds
        self.persistence = persistence
        generator = SeededGenerator(seed: seed)
    }

    private mutating func uniform() -> Double {
        (Double(generator.next() >> 11) + 0.5) / Double(1 << 53)
    }

    private mutating func drawn() -> Second {
        var left = uniform()
        for second in seconds {
            left -= second.share
            if left < 0 { return second }
        }
        return seconds[seconds.count - 1]
    }

    package mutating func run(_ name: String) -> RunSummary {
        var kind = drawn()
        let buckets = (0..<length).map { second in
            if second > 0, uniform() >= persistence { kind = drawn() }
            let values = (0..<perSecond).map { _ in
                let normal = (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform())
                return Self.median * scale * kind.factor * exp(Self.spread * normal)
            }
            let failed = (0..<perSecond).count { _ in uniform() < kind.errorShare }
            return TimeBucket(
                startMs: second * 1_000, aggregate: RunGenerator.aggregate(values, failed))
        }
        return RunGenerator.run(name, buckets, RunGenerator(seed: 0))
    }

    package var trueErrorPercent: Double {
        100 * seconds.reduce(0) { $0 + $1.share * $1.errorShare }
    }

    package var trueMean: Double {
        let factor = seconds.reduce(0) { $0 + $1.share * $1.factor }
        return Self.median * scale * factor * exp(Self.spread * Self.spread / 2)
    }

    /// By halving: the share of values below it grows with the value.
    package func truePercentile(_ q: Double) -> Double {
        func shareBelow(_ value: Double) -> Double {
            seconds.reduce(0) { sum, second in
                let z = log(value / (Self.median * scale * second.factor)) / Self.spread
                return sum + second.share * 0.5 * erfc(-z / 2.0.squareRoot())
            }
        }
        var (low, high) = (1e-3, 1e6)
        for _ in 0..<200 {
            let middle = (low * high).squareRoot()
            if shareBelow(middle) < q { low = middle } else { high = middle }
        }
        return low
    }
}
