import TrackerLog

/// `PREFIX_distribution.csv` of versions before 0.13: percentiles alone.
struct LocustDistribution: HeadedTable {
    static let name = "Locust distribution"
    static let tool = "Locust"
    static let lacks = [
        "single requests", "the start of the test", "the host", "failures", "the rate", "the mean",
        "percentiles as measured: Locust rounds times to two digits before it counts them",
    ]

    static func recognises(_ head: FileHead) -> Bool {
        let columns = LocustTable.names(head)
        return columns.names.count > 3 && columns["Name"] == 0 && columns["# requests"] == 1
            && LocustTable.percentiles(columns).count == columns.names.count - 2
    }

    static func separator(_ head: FileHead) -> UInt8 { LocustTable.separator(head) }

    var columns: ColumnNames?
    private var total: ReportedNumbers?
    private var parts = ReportedParts()

    mutating func read(
        row record: ImportRecord, _ columns: ColumnNames, into output: inout ImportOutput
    ) throws(ImportError) {
        let extra = max(0, record.count - columns.names.count)
        guard record.count >= columns.names.count, let count = record.whole(1 + extra) else {
            return output.lost("the row is cut, or has no count", at: record.place)
        }
        var numbers = ReportedNumbers()
        numbers.requests(total: count, failed: nil)
        for (percent, column) in LocustTable.percentiles(columns) {
            numbers.percentile(percent, ms: record.number(column + extra))
        }
        let name = (0...extra).compactMap { record.text($0) }.joined(separator: ",")
        // Method and name are one text here: those of all are "None Total".
        let words = name.split(separator: " ").map(String.init)
        let last = words.last ?? ""
        if words.count <= 2,
            LocustTable.isTotal(words.count == 2 ? words.first ?? "" : "", last)
        {
            total = numbers
        } else {
            parts.add(name, numbers)
        }
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        var run = ImportedRun()
        run.latency = .uncorrected
        if let total {
            run.reported = total
        } else {
            run.lacks.append("the row of all names together: the file is cut")
        }
        parts.put(into: &run)
        output.endRun(run)
    }
}
