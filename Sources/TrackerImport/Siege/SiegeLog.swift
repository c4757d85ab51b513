import TrackerLog

/// `siege.log`: a row for each run, and marks between them. People put a column of names before the
/// date or in its place, and columns of their own behind the others.
struct SiegeLog: RecordFormat {
    static let name = "siege log"
    static let tool = "siege"
    static let lacks = [
        "single requests", "the URL", "percentiles", "errors by kind",
        "times below ten milliseconds: siege writes 0.00",
    ]

    static func recognises(_ head: FileHead) -> Bool {
        if TableHead(head, having: needed) != nil { return true }
        if head.firstLine.trimmedBlanks.hasPrefix(known[0] + ",") { return true }
        let cells = head.firstLine.split(separator: ",", omittingEmptySubsequences: false)
        guard cells.count == 10, case .time = TimeText.read(String(cells[0])) else { return false }
        return cells.dropFirst().allSatisfy { DecimalText.number(String($0).trimmedBlanks) != nil }
    }

    static func separator(_ head: FileHead) -> UInt8 {
        TableHead(head, having: needed)?.separator ?? UInt8(ascii: ",")
    }

    private static let needed = ["Trans", "Elap Time", "Resp Time", "Failed"]
    private static let known = [
        "Date & Time", "Trans", "Elap Time", "Data Trans", "Resp Time", "Trans Rate", "Throughput",
        "Concurrent", "OKAY", "Failed",
    ]

    private var columns = ColumnNames(known)
    private var test: String?
    private var rows = 0

    mutating func read(
        _ record: ImportRecord, into output: inout ImportOutput
    ) throws(ImportError) {
        let first = (record.text(0) ?? "").trimmedBlanks
        let names = ColumnNames(record.texts)
        if Self.needed.allSatisfy({ names[$0] != nil }) {
            columns = names
            return
        }
        if first.hasPrefix("****") {
            // `siege -m TEXT` writes `**** TEXT ****`.
            test =
                String(first.drop { $0 == "*" }.reversed().drop { $0 == "*" }.reversed())
                .trimmedBlanks
            return
        }
        guard let done = record.whole(columns["Trans"]),
            let failed = record.whole(columns["Failed"])
        else { return output.lost("not a row of ten columns", at: record.place) }
        var run = ImportedRun()
        run.test = test.flatMap { $0.isEmpty ? nil : $0 }
        run.durationMs = record.number(columns["Elap Time"]).map { $0 * 1e3 }
        if let column = columns["Date & Time"] {
            let text = (record.text(column) ?? "").trimmedBlanks
            guard case .time(let end, _) = TimeText.read(text) else {
                return output.lost("not a row of ten columns", at: record.place)
            }
            run.end = end
            run.start = run.durationMs.map { end.advanced(byMilliseconds: -$0) }
        } else {
            run.lacks.append("when it ran")
        }
        run.timeSource = .assumedUTC
        rows += 1
        for name in Self.known.dropFirst() {
            guard let column = columns[name], record.number(column) == nil,
                DecimalText.isDamaged((record.text(column) ?? "").trimmedBlanks)
            else { continue }
            output.lost("\(name) is not a number", at: record.place)
        }
        let isNamed = Self.known.allSatisfy { columns[$0] != 0 }
        if isNamed, !first.isEmpty { run.test = first }
        if columns.names.count > Self.known.count + (isNamed ? 1 : 0) {
            run.leftOut.append("columns that are not siege's")
        }
        var numbers = SiegeNumbers()
        numbers.done = done
        numbers.failed = failed
        numbers.elapsedSeconds = record.number(columns["Elap Time"])
        numbers.meanMs = record.number(columns["Resp Time"]).map { $0 * 1e3 }
        numbers.perSecond = record.number(columns["Trans Rate"])
        numbers.concurrency = record.number(columns["Concurrent"])
        numbers.report(to: &run)
        run.leftOut.append("data and throughput: whole megabytes")
        output.endRun(run)
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        guard rows == 0 else { return }
        throw .refused(
            format: Self.name, reason: "there is no run in it",
            advice: "siege appends a row when a run ends: siege --log=FILE …", place: nil)
    }
}
