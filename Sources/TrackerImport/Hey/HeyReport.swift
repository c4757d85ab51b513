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
            && !head.hasLine(beginning: "Count:")
    }

    private var text = HeyText(
        HeyText.Dialect(
            program: "hey", advice: "Save all that hey prints: hey … > FILE",
            part: { text in
                switch text {
                case "Response time histogram:": .histogram
                case "Latency distribution:": .percentiles(prefix: "")
                case "Status code distribution:": .statuses
                case "Error distribution:": .errors
                default: nil
                }
            },
            milliseconds: { DurationText.milliseconds($0) },
            bytes: { $0.split(separator: " ").first.flatMap { DecimalText.number($0) } }))

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) { text.read(line, into: &output, end: Self.end) }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        try text.finish(format: Self.name, into: &output, end: Self.end)
    }

    private static func end(_ report: inout HeyText.Report) {
        let (statuses, errors) = (report.outcomes.statuses, report.outcomes.errors)
        let isCounted = !statuses.isEmpty || !errors.isEmpty
        let total = isCounted ? (statuses + errors).total : nil
        let failed = isCounted ? statuses.failures.plus(errors.total) : nil
        report.run.reported.requests(total: total, failed: failed)
        report.run.reported.rate(ofAll: report.perSecond, total: total, failed: failed)
        report.run.reported.add("duration_s", report.totalMs.map { $0 / 1e3 })
        report.run.reported.outcomes(statuses + errors)
        report.run.latency = .uncorrected
        report.run.leftOut = ["the histogram of 11 bars", "DNS, connect, write and read times"]
    }
}
