import TrackerLog

/// The lines of JMeter's summariser, in `jmeter.log` or as it prints them:
/// `summary =   1000 in 00:00:31 =   32.7/s Avg:   276 Min:    50 Max:   500 Err:     0 (0.00%)`.
/// Those with `+` are of the time since the last line, those with `=` of all so far.
struct JMeterSummary: LineFormat {
    static let name = "JMeter summary"
    static let tool = "JMeter"
    static let lacks = [
        "single requests", "percentiles", "the URL", "errors by kind", "parts of a second",
    ]

    static func recognises(_ head: FileHead) -> Bool {
        head.lines.contains { Row($0) != nil }
    }

    /// A line of all requests so far.
    private struct Row {
        var name: String
        var numbers = ReportedNumbers()
        var requests: Int
        var durationMs: Double?
        var end: Timestamp?

        init?(_ line: String) {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            guard let equals = words.firstIndex(of: "="), words.count > equals + 5,
                words[equals + 2] == "in", words[equals + 4] == "=",
                let requests = Int(words[equals + 1])
            else { return nil }
            let before = words[..<equals]
            let start = before.lastIndex { $0.hasSuffix(":") }.map { $0 + 1 } ?? before.startIndex
            (name, self.requests) = (before[start...].joined(separator: " "), requests)
            durationMs = Self.durationMs(words[equals + 3])
            if before.count > 2,
                case .time(let time, _) = TimeText.read(before[...1].joined(separator: " "))
            {
                end = time
            }
            func value(_ key: String) -> Double? {
                guard let at = words.firstIndex(of: key), at + 1 < words.count else { return nil }
                return DecimalText.number(words[at + 1])
            }
            let failed = value("Err:").flatMap { Int(exactly: $0) }
            numbers.requests(total: requests, failed: failed)
            guard requests > 0 else { return }
            numbers.add("avg_latency_ms", value("Avg:"))
            numbers.add("min_ms", value("Min:"))
            numbers.add("max_ms", value("Max:"))
            let rate = words[equals + 5]
            numbers.rate(
                ofAll: rate.hasSuffix("/s") ? DecimalText.number(rate.dropLast(2)) : nil,
                total: requests, failed: failed)
        }

        /// `00:00:31`, and before JMeter 2.12 `31.4s`.
        private static func durationMs(_ text: String) -> Double? {
            let parts = text.split(separator: ":").map { DecimalText.number($0) }
            guard parts.count == 3 else { return DurationText.milliseconds(text) }
            guard let hours = parts[0], let minutes = parts[1], let seconds = parts[2] else {
                return nil
            }
            return ((hours * 60 + minutes) * 60 + seconds) * 1e3
        }
    }

    private var last: Row?
    private var others: Set<String> = []

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        guard let row = Row(line.plainText) else { return }
        if let last, last.name != row.name {
            if others.count < ImportLimits.maxKnownLabels { others.insert(row.name) }
            return
        }
        // A log that goes on with the next test.
        if let last, row.requests < last.requests { end(last, into: &output) }
        last = row
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        if let last { end(last, into: &output) }
    }

    private func end(_ row: Row, into output: inout ImportOutput) {
        var run = ImportedRun()
        run.latency = .uncorrected
        run.reported = row.numbers
        run.durationMs = row.durationMs
        run.reported.add("duration_s", row.durationMs.map { $0 / 1e3 })
        run.end = row.end
        if row.end != nil { run.timeSource = .assumedUTC }
        run.leftOut = others.sorted().map { "the same of the summariser \($0)" }
        output.endRun(run)
    }
}
