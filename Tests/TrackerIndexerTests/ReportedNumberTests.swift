import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@Suite("What tools report is no sample")
struct ReportedNumberTests {
    /// A run as `POST /api/track` writes it.
    private static func report(
        _ run: String = "r", value: String?, details: String, metric: String = "load_test"
    ) -> [String] {
        let given = value.map { ",\"value\":\($0)" } ?? ""
        let start =
            "{\"ts\":1763899200000,\"event\":\"run_started\",\"run\":\"\(run)\",\"target\":\"api\","
            + "\"params\":{\"metric_name\":\"\(metric)\"\(given),\"timestamp\":\"t\",\"method\":\"GET\"}}"
        let sample = value.map {
            "{\"ts\":1763899202000,\"metric\":\"\(metric)\",\"value\":\($0),\"run\":\"\(run)\"}"
        }
        let end =
            "{\"ts\":1763899202000,\"event\":\"run_finished\",\"run\":\"\(run)\",\"summary\":\(details)}"
        return [start] + [sample].compactMap(\.self) + [end]
    }

    private static func summary(_ lines: [String]) throws -> SessionSummary {
        try FoldHarness.summary(of: lines)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var value: String?
        var metric = "load_test"
        var details: String
        var main: String
        var first: Double
        var testDescription: String { "\(metric) \(value ?? "none") \(details)" }
    }

    static let rows: [Row] = [
        // The guide's client sends 1 when its caller gave no value.
        Row(
            value: "1", details: #"{"avg_latency_ms":12.5,"rps":480}"#, main: "avg_latency_ms",
            first: 12.5),
        Row(value: "1", details: #"{"rps":480}"#, main: "rps", first: 480),
        Row(
            value: "1", metric: "avg_latency_ms", details: #"{"rps":480,"avg_latency_ms":31}"#,
            main: "avg_latency_ms", first: 31),
        Row(
            value: "1", metric: "rps", details: #"{"avg_latency_ms":31,"rps":1}"#, main: "rps",
            first: 1),
        // A value is one when nothing else is said.
        Row(value: "1", details: #"{"note":"x"}"#, main: "load_test", first: 1),
        Row(value: "2.5", details: #"{"rps":480}"#, main: "load_test", first: 2.5),
        Row(
            value: nil, metric: "rps", details: #"{"avg_latency_ms":3,"rps":7}"#, main: "rps",
            first: 7),
    ]

    @Test("the number that stands for a report; a placeholder is none", arguments: rows)
    func main(_ row: Row) throws {
        let lines = Self.report(value: row.value, details: row.details, metric: row.metric)
        let run = try #require(try Self.summary(lines).runs.first)
        #expect(run.mainReported?.name == row.main)
        #expect(run.mainReported?.value == row.first)
        #expect(run.reportedNumbers.map(\.name).count == Set(run.reportedNumbers.map(\.name)).count)
        #expect(run.timelines.isEmpty && run.series.isEmpty && run.headline == nil)
        #expect(run.conditions.map(\.key) == ["method"])
    }

    @Test(
        "what cannot be, or not at once, is told and not used",
        arguments: [
            (#"{"error_rate":150,"rps":10}"#, ["rps"], ["error_rate 150% cannot be"]),
            (
                #"{"avg_latency_ms":-20,"rps":-1,"drift_ms":-3}"#, ["drift_ms"],
                ["avg_latency_ms -20.0 ms cannot be", "rps -1.00 /s cannot be"]
            ),
            (
                #"{"total_requests":100,"failed_requests":150}"#,
                ["total_requests", "failed_requests"], ["failed_requests 150 of 100 requests"]
            ),
            (
                #"{"total_requests":100,"failed_requests":50,"successful_requests":80}"#,
                ["total_requests", "failed_requests", "successful_requests"],
                ["contradict each other"]
            ),
            (
                #"{"error_rate":0,"total_requests":100,"failed_requests":50}"#,
                ["error_rate", "total_requests", "failed_requests"], ["50.0%: these count"]
            ),
            (
                #"{"error_rate":"2%","rps":"120","note":"warm","avg_latency_ms":7}"#,
                ["avg_latency_ms"], ["error_rate is a text", "rps is a text"]
            ),
            (
                #"{"error_rate":1.5,"total_requests":200,"failed_requests":3}"#,
                ["error_rate", "total_requests", "failed_requests"], []
            ),
        ])
    func impossible(details: String, names: [String], doubts: [String]) throws {
        let run = try #require(
            try Self.summary(Self.report(value: nil, details: details)).runs.first)
        #expect(run.reportedNumbers.map(\.name) == names)
        #expect(run.doubts.count == doubts.count, "\(run.doubts)")
        for (found, expected) in zip(run.doubts, doubts) { #expect(found.contains(expected)) }
    }

    @Test("samples that were measured in a reported run stay samples")
    func measured() throws {
        let more = (0..<3).map {
            "{\"ts\":\(1_763_899_200_000 + $0),\"metric\":\"load_test\",\"value\":\($0),\"run\":\"r\"}"
        }
        let run = try #require(
            try Self.summary(Self.report(value: "5", details: "{}") + more).runs.first)
        #expect(run.timeline(of: "load_test")?.total.count == 4)
        let other = ["{\"ts\":1763899200000,\"metric\":\"m_ms\",\"value\":9,\"run\":\"r\"}"]
        let both = try #require(
            try Self.summary(Self.report(value: "5", details: "{}") + other).runs.first)
        #expect(both.timelines.map(\.metric) == ["m_ms"])
        #expect(both.series.map(\.metric) == ["m_ms"])
        #expect(both.reportedNumber("load_test")?.value == 5)
    }

    static let counts: [(String, ReportedRequests?)] = [
        (#"{"total_requests":10,"failed_requests":3}"#, ReportedRequests(total: 10, failed: 3)),
        (#"{"total_requests":10,"successful_requests":3}"#, ReportedRequests(total: 10, failed: 7)),
        (#"{"total_requests":0,"failed_requests":0}"#, ReportedRequests(total: 0, failed: 0)),
        (#"{"total_requests":10,"failed_requests":11}"#, nil),
        (#"{"total_requests":10,"failed_requests":-1}"#, nil),
        (#"{"total_requests":10.5,"failed_requests":1}"#, nil),
        (#"{"total_requests":1e300,"failed_requests":1}"#, nil),
        (#"{"total_requests":"10","failed_requests":1}"#, nil),
        (
            #"{"failed_requests":3,"successful_requests":7}"#,
            ReportedRequests(total: 10, failed: 3)
        ),
        (#"{"failed_requests":1}"#, nil), (#"{"total_requests":10}"#, nil), ("{}", nil),
    ]

    @Test("counts that cannot be true are none", arguments: counts)
    func requests(_ details: String, _ expected: ReportedRequests?) throws {
        let run = try #require(
            try Self.summary(Self.report(value: nil, details: details)).runs.first)
        #expect(run.reportedRequests == expected)
        #expect(expected.map(\.total) != 0 || run.reportedRequests?.errorRatePercent == nil)
    }

    @Test(
        "the row of a session of reports: its newest number and rate, all requests, no percentile")
    func row() throws {
        let lines = (0..<60).flatMap { number in
            Self.report(
                "r\(number)", value: "1",
                details: "{\"avg_latency_ms\":\(number),\"rps\":\(1_000 - number),"
                    + "\"total_requests\":100,\"failed_requests\":\(number)}"
            )
        }
        let entry = CatalogEntry(try Self.summary(lines))
        let reported = try #require(entry.reported)
        #expect(entry.headline == nil)
        #expect(reported.metric == "avg_latency_ms" && reported.number.unit == "ms")
        #expect(reported.runs == 60 && reported.requests == 6_000)
        #expect(reported.failed == (0..<60).reduce(0, +))
        #expect(reported.overTime.count == IndexLimits.sparklinePoints)
        let measured =
            Self.report(value: "5", details: "{\"rps\":1}") + [
                "{\"ts\":1763899200000,\"metric\":\"m_ms\",\"value\":9,\"run\":\"r\"}"
            ]
        let both = CatalogEntry(try Self.summary(measured))
        #expect(both.headline?.metric == "m_ms" && both.reported == nil)
    }

    static let units: [(String, String?)] = [
        ("avg_latency_ms", "ms"), ("duration_s", "s"), ("rps", "/s"), ("error_rate", "%"),
        ("jobs_per_second", "/s"), ("rss_bytes", "B"), ("cpu_percent", "%"), ("total", nil),
        ("requests", nil), ("p99_us", "µs"), ("wait_ns", "ns"), ("boot_seconds", "s"),
        ("jobs_per_s", "/s"), ("mb_per_sec", "/s"), ("bytes_per_ms", nil), ("ms_per_op", nil),
    ]

    @Test("each ending and its unit stand in docs/METRIC_SCHEMA_REFERENCE.md, and no other")
    func page() throws {
        let lines = try repositoryText("docs/METRIC_SCHEMA_REFERENCE.md").split(separator: "\n")
        let rows = lines.drop { $0 != "| ending | unit |" }.dropFirst(2)
            .prefix { $0.hasPrefix("|") }
        var listed: [String] = []
        for row in rows {
            let cells = row.split(separator: "|").map {
                $0.split(separator: " ").joined(separator: " ")
            }
            listed += cells[0].split(separator: "`").filter { $0.hasPrefix("_") }
                .map { "\($0) \(cells[1])" }
        }
        let known = ReportedNumber.unitsByEnding.map { "\($0.ending) \($0.unit)" }
        #expect(listed.sorted() == known.sorted())
    }

    @Test("units follow from the ending of the name", arguments: units)
    func unit(_ name: String, _ unit: String?) {
        #expect(ReportedNumber(name: name, value: 1).unit == unit)
    }
}
