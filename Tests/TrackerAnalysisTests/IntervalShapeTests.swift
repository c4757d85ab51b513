import Testing
import TrackerAnalysis
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

/// Intervals keep within what the data allow: a single stall, everything slower, no failures.
@Suite("Intervals that hold their shape")
struct IntervalShapeTests {
    /// 60 seconds of 36 requests, of a service that differs by 2 % from run to run.
    private static func service(seed: UInt64) -> NoisyService {
        var service = NoisyService(seed: seed)
        service.seconds = 60
        service.perSecond = 36
        service.spread = 0.02
        service.errorShare = 0
        return service
    }

    private static func compare(
        _ a: RunSummary, _ b: RunSummary, earlier: [RunSummary]
    ) throws -> [ComparisonRow] {
        try Comparison(
            ComparisonGroup(name: "a", runs: [a]), ComparisonGroup(name: "b", runs: [b]),
            history: RunHistory(earlier, metric: NoisyService.metric)
        ).rows
    }

    /// The run with the seconds of another one in some places.
    private static func run(
        _ run: RunSummary, seconds other: RunSummary, at places: [Int]
    ) -> RunSummary {
        var buckets = run.timelines[0].buckets
        for place in places {
            buckets[place].aggregate = other.timelines[0].buckets[place].aggregate
        }
        var like = RunGenerator(seed: 0)
        like.metric = NoisyService.metric
        var mixed = RunGenerator.run(run.run, buckets, like)
        (mixed.started, mixed.finished, mixed.last) = (run.started, run.finished, run.last)
        return mixed
    }

    @Test("one stalled second of sixty: no end beyond what the samples allow")
    func stall() throws {
        var service = Self.service(seed: 0x57A11)
        let earlier = (0..<20).map { service.run("h\($0)", at: $0) }
        let a = service.run("a", at: 20)
        let stalled = Self.run(
            service.run("b", at: 21), seconds: service.run("x", at: 21, scale: 100), at: [30])
        let rows = try Self.compare(a, stalled, earlier: earlier)
        let totals = (a.timelines[0].total.successes, stalled.timelines[0].total.successes)
        let most = totals.1.max / totals.0.min - 1
        for row in rows where row.statistic.quantile != nil {
            guard let interval = row.interval else { continue }
            #expect(interval.lowerBound > -0.5 && interval.upperBound <= most, "\(row)")
        }
        let p50 = try #require(rows.first { $0.statistic == .p50 })
        #expect(!p50.verdict.isDifferent)
        #expect(try #require(p50.interval).upperBound < 0.25)
    }

    @Test("every second at least eight times slower is worse")
    func slower() throws {
        var service = Self.service(seed: 0x5108)
        let earlier = (0..<20).map { service.run("h\($0)", at: $0) }
        let a = service.run("a", at: 20)
        // Eight and thirty times slower in turn.
        let slow = service.run("b", at: 21, scale: 8)
        let slower = service.run("x", at: 21, scale: 30)
        let b = Self.run(slow, seconds: slower, at: Array(stride(from: 0, to: 60, by: 2)))
        let rows = try Self.compare(a, b, earlier: earlier)
        for row in rows where [.p50, .p90, .p95, .p99, .mean].contains(row.statistic) {
            #expect(row.verdict == .worse, "\(row)")
        }
    }

    @Test("no failure against 44 of 2,160 is worse, and the interval keeps above zero")
    func failures() throws {
        var service = Self.service(seed: 0xFA11)
        let earlier = (0..<20).map { service.run("h\($0)", at: $0) }
        let a = service.run("a", at: 20)
        var b = service.run("b", at: 21)
        for second in 0..<44 { b.timelines[0].buckets[second].aggregate.mixedErrors = 1 }
        b.timelines[0].total.mixedErrors = 44
        let rows = try Self.compare(a, b, earlier: earlier)
        let row = try #require(rows.first { $0.statistic == .errorRate })
        #expect((row.a, row.b, row.countA, row.countB) == (0, 2.037, 2_160, 2_160))
        #expect(row.verdict == .worse, "\(row)")
        let interval = try #require(row.interval)
        #expect(interval.lowerBound > 0 && interval.upperBound < 100)
        let back = try Self.compare(b, a, earlier: earlier)
        let better = try #require(back.first { $0.statistic == .errorRate })
        #expect(try #require(better.interval).lowerBound >= -100)
    }

    @Test("one run of each without a history: numbers and interval, but no verdict")
    func oneRun() throws {
        var service = Self.service(seed: 0x0E)
        let a = service.run("a", at: 20)
        let b = service.run("b", at: 21, scale: 2)
        let rows = try Self.compare(a, b, earlier: [])
        for row in rows where row.statistic.quantile != nil && row.interval != nil {
            #expect(row.verdict == .inconclusive(.oneRun(furtherRuns: 2)))
            #expect(row.difference != nil)
        }
        let limit = try GateLimit("p95:+5%")
        let row = try #require(rows.first { $0.statistic == .p95 })
        #expect(Gate.outcome(row, limit) == .inconclusive)
    }

    @Test("runs under other conditions say nothing of how much these vary")
    func unlike() throws {
        var service = Self.service(seed: 0x0F)
        var earlier = (0..<20).map { service.run("h\($0)", at: $0) }
        let (a, b) = (service.run("a", at: 20), service.run("b", at: 21, scale: 2))
        #expect(try Self.compare(a, b, earlier: earlier).contains { $0.verdict == .worse })
        for index in earlier.indices {
            earlier[index].params = .object([.init("rate", .integer(7))])
        }
        #expect(try !Self.compare(a, b, earlier: earlier).contains { $0.verdict == .worse })
        // Nor do later ones.
        let later = (0..<20).map { service.run("h\($0)", at: 30 + $0) }
        #expect(try !Self.compare(a, b, earlier: later).contains { $0.verdict == .worse })
    }

    /// Of two single runs, of which nothing else is known.
    private static func within(
        _ a: RunSummary, _ b: RunSummary, _ statistic: Statistic, _ rule: RunNoiseRule = .within
    ) throws -> ComparisonRow {
        var settings = ComparisonSettings(replicates: 100)
        settings.runNoise = rule
        settings.statistics = [statistic]
        let rows = try Comparison(
            ComparisonGroup(name: "a", runs: [a]), ComparisonGroup(name: "b", runs: [b]),
            settings: settings
        ).rows
        return try #require(rows.first)
    }

    @Test("a run without a burst of failures does not show that there are none")
    func bursts() throws {
        var service = Self.service(seed: 0xB5)
        service.wander = 0
        let calm = service.run("a", at: 20)
        func failing(_ seconds: [Int]) -> RunSummary {
            var run = service.run("b", at: 21)
            for second in seconds { run.timelines[0].buckets[second].aggregate.mixedErrors = 18 }
            run.timelines[0].total.mixedErrors = 18 * seconds.count
            return run
        }
        let two = failing([10, 11, 12, 40, 41, 42])
        let row = try Self.within(calm, two, .errorRate)
        #expect((row.a, row.b) == (0, 5))
        #expect(!row.verdict.isDifferent, "\(row)")
        // As many failures in six places: no bursts, and no doubt.
        let many = failing(Array(stride(from: 0, to: 60, by: 10)))
        #expect(try Self.within(calm, many, .errorRate).verdict == .worse)
        let level = try #require(try Self.within(two, calm, .errorRate).levelB)
        #expect(level.interval.lowerBound == 0 && level.interval.upperBound > 5, "\(level)")
        let alone = try #require(try Self.within(calm, calm, .errorRate).levelB)
        #expect(alone.interval.upperBound < 0.5, "\(alone)")
    }

    @Test("a percentile of one run alone allows for a second that the run has not seen")
    func unseen() throws {
        var service = Self.service(seed: 0x5EC)
        (service.wander, service.spread) = (0, 0)
        let earlier = (0..<20).map { service.run("h\($0)", at: $0) }
        let (a, b) = (service.run("a", at: 20), service.run("b", at: 21))
        let successes = b.timelines[0].total.successes
        // Two standard errors of one second in sixty.
        let least = try #require(successes.quantile(0.95 + 2.0 / 60))
        for rule in [RunNoiseRule.within, .known(0.02)] {
            let level = try #require(try Self.within(a, b, .p95, rule).levelB)
            #expect(level.interval.upperBound >= least, "\(level)")
        }
        // Earlier runs tell of such seconds.
        let told = try Self.compare(a, b, earlier: earlier).first { $0.statistic == .p95 }
        #expect(try #require(told?.levelB).interval.upperBound < least)
        // A difference of two such runs does not rest on it.
        let row = try Self.within(a, b, .p95)
        #expect(try #require(row.interval).upperBound < 0.2, "\(row)")
    }

    @Test("few slow seconds make the mean of one run alone more uncertain upwards")
    func skewed() throws {
        var service = Self.service(seed: 0x5E3)
        service.wander = 0
        let b = Self.run(
            service.run("b", at: 20), seconds: service.run("x", at: 21, scale: 3),
            at: [10, 30, 50])
        let level = try #require(try Self.within(b, b, .mean).levelB)
        let (down, up) = (
            level.value - level.interval.lowerBound, level.interval.upperBound - level.value
        )
        #expect(up > 1.1 * down, "\(level)")
    }

    @Test(
        "--run-noise: a rule by its text",
        arguments: [
            ("history", .history), ("within", .within), ("2%", .known(0.02)),
            ("0.02", .known(0.02)), ("0%", nil), ("100%", nil), ("-1%", nil), ("x", nil),
        ] as [(String, RunNoiseRule?)])
    func rule(text: String, rule: RunNoiseRule?) {
        #expect(RunNoiseRule(text) == rule)
    }
}
