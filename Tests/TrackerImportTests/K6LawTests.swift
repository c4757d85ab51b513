import Testing
import TrackerImport
import TrackerLog
import TrackerTestSupport

@Suite("Import: what goes in comes out, for k6")
struct K6LawTests {
    /// A file of random requests, and what is in it.
    private struct Generated {
        var lines: [String] = []
        var rows = ["metric_name,timestamp,metric_value,method,name,status,expected_response"]
        var latencies: [Double] = []
        var failed = 0
        var waiting = 0.0
        var sent = 0

        init(seed: UInt64, requests: Int) {
            var generator = SeededGenerator(seed: seed)
            var seconds = 1_785_578_400.0
            for _ in 0..<requests {
                seconds += Double.random(in: 0...2, using: &generator)
                let status = [200, 204, 404, 500].randomElement(using: &generator) ?? 200
                let name = ["a", "b", "c/é"].randomElement(using: &generator) ?? "a"
                // Whole microseconds: the sum of them is exact.
                let latency = Double(Int.random(in: 0...90_000, using: &generator)) / 1_024
                let bytes = Int.random(in: 1...500, using: &generator)
                let isOK = status < 400
                if !isOK { failed += 1 }
                latencies.append(latency)
                waiting += latency / 2
                sent += bytes
                let text = Timestamp(clamping: seconds * 1e3).description
                let points: [(String, Double)] = [
                    ("http_reqs", 1), ("http_req_duration", latency),
                    ("http_req_waiting", latency / 2), ("http_req_failed", isOK ? 0 : 1),
                    ("data_sent", Double(bytes)),
                ]
                for (metric, value) in points {
                    let number = JSONValue.double(value).text
                    lines.append(
                        #"{"metric":"\#(metric)","type":"Point","data":{"time":"\#(text)","#
                            + #""value":\#(number),"tags":{"expected_response":"\#(isOK)","#
                            + #""method":"GET","name":"\#(name)","status":"\#(status)"}}}"#)
                    rows.append("\(metric),\(text),\(number),GET,\(name),\(status),\(isOK)")
                }
            }
        }
    }

    @Test("every request, every sum, and every failure, of lines and of rows")
    func totals() {
        for seed in UInt64(1)...UInt64(TestMode.rounds(20)) {
            let file = Generated(seed: seed, requests: Int(seed) * 7)
            for text in [file.lines, file.rows].map({ $0.joined(separator: "\n") }) {
                let imported = Imported(Array(text.utf8), pieces: [100, 1, 5_000])
                #expect(imported.error == nil && imported.losses.count == 0, "seed \(seed)")
                let samples = imported.samples
                #expect(samples.map(\.value) == file.latencies, "seed \(seed)")
                #expect(samples.count { $0.ok == false } == file.failed, "seed \(seed)")
                let parts = imported.distributions
                #expect(parts.reduce(0) { $0 + $1.count } == file.latencies.count, "seed \(seed)")
                #expect(parts.reduce(0) { $0 + $1.sum } == file.waiting, "seed \(seed)")
                let counted = parts.flatMap(\.histogram).reduce(0) { $0 + $1.count }
                #expect(counted == UInt64(file.latencies.count), "seed \(seed)")
                #expect(imported.reported("total_requests") == Double(file.latencies.count))
                #expect(imported.reported("failed_requests") == Double(file.failed))
                #expect(imported.reported("sent_bytes") == Double(file.sent))
            }
        }
    }

    @Test("labels without end take no memory without end: the rest is counted together")
    func manyLabels() {
        let count = ImportLimits.maxCountedSeries + 500
        var text = "metric_name,timestamp,metric_value,name\n"
        for index in 0..<count { text += "http_req_waiting,1785578400,1.5,route\(index)\n" }
        let imported = Imported(text)
        #expect(imported.distributions.reduce(0) { $0 + $1.count } == count)
        #expect(imported.distributions.contains { $0.labels.isEmpty && $0.count == 500 })
    }

    @Test("a time before the second that was written makes another distribution")
    func late() {
        let rows = (0..<100).map { "http_req_waiting,\(1_785_578_400 + $0),1.0,a\n" }
        let text =
            "metric_name,timestamp,metric_value,name\n" + rows.joined()
            + "http_req_waiting,1785578400,3.0,a\n"
        let parts = Imported(text).distributions
        #expect(parts.count == 101)
        #expect(parts.reduce(0) { $0 + $1.sum } == 103)
    }
}
