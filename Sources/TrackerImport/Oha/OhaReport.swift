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
        let lines = head.lines.map { TerminalCodes.removed(from: $0).trimmedBlanks }
        return lines.contains { $0.hasPrefix("Success rate:") }
            && lines.contains { $0.hasPrefix("Requests/sec:") }
    }

    private enum Part {
        case summary, histogram, details, statuses, errors
        case percentiles(prefix: String)
    }

    private struct Report {
        var run = ImportedRun()
        var totalMs: Double?
        var perSecond: Double?
        var outcomes = OhaOutcomes()
    }

    private var report: Report?
    private var part = Part.summary
    private var command: String?

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        let text = line.plainText.trimmedBlanks
        if text.hasPrefix("Summary:") {
            end(into: &output)
            report = Report()
            part = .summary
            return
        }
        if let found = Self.command(in: text) { command = found }
        guard report != nil, !text.isEmpty else { return }
        if let next = Self.part(named: text) { part = next } else { readRow(text) }
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        end(into: &output)
        guard output.runs.isEmpty else { return }
        throw .refused(
            format: Self.name, reason: "there is no whole report in it",
            advice: "Save all that oha prints: oha --no-tui … > FILE", place: nil)
    }

    private static func command(in text: String) -> String? {
        let words = text.split(separator: " ").map(String.init)
        guard words.contains(where: { $0 == "oha" || $0.hasSuffix("/oha") }) else { return nil }
        return words.last { $0.contains("://") }
    }

    private static func part(named text: String) -> Part? {
        if text.hasPrefix("Details") { return .details }
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

    private mutating func readRow(_ text: String) {
        switch part {
        case .summary: readSummary(text)
        case .percentiles(let prefix): readPercentile(text, prefix)
        case .statuses, .errors: readOutcome(text)
        case .histogram, .details: break
        }
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

    private mutating func readSummary(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return }
        let value = parts[1].trimmedBlanks
        switch parts[0] {
        case "Total": report?.totalMs = Self.milliseconds(value)
        case "Slowest": report?.run.reported.add("max_ms", Self.milliseconds(value))
        case "Fastest": report?.run.reported.add("min_ms", Self.milliseconds(value))
        case "Average": report?.run.reported.add("avg_latency_ms", Self.milliseconds(value))
        case "Requests/sec": report?.perSecond = DecimalText.number(value)
        case "Total data": report?.run.reported.add("received_bytes", DecimalText.bytes(value))
        default: break
        }
    }

    /// `10% in 0.1545 secs`, `99.90% in 12.5 ms`; `NaN` where there was no answer.
    private mutating func readPercentile(_ text: String, _ prefix: String) {
        let parts = text.split(separator: "%", maxSplits: 1).map { String($0).trimmedBlanks }
        guard parts.count == 2, DecimalText.number(parts[0]) != nil, parts[1].hasPrefix("in ")
        else { return }
        report?.run.reported.percentile(
            parts[0], ms: Self.milliseconds(String(parts[1].dropFirst(3))), prefix: prefix)
    }

    /// `[200] 160 responses`, `[50] aborted due to deadline`.
    private mutating func readOutcome(_ text: String) {
        guard text.hasPrefix("["), let close = text.firstIndex(of: "]") else { return }
        let key = String(text[text.index(after: text.startIndex)..<close])
        let rest = String(text[text.index(after: close)...]).trimmedBlanks
        if case .errors = part {
            guard let count = Int(key) else { return }
            report?.outcomes.errors.append((rest, count))
        } else if let count = rest.split(separator: " ").first.flatMap({ Int($0) }) {
            report?.outcomes.statuses.append((key, count))
        }
    }

    private mutating func end(into output: inout ImportOutput) {
        guard var report else { return }
        self.report = nil
        guard report.perSecond != nil else { return }
        report.outcomes.report(perSecond: report.perSecond, to: &report.run.reported)
        report.run.reported.add("duration_s", report.totalMs.map { $0 / 1e3 })
        report.run.durationMs = report.totalMs
        report.run.target = command
        if command == nil { report.run.lacks.append("the URL") }
        report.run.leftOut = ["the histogram of 11 bars", "DNS and connect times"]
        command = nil
        output.endRun(report.run)
    }
}
