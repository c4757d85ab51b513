import TrackerLog

/// `siege.log`: a row for each run, and marks between them.
struct SiegeLog: RecordFormat {
    static let name = "siege log"
    static let tool = "siege"
    static let lacks = [
        "single requests", "the URL", "percentiles", "errors by kind",
        "times below ten milliseconds: siege writes 0.00",
    ]

    static func recognises(_ head: FileHead) -> Bool {
        if head.firstLine.trimmedBlanks.hasPrefix("Date & Time,") { return true }
        let cells = head.firstLine.split(separator: ",", omittingEmptySubsequences: false)
        guard cells.count == 10, case .time = TimeText.read(String(cells[0])) else { return false }
        return cells.dropFirst().allSatisfy { DecimalText.number(String($0).trimmedBlanks) != nil }
    }

    static func separator(_ head: FileHead) -> UInt8 { UInt8(ascii: ",") }

    private var test: String?
    private var rows = 0

    mutating func read(
        _ record: ImportRecord, into output: inout ImportOutput
    ) throws(ImportError) {
        let first = (record.text(0) ?? "").trimmedBlanks
        if first.hasPrefix("Date & Time") { return }
        if first.hasPrefix("****") {
            // `siege -m TEXT` writes `**** TEXT ****`.
            test =
                String(first.drop { $0 == "*" }.reversed().drop { $0 == "*" }.reversed())
                .trimmedBlanks
            return
        }
        guard record.count >= 10, case .time(let end, _) = TimeText.read(first),
            let done = record.whole(1), let failed = record.whole(9)
        else { return output.lost("not a row of ten columns", at: record.place) }
        rows += 1
        var run = ImportedRun()
        run.test = test.flatMap { $0.isEmpty ? nil : $0 }
        run.end = end
        run.durationMs = record.number(2).map { $0 * 1e3 }
        run.start = run.durationMs.map { end.advanced(byMilliseconds: -$0) }
        run.timeSource = .assumedUTC
        var numbers = SiegeNumbers()
        numbers.done = done
        numbers.failed = failed
        numbers.elapsedSeconds = record.number(2)
        numbers.meanMs = record.number(4).map { $0 * 1e3 }
        numbers.perSecond = record.number(5)
        numbers.concurrency = record.number(7)
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
