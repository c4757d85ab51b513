import Glibc
package import TrackerIndexer
import TrackerLog
package import TrackerTestSupport

/// Runs of a made-up service of several routes, whose levels wander together from second to second
/// and differ from run to run, each by itself.
package struct RouteGenerator {
    package var generator: SeededGenerator
    package var routes = 20
    package var seconds = 60
    package var perSecond = 500
    /// Of the level of a second, as in `RunGenerator`.
    package var wander = 0.05
    package var correlation = 0.6
    /// Standard deviation of a run's level, of all routes and of each by itself.
    package var runSpread = 0.05
    package var routeSpread = 0.0
    /// By route, as a factor of its times.
    package var slower: [Int: Double] = [:]
    /// Share of failures, by route; of the others `errorShare`.
    package var errorShare = 0.01
    package var failing: [Int: Double] = [:]

    package init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    private mutating func uniform() -> Double {
        (Double(generator.next() >> 11) + 0.5) / Double(1 << 53)
    }

    private mutating func normal() -> Double {
        (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform())
    }

    /// Route 0 is fast and often asked for, the last one slow and rare.
    private func base(_ route: Int) -> Double { 5 * pow(1.15, Double(route)) }

    package mutating func run(_ name: String = "r") -> RunSummary {
        let ofRun = runSpread * normal()
        let levels = (0..<routes).map { route in
            log(base(route) * (slower[route] ?? 1)) + ofRun + routeSpread * normal()
        }
        var level = wander * normal()
        var values = (0..<routes).map { _ in [Double]() }
        var errors = (0..<routes).map { _ in 0 }
        var buckets: [TimeBucket] = []
        for second in 0..<seconds {
            let step = wander * (1 - correlation * correlation).squareRoot()
            level = correlation * level + step * normal()
            var all: [Double] = []
            var failed = 0
            for _ in 0..<perSecond {
                // Twice as many for the first as for the last.
                let place = uniform()
                let part = 2 - (4 - 3 * place).squareRoot()
                let route = min(Int(Double(routes) * part), routes - 1)
                let value = exp(levels[route] + level + 0.4 * normal())
                values[route].append(value)
                all.append(value)
                if uniform() < failing[route] ?? errorShare {
                    errors[route] += 1
                    failed += 1
                }
            }
            buckets.append(
                TimeBucket(
                    startMs: second * 1_000, aggregate: RunGenerator.aggregate(all, failed)))
        }
        var run = RunGenerator.run(name, buckets, RunGenerator(seed: 0))
        run.series = (0..<routes).map { route in
            SeriesSummary(
                metric: "latency_ms", unit: "ms",
                labels: [Label("method", "GET"), Label("route", "/r\(route)")],
                aggregate: RunGenerator.aggregate(values[route], errors[route]))
        }
        return run
    }
}
