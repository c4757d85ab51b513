import TrackerLog

/// `oha --output-format csv`: a row for each answer, seconds since the start of the test.
struct OhaTable: NamedTable, HeadedTable {
    static let name = "oha CSV"
    static let tool = "oha"
    static let lacks = [
        "requests without an answer", "the start of the test", "the URL",
        "whether latencies were corrected (--latency-correction)",
    ]

    static let names = ["request-start", "request-duration"]

    var columns: ColumnNames?
    private var labels: [Int: [Label]] = [:]

    mutating func read(
        row record: ImportRecord, _ columns: ColumnNames, into output: inout ImportOutput
    ) throws(ImportError) {
        guard record.count >= columns.names.count,
            let start = record.number(columns["request-start"]),
            let seconds = record.number(columns["request-duration"]), seconds >= 0
        else {
            return output.lost("no start and duration in seconds: cut or damaged", at: record.place)
        }
        let status = record.whole(columns["status"])
        output.sample(
            "http.latency_ms", seconds * 1e3,
            at: output.source.anchor.time.advanced(byMilliseconds: start * 1e3),
            lastingMs: seconds * 1e3, unit: "ms", labels: labels(of: status),
            ok: status.map { (1..<400).contains($0) })
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        var run = ImportedRun()
        run.isRelative = true
        run.start = output.source.anchor.time
        run.leftOut = ["DNS, connect and first byte times", "sizes"]
        output.endRun(run)
    }

    private mutating func labels(of status: Int?) -> [Label] {
        guard let status else { return [] }
        if let known = labels[status] { return known }
        let new = [Label("status", String(status))]
        if labels.count < ImportLimits.maxKnownLabels { labels[status] = new }
        return new
    }
}
