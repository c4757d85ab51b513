import TrackerLog

/// `h2load --log-file`: start in microseconds since 1970, status, and duration in microseconds.
struct H2loadTable: RecordFormat {
    static let name = "h2load log"
    static let tool = "h2load"
    static let lacks = ["the URL", "bytes", "why a request failed"]

    static func recognises(_ head: FileHead) -> Bool {
        let rows = head.lines.lazy.map { $0.split(separator: "\t") }.filter { !$0.isEmpty }
        // A start may be 0: then the next one tells.
        guard let row = rows.first(where: { $0[0] != "0" }), rows.first?.count == row.count
        else { return false }
        return row.count >= 3 && row[0].count == 16 && row.prefix(3).allSatisfy { Int($0) != nil }
            && (row[1] == "-1" || row[1].count == 3)
    }

    static func separator(_ head: FileHead) -> UInt8 { 0x09 }

    mutating func read(
        _ record: ImportRecord, into output: inout ImportOutput
    ) throws(ImportError) {
        guard record.count >= 3, let start = record.bytes(0).flatMap(TimeText.cell),
            let status = record.whole(1), let us = record.number(2), us >= 0
        else {
            return output.lost("not a time, a status and a duration", at: record.place)
        }
        output.sample(
            "http.latency_ms", us / 1e3, at: start, lastingMs: us / 1e3, unit: "ms",
            labels: status > 0 ? [Label("status", String(status))] : [],
            ok: status > 0 && status < 400)
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        var run = ImportedRun()
        run.latency = .uncorrected
        output.endRun(run)
    }
}
