import TrackerLog

/// What rewrk prints. Its table of percentiles holds means of the slowest requests, which are no
/// percentiles and are never stored as such.
struct RewrkReport: LineFormat {
    static let name = "rewrk text"
    static let tool = "rewrk"
    static let lacks = [
        "single requests", "the start of the test", "percentiles", "errors and statuses",
    ]

    static func recognises(_ head: FileHead) -> Bool {
        let lines = head.plainLines
        return lines.contains { $0.hasPrefix("Latencies:") }
            && lines.contains { $0.hasPrefix("Total:") && $0.contains("Req/Sec:") }
    }

    private var run: ImportedRun?
    private var isLatency = false
    private var title: [String]?
    private var isWhole = false
    private var lastPlace = ImportPlace.start

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        let text = line.plainText.trimmedBlanks
        let words = text.split(separator: " ").map(String.init)
        if !text.isEmpty { lastPlace = line.place }
        if text.hasPrefix("Benchmarking "), words.contains("@") {
            end(into: &output)
            title = words
        } else if text.hasPrefix("Latencies:") {
            end(into: &output)
            run = Self.run(title)
            title = nil
        } else if words == ["Avg", "Stdev", "Min", "Max"] {
            isLatency = true
        } else if isLatency, words.count == 4 {
            isLatency = false
            for (name, word) in zip(["avg_latency_ms", "stdev_ms", "min_ms", "max_ms"], words) {
                run?.reported.add(name, DurationText.milliseconds(word))
            }
        } else if words.count >= 4, words[0] == "Total:", words[2] == "Req/Sec:" {
            run?.reported.add("total_requests", count: Int(words[1]))
            run?.reported.add("attempted", DecimalText.number(words[3]))
        } else if words.count >= 3, words[0] == "Total:", text.contains("Transfer Rate:") {
            isWhole = true
            run?.reported.add("received_bytes", DecimalText.bytes(words[1] + words[2]))
        } else if text.hasPrefix("|"), words.count >= 5, words[1].hasSuffix("%") {
            let percent = String(words[1].dropLast())
            guard let number = DecimalText.number(percent) else { return }
            let rest = NumberFormat.plain.fixed(100 - number, digits: 1, trimsZeros: true)
            run?.reported.add(
                "mean_of_slowest_\(rest.replacing(".", with: "_"))_percent_ms",
                DurationText.milliseconds(words[3]))
        }
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        end(into: &output)
        guard output.runs.isEmpty else { return }
        throw .refused(
            format: Self.name, reason: "there is no whole report in it",
            advice: "Save all that rewrk prints: rewrk … > FILE", place: nil)
    }

    /// `Benchmarking 500 connections @ http://localhost:8080 for 15 second(s)`.
    private static func run(_ words: [String]?) -> ImportedRun {
        var run = ImportedRun()
        run.latency = .uncorrected
        guard let words, let at = words.firstIndex(of: "@"), at + 1 < words.count else {
            run.lacks.append("the URL")
            return run
        }
        run.target = words[at + 1]
        if words.count > 1, let connections = Int(words[1]) {
            run.params.append(.init("connections", .integer(connections)))
        }
        if at + 3 < words.count, words[at + 2] == "for" {
            let unit = words.dropFirst(at + 4).first?.replacing("(s)", with: "") ?? ""
            if let value = DecimalText.number(words[at + 3]), let ms = DurationText.unitMs(unit) {
                run.durationMs = value * ms
            }
        }
        return run
    }

    private mutating func end(into output: inout ImportOutput) {
        guard var run else { return }
        self.run = nil
        isLatency = false
        guard !run.reported.names.isEmpty else { return }
        // The rate of bytes is the last row, but for the table that is asked for.
        if !isWhole { output.lostEnd(of: "report", at: lastPlace) }
        isWhole = false
        run.reported.add("duration_s", run.durationMs.map { $0 / 1e3 })
        output.endRun(run)
    }
}

/// `rewrk --json`. Milliseconds.
enum RewrkJSONReport: DocumentFormat {
    static let name = "rewrk JSON"
    static let tool = "rewrk"
    static let lacks = RewrkReport.lacks + ["the URL", "the length of the test"]

    static func recognises(_ document: JSONValue) -> Bool {
        document["latency_avg"] != nil && document["requests_total"] != nil
    }

    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError) {
        var run = ImportedRun()
        run.latency = .uncorrected
        for (key, name) in [
            ("latency_avg", "avg_latency_ms"), ("latency_std_deviation", "stdev_ms"),
            ("latency_min", "min_ms"), ("latency_max", "max_ms"), ("requests_avg", "attempted"),
            ("transfer_total", "received_bytes"),
        ] {
            run.reported.add(name, document[key]?.number)
        }
        run.reported.add("total_requests", count: document["requests_total"]?.wholeNumber)
        for percent in ["50", "75", "90", "95", "99", "999"] {
            guard let ms = document["p\(percent)_avg_latency"]?.number else { continue }
            let rest = percent == "999" ? "0_1" : String(100 - (Int(percent) ?? 0))
            run.reported.add("mean_of_slowest_\(rest)_percent_ms", ms)
        }
        output.endRun(run)
    }
}
