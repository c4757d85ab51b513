import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@testable import TrackerAnalysis

/// Numbers that were shown and were none, each found with the program.
@Suite("No number that lies")
struct FalseNumberTests {
    /// Three runs of twenty seconds, in each the same values, all of which failed or none.
    private static func group(
        _ name: String, _ values: [Double], isFailed: Bool = false, unit: String? = nil,
        metric: String = "queue_ms"
    ) -> ComparisonGroup {
        var like = RunGenerator(seed: 0)
        (like.unit, like.metric) = (unit, metric)
        let aggregate = RunGenerator.aggregate(values, 0)
        let second =
            isFailed ? Aggregate(successes: .none, failures: aggregate.successes) : aggregate
        let buckets = (0..<20).map { TimeBucket(startMs: $0 * 1_000, aggregate: second) }
        return ComparisonGroup(
            name: name,
            runs: (0..<3).map { RunGenerator.run("r\($0)", buckets, like) })
    }

    private static func row(
        _ a: ComparisonGroup, _ b: ComparisonGroup, _ limit: GateLimit
    ) throws -> ComparisonRow {
        var settings = ComparisonSettings()
        settings.statistics = [limit.statistic]
        if limit.form == .change { settings.margins[limit.statistic] = limit.amount }
        return try #require(try Comparison(a, b, settings: settings).rows.first)
    }

    @Test("a group in which nothing succeeded has no percentile, and none is 0")
    func nothingSucceeded() throws {
        let good = Self.group("good", Array(repeating: 20, count: 50))
        let bad = Self.group("bad", Array(repeating: 2, count: 50), isFailed: true)
        for (a, b) in [(good, bad), (bad, good)] {
            let rows = try Comparison(a, b).rows
            for row in rows where row.statistic.isInUnit {
                #expect(row.verdict == .inconclusive(.noValue))
                #expect((row.a == nil) == (a.name == "bad"))
                #expect((row.b == nil) == (b.name == "bad"))
                #expect(row.difference == nil && row.interval == nil)
                #expect(row.json["reason"]?.stringValue == "no_value")
                #expect(row.json[a.name == "bad" ? "a" : "b"] == .null)
            }
            let rate = try #require(rows.first { $0.statistic == .errorRate })
            #expect(rate.verdict == (a.name == "bad" ? .better : .worse))
        }
        // A limit of B alone does not ask for A.
        let limit = try GateLimit("p95<200ms").resolved(metric: "queue_ms", unit: nil)
        #expect(Gate.outcome(try Self.row(bad, good, limit), limit) == .pass)
        #expect(Gate.outcome(try Self.row(good, bad, limit), limit) == .inconclusive)
    }

    /// Eight sessions of a run each, the later four faster; of 40 requests each, some failed.
    private static func trend(failed: [Int]) throws -> Trend {
        let storage = MemoryStorage()
        for (session, failed) in failed.enumerated() {
            let ms = 10_000 * session
            var lines = [#"{"ts":\#(ms),"event":"run_started","run":"r","target":"api"}"#]
            for number in 0..<40 {
                let value = (session < 4 ? 10 : 5) + 0.01 * Double((number * 7 + session) % 40)
                lines.append(
                    #"{"ts":\#(ms + number),"metric":"m_ms","value":\#(value),"run":"r","#
                        + #""ok":\#(number >= failed)}"#)
            }
            lines.append(#"{"ts":\#(ms + 2_000),"event":"run_finished","run":"r"}"#)
            try FoldHarness(storage, session: "s\(session)")
                .append(lines, to: "shared.000001.jsonl")
        }
        return try Trend(of: TargetHistory(target: "api", in: storage, threads: 1), metric: nil)
    }

    @Test("a level that is faster because requests fail is not better")
    func fasterByFailing() throws {
        func mean(_ failed: [Int]) throws -> Trend.Change {
            try #require(try Self.trend(failed: failed).changes.first { $0.statistic == .mean })
        }
        let fast = try mean([0, 0, 0, 0, 20, 21, 20, 19])
        #expect(fast.isBetter == nil && fast.hasMoreFailures && !fast.isHigher)
        #expect(fast.json(bisect: [])["is_better"] == .null)
        let good = try mean([0, 0, 0, 0, 0, 0, 0, 0])
        #expect(good.isBetter == true && !good.hasMoreFailures)
        // As many as before, by chance some more, and fewer.
        for failed in [[1, 0, 2, 1, 1, 0, 2, 2], [20, 21, 20, 19, 0, 0, 0, 0]] {
            #expect(try mean(failed).isBetter == true, "\(failed)")
        }
    }

    @Test("from zero any rise is more than a share of it")
    func fromZero() throws {
        let zero = Self.group("zero", Array(repeating: 0, count: 50))
        let five = Self.group("five", Array(repeating: 5, count: 50))
        let limit = try GateLimit("p95:+5%")
        #expect(Gate.outcome(try Self.row(zero, five, limit), limit) == .worse)
        #expect(Gate.outcome(try Self.row(five, zero, limit), limit) == .pass)
        #expect(Gate.outcome(try Self.row(zero, zero, limit), limit) == .pass)
    }

    @Test(
        "a change of a level has a ratio only where both are numbers of one sign",
        arguments: [
            (10, 12, 0.2), (10, 0, -1), (0, 5, nil), (-5, 5, nil), (5, -5, nil), (-5, -4, nil),
        ] as [(Double, Double, Double?)])
    func change(before: Double, after: Double, share: Double?) {
        func level(_ mean: Double) -> ChangePoint.Level {
            .init(count: 3, mean: mean, standardDeviation: 0)
        }
        let point = ChangePoint(index: 3, before: level(before), after: level(after), pValue: 0)
        #expect(point.change == share)
    }

    private static func run(_ bucketMs: [Int], count: Int, state: RunSummary.State) -> RunSummary {
        let buckets = bucketMs.map {
            TimeBucket(
                startMs: $0,
                aggregate: RunGenerator.aggregate(Array(repeating: 1, count: count), 0))
        }
        var run = RunGenerator.run("r", buckets, RunGenerator(seed: 1))
        run.state = state
        return run
    }

    @Test("samples one by one at intervals are no stretch each; bursts are")
    func singles() throws {
        let each15 = (0..<40).map { $0 * 15_000 }
        let singles = Self.run(each15, count: 1, state: .unannounced)
        #expect(Interval.totalMs(singles.timelines[0].activity(in: singles)) == 586_000)
        let bursts = Self.run(each15, count: 500, state: .unannounced)
        #expect(Interval.totalMs(bursts.timelines[0].activity(in: bursts)) == 40_000)
        // A pause of an hour is one.
        let twice = Self.run(each15 + each15.map { $0 + 3_600_000 }, count: 1, state: .unannounced)
        #expect(Interval.totalMs(twice.timelines[0].activity(in: twice)) == 2 * 586_000)
    }

    @Test(
        "numbers whose squares are beyond a double have intervals, and sums beyond it are none",
        arguments: [(5e300, true), (1e-300, true), (1e308, false)] as [(Double, Bool)])
    func huge(scale: Double, isMean: Bool) throws {
        let groups = ["a", "b"].map { name in
            let runs = (0..<3).map { run -> RunSummary in
                let buckets = (0..<20).map { second -> TimeBucket in
                    let values = (0..<30).map { value -> Double in
                        let step = (value * 7 + second * 3 + run) % 20
                        return scale * (1 + 0.01 * Double(step))
                    }
                    return TimeBucket(
                        startMs: second * 1_000, aggregate: RunGenerator.aggregate(values, 0))
                }
                return RunGenerator.run("r\(run)", buckets, RunGenerator(seed: 0))
            }
            return ComparisonGroup(name: name, runs: runs)
        }
        for count in [1, 3] {
            let some = groups.map {
                ComparisonGroup(name: $0.name, runs: Array($0.runs.prefix(count)))
            }
            var settings = ComparisonSettings()
            settings.runNoise = .within
            let rows = try Comparison(some[0], some[1], settings: settings).rows
            let mean = try #require(rows.first { $0.statistic == .mean })
            #expect((mean.a != nil) == isMean)
            let median = try #require(rows.first { $0.statistic == .p50 })
            for row in isMean ? [mean, median] : [median] {
                let ends = try #require(row.interval)
                #expect(ends.lowerBound > -0.2 && ends.upperBound < 0.2, "\(row)")
                let (level, difference) = (try #require(row.levelB), try #require(row.inUnit))
                #expect(level.interval.lowerBound >= scale)
                #expect(level.interval.upperBound <= 1.2 * scale)
                #expect(difference.interval.upperBound.magnitude <= 0.2 * scale)
            }
        }
    }

    @Test("a single run of a level shows no deviation")
    func oneOfLevel() {
        var series = ChangePointSeries()
        series.append(contentsOf: [5])
        #expect(series.level.standardDeviation == nil)
        series.append(contentsOf: [5])
        #expect(series.level.standardDeviation == 0)
    }

    @Test("where enough earlier runs say nothing of a number below zero, no more are asked for")
    func belowZero() throws {
        func group(_ name: String, _ at: Int) -> ComparisonGroup {
            var found = Self.group(
                name, (0..<30).map { Double($0 % 7) + (at > 7 ? 5 : 0) - 20 }, unit: "°C",
                metric: "room")
            found.runs = [found.runs[0]]
            found.runs[0].run = name
            found.runs[0].started = Timestamp(clamping: Double(at) * 3_600_000)
            return found
        }
        let earlier = (0..<6).flatMap { group("h\($0)", $0).runs }
        let found = try Comparison(
            group("a", 7), group("b", 8), settings: ComparisonSettings(),
            history: RunHistory(earlier, metric: "room"))
        let doubt = try #require(found.warnings.first { $0.contains("how much runs vary") })
        #expect(doubt.contains("only where it is above zero"), "\(doubt)")
    }

    @Test("a clock that was set back by an hour within a run makes it no hour longer")
    func setBack() throws {
        let hour = 3_600_000
        let seconds = (0..<30).map { $0 * 1_000 } + (30..<60).map { hour + $0 * 1_000 }
        var run = Self.run(seconds, count: 20, state: .finished)
        run.started = Timestamp(clamping: Double(hour + 30_000))
        run.finished = Timestamp(clamping: 30_000)
        run.last = Timestamp(clamping: Double(hour + 59_999))
        #expect(Interval.totalMs(run.timelines[0].activity(in: run)) == 60_000)
        #expect(run.doubts.contains { $0.contains("ends before it starts") })
    }
}
