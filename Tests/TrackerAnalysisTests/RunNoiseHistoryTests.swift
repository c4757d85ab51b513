import Glibc
import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog

@testable import TrackerAnalysis

@Suite("How much earlier runs say that runs differ")
struct RunNoiseHistoryTests {
    /// Twenty runs, ten minutes apart, with these logarithms of their p50.
    private static func history(_ level: (Int) -> Double) -> RunHistory {
        RunHistory(
            (0..<20).map { index in
                RunHistory.Run(
                    run: "r\(index)", started: time(index), conditions: "same", unit: "ms",
                    count: 1_000,
                    numbers: [
                        .p50: RunHistory.Number(value: exp(level(index)), standardError: 0.001)
                    ])
            })
    }

    private static func time(_ index: Int) -> Timestamp {
        Timestamp(clamping: 1_763_899_200_000 + Double(index) * 600_000)
    }

    /// The standard deviation of a difference between five runs and the five after them.
    private static func deviation(_ level: (Int) -> Double) throws -> Double {
        let pattern = RunPattern(a: (20..<25).map(time), b: (25..<30).map(time))
        let noise = try #require(RunNoise(.p50, in: history(level), pattern: pattern))
        return noise.total.squareRoot()
    }

    /// Small and alternating, so that levels can be told apart.
    private static func jitter(_ index: Int) -> Double { index % 2 == 0 ? 0.001 : -0.001 }

    @Test("a drift counts as far as it moves one group away from the other")
    func drift() throws {
        // One percent a run: groups of five are five runs apart.
        let found = try Self.deviation { 0.01 * Double($0) + Self.jitter($0) }
        #expect(found > 0.045 && found < 0.055, "\(found)")
    }

    @Test("a step that somebody made does not count")
    func step() throws {
        let found = try Self.deviation { ($0 < 10 ? 0 : 0.5) + Self.jitter($0) }
        #expect(found < 0.005, "\(found)")
    }

    private static func row(
        _ a: RunSummary, _ b: RunSummary, _ statistic: Statistic, _ history: [RunSummary],
        metric: String
    ) throws -> ComparisonRow {
        var settings = ComparisonSettings()
        settings.statistics = [statistic]
        if history.isEmpty { settings.runNoise = .within }
        let found = try Comparison(
            ComparisonGroup(name: "a", runs: [a]), ComparisonGroup(name: "b", runs: [b]),
            settings: settings, history: RunHistory(history, metric: metric))
        return try #require(found.rows.first)
    }

    @Test("runs without a burst are as uncertain as those before, which had some")
    func unseen() throws {
        var service = ShapedService(
            [.init(share: 0.9, errorShare: 0.005), .init(share: 0.1, errorShare: 0.25)],
            persistence: 0.6, seed: 0xB0857)
        func run(_ name: String, at index: Int) -> RunSummary {
            var run = service.run(name)
            run.started = Self.time(index)
            return run
        }
        let history = (0..<20).map { run("h\($0)", at: $0) }
        var calm: [RunSummary] = []
        while calm.count < 2 {
            let one = run("c\(calm.count)", at: 20 + calm.count)
            let total = one.timelines[0].total
            if total.errors * 100 < total.count { calm.append(one) }
        }
        let metric = calm[0].timelines[0].metric
        let alone = try Self.row(calm[0], calm[1], .errorRate, [], metric: metric)
        let known = try Self.row(calm[0], calm[1], .errorRate, history, metric: metric)
        let (narrow, wide) = (try #require(alone.levelB), try #require(known.levelB))
        #expect(!narrow.interval.contains(service.trueErrorPercent))
        #expect(wide.interval.contains(service.trueErrorPercent), "\(wide)")
        let (short, long) = (try #require(alone.interval), try #require(known.interval))
        #expect(long.upperBound > 2 * short.upperBound)
    }

    @Test("few earlier runs that differ no more than chance do not make an interval endless")
    func widths() throws {
        var widest = 0.0
        for pair in 0..<40 {
            var service = NoisyService(seed: 0x31D7 &+ UInt64(pair) &* 7_919)
            let runs = (0..<7).map { service.run("r\($0)", at: $0) }
            let history = Array(runs.prefix(5))
            for statistic in [Statistic.p50, .mean] {
                let found = try [[], history].map { past in
                    let row = try Self.row(
                        runs[5], runs[6], statistic, past, metric: NoisyService.metric)
                    let ends = try #require(row.interval)
                    return ends.upperBound - ends.lowerBound
                }
                widest = max(widest, found[1] / found[0])
            }
        }
        print("with five earlier runs at most \(widest) times as wide as within runs")
        #expect(widest < 5)
    }

    @Test("runs that differ by chance alone: by what chance does to means of five")
    func chance() throws {
        let found = try Self.deviation { $0 % 2 == 0 ? 0.02 : -0.02 }
        #expect(found > 0 && found < 0.04, "\(found)")
    }
}
