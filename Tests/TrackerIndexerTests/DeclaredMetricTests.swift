import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog

@Suite("What a session says of its metrics")
struct DeclaredMetricTests {
    private static func sample(_ metric: String, _ fields: String = "") -> String {
        "{\"ts\":1763899200000,\"metric\":\"\(metric)\",\"value\":1,\"run\":\"r\"\(fields)}"
    }

    private static func said(_ fields: String, at seconds: Int = 0) -> String {
        "{\"ts\":\(1_763_899_200_000 + seconds * 1_000),\"event\":\(fields)}"
    }

    private static func meaning(_ lines: [String], of metric: String) throws -> MetricMeaning {
        let run = try #require(try FoldHarness.summary(of: lines).runs.first { $0.run == "r" })
        return try #require(run.timeline(of: metric)).meaning
    }

    @Test(
        "each of the three places declares, and comes before name and unit",
        arguments: [
            #""metric","metric":"errors_ms","unit":"1/s","kind":"rate","better":"higher""#,
            #""session","metrics":{"errors_ms":{"unit":"1/s","kind":"rate","better":"higher"}}"#,
            #""run_started","run":"other","metrics":{"errors_ms":{"unit":"1/s","kind":"rate","#
                + #""better":"higher"}}"#,
        ])
    func places(fields: String) throws {
        #expect(try Self.meaning([Self.sample("errors_ms")], of: "errors_ms").better == .lower)
        let summary = try FoldHarness.summary(of: [Self.sample("errors_ms"), Self.said(fields)])
        let timeline = try #require(summary.runs.first { $0.run == "r" }?.timelines.first)
        #expect(timeline.meaning.kind == .rate)
        #expect(timeline.meaning.better == .higher)
        #expect(timeline.unit == "1/s")
        #expect(!timeline.isLatency)
        #expect(summary.runs.first { $0.run == "r" }?.series.first?.unit == "1/s")
        let told = summary.json["metrics"]?.arrayValue?.first
        #expect(told?["better"]?.stringValue == "higher")
        #expect(told?["declared"]?.boolValue == true)
        let headline = CatalogEntry(summary).headline
        #expect(headline?.kind == "rate" && headline?.better == "higher")
    }

    @Test("neither: a direction that the name suggests is not known")
    func neither() throws {
        let lines = [
            Self.sample("latency_ms"),
            Self.said(#""metric","metric":"latency_ms","better":"neither""#),
        ]
        let meaning = try Self.meaning(lines, of: "latency_ms")
        #expect(meaning.kind == .duration && meaning.better == nil)
    }

    @Test("of each field the latest counts, in any order of reading")
    func latest() throws {
        let lines = [
            Self.said(#""metric","metric":"m","kind":"size","better":"lower""#, at: 1),
            Self.said(#""metric","metric":"m","kind":"rate""#, at: 3),
            Self.said(#""session","metrics":{"m":{"better":"higher"}}"#, at: 2), Self.sample("m"),
        ]
        for lines in [lines, lines.reversed()] {
            let meaning = try Self.meaning(lines, of: "m")
            #expect(meaning.kind == .rate && meaning.better == .higher)
        }
    }

    @Test("what is wrong in `metrics` is counted and left out; in a metric event it is an error")
    func wrong() throws {
        let summary = try FoldHarness.summary(of: [
            Self.said(
                #""run_started","run":"r","metrics":{"m":{"kind":"colour","better":"higher"},"#
                    + #""":{},"n":3}"#), Self.said(#""session","metrics":7"#), Self.sample("m"),
            Self.said(#""metric","metric":"m","better":"up""#),
        ])
        #expect(summary.health.ignoredMetricFields == 4)
        #expect(summary.health.badLineCount == 1)
        #expect(summary.health.badLines.first?.reason == .eventField)
        #expect(summary.runs.first?.state == .running)
        #expect(summary.runs.first?.timelines.first?.meaning.better == .higher)
    }

    @Test("more metrics than the limit: the same are kept in any order, and it is told")
    func limit() throws {
        let count = IndexLimits.maxDeclaredMetrics + 50
        let lines = (0..<count).map {
            Self.said("\"metric\",\"metric\":\"m\($0)\",\"better\":\"higher\"")
        }
        let one = try FoldHarness.summary(of: lines)
        let other = try FoldHarness.summary(of: lines.reversed())
        #expect(one.declared.count == IndexLimits.maxDeclaredMetrics)
        #expect(one.declared == other.declared)
        #expect(one.health.hasExcludedMetrics)
        #expect(try !FoldHarness.summary(of: Array(lines.prefix(9))).health.hasExcludedMetrics)
    }

    @Test("a snapshot keeps what was said")
    func snapshot() throws {
        let harness = try FoldHarness()
        let lines = [
            Self.sample("m"), Self.said(#""metric","metric":"m","unit":"kg","better":"lower""#),
            Self.said(#""session","metrics":[]"#),
        ]
        try harness.append(lines, to: "shared.000001.jsonl")
        let index = try harness.rebuilt()
        let object = try JSONValue(parsing: index.state.encoded().text)
        let read = try SessionState(object: object)
        #expect(read.encoded().text == index.state.encoded().text)
        #expect(read.encoded().contentHash == index.digest)
        #expect(object["declared"]?["ignored"]?.intValue == 1)
    }
}
