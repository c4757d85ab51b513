import TrackerLog

/// The text that h2load prints: one report or several, and notes and prompts between them.
struct H2loadReport: LineFormat {
    static let name = "h2load text"
    static let tool = "h2load"
    static let lacks = ["single requests", "the start of the test"]

    static func recognises(_ head: FileHead) -> Bool {
        head.lines.contains { $0.trimmedBlanks.hasPrefix("finished in ") && $0.contains("req/s") }
            || head.hasLine(beginning: "time for request:")
    }

    private var run: ImportedRun?
    private var command: String?
    private var clients = 0
    private var perSecond: Double?
    private var total: Int?
    private var done: Int?
    private var failed: Int?
    private var outcomes: [(name: String, count: Int)] = []
    private var columns: [String] = []
    private var lastPlace = ImportPlace(line: 1, offset: 0)
    private var isWhole = false

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        let text = line.plainText.trimmedBlanks
        guard !text.isEmpty else { return }
        defer { lastPlace = line.place }
        if text.hasPrefix("starting benchmark") {
            end(into: &output)
        } else if text.hasPrefix("spawning thread") {
            end(into: &output)
            clients = clients.plus(Self.number(before: "total client", in: text) ?? 0)
        } else if text.hasPrefix("finished in ") {
            end(into: &output)
            run = ImportedRun()
            readEnd(text)
        } else if let shell = ShellLine(text, program: "h2load"), let url = shell.url {
            end(into: &output)
            command = url
        } else if run != nil {
            readRow(text)
        }
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        end(into: &output)
        guard output.runs.isEmpty else { return }
        throw .refused(
            format: Self.name, reason: "there is no whole report in it",
            advice: "Save all that h2load prints: h2load … > FILE", place: nil)
    }

    /// `finished in 18.96s, 0.05 req/s, 50.31MB/s`.
    private mutating func readEnd(_ text: String) {
        let parts = text.split(separator: ",").map { String($0).trimmedBlanks }
        let ms = DurationText.milliseconds(parts[0].dropFirst("finished in ".count))
        run?.durationMs = ms
        run?.reported.add("duration_s", ms.map { $0 / 1e3 })
        if parts.count > 1, parts[1].hasSuffix(" req/s") {
            perSecond = DecimalText.number(parts[1].dropLast(" req/s".count))
        }
    }

    private mutating func readRow(_ text: String) {
        if text.hasPrefix("requests:") {
            total = Self.number(before: "total", in: text)
            // What was not done by the end of the time has neither failed nor succeeded.
            failed = Self.number(before: "failed", in: text)
            for name in ["errored", "timeout"] {
                if let count = Self.number(before: name, in: text), count > 0 {
                    outcomes.append((name, count))
                }
            }
            done = Self.number(before: "done", in: text)
        } else if text.hasPrefix("status codes:") {
            for name in ["2xx", "3xx", "4xx", "5xx"] {
                if let count = Self.number(before: name, in: text) {
                    outcomes.append((name, count))
                }
            }
        } else if text.hasPrefix("traffic:") {
            run?.reported.add("received_bytes", Self.bytes(text))
        } else if text.hasPrefix("min ") {
            columns = Self.names(text)
        } else if text.hasPrefix("time for request:") {
            readTimes(text)
            isWhole = true
        }
    }

    /// `1 succeeded`: 1.
    private static func number(before name: String, in text: String) -> Int? {
        let words = text.split { " ,:".contains($0) }
        let wanted = name.split(separator: " ")
        for index in words.indices.dropFirst() where words[index] == wanted[0] {
            let rest = words[index...].dropFirst()
            if wanted.count > 1, rest.first?.hasPrefix(wanted[1]) != true { continue }
            if let number = Int(words[index - 1]) { return number }
        }
        return nil
    }

    /// `traffic: 953.97MB (1000305254) total, …`.
    private static func bytes(_ text: String) -> Double? {
        guard let open = text.firstIndex(of: "("), let close = text[open...].firstIndex(of: ")")
        else { return nil }
        return DecimalText.number(text[text.index(after: open)..<close])
    }

    /// `min max mean sd +/- sd`: the last one is a share.
    private static func names(_ text: String) -> [String] {
        text.replacing("+/- sd", with: "share").split(separator: " ").map(String.init)
    }

    private mutating func readTimes(_ text: String) {
        let values = text.dropFirst("time for request:".count).split(separator: " ")
        for (name, value) in zip(columns, values) {
            let ms = DurationText.milliseconds(value)
            switch name {
            case "min", "max": run?.reported.add("\(name)_ms", ms)
            case "mean": run?.reported.add("avg_latency_ms", ms)
            case "sd": run?.reported.add("stdev_ms", ms)
            case "median": run?.reported.percentile("50", ms: ms)
            default:
                if name.hasPrefix("p") {
                    run?.reported.percentile(String(name.dropFirst()), ms: ms)
                }
            }
        }
    }

    private mutating func end(into output: inout ImportOutput) {
        guard var run else { return }
        self.run = nil
        if !isWhole {
            output.lostEnd(of: "report", at: lastPlace)
        }
        // Without an answer all times are zeros.
        let answers = outcomes.filter { $0.name.hasSuffix("xx") }
        if !answers.isEmpty, answers.allSatisfy({ $0.count == 0 }) { run.reported.removeTimes() }
        run.target = command
        if command == nil { run.lacks.append("the URL") }
        if clients > 0 { run.params.append(.init("connections", .integer(clients))) }
        // The rate is of what was done; more may have been asked for.
        run.reported.requests(total: done ?? total, failed: failed)
        if let total, let done, total != done {
            run.reported.add("requested_requests", count: total)
        }
        run.reported.rate(ofAll: perSecond, total: done ?? total, failed: failed)
        run.reported.outcomes(outcomes)
        run.isRelative = true
        run.latency = .uncorrected
        run.leftOut = ["times to connect and to the first byte", "req/s: it is of one client"]
        output.endRun(run)
        (command, clients, perSecond, total, done, failed) = (nil, 0, nil, nil, nil, nil)
        (outcomes, columns, isWhole) = ([], [], false)
    }
}
