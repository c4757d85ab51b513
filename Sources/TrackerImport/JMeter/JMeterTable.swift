import TrackerLog

/// A JTL file as CSV: a row for each result, with or without names above.
struct JMeterTable: RecordFormat {
    static let name = "JMeter CSV"
    static let tool = "JMeter"
    static let lacks = ["the number of users and the ramp that were asked for"]

    static func recognises(_ head: FileHead) -> Bool {
        if JMeterColumns.separator(ofNames: head) != nil { return true }
        guard let separator = JMeterColumns.separator(ofRow: head) else { return false }
        return JMeterColumns(firstRow: TableHead.cells(of: head, separator)) != nil
    }

    static func separator(_ head: FileHead) -> UInt8 {
        JMeterColumns.separator(ofNames: head) ?? JMeterColumns.separator(ofRow: head)
            ?? UInt8(ascii: ",")
    }

    private var columns: JMeterColumns?
    private var hasNames = true
    private var sink = JMeterSink()
    private var hasNoZone = false

    mutating func read(
        _ record: ImportRecord, into output: inout ImportOutput
    ) throws(ImportError) {
        // The names come again where files were joined.
        if record.number(columns?.elapsed ?? 0) == nil,
            let named = JMeterColumns(names: record.texts)
        {
            columns = named
            return
        }
        if columns == nil {
            columns = JMeterColumns(firstRow: record.texts)
            hasNames = false
        }
        guard let columns else {
            return output.lost("a row before the column names", at: record.place)
        }
        try read(record, columns, into: &output)
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        try sink.finish(to: &output)
        var run = sink.run()
        if hasNoZone { run.timeSource = .assumedUTC }
        if !hasNames { run.lacks.append("column names: they were told by what is in the columns") }
        output.endRun(run)
    }

    private mutating func read(
        _ record: ImportRecord, _ columns: JMeterColumns, into output: inout ImportOutput
    ) throws(ImportError) {
        guard record.count >= columns.count else {
            return output.lost(
                "the row has \(record.count) of \(columns.count) columns", at: record.place)
        }
        guard let elapsed = record.number(columns.elapsed), elapsed >= 0 else {
            return output.lost("the time that it took is not a number", at: record.place)
        }
        // JMeter writes whole milliseconds; a table that was saved again may group their digits.
        guard record.hasCommas || elapsed == elapsed.rounded() else {
            return output.lost(
                "the time that it took is not whole: 1.234 may be 1,234", at: record.place)
        }
        guard let start = try time(record, columns.time) else {
            return output.lost("the time is none that can be read", at: record.place)
        }
        if let count = record.whole(columns.sampleCount), count > 1 {
            return output.lost(
                "a row for \(count) requests together: no time of a single one", at: record.place)
        }
        if let url = record.filled(columns.url), url != "null" { sink.target.add(url) }
        let thread = record.text(columns.thread) ?? ""
        let code = record.text(columns.code) ?? ""
        let message = record.text(columns.message) ?? ""
        if columns.thread != nil, columns.code != nil, (thread + code + message).isEmpty {
            sink.readings += 1
            return
        }
        sink.add(
            JMeterRow(
                start: start, elapsedMs: elapsed, label: record.text(columns.label) ?? "",
                code: code, message: message,
                thread: thread.isEmpty ? "" : thread + "\t" + (record.text(columns.host) ?? ""),
                isOK: Self.isOK(record.text(columns.success), code)),
            to: &output)
    }

    static func isOK(_ success: String?, _ code: String) -> Bool? {
        switch success?.lowercased() {
        case "true": true
        case "false": false
        default: Int(code).map { $0 < 400 }
        }
    }

    private mutating func time(
        _ record: ImportRecord, _ column: Int?
    ) throws(ImportError) -> Timestamp? {
        guard let column else { return .epoch }
        if let time = record.bytes(column).flatMap(TimeText.cell) { return time }
        switch TimeText.read(record.text(column) ?? "") {
        case .time(let time, let hasZone):
            if !hasZone { hasNoZone = true }
            return time
        case .none: return nil
        case .ambiguous(let why):
            throw .refused(
                format: Self.name, reason: why,
                advice: "Write times as numbers: jmeter.save.saveservice.timestamp_format=ms,"
                    + " or change them to yyyy-MM-dd HH:mm:ss.",
                place: record.place)
        }
    }
}
