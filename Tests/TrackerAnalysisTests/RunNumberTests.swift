import Testing
import TrackerAnalysis
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

/// What stands beside the numbers of one run: `docs/STATISTICS.md`.
@Suite("Numbers of a run") struct RunNumberTests {
    private static func aggregate(count: Int) -> Aggregate {
        RunGenerator.aggregate((1...count).map(Double.init), 0)
    }

    @Test(
        "ten samples beyond a percentile are enough, nine are few",
        arguments: [(0.5, 20), (0.9, 100), (0.95, 200), (0.99, 1_000), (0.999, 10_000)])
    func few(q: Double, enough: Int) {
        #expect(!Self.aggregate(count: enough).successes.hasFewSamples(beyond: q))
        #expect(Self.aggregate(count: enough - 1).successes.hasFewSamples(beyond: q))
    }

    /// A hundred samples in buckets of a second.
    private static func run(started: Timestamp, finished: Timestamp?, bucketMs: [Int]) -> RunSummary
    {
        let buckets = bucketMs.map { start in
            TimeBucket(startMs: start, aggregate: aggregate(count: 100 / bucketMs.count))
        }
        var run = RunGenerator.run("r", buckets, RunGenerator(seed: 1))
        (run.started, run.finished) = (started, finished)
        run.last = finished ?? started
        return run
    }

    @Test(
        "a run that was over within a second has the rate of its own time",
        arguments: [
            (5_100, 5_150, [5_000], 50),
            (5_980, 6_030, [5_000, 6_000], 50),
            // It began before the second of its first sample.
            (5_980, 6_030, [6_000], 50),
            // A clock that is wrong by hours: whole seconds.
            (9_000_100, 9_000_150, [5_000], 1_000),
        ] as [(Timestamp, Timestamp, [Int], Double)])
    func short(started: Timestamp, finished: Timestamp, bucketMs: [Int], lengthMs: Double) throws {
        let run = Self.run(started: started, finished: finished, bucketMs: bucketMs)
        let timeline = try #require(run.timelines.first)
        #expect(Interval.totalMs(timeline.activity(in: run)) == lengthMs)
        let group = ComparisonGroup(name: "g", runs: [run])
        let rows = try Comparison(group, group, settings: .init(replicates: 10)).rows
        let perSecond = try #require(rows.first { $0.statistic == .perSecond })
        #expect(perSecond.a == 100_000 / lengthMs)
    }

    @Test("a run in which no time passed has no rate")
    func noTime() throws {
        let run = Self.run(started: 5_100, finished: 5_100, bucketMs: [5_000])
        #expect(try #require(run.timelines.first).activity(in: run) == [])
        let group = ComparisonGroup(name: "g", runs: [run])
        let rows = try Comparison(group, group, settings: .init(replicates: 10)).rows
        let perSecond = try #require(rows.first { $0.statistic == .perSecond })
        #expect(perSecond.a == nil && perSecond.verdict == .inconclusive(.noValue))
    }

    @Test("while a run goes on, its first second is a whole one")
    func running() throws {
        let run = Self.run(started: 5_100, finished: nil, bucketMs: [5_000])
        let timeline = try #require(run.timelines.first)
        #expect(Interval.totalMs(timeline.activity(in: run)) == 1_000)
    }

    @Test("what the generator said of itself makes a run doubtful, and is said of a comparison")
    func doubts() throws {
        var generator = RunGenerator(seed: 7)
        var run = generator.run()
        #expect(run.doubts.isEmpty)
        run.reported = .object([
            .init("generator_limited", .bool(false)), .init("unsent_requests", .integer(0)),
        ])
        #expect(run.doubts.isEmpty)
        run.reported = .object([
            .init("generator_limited", .bool(true)),
            .init("generator_limit", .string("p99 about 3.10 ms (4.2 %) too high")),
            .init("generator_bias_percent", .double(4.2)),
            .init("unsent_requests", .integer(3)), .init("unrecorded_requests", .integer(1)),
        ])
        #expect(run.doubts.count == 3)
        let sentence = "the generator, not the target, may be the limit"
        #expect(run.doubts[0] == "\(sentence): p99 about 3.10 ms (4.2 %) too high")
        #expect(run.doubts[1].hasPrefix("3 requests due and never sent"))
        let warnings = try Comparison(
            ComparisonGroup(name: "a", runs: [generator.run()]),
            ComparisonGroup(name: "b", runs: [run]), settings: .init(replicates: 10)
        ).warnings
        #expect(warnings.filter { $0.contains("generator") } == ["B: run r: \(run.doubts[0])"])
        // A run of an earlier version has only the number, or nothing at all.
        for (members, reason) in [
            (
                [.init("generator_bias_percent", .double(2.345_678_9))],
                ": its delay makes response times up to 2.35 % too high"
            ), ([.init("generator_bias_percent", .null)], ""), ([], ""),
        ] as [([JSONValue.Member], String)] {
            run.reported = .object([.init("generator_limited", .bool(true))] + members)
            #expect(run.doubts == [sentence + reason])
        }
        run.reported = .object([
            .init("generator_limited", .bool(true)),
            .init("generator_limit", .string(String(repeating: "x", count: 100_000))),
        ])
        #expect(run.doubts[0].count < 400)
    }
}
