import TrackerLog

/// `PREFIX_stats_history.csv`: a row a second of all requests so far, and with
/// `--csv-full-history` one for each name.
struct LocustHistory: RecordFormat {
    static let name = "Locust history"
    static let tool = "Locust"
    static let lacks = [
        "single requests", "the host", "errors by kind",
        "percentiles as measured: Locust rounds times to two digits before it counts them",
    ]

    static func recognises(_ head: FileHead) -> Bool {
        let known = LocustColumns(LocustTable.names(head))
        return known?.time != nil && known?.rate != nil
    }

    static func separator(_ head: FileHead) -> UInt8 { LocustTable.separator(head) }

    /// What a name had at its last row.
    private struct Before {
        var time: Timestamp
        var requests: Int
        var failures: Int?
    }

    private var columns: LocustColumns?
    private var before: [String: Before] = [:]
    private var last: ReportedNumbers?
    private var first: Timestamp?
    private var end: Timestamp?
    private var maxUsers: Int?

    mutating func read(
        _ record: ImportRecord, into output: inout ImportOutput
    ) throws(ImportError) {
        guard let columns else {
            columns = LocustColumns(ColumnNames(record.texts))
            return
        }
        let extra = max(0, record.count - columns.count)
        func at(_ column: Int?) -> Int? {
            column.map { $0 > columns.name ? $0 + extra : $0 }
        }
        guard record.count >= columns.count,
            let time = record.number(at(columns.time)).flatMap(TimeText.seconds),
            let requests = record.whole(at(columns.requests))
        else {
            return output.lost(
                "the row has \(record.count) of \(columns.count) columns, or no time or count",
                at: record.place)
        }
        let type = record.text(columns.type) ?? ""
        let name = (columns.name...columns.name + extra).compactMap { record.text($0) }
            .joined(separator: ",")
        let isTotal = LocustTable.isTotal(type, name)
        (first, end) = (first ?? time, time)
        if isTotal, let users = record.whole(at(columns.users)) {
            maxUsers = max(maxUsers ?? users, users)
            output.sample("users", Double(users), at: time, unit: nil)
        }
        writeRates(
            Before(
                time: time, requests: requests, failures: record.whole(at(columns.failures))),
            key: LocustTable.route(type, name),
            labels: isTotal ? [] : Self.labels(type, name), into: &output)
        guard isTotal else { return }
        last = Self.numbers(requests) { record.number(at($0(columns))) }
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        var run = ImportedRun()
        run.latency = .uncorrected
        run.start = first
        run.end = end
        if let last { run.reported = last }
        if let maxUsers { run.params.append(.init("users", .integer(maxUsers))) }
        run.leftOut = [
            "percentiles of each second: of ten seconds or of all so far, the file does not say",
            "Requests/s and Failures/s: means of ten seconds, the counts tell more",
        ]
        output.endRun(run)
    }

    /// Requests since the row before. Counts that fall were reset by Locust.
    private mutating func writeRates(
        _ now: Before, key: String, labels: [Label], into output: inout ImportOutput
    ) {
        let then = before[key]
        if then != nil || before.count < ImportLimits.maxKnownLabels { before[key] = now }
        guard let then else { return }
        let seconds = (now.time.milliseconds - then.time.milliseconds) / 1e3
        guard seconds > 0 else { return }
        let isReset = now.requests < then.requests
        func rate(_ count: Int, _ old: Int) -> Double {
            Double(isReset ? count : max(0, count - old)) / seconds
        }
        output.sample(
            "requests_per_second", rate(now.requests, then.requests), at: then.time,
            lastingMs: seconds * 1e3, unit: "/s", labels: labels)
        guard let failures = now.failures, let old = then.failures else { return }
        output.sample(
            "failures_per_second", rate(failures, old), at: then.time, lastingMs: seconds * 1e3,
            unit: "/s", labels: labels)
    }

    private static func labels(_ type: String, _ name: String) -> [Label] {
        var labels: [Label] = []
        if !type.isEmpty, type != "None" { labels.append(Label("method", type)) }
        if !name.isEmpty {
            labels.append(Label("route", String(name.prefix(ImportLimits.maxLabelBytes))))
        }
        return labels
    }

    private static func numbers(
        _ requests: Int, _ number: ((LocustColumns) -> Int?) -> Double?
    ) -> ReportedNumbers {
        var numbers = ReportedNumbers()
        numbers.requests(
            total: requests, failed: number(\.failures).flatMap { Int(exactly: $0) })
        guard requests > 0 else { return numbers }
        numbers.add("avg_latency_ms", number(\.mean))
        numbers.percentile("50", ms: number(\.median))
        numbers.add("min_ms", number(\.min))
        numbers.add("max_ms", number(\.max))
        numbers.add("avg_content_bytes", number(\.size))
        return numbers
    }
}
