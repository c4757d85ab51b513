import TrackerLog

/// `vegeta encode --to csv`: 12 columns without names, fewer in older versions; names that somebody
/// put above them do no harm. Nanoseconds.
struct VegetaTable: RecordFormat {
    static let name = "vegeta CSV"
    static let tool = "vegeta"
    static let lacks: [String] = []

    static func recognises(_ head: FileHead) -> Bool {
        let lines = head.lines.filter { !$0.trimmedBlanks.isEmpty }
        let row = lines.first.map(isHeader) == true ? lines.dropFirst().first : lines.first
        // The error, in the sixth cell, may have line breaks.
        let cells = (row ?? "").split(separator: ",", omittingEmptySubsequences: false)
        guard cells.count >= leastColumns else { return false }
        let start = cells[0].drop { $0 == " " }
        // Twelve cells are told without a time as well: it may be 0.
        let isTime = start.count == 19 && start.allSatisfy(\.isNumber)
        return isTime
            || cells.count == 12 && cells[10].contains("://") && Int(start) != nil
                && cells[1].count <= 3 && Int(cells[1]) != nil && Int(cells[2]) != nil
    }

    static func separator(_ head: FileHead) -> UInt8 { UInt8(ascii: ",") }

    /// Up to the error: the first versions wrote no more.
    private static let leastColumns = 6

    private static func isHeader(_ line: String) -> Bool {
        let names = line.lowercased()
        return names.hasPrefix("timestamp,") && names.contains("latency")
    }

    private var sink = VegetaResultSink()
    private var hasRow = false

    mutating func read(
        _ record: ImportRecord, into output: inout ImportOutput
    ) throws(ImportError) {
        if !hasRow {
            hasRow = true
            if Self.isHeader(record.texts.joined(separator: ",")) { return }
        }
        guard record.count >= Self.leastColumns,
            let time = record.bytes(0).flatMap(TimeText.cell),
            let status = record.whole(1), let latency = record.number(2), latency >= 0
        else {
            return output.lost(
                "not a time, a status and a latency in the first of 12 columns", at: record.place)
        }
        // A field with quotes in it has them twice.
        let error = Array((record.text(5) ?? "").utf8)
        let none = record.tail(from: record.count)
        unsafe error.withUnsafeBytes { error in
            sink.add(
                VegetaResult(
                    sent: time, latencyNs: latency, status: status, error: unsafe ByteView(error),
                    attack: record.bytes(7) ?? none, method: record.bytes(9) ?? none,
                    url: record.bytes(10) ?? none),
                to: &output)
        }
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        output.endRun(sink.run())
    }
}
