import Testing
import TrackerExport
import TrackerImport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@Suite("Export: the guide's table, and numbers for other programs")
struct TableTests {
    private static let report = [
        #"{"ts":1763899200000,"event":"run_started","run":"track-1","test":"latency","#
            + #""target":"http://h/","commit":"abc","params":{"metric_name":"avg_latency_ms","#
            + #""schema_version":"1.0","value":12.5,"labels":{"env":"it's"}}}"#,
        #"{"ts":1763899202000,"metric":"avg_latency_ms","value":12.5,"unit":"ms","#
            + #""run":"track-1","labels":{"env":"it's"}}"#,
        #"{"ts":1763899202000,"event":"run_finished","run":"track-1","summary":"#
            + #"{"duration_s":2.0,"rps":49.0,"odd":"a\\u0000b\u0000'","error_rate":2.0}}"#,
    ]
    private static let measured =
        (1...100).map {
            #"{"ts":\#(1_763_899_300_000 + $0 * 10),"metric":"http.latency_ms","value":\#($0),"unit":"ms","run":"r2","ok":\#($0 % 10 != 0)}"#
        } + [
            #"{"ts":1763899300000,"event":"run_started","run":"r2","test":"load","target":"http://h/"}"#,
            #"{"ts":1763899302000,"event":"run_finished","run":"r2","summary":{}}"#,
        ]

    private func rows(_ harness: ExportHarness) throws -> [[SQLiteValue]] {
        let database = try SQLiteDatabase(try harness.export(.sqlite))
        var rows: [[SQLiteValue]] = []
        let names = LocalTestRow.columns.map(\.name).filter { $0 != "session_id" }
        try database.run(
            "SELECT \(names.joined(separator: ", ")) FROM local_test_runs ORDER BY id"
        ) { row in
            rows.append(row)
            return true
        }
        return rows
    }

    @Test("SQLite: the rows come back as they were")
    func sqlite() throws {
        let session = try ExportHarness(lines: Self.report + Self.measured)
        let first = try rows(session)
        #expect(first.count == 2)
        #expect(first[0].contains(.text("http.latency_ms")))
        // The mean of the successes: 1…100 without the tens.
        #expect(first[0].contains(.number(50)))
        let back = try ExportHarness(importing: try session.export(.sqlite))
        #expect(try rows(back) == first)
        let runs = try back.summary.runs
        #expect(runs.map(\.run) == ["track-1", "r2"])
        #expect(runs[0].mainReported?.value == 12.5)
        #expect(runs[0].params["import_format"]?.stringValue?.contains("local_test_runs") == true)
    }

    @Test("SQLite: reports of any texts and numbers come back", arguments: 0..<20)
    func sqliteLaw(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        func text() -> String {
            let letters = ["a", "'", "\"", "\\", "\n", "\0", "é", "e\u{301}", ";--", "=", " ", "🙂"]
            let count = Int.random(in: 1...6, using: &generator)
            return (0..<count).map { _ in
                letters[Int.random(in: 0..<letters.count, using: &generator)]
            }.joined()
        }
        func maybe<Value>(_ value: Value) -> Value? {
            Bool.random(using: &generator) ? value : nil
        }
        let events = (0..<6).flatMap { number -> [Event] in
            let run = "run \(number) \(text())"
            let value = Double.random(in: -1e9...1e9, using: &generator)
            let metric = text() + (maybe("_ms") ?? "")
            var params: [JSONValue.Member] = [.init("metric_name", .string(metric))]
            if let version = maybe(text()) {
                params.append(.init("schema_version", .string(version)))
            }
            let hasValue = maybe(true) != nil
            if hasValue { params.append(.init("value", .double(value))) }
            if maybe(true) != nil {
                params.append(.init("labels", .object([.init(text(), .string(text()))])))
            }
            let end = Timestamp(clamping: 1_763_899_200_000 + Double(number) * 1_000.5)
            let details: [JSONValue.Member] = [
                .init("duration_s", .double(Double(number))), .init(text() + "x", .string(text())),
            ]
            let sample = Sample(
                timestamp: end, metric: metric, value: value,
                unit: metric.hasSuffix("_ms") ? "ms" : nil, run: run)
            return [
                .runStarted(
                    RunStarted(
                        timestamp: end, run: run, test: maybe(text()), target: maybe(text()),
                        params: .object(params), commit: maybe(text()))),
                .runFinished(
                    RunFinished(
                        timestamp: end, run: run, state: .finished, summary: .object(details))),
            ] + (hasValue ? [.sample(sample)] : [])
        }
        let session = try ExportHarness(events: events)
        let first = try rows(session)
        #expect(first.count == 6, "seed \(seed)")
        let back = try ExportHarness(importing: try session.export(.sqlite))
        #expect(try rows(back) == first, "seed \(seed)")
    }

    @Test("a database that is damaged, or has another table, is refused")
    func refused() throws {
        let whole = try ExportHarness(lines: Self.report).export(.sqlite)
        for bytes in [Array(whole.prefix(2_000)), Array(whole.prefix(4_096))] {
            #expect(throws: SessionImport.Failure.self) {
                try ExportHarness(importing: bytes)
            }
        }
        let other = try SQLiteDatabase()
        try other.run("CREATE TABLE local_test_runs (id TEXT)")
        let bytes = try other.file()
        #expect(throws: SessionImport.Failure.self) { try ExportHarness(importing: bytes) }
    }

    @Test("PostgreSQL: texts are quoted, and zero bytes are none")
    func postgresql() throws {
        let text = try ExportHarness(lines: Self.report).text(.postgresql)
        #expect(text.contains(#"'{"env":"it''s"}'"#))
        #expect(text.contains(#"a\\u0000b"#))
        #expect(!text.contains(#"b\u0000"#))
        #expect(text.contains("CREATE TABLE IF NOT EXISTS local_test_runs"))
    }

    @Test("runs-csv: a row for each metric and each reported number")
    func runs() throws {
        let rows = try ExportHarness(lines: Self.report + Self.measured).text(.runsCSV)
            .split(separator: "\r\n").map {
                $0.split(separator: ",", omittingEmptySubsequences: false)
            }
        #expect(rows.allSatisfy { $0.count == rows[0].count })
        let names = rows[0].map(String.init)
        func cell(_ name: String, _ row: Int) throws -> Substring {
            rows[row][try #require(names.firstIndex(of: name))]
        }
        let measured = try #require(rows.indices.first { rows[$0].contains("http.latency_ms") })
        #expect(try cell("count", measured) == "100" && cell("errors", measured) == "10")
        #expect(try cell("error_rate_percent", measured) == "10")
        #expect(try cell("mean", measured) == "50" && cell("max", measured) == "99")
        #expect(try cell("succeeded_per_second", measured) == "45")
        #expect(try cell("p50", measured).hasPrefix("49"))
        let reported = try #require(rows.indices.first { rows[$0].contains("rps") })
        #expect(try cell("reported_value", reported) == "49" && cell("unit", reported) == "/s")
    }

    @Test("github-action-benchmark: less is better in one file, more in the other")
    func benchmark() throws {
        let session = try ExportHarness(lines: Self.measured)
        let less = try JSONValue(parsingText: try session.export(.githubActionBenchmark))
        let entries = try #require(less.arrayValue)
        #expect(entries.count == 4)
        #expect(entries[0]["name"]?.stringValue == "load http://h/ http.latency_ms p50")
        #expect(entries[0]["unit"]?.stringValue == "ns")
        let median = try #require(entries[0]["value"]?.doubleValue)
        #expect((median / 49e6 - 1).magnitude < 0.03)
        #expect(entries[3]["value"]?.doubleValue == 10 && entries[3]["unit"]?.stringValue == "%")
        let more = try JSONValue(parsingText: try session.export(.githubActionBenchmarkBigger))
        #expect(more.arrayValue?.first?["value"]?.doubleValue == 45)
        let bencher = try JSONValue(parsingText: try session.export(.bencher))
        let measures = try #require(bencher["load http://h/"])
        #expect(measures["latency"]?["value"]?.doubleValue == median)
        #expect(measures["throughput"]?["value"]?.doubleValue == 45)
    }

    @Test("benchmarks: a run that was left out does not count, unless it was chosen")
    func leftOutRun() throws {
        func run(_ name: String, _ value: Int) -> [String] {
            (0..<40).map {
                #"{"ts":\#(1_763_899_300_000 + $0 * 100),"metric":"checkout","value":\#(value),"#
                    + #""unit":"ms","run":"\#(name)"}"#
            }
        }
        let edit =
            #"{"ts":1763899400000,"event":"note","text":"the backup ran","run":"slow","left_out":true}"#
        let session = try ExportHarness(lines: run("quick", 10) + run("slow", 5_000) + [edit])
        func median(_ runs: [String]?) throws -> Double {
            let less = try JSONValue(
                parsingText: try session.export(.githubActionBenchmark, runs: runs))
            let first = try #require(less.arrayValue?.first)
            #expect(first["extra"]?.stringValue?.contains("1 left out") == (runs == nil))
            return try #require(first["value"]?.doubleValue)
        }
        #expect((try median(nil) / 10e6 - 1).magnitude < 0.02)
        #expect((try median(["slow"]) / 5_000e6 - 1).magnitude < 0.02)
    }

    @Test("github-action-benchmark: what does not tell which way is better is in neither file")
    func noDirection() throws {
        let session = try ExportHarness(
            lines: (0..<20).map {
                #"{"ts":\#(1_763_899_300_000 + $0),"metric":"room","value":-2\#($0),"unit":"°C","run":"r"}"#
            })
        let less = try JSONValue(parsingText: try session.export(.githubActionBenchmark))
        #expect(less.arrayValue?.compactMap { $0["name"]?.stringValue } == ["room error rate"])
        #expect(throws: ExportError.self) { _ = try session.export(.githubActionBenchmarkBigger) }
        let bencher = try JSONValue(parsingText: try session.export(.bencher))
        #expect(bencher["run"]?["room-p50"] != nil)
    }

    @Test("what the log lost is told by every format", arguments: ExportFormat.allCases)
    func losses(_ format: ExportFormat) throws {
        func frame(_ number: Int) -> [String] {
            [
                #"{"frame":1,"session":"s1","writer":"9f3c77aa01b2c3d4","seq":\#(number),"events":1}"#,
                #"{"ts":\#(1_763_899_200_000 + number),"metric":"jobs","value":5,"unit":"jobs/s"}"#,
            ]
        }
        let times = [0, 2_000].map {
            #"{"ts":\#(1_763_899_200_000 + $0),"metric":"http.latency_ms","value":5,"unit":"ms"}"#
        }
        let whole = try ExportHarness(lines: times + frame(0) + frame(1))
        #expect(try whole.leftOut(format).isEmpty)
        let told = try ExportHarness(lines: times + frame(0) + frame(2)).leftOut(format)
        #expect(told.count == 1 && told[0].hasPrefix("ann/s1: about "), "\(told)")
        #expect(told.first?.contains("are missing (1 frame, ") == true, "\(told)")
        let bad = try ExportHarness(lines: [times[0], "no event", times[1]]).leftOut(format)
        #expect(bad.contains("1 lines of the log are no events"), "\(bad)")
    }

    @Test("runs with the metric in ms and in s are one, and one in bytes is told")
    func units() throws {
        func run(_ name: String, _ unit: String, _ value: Double) -> [String] {
            (0..<40).map {
                #"{"ts":\#(1_763_899_300_000 + $0 * 100),"metric":"checkout","value":\#(value),"#
                    + #""unit":"\#(unit)","run":"\#(name)"}"#
            }
        }
        func other(_ name: String, _ lines: [String]) throws -> ExportedSession {
            let session = try ExportHarness(lines: lines, session: name)
            return ExportedSession(key: session.key, summary: try session.summary)
        }
        func export(
            _ sessions: [ExportedSession], _ format: ExportFormat
        ) throws -> (text: String, leftOut: [String]) {
            var export = try Export(
                ExportSelection(sessions), as: format, from: MemoryStorage(),
                now: Timestamp(clamping: 1_795_442_500_000))
            var bytes: [UInt8] = []
            try export.write { bytes += $0 }
            return (String(decoding: bytes, as: UTF8.self), export.leftOut)
        }
        let ms = try other("s1", run("a", "ms", 10))
        let seconds = try other("s2", run("b", "s", 0.01))
        let bytes = try other("s3", run("c", "B", 10))
        for sessions in [[ms, seconds], [seconds, ms]] {
            let (text, leftOut) = try export(sessions, .bencher)
            let measures = try #require(try JSONValue(parsingText: Array(text.utf8))["run"])
            for name in ["p50-latency", "p99-latency"] {
                let ns = try #require(measures[name]?["value"]?.doubleValue)
                #expect((ns / 10e6 - 1).magnitude < 0.02, "\(name) \(ns)")
            }
            #expect(leftOut.isEmpty)
            #expect(try export(sessions, .hgrm).text.contains("Total count    =           80]"))
        }
        for format in [ExportFormat.bencher, .hgrm, .hlog, .githubActionBenchmark] {
            let leftOut = try export([bytes, ms], format).leftOut
            #expect(leftOut.count == 1 && leftOut[0].hasPrefix("1 runs "), "\(leftOut)")
        }
    }

    @Test("OpenMetrics: base units, quantiles of successes and failures, and an end")
    func openMetrics() throws {
        let text = try ExportHarness(lines: Self.report + Self.measured).text(.openmetrics)
        #expect(text.hasSuffix("# EOF\n"))
        #expect(text.contains("# UNIT tracker_http_latency_ms_seconds seconds\n"))
        #expect(text.contains("outcome=\"success\"} 90 "))
        #expect(text.contains("outcome=\"failure\"} 10 "))
        #expect(text.contains("tracker_reported{"))
    }

    @Test("a sum beyond a double, and a value beyond one in the unit of the format")
    func beyondADouble() throws {
        let harness = try ExportHarness(
            lines: (0..<2).map { second in
                """
                {"ts":176389920\(second)000,"metric":"wait","unit":"h","value":1.7e308,"run":"r"}
                """
            })
        let text = try harness.text(.openmetrics)
        let values = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
            .map { $0.split(separator: " ")[1] }
        #expect(values == ["+Inf", "+Inf", "+Inf", "+Inf", "+Inf", "2", "+Inf"])
        let row = try #require(try harness.text(.runsCSV).split(separator: "\r\n").last)
        #expect(row.contains("1.7e+308") && !row.contains("null"))
        #expect(try !harness.text(.postgresql).contains("null"))
    }

    @Test("OpenMetrics: names that become one name have samples that differ")
    func oneName() throws {
        let harness = try ExportHarness(
            lines: [
                #""a.b","#, #""a_b","#, #""c","labels":{"d.e":"1"},"#,
                #""c","labels":{"d-e":"1"},"#,
            ]
            .map { #"{"ts":1763899200000,"run":"r","value":1,"metric":\#($0)"ok":true}"# })
        let counts = try harness.text(.openmetrics).split(separator: "\n").filter {
            $0.contains("_count{")
        }
        #expect(counts.count == 4 && Set(counts).count == 4)
        #expect(counts.contains { $0.contains(#"as_logged="a_b{}""#) })
        #expect(counts.contains { $0.contains(#"as_logged="c{d.e=1}""#) })
    }
}
