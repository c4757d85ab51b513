import TrackerLog

/// `PREFIX_failures.csv`: a row for each kind of failure.
struct LocustFailures: HeadedTable {
    static let name = "Locust failures"
    static let tool = "Locust"
    static let lacks = ["requests that did not fail", "latencies", "the host"]

    static func recognises(_ head: FileHead) -> Bool {
        let columns = LocustTable.names(head)
        return columns["Method"] != nil && columns["Name"] != nil && columns["Error"] != nil
            && columns["Occurrences"] != nil
    }

    static func separator(_ head: FileHead) -> UInt8 { LocustTable.separator(head) }

    var columns: ColumnNames?
    private var errors: [JSONValue] = []
    private var failed = 0
    private var more = 0
    private var times: [Timestamp] = []

    mutating func read(
        row record: ImportRecord, _ columns: ColumnNames, into output: inout ImportOutput
    ) throws(ImportError) {
        // A comma in a name was written as it is: the count is told from the right.
        let extra = max(0, record.count - columns.names.count)
        let isCut = record.count < columns.names.count
        guard !isCut, let count = record.whole(columns["Occurrences"].map({ $0 + extra })) else {
            return output.lost("the row is cut, or has no count", at: record.place)
        }
        failed = failed.plus(count)
        for name in ["First Seen", "Last Seen"] {
            guard let text = record.filled(columns[name].map({ $0 + extra })) else { continue }
            if case .time(let time, _) = TimeText.read(text) { times.append(time) }
        }
        if times.count > 2 { times = [times.min(), times.max()].compactMap(\.self) }
        guard errors.count < ImportLimits.maxReportedParts else {
            more += 1
            return
        }
        let text = ((columns["Error"] ?? 2)...(columns["Error"] ?? 2) + extra)
            .compactMap { record.text($0) }.joined(separator: ",")
        func short(_ text: String?) -> JSONValue {
            .string(String((text ?? "").prefix(ImportLimits.maxLabelBytes)))
        }
        errors.append(
            .object([
                .init("method", short(record.text(columns["Method"]))),
                .init("route", short(record.text(columns["Name"]))),
                .init("error", short(text)), .init("count", .integer(count)),
            ]))
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        var run = ImportedRun()
        run.start = times.min()
        run.end = times.max()
        run.reported.add("failed_requests", count: failed)
        output.isPartial = output.losses.count > 0
        if !errors.isEmpty { run.reported.add("errors", json: .array(errors)) }
        if more > 0 { run.leftOut.append("\(more) more kinds of failures") }
        output.endRun(run)
    }
}

/// `PREFIX_exceptions.csv`: exceptions of the test's own code.
struct LocustExceptions: RecordFormat {
    static let name = "Locust exceptions"
    static let tool = "Locust"
    static let lacks = ["requests", "latencies", "the host", "when they happened"]

    static func recognises(_ head: FileHead) -> Bool {
        let columns = LocustTable.names(head)
        return columns["Count"] == 0 && columns["Message"] == 1 && columns["Traceback"] == 2
    }

    static func separator(_ head: FileHead) -> UInt8 { LocustTable.separator(head) }

    private var hasHeader = false
    private var total = 0
    private var texts: [JSONValue] = []
    private var more = 0

    mutating func read(
        _ record: ImportRecord, into output: inout ImportOutput
    ) throws(ImportError) {
        guard hasHeader else {
            hasHeader = true
            return
        }
        guard record.count >= 3, let count = record.whole(0) else {
            return output.lost("the row is cut, or has no count", at: record.place)
        }
        total = total.plus(count)
        guard texts.count < ImportLimits.maxReportedParts else {
            more += 1
            return
        }
        let message = String((record.text(1) ?? "").prefix(ImportLimits.maxLabelBytes))
        texts.append(
            .object([.init("error", .string(message)), .init("count", .integer(count))]))
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        var run = ImportedRun()
        run.reported.add("exceptions", count: total)
        output.isPartial = output.losses.count > 0
        if !texts.isEmpty { run.reported.add("errors", json: .array(texts)) }
        run.leftOut = ["tracebacks and nodes: they tell of machines and paths"]
        if more > 0 { run.leftOut.append("\(more) more kinds of exceptions") }
        output.endRun(run)
    }
}
