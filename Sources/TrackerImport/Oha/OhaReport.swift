import TrackerLog

/// The text that oha prints, of 0.5 and later: several reports, and notes between them.
struct OhaReport: LineFormat {
    static let name = "oha text"
    static let tool = "oha"
    static let lacks = [
        "single requests", "the start of the test",
        "whether latencies were corrected (--latency-correction)",
    ]

    static func recognises(_ head: FileHead) -> Bool {
        let lines = head.plainLines
        return lines.contains { $0.hasPrefix("Success rate:") }
            && lines.contains { $0.hasPrefix("Requests/sec:") }
    }

    private var text = HeyText(
        HeyText.Dialect(
            program: "oha", advice: "Save all that oha prints: oha --no-tui … > FILE",
            part: { Self.part(named: $0) }, milliseconds: { Self.milliseconds($0) },
            bytes: { DecimalText.bytes($0) }))

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) { text.read(line, into: &output, end: Self.end) }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        try text.finish(format: Self.name, into: &output, end: Self.end)
    }

    private static func end(_ report: inout HeyText.Report) {
        report.outcomes.report(perSecond: report.perSecond, to: &report.run.reported)
        report.run.reported.add("duration_s", report.totalMs.map { $0 / 1e3 })
        report.run.leftOut = ["the histogram of 11 bars", "DNS and connect times"]
    }

    private static func part(named text: String) -> HeyText.Part? {
        guard text.hasSuffix(":") else { return nil }
        let isGood = text.contains("2xx only")
        let isBad = text.contains("4xx + 5xx only")
        if text.contains("histogram") { return .histogram }
        if text.hasPrefix("Latency distribution") || text.hasPrefix("Response time distribution") {
            return .percentiles(prefix: isGood ? "successful_" : isBad ? "unsuccessful_" : "")
        }
        if text.hasPrefix("Status code distribution") { return .statuses }
        if text.hasPrefix("Error distribution") { return .errors }
        return nil
    }

    /// `0.1545 secs`, `1.2 ms`; also `3.0 10 sec`, which is 30 seconds: a step of its scale is ten.
    static func milliseconds(_ text: String) -> Double? {
        let words = text.split(separator: " ").map(String.init)
        guard words.count >= 2, let value = DecimalText.number(words[0]) else { return nil }
        if words.count == 3, words[1] == "10" {
            return DurationText.unitMs(words[2]).map { value * 10 * $0 }
        }
        return DurationText.unitMs(words[1]).map { value * $0 }
    }
}
