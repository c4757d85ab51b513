import TrackerLog

/// The request log of 2.44 and later: a row for each request.
struct LocustRequestLog: HeadedTable {
    static let name = "Locust request log"
    static let tool = "Locust"
    static let lacks = ["the host", "users"]

    static func recognises(_ head: FileHead) -> Bool {
        let columns = LocustTable.names(head)
        return columns["timestamp"] != nil && columns["request_type"] != nil
            && columns["response_time_ms"] != nil
    }

    static func separator(_ head: FileHead) -> UInt8 { LocustTable.separator(head) }

    var columns: ColumnNames?
    private var labels: [String: [Label]] = [:]

    mutating func read(
        row record: ImportRecord, _ columns: ColumnNames, into output: inout ImportOutput
    ) throws(ImportError) {
        guard record.count >= columns.names.count,
            let time = columns["timestamp"].flatMap({ record.time($0) })
        else { return output.lost("the row is cut, or its time is none", at: record.place) }
        guard let latency = record.number(columns["response_time_ms"]), latency >= 0 else {
            return output.lost("the response time is not a number", at: record.place)
        }
        // 0 stands for no answer.
        let status = record.whole(columns["status_code"]).flatMap { $0 > 0 ? $0 : nil }
        let error = record.filled(columns["exception"])
        output.sample(
            "http.latency_ms", latency, at: time, lastingMs: latency, unit: "ms",
            labels: labels(record, columns, status: status, error: error),
            ok: error == nil && status.map { $0 < 400 } ?? (columns["status_code"] == nil))
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        var run = ImportedRun()
        run.latency = .uncorrected
        run.leftOut = ["response lengths", "all of an exception but its name"]
        output.endRun(run)
    }

    private mutating func labels(
        _ record: ImportRecord, _ columns: ColumnNames, status: Int?, error: String?
    ) -> [Label] {
        let method = record.filled(columns["request_type"])
        let route = record.filled(columns["name"])
        // `HTTPError('500 …')`: the rest of the text is another for each request.
        let kind = error.map { String($0.prefix { !"(:".contains($0) }.prefix(80)).trimmedBlanks }
        let key = [method, route, status.map(String.init), kind].map { $0 ?? "" }
            .joined(separator: "\u{0}")
        if let known = labels[key] { return known }
        func label(_ name: String, _ value: String?) -> Label? {
            guard let value, !value.isEmpty else { return nil }
            return Label(name, String(value.prefix(ImportLimits.maxLabelBytes)))
        }
        let new = [
            label("method", method), label("route", route),
            label("status", status.map(String.init)), label("error", kind),
        ].compactMap(\.self)
        if labels.count < ImportLimits.maxKnownLabels { labels[key] = new }
        return new
    }
}
