import Testing
import TrackerImport

/// A file that is not imported, or only in parts, and what is said of it.
struct Refusal: Sendable, CustomTestStringConvertible {
    var name: String
    var bytes: [UInt8]
    /// Of the error or, where something was read, of the first loss.
    var says: [String]

    var testDescription: String { name }

    init(_ name: String, _ text: String, says: String...) {
        self.init(name, Array(text.utf8), says: says)
    }

    init(_ name: String, _ bytes: [UInt8], says: [String]) {
        (self.name, self.bytes, self.says) = (name, bytes, says)
    }

    static let errors = frame + jmeterWrkAb + nothingLeft + jmeterGatlingLocustLost + printed

    private static let frame = [
        Refusal("nothing", "", says: "empty"),
        Refusal("blank lines", "\n \n\t\n", says: "empty"),
        Refusal("prose", "Dear Sir or Madam,\n", says: "Dear Sir", "k6 NDJSON", "docs/IMPORT.md"),
        Refusal("a log", "Starting\n[12:00:01] ready\n", says: "no known format", "Starting"),
        Refusal("JSON of nobody", #"{"hello":1}"#, says: "no known format", "hello"),
        Refusal("JSON that is cut", "{\n\"metrics\":{", says: "line 2", "offset 13", "cut"),
        Refusal(
            "a summary of its own shape", #"{"vus_max":20,"rps_avg":"42.2"}"#,
            says: "own shape", "handleSummary", "JSON.stringify"),
        Refusal("bzip2", Array("BZh91AY&SY".utf8), says: ["bzip2", "its end is missing"]),
        Refusal(
            "xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 0x00, 0x04],
            says: ["xz", "its end is missing"]),
        Refusal(
            "gob",
            [0x7F, 0xFF, 0x83, 0x03, 0x01, 0x01, 0x06]
                + Array("Result".utf8) + [0x01, 0xFF, 0x84, 0x00] + Array("Attack\u{1}Seq".utf8),
            says: ["vegeta encode FILE | tracker import -"]),
        Refusal(
            "hey without a report", "Summary:\nRequests/sec:\nFastest:\n", says: "no whole report"),
    ]

    /// What has files in it.
    static let archives = [
        Refusal("zip", [0x50, 0x4B, 0x03, 0x04] + Array("results.jtl".utf8), says: ["unzip FILE"]),
        Refusal(
            "tar", Array("k6.json".utf8) + [UInt8](repeating: 0, count: 250) + Array("ustar".utf8),
            says: ["tar xf FILE"]),
        Refusal("lz4", [0x04, 0x22, 0x4D, 0x18, 0x60], says: ["lz4 -dc FILE | tracker import -"]),
    ]

    /// Of tools that each have few files.
    static let others = [
        Refusal(
            "a database", Array("SQLite format 3".utf8) + [0, 16, 0],
            says: ["local_test_runs", "request-start", "tracker import -"]),
        Refusal(
            "oha without a report", "Success rate:\nRequests/sec: x\n", says: "no whole report"),
        Refusal(
            "ghz in Prometheus text", "# TYPE ghz_run_latency histogram\n", says: "ghz -O json"),
        Refusal("traces without a span", #"{"resourceSpans":[]}"# + "\n", says: "no span"),
        Refusal("logs on several lines", "{\n\"resourceLogs\":[]}", says: "resourceMetrics"),
        Refusal("percentiles without a row", "Value Percentile TotalCount\n", says: "no row"),
        Refusal("Taurus, cut", "<FinalStatus><Group label=\"\"><avg_rt ", says: "no whole label"),
        Refusal(
            "no benchmark", #"{"machine_info":{},"benchmarks":[]}"#, says: "--benchmark-json"),
        Refusal("no command of hyperfine", "command,mean,user,system,min,max\n", says: "COMMAND"),
        Refusal("no row of hyperfine", "| Command | Mean [s] |\n|:--|--:|\n", says: "COMMAND"),
        Refusal(
            "no benchmark of Google", #"{"context":{},"benchmarks":[]}"#, says: "benchmark_out"),
        Refusal(
            "rewrk without a report", "Latencies:\nTotal: x Req/Sec:\n", says: "no whole report"),
    ]

    static let losses = framed + jmeterWrkLosses

    private static let framed = [
        Refusal(
            "a line of k6 that is cut",
            #"{"type":"Point","data":{"time":"2026-08-01T10:00:02Z","value":5},"metric":"vus"}"#
                + "\n" + #"{"metric":"vus","type":"Point","data":{"time":"2026-08"#,
            says: "line 2", "offset 81", "JSON syntax"),
        Refusal(
            "a quote that nothing closes",
            "metric_name,timestamp,metric_value,error\nvus,1785578401,1,\"a\nvus,1785578402,2,\n",
            says: "line 2", "offset 41", "not closed"),
    ]

    /// All that is in the file is lost: then there is nothing to import.
    private static let nothingLeft = [
        Refusal(
            "a histogram that is cut", "0.1,1.0,2.0,HISTFAAAACl4nJNpmSzMwMDAyQABTF\n",
            says: "line 1", "ends too early"),
        Refusal(
            "a histogram of fractions", "0.1,1.0,2.0,HIST\n0.1,1.0,2.0,DHISTQ==\n",
            says: "line 1"),
        Refusal(
            "a histogram that is not Base64", "0.1,1.0,2.0,HISTF(AAA\n", says: "not Base64"),
        Refusal(
            "OTLP that is cut", #"{"resourceMetrics":[]}"# + "\n" + #"{"resourceM"#,
            says: "line 2", "offset 23", "JSON syntax"),
        Refusal(
            "a point without a value",
            #"{"type":"Point","data":{"time":"2026-08-01T10:00:02Z"},"metric":"vus"}"#,
            says: "line 1", "no time or value"),
        Refusal(
            "a short row of k6", "metric_name,timestamp,metric_value,status\nvus,1785578401,1\n",
            says: "line 2", "offset 42", "3 cells, not 4"),
        Refusal(
            "a row of hey without offset",
            "response-time,DNS+dialup,status-code,offset\n0.1,0.0,200\n",
            says: "line 2", "offset 44", "cut"),
    ]
}

@Suite("Import: what is refused, and what is lost")
struct RefusalTests {
    @Test(arguments: Refusal.errors + Refusal.others + Refusal.archives)
    func refused(_ refusal: Refusal) {
        let imported = Imported(refusal.bytes)
        let message = imported.error.map { "\($0)" } ?? "imported"
        for text in refusal.says { #expect(message.contains(text)) }
        #expect(imported.events.isEmpty)
        #expect(Imported(refusal.bytes, pieces: [1]).error == imported.error)
    }

    @Test(arguments: Refusal.losses)
    func lost(_ refusal: Refusal) {
        let imported = Imported(refusal.bytes)
        #expect(imported.error == nil)
        for text in refusal.says {
            #expect(imported.losses.text?.contains(text) == true, "\(imported.losses.text ?? "")")
            #expect(imported.param("import_lost")?.contains(text) == true)
        }
    }

    @Test("a line beyond the limit is passed over, with its place")
    func longLine() {
        let point =
            #"{"type":"Point","data":{"time":"2026-08-01T10:00:02Z","value":5},"metric":"vus"}"#
        let long = String(repeating: "y", count: ImportLimits.maxLineBytes + 1)
        let imported = Imported("\(point)\n\(long)\n\(point)")
        #expect(imported.samples.count == 2)
        #expect(imported.losses.listed.map(\.place) == [ImportPlace(line: 2, offset: 81)])
    }

    @Test("a report that is longer than a line of the log keeps its numbers")
    func longReport() {
        let errors = (0..<40_000).map { #""error number \#($0) of the list""# }
        let report =
            #"{"latencies":{"mean":1000000},"status_codes":{"200":1},"requests":1,"#
            + #""errors":["# + errors.joined(separator: ",") + "]}"
        let imported = Imported(report)
        #expect(imported.reported("avg_latency_ms") == 1)
        #expect(imported.reported("total_requests") == 1)
        #expect(imported.lines.allSatisfy { $0.hasPrefix("{") })
    }

    @Test("a script's source is never stored")
    func script() {
        for fixture in ImportFixture.k6 {
            #expect(!Imported(fixture.text).lines.joined().contains("secret"))
        }
    }
}
