import TrackerLog

/// The text of hey, and of oha, which writes the same words with other units and in more parts:
/// several reports, and notes and prompts between them.
struct HeyText {
    /// What a line of a report belongs to.
    enum Part {
        case summary, histogram, details, statuses, errors
        /// - prefix: of the numbers' names: they may be of some answers only.
        case percentiles(prefix: String)
    }

    /// In what the two differ.
    struct Dialect {
        /// The program's name in a command.
        var program: String
        /// How to save all that it prints.
        var advice: String
        var part: @Sendable (String) -> Part?
        /// A duration as it writes them.
        var milliseconds: @Sendable (String) -> Double?
        var bytes: @Sendable (String) -> Double?
    }

    /// One report, as far as it has been read.
    struct Report {
        var run = ImportedRun()
        var totalMs: Double?
        var perSecond: Double?
        var outcomes = OhaOutcomes()
        /// Whether the mean is no number: nothing was answered then, and the other times are zeros.
        var isUnanswered = false
        /// Whether the last of its parts, the counts of outcomes, has begun.
        var isWhole = false
        var lastPlace = ImportPlace(line: 1, offset: 0)

        /// Whether fewer outcomes are there than the rate makes of the length: by more than what
        /// the tool rounds away of both, at the fourth digit behind the point.
        var missesCounts: Bool {
            guard let totalMs, let perSecond, !outcomes.statuses.isEmpty else { return false }
            let all = perSecond * totalMs / 1e3
            let counted = Double((outcomes.statuses + outcomes.errors).total)
            return all - counted > 0.5 + 5e-5 * (perSecond + totalMs / 1e3)
        }
    }

    let dialect: Dialect
    private var report: Report?
    private var part = Part.summary
    private var command: String?

    init(_ dialect: Dialect) { self.dialect = dialect }

    /// - Parameter end: called for each whole report, to add what its tool counts otherwise.
    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput, end: (inout Report) -> Void
    ) {
        let text = line.plainText.trimmedBlanks
        if text.hasPrefix("Summary:") {
            endReport(into: &output, end)
            report = Report()
            // The next prompt comes before the end of this report.
            report?.run.target = command
            command = nil
            part = .summary
            return
        }
        if let url = url(in: text) { command = url }
        guard report != nil, !text.isEmpty else { return }
        report?.lastPlace = line.place
        if text.hasPrefix("Details") {
            part = .details
        } else if let next = dialect.part(text) {
            part = next
            if case .statuses = next { report?.isWhole = true }
            if case .errors = next { report?.isWhole = true }
        } else {
            readRow(text)
        }
    }

    mutating func finish(
        format: String, into output: inout ImportOutput, end: (inout Report) -> Void
    ) throws(ImportError) {
        endReport(into: &output, end)
        guard output.runs.isEmpty else { return }
        throw .refused(
            format: format, reason: "there is no whole report in it", advice: dialect.advice,
            place: nil)
    }

    /// Of `hey -n 100 URL` behind a prompt.
    private func url(in text: String) -> String? {
        let words = text.split(separator: " ").map(String.init)
        guard
            let program = words.firstIndex(where: {
                $0.isExactly(dialect.program) || $0.hasSuffix("/" + dialect.program)
            })
        else { return nil }
        return words[(program + 1)...].last { $0.contains("://") }
    }

    private mutating func readRow(_ text: String) {
        switch part {
        case .summary: readSummary(text)
        case .percentiles(let prefix): readPercentile(text, prefix)
        case .statuses, .errors: readOutcome(text)
        case .histogram, .details: break
        }
    }

    private mutating func readSummary(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return }
        let value = parts[1].trimmedBlanks
        switch parts[0] {
        case "Total": report?.totalMs = dialect.milliseconds(value)
        case "Slowest": report?.run.reported.add("max_ms", dialect.milliseconds(value))
        case "Fastest": report?.run.reported.add("min_ms", dialect.milliseconds(value))
        case "Average":
            let mean = dialect.milliseconds(value)
            report?.isUnanswered = mean == nil
            report?.run.reported.add("avg_latency_ms", mean)
        case "Requests/sec": report?.perSecond = DecimalText.number(value)
        case "Total data", "Total Data Received":
            report?.run.reported.add("received_bytes", dialect.bytes(value))
        default: break
        }
    }

    /// `99% in 0.4389 secs`, `99.90% in 12.5 ms`. No number, and hey's `0% in 0.0000 secs`, stand
    /// for a percentile that there is not.
    private mutating func readPercentile(_ text: String, _ prefix: String) {
        let parts = text.split(separator: "%", maxSplits: 1).map { String($0).trimmedBlanks }
        guard parts.count == 2, let number = DecimalText.number(parts[0]), number > 0,
            parts[1].hasPrefix("in ")
        else { return }
        let ms = dialect.milliseconds(String(parts[1].dropFirst(3)))
        report?.run.reported.percentile(parts[0], ms: ms, prefix: prefix)
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

    private mutating func endReport(into output: inout ImportOutput, _ end: (inout Report) -> Void)
    {
        guard var report else { return }
        self.report = nil
        guard report.perSecond != nil || report.totalMs != nil else { return }
        if !report.isWhole || report.missesCounts {
            output.lostEnd(of: "report", at: report.lastPlace)
            report.outcomes = OhaOutcomes()
        }
        if report.isUnanswered { report.run.reported.removeTimes() }
        end(&report)
        report.run.durationMs = report.totalMs
        if report.run.target == nil { report.run.lacks.append("the URL") }
        output.endRun(report.run)
    }
}
