import Testing
import TrackerImport
import TrackerLog

/// A file that differs from those of `ImportFixture` as files of other versions, other machines and
/// other people do, and the numbers that it must give.
struct Relative: Sendable, CustomTestStringConvertible {
    var name: String
    var format: String
    var bytes: [UInt8]
    var runs = 1
    var samples = 0
    /// Values of the samples, or as many of the first ones.
    var values: [Double] = []
    /// Reported by the first run.
    var reported: [String: Double] = [:]
    /// What must not be there: a zero that nothing measured.
    var absent: [String] = []
    var losses = 0

    var testDescription: String { name }

    init(
        _ name: String, _ format: String, _ text: String, runs: Int = 1, samples: Int = 0,
        values: [Double] = [], reported: [String: Double] = [:], absent: [String] = [],
        losses: Int = 0
    ) {
        self.init(name, format, Array(text.utf8))
        (self.runs, self.values, self.reported, self.losses) = (runs, values, reported, losses)
        self.samples = max(samples, values.count)
        self.absent = absent
    }

    init(_ name: String, _ format: String, _ bytes: [UInt8]) {
        (self.name, self.format, self.bytes) = (name, format, bytes)
    }

    static let all = [
        tables, prints, empty, cut, lines, documents, utf16, carriageReturns, lists, behindPrompts,
        versions, damaged, impossible, lostRows, silent, gatlingPages,
        people,
    ].flatMap { $0 }
}

@Suite("Import: relatives of the files that tools write")
struct RelativeTests {
    @Test(arguments: Relative.all)
    func row(_ row: Relative) {
        let imported = Imported(row.bytes)
        #expect(imported.error == nil)
        #expect(imported.format == row.format)
        #expect(imported.runs.count == row.runs)
        #expect(imported.samples.count == row.samples)
        #expect(imported.losses.count == row.losses, "\(imported.losses.text ?? "nothing lost")")
        for (sample, value) in zip(imported.samples, row.values) {
            #expect(abs(sample.value - value) <= 1e-9 * abs(value))
        }
        for (name, value) in row.reported {
            let found = imported.reported(name)
            #expect(
                found.map { abs($0 - value) <= 1e-9 * abs(value) } == true,
                "\(name) is \(found.map { "\($0)" } ?? "not there")")
        }
        for name in row.absent { #expect(imported.reported(name) == nil, "\(name)") }
        #expect(Imported(row.bytes, pieces: [1, 7]).lines == imported.lines)
    }
}

extension Relative {
    private static let locustHead =
        "Type;Name;Request Count;Failure Count;Median Response Time;Average Response Time;"
        + "Min Response Time;Max Response Time;Average Content Size;Requests/s;50%;99,9%\n"

    /// Saved again by a spreadsheet, put together by a script.
    static let tables = [
        Relative(
            "hey CSV with semicolons and decimal commas", "hey CSV",
            "response-time;DNS+dialup;status-code;offset\n0,0087;0,0047;200;0,0016\n0,1;0;503;0,5\n",
            values: [8.7, 100]),
        Relative(
            "oha CSV with quoted names in another order", "oha CSV",
            "\"status\",\"request-duration\",\"request-start\"\n200,2.3e-3,0.5\n",
            values: [2.3]),
        Relative(
            "k6 CSV with the columns in another order", "k6 CSV",
            "timestamp,metric_name,status,metric_value\n1595325560,http_reqs,200,1\n"
                + "1595325560,http_req_duration,200,12.5\n",
            values: [12.5], reported: ["total_requests": 1]),
        Relative(
            "k6 CSV with semicolons", "k6 CSV",
            "metric_name;timestamp;metric_value;status\nhttp_req_duration;1595325560;12,5;200\n",
            values: [12.5]),
        Relative(
            "k6 CSV that pandas wrote", "k6 CSV",
            ",metric_name,timestamp,metric_value,status\n0,http_req_duration,1595325560,12.5,200\n",
            values: [12.5]),
        Relative(
            "vegeta CSV below names", "vegeta CSV",
            "timestamp,code,latency,bytes_out,bytes_in,error,body,attack,seq,method,url,headers\n"
                + "1714564800123456789,200,2457123,0,17,,,50qps,0,GET,http://localhost/,\n",
            values: [2.457123]),
        Relative(
            "vegeta CSV that begins with an error of two lines", "vegeta CSV",
            "1714564800123456789,0,2457123,0,17,\"line 1\nline 2\",,a,0,GET,http://localhost/,\n",
            values: [2.457123]),
        Relative(
            "vegeta CSV of the first versions", "vegeta CSV",
            "1714564800123456789,200,2457123,0,17,\n", values: [2.457123]),
        Relative(
            "Locust stats with semicolons and decimal commas", "Locust stats",
            locustHead + "GET;/a;1250;5;27;31,5;9,8;412,5;5234,0;41,6;27;390\n"
                + ";Aggregated;1250;5;27;31,5;9,8;412,5;5234,0;41,6;27;390\n",
            reported: [
                "total_requests": 1250, "failed_requests": 5, "avg_latency_ms": 31.5,
                "min_ms": 9.8, "attempted": 41.6,
            ]),
        Relative(
            "Locust stats of one name without the row of all", "Locust stats",
            "Type,Name,Request Count,Failure Count,Average Response Time\nGET,/a,10,1,2.5\n",
            reported: ["total_requests": 10, "failed_requests": 1, "avg_latency_ms": 2.5]),
        Relative(
            "Locust stats of two names without the row of all", "Locust stats",
            "Type,Name,Request Count,Failure Count,Average Response Time\nGET,/a,10,1,2.5\n"
                + "GET,/b,5,0,3\n", reported: ["total_requests": 15], absent: ["avg_latency_ms"]),
        Relative(
            "JMeter table in French: ranks without a percent sign", "JMeter table",
            "Libellé,# Echantillons,Moyenne,Médiane,90e centile,95e centile,99e centile,Minimum,"
                + "Maximum,% Erreur,Débit\nTOTAL,1000,12,10,20,25,40,1,99,\"0,500 %\",\"50,5\"\n",
            reported: [
                "total_requests": 1000, "failed_requests": 5, "p90_ms": 20, "p99_ms": 40,
                "max_ms": 99, "attempted": 50.5,
            ]),
        Relative(
            "JMeter CSV saved again, with points that group digits", "JMeter CSV",
            "timeStamp;elapsed;label;success\n1709294400000;123;a;true\n"
                + "1709294401000;1.234;a;true\n1709294402000;1,234;a;true\n",
            values: [123], losses: 2),
        Relative(
            "JMeter CSV with a zone without colon", "JMeter CSV",
            "timeStamp,elapsed,label,success\n2017-11-05T00:28:10.552+0100,354,a,true\n",
            values: [354]),
        Relative(
            "percentiles of HdrHistogram with decimal commas", "HdrHistogram percentiles",
            """
                   Value     Percentile TotalCount 1/(1-Percentile)

                   0,921 0,000000000000          1           1,00
                   6,671 0,500000000000         10           2,00
                  12,503 1,000000000000         20
            #[Mean    =        6,602, StdDeviation   =        1,919]
            #[Max     =       12,503, Total count    =           20]
            """,
            reported: [
                "avg_latency_ms": 6.602, "stdev_ms": 1.919, "p50_ms": 6.671, "max_ms": 12.503,
            ]),
    ]

    static let prints = [
        Relative(
            "vegeta text in Latin-1", "vegeta text",
            Array("Requests      [total, rate]  10, 5.00\nLatencies     [mean, max]  90.5".utf8)
                + [0xB5] + Array("s, 1ms\nStatus Codes  [code:count]  200:10\n".utf8)
        ).reporting(["avg_latency_ms": 0.0905, "max_ms": 1]),
        Relative(
            "criterion text through a DOS code page", "criterion text",
            "fib 20     time:   [26.029 ┬╡s 26.251 ┬╡s 26.505 ┬╡s]\n",
            reported: ["mean_ms": 0.026251]),
    ]

    /// Nothing was answered: no time is 0.
    static let empty = [
        Relative(
            "hey, all refused", "hey text",
            """
            Summary:
              Total:\t0.0082 secs
              Slowest:\t0.0000 secs
              Fastest:\t0.0000 secs
              Average:\t NaN secs
              Requests/sec:\t24390.0000

            Error distribution:
              [200]\tGet "http://localhost:1/": connection refused
            """,
            reported: ["total_requests": 200, "failed_requests": 200, "error_rate": 100],
            absent: ["max_ms", "min_ms", "avg_latency_ms"]),
        Relative(
            "vegeta text of no request", "vegeta text",
            """
            Requests      [total, rate, throughput]  0, 0.00, 0.00
            Duration      [total, attack, wait]      0s, 0s, 0s
            Latencies     [min, mean, 50, 90, 95, 99, max]  0s, 0s, 0s, 0s, 0s, 0s, 0s
            Success       [ratio]                    0.00%
            Status Codes  [code:count]
            """,
            reported: ["total_requests": 0],
            absent: ["max_ms", "avg_latency_ms", "p50_ms", "error_rate"]),
        Relative(
            "h2load without an answer", "h2load text",
            """
            finished in 1.00s, 0.00 req/s, 0B/s
            requests: 10 total, 10 started, 10 done, 0 succeeded, 10 failed, 10 errored, 0 timeout
            status codes: 0 2xx, 0 3xx, 0 4xx, 0 5xx
                                 min         max         mean         sd        +/- sd
            time for request:        0us         0us         0us         0us     0.00%
            """,
            reported: ["total_requests": 10, "failed_requests": 10],
            absent: ["min_ms", "max_ms", "avg_latency_ms", "stdev_ms"]),
        Relative(
            "autocannon without an answer", "autocannon JSON",
            #"{"latency":{"average":0,"max":0,"p97_5":0},"requests":{"total":0},"errors":9}"#,
            reported: ["total_requests": 9], absent: ["max_ms", "avg_latency_ms", "p975_ms"]),
        Relative(
            "Fortio of no request", "Fortio JSON",
            #"{"ActualDuration":100000000,"RetCodes":{},"DurationHistogram":{"Count":0,"Min":0,"#
                + #""Max":0,"Sum":0,"Avg":0,"StdDev":0}}"#,
            reported: ["total_requests": 0], absent: ["max_ms", "avg_latency_ms", "stdev_ms"]),
    ]

    /// The end is missing: what is there counts, and it is said where it ends.
    static let cut = [
        Relative(
            "vegeta text, cut", "vegeta text",
            "Requests      [total, rate]  10, 5.00\nLatencies     [mean, max]  90.5ms, 1",
            reported: ["avg_latency_ms": 90.5], absent: ["max_ms"], losses: 1),
        Relative(
            "hdrplot, cut: its last value is no maximum", "vegeta hdrplot",
            "Value(ms)  Percentile  TotalCount  1/(1-Percentile)\n1.5 0.5 1000 2.0\n2.5 0.9 1800 10\n",
            reported: ["p50_ms": 1.5, "p90_ms": 2.5], absent: ["max_ms"], losses: 1),
        Relative(
            "ab, cut within the percentages", "ab text",
            """
            Time taken for tests:   2.500 seconds
            Complete requests:      10
            Failed requests:        0
            Requests per second:    4.00 [#/sec] (mean)
            Percentage of the requests served within a certain time (ms)
              50%     23

            """, reported: ["total_requests": 10, "p50_ms": 23], absent: ["max_ms"], losses: 1),
        Relative(
            "siege, cut", "siege text",
            "Transactions:  10 hits\nAvailability:  100.00 %\nElapsed time:  2.50 secs\n",
            reported: ["successful_requests": 10, "duration_s": 2.5], losses: 1),
        Relative(
            "the rest of a log of Gatling", "Gatling log",
            "REQUEST\t\thome\t1470314362105\t1470314364144\tOK\t \n", values: [2039], losses: 1),
    ]
}

extension Relative {
    func reporting(_ reported: [String: Double]) -> Relative {
        var row = self
        row.reported = reported
        return row
    }

    func giving(_ values: [Double]) -> Relative {
        var row = self
        (row.values, row.samples) = (values, values.count)
        return row
    }

    static let point =
        #"{"metric":"http_req_duration","type":"Point","data":{"time":"2024-05-01T12:00:00Z","#
        + #""value":12.5,"tags":{"status":"200"}}}"#
    static let result =
        #"{"attack":"a","seq":0,"code":200,"timestamp":"2024-05-01T12:00:00Z","latency":2457123}"#

    /// Between lines of JSON: what a program and a shell print to the same place.
    static let lines = [
        Relative(
            "k6 on standard output, with its banner and its log", "k6 NDJSON",
            "\n         /\\      Grafana   /‾‾/\n  execution: local\n\(point)\nINFO[0001] hello\n"
                + "\(point)\n     http_reqs...: 2\n", values: [12.5, 12.5]),
        Relative(
            "k6 with spaces", "k6 NDJSON",
            point.replacing(",\"", with: ", \"").replacing("\":", with: "\": "), values: [12.5]),
        Relative(
            "k6, the beginning of a line is missing", "k6 NDJSON",
            "\(point)\n\(point.dropFirst(20))\n", values: [12.5], losses: 1),
        Relative(
            "vegeta behind a prompt", "vegeta JSON", "$ vegeta encode r.bin\n\(result)\n",
            values: [2.457123]),
        Relative(
            "vegeta, a time below zero", "vegeta JSON",
            "\(result)\n\(result.replacing("2457123", with: "-5"))\n", values: [2.457123],
            losses: 1),
    ]

    /// A character of four bytes in it, so that a pair is cut by any split.
    private static let wide =
        "Locust 🦗\nRequests      [total, rate]  10, 5.00\nStatus Codes  [code:count]  200:10\n"

    private static func bytes(_ text: String, bigEndian: Bool) -> [UInt8] {
        text.utf16.flatMap { unit in
            let (high, low) = (UInt8(unit >> 8), UInt8(truncatingIfNeeded: unit))
            return bigEndian ? [high, low] : [low, high]
        }
    }

    /// More than what a format is told by, which is read as a whole. Of an odd number of units, so
    /// that pieces of 1 and 7 bytes end everywhere in a row.
    private static let rows = 2_000
    private static let many = String(
        repeating: "1763899200000,354,a\u{1F997},true\n", count: rows)

    /// As PowerShell writes it.
    static let utf16 = [
        Relative("UTF-16 with its mark", "vegeta text", bytes("\u{FEFF}" + wide, bigEndian: false))
            .reporting(["total_requests": 10]),
        Relative("UTF-16 without its mark", "vegeta text", bytes(wide, bigEndian: false))
            .reporting(["total_requests": 10]),
        Relative(
            "UTF-16, the higher byte first", "vegeta text",
            bytes("\u{FEFF}" + wide, bigEndian: true)
        )
        .reporting(["total_requests": 10]),
        Relative(
            "a character of four bytes in what is kept of UTF-16", "JMeter CSV",
            bytes("timeStamp,elapsed,label,success\n" + many, bigEndian: false)
        )
        .giving(Array(repeating: 354, count: rows)),
    ]

    private static let oha =
        #"{"summary":{"successRate":1,"average":0.0072,"requestsPerSec":10},"#
        + #""statusCodeDistribution":{"200":20}}"#

    static let documents = [
        Relative(
            "two reports that were appended", "oha JSON", "\(oha)\n\(oha)\n", runs: 2,
            reported: ["avg_latency_ms": 7.2, "total_requests": 20]),
        Relative("a list of reports", "oha JSON", "[\(oha),\(oha)]", runs: 2),
        Relative(
            "a report between prompts", "oha JSON",
            "[12:00:00] me@host\n$ oha --no-tui -j http://localhost/\n\(oha)\n$ exit\n",
            reported: ["avg_latency_ms": 7.2]),
        Relative(
            "autocannon with its progress before", "autocannon JSON",
            "Running 10s test @ http://localhost:3000\n10 connections\n\n"
                + #"{"latency":{"average":9.5,"p97_5":20},"requests":{"total":10}}"#,
            reported: ["avg_latency_ms": 9.5]),
        Relative(
            "ghz, cut within its calls", "ghz JSON",
            #"{"count":3,"average":2000000,"fastest":1000000,"rps":1,"latencyDistribution":[],"#
                + #""statusCodeDistribution":{"OK":3},"#
                + #""details":[{"timestamp":"2024-01-01T10:00:00Z","latency":1000000,"#
                + #""error":"","status":"OK"},{"timestamp":"2024-01-01T10:00:01Z","latency":90"#,
            values: [1], reported: ["avg_latency_ms": 2], losses: 1),
        Relative(
            "the second report is cut", "oha JSON", "\(oha)\n\(oha.dropLast(12))", runs: 2,
            losses: 1),
    ]
}
