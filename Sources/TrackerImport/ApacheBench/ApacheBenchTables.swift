import TrackerLog

/// `ab -g`: a row for each completed request, the quickest first.
struct ApacheBenchTable: HeadedTable {
    static let name = "ab -g"
    static let tool = "ab"
    static let lacks = [
        "which requests failed", "requests without an answer", "the URL", "status codes",
        "fractions of a millisecond, and of a second of the start",
    ]

    static func recognises(_ head: FileHead) -> Bool {
        let names = head.firstLine.split(separator: "\t").map { String($0).trimmedBlanks }
        return names.starts(with: ["starttime", "seconds", "ctime"]) && names.contains("ttime")
    }

    static func separator(_ head: FileHead) -> UInt8 { 0x09 }

    var columns: ColumnNames?

    mutating func read(
        row record: ImportRecord, _ columns: ColumnNames, into output: inout ImportOutput
    ) throws(ImportError) {
        guard record.count >= columns.names.count,
            let start = columns["seconds"].flatMap({ record.time($0) }),
            let ms = record.number(columns["ttime"]), ms >= 0
        else { return output.lost("the row is cut, or has no time", at: record.place) }
        output.sample("http.latency_ms", ms, at: start, lastingMs: ms, unit: "ms")
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        var run = ImportedRun()
        run.latency = .uncorrected
        run.leftOut = ["times to connect, of the answer and of waiting"]
        output.endRun(run)
    }
}

/// `ab -e`: how long each percent of the requests took at most.
struct ApacheBenchPercentiles: RecordFormat {
    static let name = "ab -e"
    static let tool = "ab"
    static let lacks = [
        "single requests", "how many there were", "failures", "the rate", "the start", "the URL",
    ]

    static func recognises(_ head: FileHead) -> Bool {
        head.firstLine.trimmedBlanks.hasPrefix("Percentage served,Time in ms")
    }

    static func separator(_ head: FileHead) -> UInt8 { UInt8(ascii: ",") }

    private static let kept = [
        "1", "5", "10", "25", "50", "66", "75", "80", "90", "95", "98", "99",
    ]
    private var hasHeader = false
    private var last = -Double.infinity
    private var run = ImportedRun()

    mutating func read(
        _ record: ImportRecord, into output: inout ImportOutput
    ) throws(ImportError) {
        guard hasHeader else {
            hasHeader = true
            return
        }
        guard let percent = record.filled(0)?.trimmedBlanks, let ms = record.number(1) else {
            return output.lost("not a percentage and a time", at: record.place)
        }
        // Times rise: one that does not is the beginning of a number.
        guard ms >= last else {
            return output.lost("a time below that of the percent before", at: record.place)
        }
        last = ms
        switch percent {
        case "0": run.reported.add("min_ms", ms)
        case "100": run.reported.add("max_ms", ms)
        default:
            if Self.kept.contains(percent) { run.reported.percentile(percent, ms: ms) }
        }
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        run.latency = .uncorrected
        run.leftOut = ["the other percents"]
        output.endRun(run)
    }
}
