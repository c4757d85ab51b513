import TrackerLog

/// `PREFIX_stats.csv`, before 1.0 `PREFIX_requests.csv`: a row for each name and one for all.
struct LocustStats: RecordFormat {
    static let name = "Locust stats"
    static let tool = "Locust"
    static let lacks = [
        "single requests", "the start of the test", "the host", "errors by kind",
        "percentiles as measured: Locust rounds times to two digits before it counts them",
    ]

    static func recognises(_ head: FileHead) -> Bool {
        let columns = LocustColumns(LocustTable.names(head))
        return columns?.mean != nil && columns?.time == nil
    }

    static func separator(_ head: FileHead) -> UInt8 { LocustTable.separator(head) }

    private var columns: LocustColumns?
    private var total: ReportedNumbers?
    private var durationMs: Double?
    private var parts = ReportedParts()
    /// Of all names; only one of them stands for all where that row is missing.
    private var names: [ReportedNumbers] = []
    private var sum = 0

    mutating func read(
        _ record: ImportRecord, into output: inout ImportOutput
    ) throws(ImportError) {
        guard let columns else {
            columns = LocustColumns(ColumnNames(record.texts))
            return
        }
        // Before 1.2 a comma in a name was written as it is.
        let extra = max(0, record.count - columns.count)
        guard record.count >= columns.count, let count = record.whole(columns.requests + extra)
        else {
            return output.lost(
                "the row has \(record.count) of \(columns.count) columns, or no count",
                at: record.place)
        }
        let type = record.text(columns.type) ?? ""
        let name = (columns.name...columns.name + extra).compactMap { record.text($0) }
            .joined(separator: ",")
        let numbers = Self.numbers(record, columns, count: count, extra: extra)
        if LocustTable.isTotal(type, name) {
            total = numbers
            let rate = record.number(columns.rate.map { $0 + extra })
            if let rate, rate > 0 { durationMs = Double(count) / rate * 1e3 }
        } else {
            parts.add(LocustTable.route(type, name), numbers)
            if names.count < 2 { names.append(numbers) }
            sum = sum.plus(count)
        }
    }

    var isWhole: Bool { total != nil }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        var run = ImportedRun()
        run.latency = .uncorrected
        if let total {
            run.reported = total
        } else {
            // A row that is lost is missing in what the others are together.
            let isWhole = output.losses.count == 0
            if isWhole, names.count == 1 {
                run.reported = names[0]
            } else if isWhole, !names.isEmpty {
                run.reported.requests(total: sum, failed: nil)
            }
            run.lacks.append("the row of all names together: the file is cut")
        }
        run.durationMs = durationMs
        parts.put(into: &run)
        output.endRun(run)
    }

    private static func numbers(
        _ record: ImportRecord, _ columns: LocustColumns, count: Int, extra: Int
    ) -> ReportedNumbers {
        func number(_ column: Int?) -> Double? { record.number(column.map { $0 + extra }) }
        let failed = number(columns.failures).flatMap { Int(exactly: $0) }
        var numbers = ReportedNumbers()
        numbers.requests(total: count, failed: failed)
        // Without a request the other numbers are zeros that nothing measured.
        guard count > 0 else { return numbers }
        numbers.rate(ofAll: number(columns.rate), total: count, failed: failed)
        numbers.add("avg_latency_ms", number(columns.mean))
        for (percent, column) in columns.percentiles {
            numbers.percentile(percent, ms: number(column))
        }
        numbers.percentile("50", ms: number(columns.median))
        numbers.add("min_ms", number(columns.min))
        numbers.add("max_ms", number(columns.max))
        numbers.add("avg_content_bytes", number(columns.size))
        return numbers
    }
}
