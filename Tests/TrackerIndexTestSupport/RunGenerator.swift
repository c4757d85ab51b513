import Glibc
package import TrackerIndexer
package import TrackerLog
package import TrackerTestSupport

/// Runs of a made-up service: log-normal latencies whose level wanders from second to second.
package struct RunGenerator {
    package var generator: SeededGenerator
    package var seconds = 60
    package var perSecond = 500
    /// Of the level, as a factor: everything takes so much longer.
    package var scale = 1.0
    /// Of the spread of one request.
    package var spread = 0.4
    /// Standard deviation and lag-1 autocorrelation of the level of a second.
    package var wander = 0.05
    package var correlation = 0.6
    package var errorShare = 0.0
    package var unit: String? = "ms"
    package var metric = "latency_ms"
    package var params = JSONValue.emptyObject
    package var environment = JSONValue.emptyObject

    package init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    private mutating func uniform() -> Double {
        (Double(generator.next() >> 11) + 0.5) / Double(1 << 53)
    }

    private mutating func normal() -> Double {
        (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform())
    }

    package mutating func run(_ name: String = "r") -> RunSummary {
        var level = wander * normal()
        var buckets: [TimeBucket] = []
        for second in 0..<seconds {
            if second > 0 {
                let step = wander * (1 - correlation * correlation).squareRoot()
                level = correlation * level + step * normal()
            }
            let values = (0..<perSecond).map { _ in 20 * scale * exp(level + spread * normal()) }
            let errors = errorShare > 0 ? values.filter { _ in uniform() < errorShare }.count : 0
            buckets.append(
                TimeBucket(startMs: second * 1_000, aggregate: Self.aggregate(values, errors)))
        }
        return Self.run(name, buckets, self)
    }

    package static func aggregate(_ values: [Double], _ errors: Int) -> Aggregate {
        var counts: [Int32: UInt64] = [:]
        for value in values { counts[Bucket.index(of: value), default: 0] += 1 }
        let buckets = counts.sorted { $0.key < $1.key }
        return Aggregate(
            successes: Population(
                count: values.count, sum: values.reduce(0, +), min: values.min() ?? .infinity,
                max: values.max() ?? -.infinity,
                histogram: Histogram(
                    sorted: buckets.map { BucketCount(bucket: $0.key, count: $0.value) })),
            mixedErrors: errors)
    }

    package static func run(_ name: String, _ buckets: [TimeBucket], _ like: RunGenerator)
        -> RunSummary
    {
        let total = Aggregate.merged(buckets.map(\.aggregate)) ?? Aggregate()
        let end = Timestamp(clamping: Double(buckets.count * 1_000))
        return RunSummary(
            run: name, state: .finished, started: .epoch, finished: end, last: end,
            params: like.params, environment: like.environment, series: [],
            timelines: [
                MetricTimeline(
                    metric: like.metric, unit: like.unit, bucketWidthMs: 1_000, buckets: buckets,
                    total: total)
            ])
    }
}
