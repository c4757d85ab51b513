import TrackerLog

/// The text that hey prints: several reports, and notes and prompts between them.
struct HeyReport: LineFormat {
    static let name = "hey text"
    static let tool = "hey"
    static let lacks = [
        "single requests", "the start of the test", "percentiles beyond 99",
        "histogram and percentiles of more than the first 1,000,000 answers",
    ]

    static func recognises(_ head: FileHead) -> Bool {
        // oha writes the same words, with other labels in front.
        head.hasLine(beginning: "Summary:") && head.hasLine(beginning: "Requests/sec:")
            && head.hasLine(beginning: "Fastest:") && !head.hasLine(beginning: "Success rate:")
    }

    /// One report, as far as it has been read.
    private struct Report {
        var run = ImportedRun()
        var totalSeconds: Double?
        var perSecond: Double?
        var statuses: [(name: String, count: Int)] = []
        var errors: [(name: String, count: Int)] = []
    }

    private enum Part {
        case summary, histogram, percentiles, details, statuses, errors
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
        switch text {
        case "Response time histogram:": part = .histogram
        case "Latency distribution:": part = .percentiles
        case "Status code distribution:": part = .statuses
        case "Error distribution:": part = .errors
        default:
            if text.hasPrefix("Details") { part = .details } else { readRow(text) }
        }
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        end(into: &output)
        guard output.runs.isEmpty else { return }
        throw .refused(
            format: Self.name, reason: "there is no whole report in it",
            advice: "Save all that hey prints: hey … > FILE", place: nil)
    }

    /// `hey -n 100 URL` behind a prompt.
    private static func command(in text: String) -> String? {
        let words = text.split(separator: " ").map(String.init)
        guard let hey = words.firstIndex(where: { $0 == "hey" || $0.hasSuffix("/hey") }),
            let url = words.last, hey + 1 < words.count, url.contains("://")
        else { return nil }
        return url
    }

    private mutating func readRow(_ text: String) {
        switch part {
        case .summary: readSummary(text)
        case .percentiles: readPercentile(text)
        case .statuses, .errors: readOutcome(text)
        case .histogram, .details: break
        }
    }

    private mutating func readSummary(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return }
        let value = parts[1].trimmedBlanks
        func ms() -> Double? { DurationText.milliseconds(value) }
        switch parts[0] {
        case "Total": report?.totalSeconds = ms().map { $0 / 1e3 }
        case "Slowest": report?.run.reported.add("max_ms", ms())
        case "Fastest": report?.run.reported.add("min_ms", ms())
        case "Average": report?.run.reported.add("avg_latency_ms", ms())
        case "Requests/sec": report?.perSecond = DecimalText.number(value)
        case "Total data":
            let bytes = value.split(separator: " ").first.flatMap { DecimalText.number($0) }
            report?.run.reported.add("received_bytes", bytes)
        default: break
        }
    }

    /// `99% in 0.4389 secs`; `0% in 0.0000 secs` stands for a percentile that there is not.
    private mutating func readPercentile(_ text: String) {
        let words = text.split(separator: " ").map(String.init)
        guard words.count >= 4, words[0].hasSuffix("%"), words[1] == "in" else { return }
        let percent = String(words[0].dropLast())
        guard let number = DecimalText.number(percent), number > 0 else { return }
        let ms = DurationText.milliseconds(words[2...].joined(separator: " "))
        report?.run.reported.percentile(percent, ms: ms)
    }

    /// `[200]	49920 responses`, `[3]	Get …: timeout`.
    private mutating func readOutcome(_ text: String) {
        guard text.hasPrefix("["), let close = text.firstIndex(of: "]") else { return }
        let key = String(text[text.index(after: text.startIndex)..<close])
        let rest = String(text[text.index(after: close)...]).trimmedBlanks
        if part == .errors {
            guard let count = Int(key) else { return }
            report?.errors.append((rest, count))
        } else if let count = rest.split(separator: " ").first.flatMap({ Int($0) }) {
            report?.statuses.append((key, count))
        }
    }

    private mutating func end(into output: inout ImportOutput) {
        guard var report else { return }
        self.report = nil
        guard report.perSecond != nil || report.totalSeconds != nil else { return }
        let answers = report.statuses.reduce(0) { $0 + $1.count }
        let errors = report.errors.reduce(0) { $0 + $1.count }
        let bad = report.statuses.filter { (Int($0.name) ?? 0) >= 400 }.reduce(0) { $0 + $1.count }
        let isCounted = !report.statuses.isEmpty || !report.errors.isEmpty
        let total = isCounted ? answers + errors : nil
        let failed = isCounted ? bad + errors : nil
        report.run.reported.requests(total: total, failed: failed)
        report.run.reported.rate(ofAll: report.perSecond, total: total, failed: failed)
        report.run.reported.add("duration_s", report.totalSeconds)
        report.run.reported.outcomes(report.statuses + report.errors)
        report.run.durationMs = report.totalSeconds.map { $0 * 1e3 }
        report.run.latency = .uncorrected
        report.run.target = command
        if command == nil { report.run.lacks.append("the URL") }
        report.run.leftOut = ["the histogram of 11 bars", "DNS, connect, write and read times"]
        command = nil
        output.endRun(report.run)
    }
}
