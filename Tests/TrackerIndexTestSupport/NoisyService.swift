import Glibc
package import TrackerIndexer
import TrackerLog
import TrackerTestSupport

/// A made-up service whose level differs from run to run, drifts slowly, and wanders from second to
/// second. Faster than `RunGenerator`: a truth table needs a million runs.
package struct NoisyService {
    package static let metric = "latency_ms"
    package var seconds = 30
    package var perSecond = 100
    /// Standard deviation of the level from run to run, as a share.
    package var spread = 0.0
    /// Standard deviation of the level from session to session, as a share.
    package var sessionSpread = 0.0
    private var sessionLevels: [Int: Double] = [:]
    /// Height of a slow wave of the level, as a share.
    package var drift = 0.0
    /// Standard deviation and lag-1 autocorrelation of the level of a second.
    package var wander = 0.05
    package var correlation = 0.6
    package var errorShare = 0.01
    private var generator: SeededGenerator
    /// Where on the wave the first run is.
    private let phase: Double

    /// Quantiles of the normal distribution: a random one of them is nearly a normal deviate.
    private static let normals: [Double] = {
        var values: [Double] = []
        let count = 4_096
        for index in 0..<count {
            let wanted = (Double(index) + 0.5) / Double(count)
            var (low, high) = (-6.0, 6.0)
            while high - low > 1e-9 {
                let middle = (low + high) / 2
                let share = erfc(-middle / 2.0.squareRoot()) / 2
                if share < wanted { low = middle } else { high = middle }
            }
            values.append(low)
        }
        return values
    }()
    private static let spreadOfRequests = 0.4
    private static let factors = normals.map { exp(spreadOfRequests * $0) }
    /// Of the slow wave, in runs.
    private static let waveLength = 60.0

    package init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        phase = Double(generator.next() >> 11) / Double(1 << 53)
    }

    private mutating func normal() -> Double { Self.normals[Int(generator.next() >> 52)] }

    private mutating func level(of session: Int) -> Double {
        if let level = sessionLevels[session] { return level }
        let level = sessionSpread * normal()
        sessionLevels[session] = level
        return level
    }

    /// - Parameters:
    ///   - time: in units of ten minutes; the level drifts with it.
    ///   - session: whose level the run has; `nil`: of no session.
    package mutating func run(
        _ name: String, at time: Int, session: Int? = nil, scale: Double = 1
    ) -> RunSummary {
        let wave = sin(2 * .pi * (phase + Double(time) / Self.waveLength))
        let ofSession = session.map { self.level(of: $0) } ?? 0
        let base = log(20 * scale) + ofSession + drift * wave + spread * normal()
        let step = wander * (1 - correlation * correlation).squareRoot()
        var level = wander * normal()
        var buckets: [TimeBucket] = []
        let start = Double(1_000 + time) * 600_000
        let startMs = Int(start)
        for second in 0..<seconds {
            if second > 0 { level = correlation * level + step * normal() }
            buckets.append(
                TimeBucket(startMs: startMs + second * 1_000, aggregate: slice(exp(base + level))))
        }
        var like = RunGenerator(seed: 0)
        like.metric = Self.metric
        var run = RunGenerator.run(name, buckets, like)
        run.started = Timestamp(clamping: start)
        run.finished = Timestamp(clamping: start + Double(seconds) * 1_000)
        run.last = run.finished
        return run
    }

    private mutating func slice(_ level: Double) -> Aggregate {
        var succeeded: [Double] = []
        var failed: [Double] = []
        succeeded.reserveCapacity(perSecond)
        let isFailure = UInt64(errorShare * Double(1 << 32))
        for _ in 0..<perSecond {
            let random = generator.next()
            let value = level * Self.factors[Int(random >> 52)]
            if random & 0xFFFF_FFFF < isFailure {
                failed.append(value)
            } else {
                succeeded.append(value)
            }
        }
        return Aggregate(successes: population(succeeded), failures: population(failed))
    }

    private func population(_ values: [Double]) -> Population {
        guard var least = values.first else { return .none }
        var (sum, most) = (0.0, least)
        for value in values {
            sum += value
            least = min(least, value)
            most = max(most, value)
        }
        var counts: [BucketCount] = []
        for index in values.map({ Bucket.index(of: $0) }).sorted() {
            if counts.last?.bucket == index {
                counts[counts.count - 1].count += 1
            } else {
                counts.append(BucketCount(bucket: index, count: 1))
            }
        }
        return Population(
            count: values.count, sum: sum, min: least, max: most,
            histogram: Histogram(sorted: counts))
    }
}
