import Testing
import TrackerIndexTestSupport
import TrackerLog
import TrackerTestSupport

@testable import TrackerIndexer

/// How long a failure took says nothing about the work that succeeded.
@Suite("Successes and failures are apart")
struct PopulationTests {
    private static func sample(_ value: Double, ok: Bool?, at timestampMs: Int = 0) -> String {
        let outcome = ok.map { ",\"ok\":\($0)" } ?? ""
        return "{\"ts\":\(1_763_899_200_000 + timestampMs),\"run\":\"r\",\"metric\":\"m\","
            + "\"value\":\(value)\(outcome)}"
    }

    private static func distribution(_ value: Double, count: Int, errors: Int) -> String {
        "{\"ts\":1763899200000,\"run\":\"r\",\"metric\":\"m\","
            + "\"hist\":[[\(Bucket.index(of: value)),\(count)]],\"count\":\(count),"
            + "\"sum\":\(value * Double(count)),\"min\":\(value),\"max\":\(value),"
            + "\"errors\":\(errors)}"
    }

    private static func run(_ lines: [String]) throws -> RunSummary {
        try #require(try FoldHarness.summary(of: lines).runs.first)
    }

    @Test("each has its count, extremes, sum and percentiles, in series and over time")
    func apart() throws {
        var lines = (1...100).map { Self.sample(Double($0), ok: true, at: $0) }
        lines += (1...50).map { Self.sample(0.001 * Double($0), ok: false, at: 100 + $0) }
        let run = try Self.run(lines)
        let series = try #require(run.series.first).aggregate
        for aggregate in [series, try #require(run.timelines.first).total] {
            #expect(aggregate.count == 150 && aggregate.errors == 50)
            #expect(aggregate.succeeded == 100 && aggregate.mixedErrors == 0)
            #expect(aggregate.successes.min == 1 && aggregate.successes.max == 100)
            #expect(aggregate.successes.sum == 5_050 && aggregate.successes.mean == 50.5)
            #expect(aggregate.failures.max == 0.05 && aggregate.failures.count == 50)
            let median = try #require(aggregate.successes.quantile(0.5))
            #expect((median - 50).magnitude < 0.3, "not that of all, which is 26")
            #expect(try #require(aggregate.failures.quantile(0.99)) < 0.051)
            #expect(aggregate.all.count == 150 && aggregate.all.min == 0.001)
            #expect(aggregate.all.max == 100)
        }
    }

    @Test("without a success there are no percentiles, and 0 successes a second")
    func onlyFailures() throws {
        let summary = try FoldHarness.summary(
            of: (0..<200).map { Self.sample(0.2, ok: false, at: $0 * 10) })
        let headline = try #require(CatalogEntry(summary).headline)
        #expect(headline.count == 200 && headline.errors == 200 && headline.successes == 0)
        #expect(headline.p50 == nil && headline.p99 == nil && headline.perSecond == 0)
        let series = try #require(summary.runs.first?.series.first)
        #expect(series.json["p50"] == .null && series.json["min"] == .null)
        #expect(series.json["failures"]?["p50"]?.doubleValue ?? 0 > 0.19)
        #expect(series.json["succeeded"]?.intValue == 0)
    }

    @Test("throughput is of successes")
    func throughput() throws {
        let started =
            "{\"ts\":1763899200000,\"event\":\"run_started\",\"run\":\"r\"}"
        let ended = "{\"ts\":1763899210000,\"event\":\"run_finished\",\"run\":\"r\"}"
        let samples = (0..<1_000).map { Self.sample(1, ok: $0 % 4 != 0, at: $0 * 10) }
        let summary = try FoldHarness.summary(of: [started] + samples + [ended])
        let headline = try #require(CatalogEntry(summary).headline)
        #expect((headline.perSecond - 75).magnitude < 0.1, "750 in 10 s")
    }

    @Test("samples in no known time have no rate, and no part in that of others")
    func undatedThroughput() throws {
        func run(_ name: String, factor: Int, count: Int) -> [String] {
            let samples = (0..<count).map {
                #"{"ts":\#((1_763_899_200_000 + $0 * 10) * factor),"metric":"http.latency_ms","#
                    + #""value":5,"run":"\#(name)"}"#
            }
            return [#"{"ts":1763899200000,"event":"run_started","run":"\#(name)"}"#] + samples
                + [#"{"ts":1763899210000,"event":"run_finished","run":"\#(name)"}"#]
        }
        // In microseconds: no plausible time.
        let undated = run("u", factor: 1_000, count: 800)
        let alone = try #require(CatalogEntry(try FoldHarness.summary(of: undated)).headline)
        #expect(alone.count == 800 && alone.throughput == nil && alone.requestsPerSecond == nil)
        #expect(alone.json["per_second"] == .null)
        let both = try FoldHarness.summary(of: undated + run("d", factor: 1, count: 1_000))
        let headline = try #require(CatalogEntry(both).headline)
        #expect(headline.count == 1_800)
        #expect((try #require(headline.throughput) - 100).magnitude < 0.2, "1,000 in 10 s")
    }

    @Test("a distribution counts with the failures if all failed, else its errors are mixed")
    func distributions() throws {
        let run = try Self.run([
            Self.distribution(10, count: 90, errors: 0),
            Self.distribution(1, count: 30, errors: 30),
            Self.distribution(5, count: 20, errors: 7), Self.sample(2, ok: nil),
        ])
        let aggregate = try #require(run.series.first).aggregate
        #expect(aggregate.count == 141 && aggregate.errors == 37 && aggregate.mixedErrors == 7)
        #expect(aggregate.succeeded == 104)
        #expect(aggregate.successes.count == 111 && aggregate.failures.count == 30)
        #expect(aggregate.successes.min == 2 && aggregate.failures.max == 1)
    }

    @Test(
        "both survive a snapshot, a merge of states, and any order",
        arguments: 0..<8 as Range<UInt64>)
    func law(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let lines = (0..<400).map { number in
            Self.sample(
                Double.random(in: 0.1..<50, using: &generator),
                ok: Bool.random(using: &generator), at: number * 37)
        }
        let reference = try FoldHarness()
        try reference.append(lines, to: "shared.000001.jsonl")
        let index = try reference.rebuilt()
        let again = try reference.restarted(index)
        #expect(reference.text(again) == reference.text(index), "seed \(seed)")
        let shuffled = try FoldHarness()
        try shuffled.append(lines.shuffled(using: &generator), to: "shared.000001.jsonl")
        #expect(shuffled.text(try shuffled.rebuilt()) == reference.text(index), "seed \(seed)")
    }

    @Test("each point of the list's small curve has as many samples as p99 needs")
    func smallCurve() throws {
        func curve(_ seconds: Int) throws -> [Double]? {
            let lines = (0..<seconds).flatMap { second in
                (0..<300).map {
                    Self.sample($0 < 5 ? 500 : 7, ok: true, at: second * 1_000 + $0)
                }
            }
            return CatalogEntry(try FoldHarness.summary(of: lines)).headline?.p99OverTime
        }
        // Four seconds of 300 samples have ten beyond p99, three have nine.
        #expect(try curve(20)?.count == 5)
        #expect(try curve(6)?.count == 1)
        #expect(try curve(3) == [])
    }
}
