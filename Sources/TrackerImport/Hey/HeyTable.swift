import TrackerLog

/// `hey -o csv`: a row for each answer, in the order in which they arrived. Seconds.
struct HeyTable: NamedTable {
    static let name = "hey CSV"
    static let tool = "hey"
    static let lacks = [
        "requests without an answer", "anything beyond the first 1,000,000 answers",
        "the start of the test", "the URL", "sizes",
    ]

    static let names = ["response-time", "DNS+dialup"]

    private var columns: ColumnNames?
    private var labels: [String: [Label]] = [:]
    /// Where there is no column `offset`, answers are counted on without a time of their own.
    private var hasOffset = false

    mutating func read(
        _ record: ImportRecord, into output: inout ImportOutput
    ) throws(ImportError) {
        guard let columns else {
            columns = ColumnNames(record.texts)
            hasOffset = columns?["offset"] != nil
            return
        }
        guard let seconds = record.number(columns["response-time"]), seconds >= 0 else {
            return output.lost("the response time is not a number", at: record.place)
        }
        let offset = record.number(columns["offset"])
        if hasOffset, offset == nil {
            return output.lost("the row is cut: it has no offset", at: record.place)
        }
        let status = record.whole(columns["status-code"])
        output.sample(
            "http.latency_ms", seconds * 1e3,
            at: output.source.anchor.time.advanced(byMilliseconds: (offset ?? 0) * 1e3),
            lastingMs: hasOffset ? seconds * 1e3 : 0, unit: "ms",
            labels: labels(of: status), ok: status.map { (1..<400).contains($0) })
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        var run = ImportedRun()
        run.latency = .uncorrected
        run.isRelative = true
        run.start = output.source.anchor.time
        if !hasOffset { run.lacks.append("when each request was sent") }
        run.leftOut = ["the parts of a response time (DNS, connect, write, delay, read)"]
        output.endRun(run)
    }

    private mutating func labels(of status: Int?) -> [Label] {
        guard let status else { return [] }
        let text = String(status)
        if let known = labels[text] { return known }
        let new = [Label("status", text)]
        if labels.count < ImportLimits.maxKnownLabels { labels[text] = new }
        return new
    }
}
