import TrackerLog

/// `vegeta report`: the text, one report or, with `--every`, many; the brackets say what the
/// numbers are.
struct VegetaReport: LineFormat {
    static let name = "vegeta text"
    static let tool = "vegeta"
    static let lacks = ["single requests", "the start of the test", "the URL"]

    static func recognises(_ head: FileHead) -> Bool {
        head.lines.contains { line in
            let text = TerminalCodes.removed(from: line)
            return text.hasPrefix("Requests") && text.contains("[total")
        }
    }

    private var run: ImportedRun?
    private var requests: (total: Int?, perSecond: Double?, throughput: Double?)
    private var success: Double?
    private var statuses: [(name: String, count: Int)] = []
    private var errors: [JSONValue]?
    private var lastPlace = ImportPlace(line: 1, offset: 0)
    /// Whether one of the last two rows with numbers has been read.
    private var isWhole = false

    init() { requests = (nil, nil, nil) }

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        let text = line.plainText.trimmedBlanks
        if !text.isEmpty, run != nil, !isWhole { lastPlace = line.place }
        guard let row = Row(text) else {
            if text == "Error Set:" {
                errors = []
            } else if !text.isEmpty, run != nil, let known = errors, known.count < 100 {
                errors = known + [.string(String(text.prefix(200)))]
            }
            return
        }
        if row.label == "Requests" {
            end(into: &output)
            run = ImportedRun()
        }
        guard run != nil else { return }
        read(row)
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        end(into: &output)
    }

    private mutating func read(_ row: Row) {
        switch row.label {
        case "Requests":
            requests.total = row["total"].flatMap { Int($0) }
            requests.perSecond = row["rate"].flatMap { DecimalText.number($0) }
            requests.throughput = row["throughput"].flatMap { DecimalText.number($0) }
        case "Duration":
            let total = row["total"].flatMap { DurationText.go($0) }
            run?.durationMs = total
            run?.reported.add("duration_s", total.map { $0 / 1e3 })
        case "Latencies": readLatencies(row)
        case "Bytes In":
            run?.reported.add("received_bytes", row["total"].flatMap { DecimalText.number($0) })
        case "Bytes Out":
            run?.reported.add("sent_bytes", row["total"].flatMap { DecimalText.number($0) })
        case "Success":
            isWhole = true
            success = row["ratio"].flatMap { $0.hasSuffix("%") ? DecimalText.percent($0) : nil }
        case "Status Codes":
            isWhole = true
            for pair in row.values.flatMap({ $0.split(separator: " ") }) {
                let parts = pair.split(separator: ":")
                if parts.count == 2, let count = Int(parts[1]) {
                    statuses.append((String(parts[0]), count))
                }
            }
        default: break
        }
    }

    private mutating func readLatencies(_ row: Row) {
        for (name, value) in zip(row.names, row.values) {
            let ms = DurationText.go(value)
            switch name {
            case "min": run?.reported.add("min_ms", ms)
            case "mean": run?.reported.add("avg_latency_ms", ms)
            case "max": run?.reported.add("max_ms", ms)
            default: run?.reported.percentile(name, ms: ms)
            }
        }
    }

    private mutating func end(into output: inout ImportOutput) {
        guard var run else { return }
        // All versions end with the share of successes, and most with the status codes.
        if !isWhole {
            output.lostEnd(of: "report", at: lastPlace)
        }
        // Of no request all times are zeros, and the share of good ones is as well.
        if requests.total == 0 {
            run.reported.removeTimes()
            success = nil
        }
        let failed = statuses.isEmpty ? nil : statuses.failuresByVegeta
        run.reported.requests(total: requests.total, failed: failed)
        if failed == nil { run.reported.add("error_rate", success.map { 100 - $0 }) }
        // With one request the rate is 1 whatever the time was.
        if requests.total ?? 0 > 1 { run.reported.add("attempted", requests.perSecond) }
        run.reported.add("rps", requests.throughput)
        run.reported.outcomes(statuses)
        if let errors, !errors.isEmpty { run.reported.add("errors", json: .array(errors)) }
        run.latency = .corrected
        run.params = [JSONValue.Member("load_model", .string("open"))]
        output.endRun(run)
        self.run = nil
        requests = (nil, nil, nil)
        (success, statuses, errors, isWhole) = (nil, [], nil, false)
    }

    /// `Label   [name, name]   value, value`.
    private struct Row {
        var label: String
        var names: [String]
        var values: [String]

        init?(_ text: String) {
            guard let open = text.firstIndex(of: "["),
                let close = text[open...].firstIndex(of: "]"),
                text.first?.isLetter == true
            else { return nil }
            label = String(text[..<open]).trimmedBlanks
            func cells(_ part: Substring) -> [String] {
                part.split(separator: ",").map { String($0).trimmedBlanks }
            }
            names = cells(text[text.index(after: open)..<close])
            values = cells(text[text.index(after: close)...])
        }

        subscript(name: String) -> String? {
            guard let index = names.firstIndex(of: name), index < values.count else { return nil }
            return values[index]
        }
    }
}
