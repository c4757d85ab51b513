import Testing
import TrackerAnalysis
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

/// How often intervals hold the true value: of differences, as a ratio and in the unit of the
/// number, and of levels of B alone. The long form is 400 pairs a row: `docs/STATISTICS.md`.
@Suite("Intervals: how often they hold the truth")
struct IntervalTruthTests {
    private static let isLong = TestMode.isLong
    private static let pairs = isLong ? 400 : 10
    /// Of the few pairs of the short form.
    private static let leastOfFew = 0.6

    /// A service, the runs of a side, and the numbers that are looked at.
    struct Case: Sendable, CustomStringConvertible {
        var name: String
        var seconds: [ShapedService.Second]
        var persistence = 0.6
        var runs = 1
        /// Of the same service, before the runs compared: they tell what runs vary by.
        var earlier = 0
        var statistics: [Statistic]
        /// Of 400 pairs: less than the 93 % that is asked where it is known that the intervals are
        /// too narrow, so that they do not become narrower still. `docs/STATISTICS.md` lists them.
        var least = 0.93
        /// Every value of B times this.
        var scale = 1.1

        var description: String { "\(name), \(runs) runs, \(earlier) earlier" }
    }

    private static let usual = [
        ShapedService.Second(share: 0.5, errorShare: 0.01),
        .init(share: 0.5, factor: 1.1, errorShare: 0.01),
    ]
    private static let twoKinds = [
        ShapedService.Second(share: 0.8), .init(share: 0.2, factor: 3),
    ]
    private static let stalls = [
        ShapedService.Second(share: 59.0 / 60), .init(share: 1.0 / 60, factor: 100),
    ]
    private static let bursts = [
        ShapedService.Second(share: 0.9, errorShare: 0.005),
        .init(share: 0.1, errorShare: 0.25),
    ]
    private static let cases = [
        Case(
            name: "usual", seconds: usual, statistics: [.p50, .p95, .mean, .errorRate],
            least: 0.92),
        Case(
            name: "usual", seconds: usual, runs: 5, statistics: [.p50, .p95, .mean, .errorRate]),
        Case(
            name: "two kinds of seconds", seconds: twoKinds, statistics: [.p50, .p95, .mean]),
        Case(
            name: "two kinds of seconds", seconds: twoKinds, runs: 5,
            statistics: [.p50, .p95, .mean], least: 0.92),
        Case(
            name: "a stall now and then", seconds: stalls, persistence: 0,
            statistics: [.p50, .p95]),
        Case(name: "bursts of failures", seconds: bursts, statistics: [.errorRate]),
        Case(name: "bursts of failures", seconds: bursts, runs: 5, statistics: [.errorRate]),
        Case(
            name: "a stall now and then", seconds: stalls, persistence: 0, earlier: 20,
            statistics: [.p50, .p95]),
        Case(
            name: "bursts of failures", seconds: bursts, earlier: 20, statistics: [.errorRate]),
    ]

    /// Intervals that hold the truth, and those with an end that cannot be.
    struct Found {
        var tables = 0
        var ratio = 0
        var difference = 0
        var level = 0
        var impossible = 0
    }

    private static func truth(_ statistic: Statistic, _ service: ShapedService) -> Double {
        switch statistic {
        case .errorRate: service.trueErrorPercent
        case .mean: service.trueMean
        default: service.truePercentile(statistic.quantile ?? 0.5)
        }
    }

    /// One each ten minutes.
    private static func run(
        _ service: inout ShapedService, _ name: String, at index: Int
    ) -> RunSummary {
        var run = service.run(name)
        let startMs = index * 600_000
        run.started = Timestamp(clamping: Double(startMs))
        run.finished = Timestamp(clamping: Double(startMs + service.length * 1_000))
        run.last = run.finished
        for at in run.timelines[0].buckets.indices {
            run.timelines[0].buckets[at].startMs += startMs
        }
        return run
    }

    private static func measure(
        _ one: Case, _ statistic: Statistic, seed: UInt64
    ) throws -> Found {
        var found = Found()
        var settings = ComparisonSettings()
        settings.runNoise = one.earlier > 0 ? .history : .within
        settings.statistics = [statistic]
        settings.replicates = isLong ? ComparisonLimits.replicates : 100
        for pair in 0..<pairs {
            var service = ShapedService(
                one.seconds, persistence: one.persistence, seed: seed &+ UInt64(pair) &* 7_919)
            if one.runs > 1 { service.length = 30 }
            let past = (0..<one.earlier).map { run(&service, "h\($0)", at: $0) }
            let a = (0..<one.runs).map { run(&service, "a\($0)", at: one.earlier + $0) }
            let inA = truth(statistic, service)
            service.scale = one.scale
            let b = (0..<one.runs).map {
                run(&service, "b\($0)", at: one.earlier + one.runs + $0)
            }
            let inB = truth(statistic, service)
            let rows = try Comparison(
                ComparisonGroup(name: "a", runs: a), ComparisonGroup(name: "b", runs: b),
                settings: settings, history: RunHistory(past, metric: a[0].timelines[0].metric)
            ).rows
            let row = try #require(rows.first)
            let (difference, level) = (try #require(row.inUnit), try #require(row.levelB))
            found.tables += 1
            let isPoints = statistic == .errorRate
            let ratio = isPoints ? inB - inA : inB / inA - 1
            if row.interval?.contains(ratio) ?? false { found.ratio += 1 }
            if difference.interval.contains(inB - inA) { found.difference += 1 }
            if level.interval.contains(inB) { found.level += 1 }
            let high = isPoints ? 100 : Double.infinity
            let isPossible =
                level.interval.lowerBound >= 0 && level.interval.upperBound <= high
                && difference.interval.lowerBound >= -high
                && difference.interval.upperBound <= high
                && (row.interval?.lowerBound ?? 0) >= (isPoints ? -100 : -1)
            if !isPossible { found.impossible += 1 }
        }
        return found
    }

    @Test("the truth is within as often as measured, and no end is impossible")
    func coverage() throws {
        print("| seconds | runs a side | earlier | number | B to A | B less A | B alone |")
        var seed: UInt64 = 0x8_C0BE
        for one in Self.cases {
            for statistic in one.statistics {
                seed += 0x100
                let found = try Self.measure(one, statistic, seed: seed)
                func share(_ count: Int) -> String {
                    NumberFormat.plain.percent(share: Double(count) / Double(found.tables))
                }
                print(
                    "| \(one.name) | \(one.runs) | \(one.earlier) | \(statistic.rawValue)"
                        + " | \(share(found.ratio)) | \(share(found.difference)) | \(share(found.level)) |"
                )
                let least = Self.isLong ? one.least : Self.leastOfFew
                for (name, count) in [
                    ("ratio", found.ratio), ("difference", found.difference),
                    ("level", found.level),
                ] {
                    let covered = Double(count) / Double(found.tables)
                    #expect(covered >= least, "\(one), \(statistic), \(name), seed \(seed)")
                }
                #expect(found.impossible == 0, "\(one), \(statistic), seed \(seed)")
            }
        }
    }

    /// Three runs of which one is many times slower: a mean cannot be below zero.
    @Test("no end below zero of what is never below zero, however much runs differ")
    func ends() throws {
        var service = ShapedService([.init(share: 1)], persistence: 0, seed: 0xE0D5)
        let a = (0..<3).map { service.run("a\($0)") }
        var b: [RunSummary] = []
        for scale in [1.0, 2, 90] {
            service.scale = scale
            b.append(service.run("b\(b.count)"))
        }
        let rows = try Comparison(
            ComparisonGroup(name: "a", runs: a), ComparisonGroup(name: "b", runs: b),
            settings: ComparisonSettings(replicates: 100)
        ).rows
        let totals = [a, b].map { runs in Aggregate.merged(runs.map { $0.timelines[0].total }) }
        let (inA, inB) = (try #require(totals[0]).successes, try #require(totals[1]).successes)
        for row in rows where row.statistic.isInUnit {
            let (level, difference) = (try #require(row.levelB), try #require(row.inUnit))
            #expect(level.interval.lowerBound >= inB.min, "\(row)")
            #expect(level.interval.upperBound <= inB.max, "\(row)")
            #expect(difference.interval.lowerBound >= inB.min - inA.max, "\(row)")
            #expect(difference.interval.upperBound <= inB.max - inA.min, "\(row)")
            #expect(
                level.interval.contains(level.value)
                    && difference.interval.contains(difference.value))
        }
    }
}
