import Testing
import TrackerAnalysis
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@Suite("Comparison of what tools reported")
struct ReportedComparisonTests {
    /// One run for each pair of mean latency and rate; each of 1,000 requests.
    private static func group(
        _ name: String, _ numbers: [(ms: Double, rps: Double)], failed: Int = 0, at hour: Int = 0,
        counts: [String] = ["total_requests", "failed_requests"]
    ) -> ComparisonGroup {
        let runs = numbers.enumerated().map { index, numbers in
            let startMs = 1.7e12 + 3.6e6 * Double(hour) + 6e4 * Double(index)
            return RunSummary(
                run: "\(name)\(index)", target: "api", state: .finished,
                started: Timestamp(milliseconds: startMs),
                params: .emptyObject, environment: .emptyObject,
                reported: .object(
                    [
                        .init("avg_latency_ms", .double(numbers.ms)),
                        .init("rps", .double(numbers.rps)),
                        .init("error_rate", .double(Double(failed) / 10)),
                    ] + counts.map { .init($0, .integer($0 == counts[0] ? 1_000 : failed)) }),
                series: [], timelines: [])
        }
        return ComparisonGroup(name: name, runs: runs)
    }

    private static let usual = [(12.1, 481.0), (11.9, 478.0), (12.4, 482.0), (12.2, 479.0)]
    private static let slow = [(31.0, 121.0), (30.2, 119.0), (31.9, 118.0), (30.8, 122.0)]

    private static func compare(
        _ a: ComparisonGroup, _ b: ComparisonGroup, _ metric: String?,
        history: RunHistory = RunHistory([])
    ) throws -> (comparison: Comparison, row: ComparisonRow) {
        let comparison = try Comparison(
            a, b, settings: ComparisonSettings(metric: metric, replicates: 200), history: history)
        #expect(comparison.isReported && comparison.rows.count == 1)
        return (comparison, try #require(comparison.rows.first))
    }

    @Test("each number by its own way that is better; the mean of runs, never a percentile")
    func groups() throws {
        let a = Self.group("a", Self.usual)
        let b = Self.group("b", Self.slow, failed: 500)
        let (comparison, time) = try Self.compare(a, b, nil)
        #expect(comparison.metric == "avg_latency_ms" && comparison.unit == "ms")
        #expect(time.statistic == .mean && time.a == 12.15 && time.b == 30.98)
        #expect(time.difference == 30.98 / 12.15 - 1 && time.verdict == .worse)
        #expect(try Self.compare(a, b, "rps").row.verdict == .worse)
        #expect(try Self.compare(b, a, "rps").row.verdict == .better)
        let errors = try Self.compare(a, b, "error_rate").row
        #expect(errors.statistic == .errorRate && errors.a == 0 && errors.b == 50)
        #expect(errors.countA == 4_000 && errors.verdict == .worse)
        let even = [12.0, 12.02, 12.01, 12.03].map { (ms: $0, rps: 480.0) }
        let same = try Self.compare(Self.group("c", even), Self.group("d", even.reversed()), nil)
        #expect(same.row.verdict == .noDifferenceFound)
    }

    @Test("fast because it failed is not better")
    func fastFailures() throws {
        let a = Self.group("a", Self.slow)
        let b = Self.group("b", Self.usual, failed: 500)
        #expect(try Self.compare(a, b, nil).row.verdict == .inconclusive(.moreFailures))
        // A tool may report the rate alone.
        let (rateA, rateB) = (
            Self.group("a", Self.slow, counts: []),
            Self.group("b", Self.usual, failed: 500, counts: [])
        )
        let (comparison, row) = try Self.compare(rateA, rateB, nil)
        #expect(row.verdict == .inconclusive(.moreFailures))
        #expect((comparison.failures.a, comparison.failures.b) == (0, 50))
        #expect(comparison.failures.verdict == .worse)
        #expect(try Self.compare(rateB, rateA, nil).row.verdict == .worse)
    }

    @Test("one run of each has no interval, unless earlier runs tell how much runs vary")
    func single() throws {
        let a = Self.group("a", [Self.usual[0]], at: 30)
        let b = Self.group("b", [Self.slow[0]], at: 31)
        for metric in ["avg_latency_ms", "rps", "error_rate"] {
            let row = try Self.compare(a, b, metric).row
            #expect(row.interval == nil)
            #expect(row.verdict == .inconclusive(.oneRun(furtherRuns: 2)))
        }
        let earlier = (0..<20).map { hour in
            Self.group("e\(hour)x", [(12 + Double(hour % 3) / 10, 480)], at: hour).runs[0]
        }
        let history = RunHistory(earlier, metric: "avg_latency_ms")
        let row = try Self.compare(a, b, "avg_latency_ms", history: history).row
        #expect(row.verdict == .worse)
        #expect((row.noise?.runs ?? 0) > 10)
        let interval = try #require(row.interval)
        #expect(interval.lowerBound > 1 && interval.upperBound < 2)
    }

    @Test("what was measured is not compared with what was reported, nor does it say how it varies")
    func unlike() throws {
        var generator = RunGenerator(seed: 7)
        let measured = ComparisonGroup(name: "m", runs: (0..<3).map { generator.run("m\($0)") })
        let metric = try #require(measured.runs[0].headline?.metric)
        var reported = Self.group("r", Self.usual)
        for index in reported.runs.indices {
            reported.runs[index].reported = .object([.init(metric, .double(20))])
        }
        #expect(
            throws: ComparisonError.reportedAndMeasured(
                metric: metric, reported: "r", measured: "m")
        ) { try Comparison(measured, reported, settings: .init(metric: metric)) }
        // A run that only reports the metric is no run of a group that measured it.
        var mixed = measured
        mixed.runs += reported.runs
        let alone = try Comparison(measured, measured, settings: .init(metric: metric))
        let both = try Comparison(mixed, mixed, settings: .init(metric: metric))
        #expect(both.rows == alone.rows && both.runsA == alone.runsA)
        var settings = ComparisonSettings(metric: "rps")
        settings.statistics = [.p95]
        let usual = Self.group("a", Self.usual)
        #expect(throws: ComparisonError.onlyReported(metric: "rps", asked: ["p95"])) {
            try Comparison(usual, usual, settings: settings)
        }
        let single = Self.group("a", [Self.usual[0]], at: 30)
        let other = Self.group("b", [Self.usual[1]], at: 31)
        let history = RunHistory(measured.runs, metric: metric)
        let row = try Self.compare(single, other, "rps", history: history).row
        #expect(row.interval == nil)
    }

    /// A metric that was measured at first, and is only reported since.
    @Test("measured runs do not say how a reported number varies")
    func measuredHistory() throws {
        let (a, b) = (
            Self.group("a", [Self.usual[0]], at: 30), Self.group("b", [Self.slow[0]], at: 31)
        )
        let metric = "avg_latency_ms"
        let earlier = (0..<20).map { hour in
            var generator = RunGenerator(seed: UInt64(hour))
            (generator.metric, generator.seconds) = (metric, 20)
            var run = generator.run("e\(hour)")
            run.target = "api"
            let started = Timestamp(milliseconds: 1.7e12 + 3.6e6 * Double(hour))
            (run.started, run.finished, run.last) = (started, started, started)
            return run
        }
        let history = RunHistory(earlier, metric: metric)
        #expect(history.runs.count == 20 && history.runs.allSatisfy { !$0.isReported })
        let (comparison, row) = try Self.compare(a, b, metric, history: history)
        #expect(comparison.earlierRuns == 0 && row.interval == nil)
        #expect(row.verdict == .inconclusive(.oneRun(furtherRuns: 2)))
        // The same history of reports does.
        var reports = history.runs
        for index in reports.indices { reports[index].isReported = true }
        let served = try Self.compare(a, b, metric, history: RunHistory(reports))
        #expect(served.comparison.earlierRuns > 10 && served.row.interval != nil)
    }

    @Test("all numbers side by side; those beyond the limit are named")
    func table() throws {
        func wide(_ name: String) -> ComparisonGroup {
            var group = Self.group(name, Self.usual)
            for index in group.runs.indices {
                group.runs[index].reported = .object(
                    (0..<30).map { .init("n\($0)_ms", .double(Double($0 + index + 1))) })
            }
            return group
        }
        let (a, b) = (wide("a"), wide("b"))
        let settings = ComparisonSettings(replicates: 100)
        let first = try Comparison(a, b, settings: settings)
        // Each number is compared once: for each the history is asked for once.
        var asked: [String] = []
        let table = try #require(
            try ReportedComparison(a, b, settings: settings) { name in
                asked.append(name)
                return RunHistory([])
            })
        #expect(table.numbers.count == ComparisonLimits.maxReported)
        #expect(table.numbers.first?.metric == first.metric)
        #expect(asked == table.numbers.map(\.metric))
        var one = settings
        one.metric = "n1_ms"
        #expect(try ReportedComparison(a, b, settings: one) { _ in RunHistory([]) } == nil)
        var generator = RunGenerator(seed: 7)
        let measured = ComparisonGroup(name: "m", runs: [generator.run()])
        #expect(
            try ReportedComparison(measured, measured, settings: settings) { _ in
                RunHistory([])
            } == nil)
        #expect(table.omitted == (ComparisonLimits.maxReported..<30).map { "n\($0)_ms" })
        #expect(table.json["omitted"]?.arrayValue?.count == 10)
    }
}
