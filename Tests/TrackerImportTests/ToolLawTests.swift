import Testing
import TrackerImport
import TrackerLog
import TrackerTestSupport

@Suite("Import: what goes in comes out, whatever the tool's version writes")
struct ToolLawTests {
    private struct Request {
        var start: Int
        var ms: Int
        var name: String
        var group: String
        var isOK: Bool
    }

    private static let start = 1_767_225_600_000

    private static func requests(_ seed: UInt64) -> [Request] {
        var generator = SeededGenerator(seed: seed)
        var start = Self.start
        return (0..<Int(seed) * 5).map { _ in
            start += Int.random(in: 1...2_000, using: &generator)
            return Request(
                start: start, ms: Int.random(in: 0...1_999, using: &generator),
                name: ["a", "b c", "d/é"].randomElement(using: &generator) ?? "a",
                group: ["", "shop", "shop,cart"].randomElement(using: &generator) ?? "",
                isOK: Int.random(in: 0...4, using: &generator) > 0)
        }
    }

    private func check(_ imported: Imported, _ requests: [Request], _ comment: String) {
        #expect(imported.error == nil, "\(comment)")
        #expect(imported.losses.count == 0, "\(comment): \(imported.losses.text ?? "")")
        let samples = imported.samples
        #expect(samples.map(\.value) == requests.map { Double($0.ms) }, "\(comment)")
        #expect(
            samples.map(\.timestamp.milliseconds) == requests.map { Double($0.start) },
            "\(comment)")
        #expect(samples.map(\.ok) == requests.map { .some($0.isOK) }, "\(comment)")
        let routes = samples.map { $0.labels.first { $0.name == "route" }?.value }
        #expect(routes == requests.map { .some($0.name) }, "\(comment)")
    }

    @Test("Gatling: the text of each version and the binary log tell the same")
    func gatling() {
        for seed in UInt64(1)...12 {
            let requests = Self.requests(seed)
            for version in ["2.0", "2.3", "3.2", "3.11"] {
                let lines = requests.map { Self.line($0, version) }
                let run =
                    version == "2.0"
                    ? "org.example.Sim\tsim\tRUN\t\(Self.start)\t \t2.0"
                    : "RUN\torg.example.Sim\tsim\t\(Self.start)\t \t\(version)"
                let text = ([run] + lines).joined(separator: "\n")
                check(Imported(text), requests, "seed \(seed), \(version)")
            }
            var log = GatlingWriter(start: Int64(Self.start))
            for request in requests {
                let offset = Int32(request.start - Self.start)
                log.request(
                    request.group.split(separator: ",").map(String.init), request.name, offset,
                    offset + Int32(request.ms), request.isOK ? nil : "no")
            }
            check(Imported(log.bytes, pieces: [7, 1, 90]), requests, "seed \(seed), binary")
        }
    }

    private static func line(_ request: Request, _ version: String) -> String {
        let end = request.start + request.ms
        let result = request.isOK ? "OK\t " : "KO\tOK"
        let cells = "\(request.group)\t\(request.name)\t\(request.start)"
        return switch version {
        case "2.0": "Scen\t1\tREQUEST\t\(cells)\t\(request.start)\t\(end)\t\(end)\t\(result)"
        case "2.3": "REQUEST\tScen\t1\t\(cells)\t\(end)\t\(result)"
        case "3.2": "REQUEST\t1\t\(cells)\t\(end)\t\(result)"
        default: "REQUEST\t\(cells)\t\(end)\t\(result)"
        }
    }

    @Test("JMeter: columns in any order, without names, and XML tell the same")
    func jmeter() {
        let names = [
            "timeStamp", "elapsed", "label", "responseCode", "responseMessage", "threadName",
            "dataType", "success", "bytes", "Latency",
        ]
        for seed in UInt64(1)...12 {
            let requests = Self.requests(seed)
            let rows = requests.map { request in
                [
                    "\(request.start)", "\(request.ms)", request.name, "200", "\"a, \"\"b\"\"\"",
                    "", "text", "\(request.isOK)", "5", "1",
                ]
            }
            var generator = SeededGenerator(seed: seed)
            let order = Array(names.indices).shuffled(using: &generator)
            for separator in [",", "\t", "|", ";"] {
                let shuffled = ([names] + rows).map { row in
                    order.map { row[$0] }.joined(separator: separator)
                }
                check(Imported(shuffled.joined(separator: "\n")), requests, "seed \(seed), names")
                let bare = rows.map { $0.joined(separator: separator) }
                check(Imported(bare.joined(separator: "\n")), requests, "seed \(seed), no names")
            }
            let tags = requests.map { request in
                #"<httpSample t="\#(request.ms)" ts="\#(request.start)" s="\#(request.isOK)""#
                    + #" lb="\#(request.name)" rc="200"><httpSample t="1" ts="1" lb="in"/>"#
                    + "</httpSample>"
            }
            let xml = "<testResults>\n\(tags.joined(separator: "\n"))\n</testResults>"
            check(Imported(Array(xml.utf8), pieces: [5, 1, 40]), requests, "seed \(seed), XML")
        }
    }

    @Test("JMeter: parts of a request are found before it and after it, and by thread")
    func parts() {
        func row(_ label: String, _ from: Int, _ ms: Int, _ thread: String) -> String {
            "\(Self.start + from),\(ms),\(label),200,\(thread),true"
        }
        let header = "timeStamp,elapsed,label,responseCode,threadName,success"
        let parent = row("Home", 0, 100, "a")
        let parts = [row("Home-0", 0, 40, "a"), row("Home-1", 40, 60, "a")]
        let others = [
            row("Home-1", 50, 10, "b"), row("Home-2", 200, 5, "a"), row("Home", 300, 5, "a"),
        ]
        for rows in [[parent] + parts, parts + [parent], [parts[0], parent, parts[1]]] {
            let imported = Imported(([header] + rows + others).joined(separator: "\n"))
            let found = imported.samples.filter { $0.metric == "http.part_latency_ms" }
            #expect(found.map(\.value) == [40, 60], "\(rows)")
            let whole = imported.samples.filter { $0.metric == "http.latency_ms" }
            #expect(whole.map(\.value).sorted() == [5, 5, 10, 100], "\(rows)")
        }
    }

    @Test("wrk2: a spectrum keeps its counts, and a percentile of it is that of the tool")
    func spectrum() {
        for seed in UInt64(1)...12 {
            var generator = SeededGenerator(seed: seed)
            var (ms, count) = (0.0, 0)
            var lines = ["Detailed Percentile spectrum:"]
            var points: [(ms: Double, count: Int)] = []
            for step in 1...50 {
                ms += Double(Int.random(in: 0...9_000, using: &generator)) / 1_000
                count += Int.random(in: 0...500, using: &generator) + (step == 1 ? 1 : 0)
                points.append((ms, count))
                let share = Double(step) / 50
                lines.append("  \(JSONValue.double(ms).text)  \(share)  \(count)  1.00")
            }
            let imported = Imported(lines.joined(separator: "\n") + "\n")
            guard let found = imported.distributions.first else {
                Issue.record("seed \(seed): no counts")
                continue
            }
            #expect(found.count == count, "seed \(seed)")
            #expect(found.histogram.reduce(0) { $0 + $1.count } == UInt64(count))
            for point in points {
                let last = Bucket.index(of: point.ms)
                let below = found.histogram.filter { $0.bucket <= last }
                    .reduce(0) { $0 + Int($1.count) }
                #expect(below >= point.count, "seed \(seed)")
            }
        }
    }

    @Test("vegeta: a line that ends as one before it says what it says alone")
    func vegetaTails() {
        let tail =
            #","bytes_out":0,"bytes_in":17,"error":"","body":"aGk=","method":"GET","#
            + #""url":"http://localhost/a","headers":{"Server":["a"]}}"#
        let heads = [
            #"{"attack":"a","seq":1,"code":200,"timestamp":"2024-05-01T12:00:00.5Z","latency":25"#,
            #"{"attack":"b","seq":2,"code":503,"timestamp":"2024-05-01T14:00:01+02:00","#
                + #""latency":7"#,
            #"{"attack":"a\"b","seq":3,"code":200,"timestamp":"2024-05-01T12:00:02Z","latency":3"#,
            #"{"attack":"a","seq":4,"code":200,"timestamp":"2024-05-01T12:00:03Z","latency":-4"#,
            #"{"attack":"a","seq":5,"code":200,"timestamp":"2024-05-01T12:00:04Z","latency":1e3"#,
            #"{"seq":6,"attack":"a","code":200,"timestamp":"2024-05-01T12:00:05Z","latency":6"#,
            #"{"attack":"a","seq":7,"code":200,"timestamp":"no","latency":6"#,
        ]
        let failed = tail.replacing(#""error":"""#, with: #""error":"timeout""#)
        let lines = heads.map { $0 + tail } + heads.map { $0 + failed } + heads.map { $0 + tail }
        let together = Imported(lines.joined(separator: "\n"))
        // With spaces each line is read field by field.
        let apart = Imported(
            lines.map { $0.replacing(",\"", with: ", \"") }.joined(separator: "\n"))
        #expect(together.samples == apart.samples)
        #expect(together.samples.count == 15)
        #expect(together.losses.count == 6)
        #expect(apart.losses.count == 6)
    }
}
