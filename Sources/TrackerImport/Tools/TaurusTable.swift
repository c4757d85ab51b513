import TrackerLog

/// The final statistics of Taurus as a table (`dump-csv`): a row for each label.
struct TaurusTable: NamedTable, HeadedTable {
    static let name = "Taurus CSV"
    static let tool = "taurus"
    static let lacks = ["single requests", "the start of the test"]

    static let names = ["label", "avg_rt", "throughput", "succ", "fail"]

    var columns: ColumnNames?

    mutating func read(
        row record: ImportRecord, _ columns: ColumnNames, into output: inout ImportOutput
    ) throws(ImportError) {
        guard record.count == columns.names.count, record.whole(columns["throughput"]) != nil else {
            return output.lost(
                "the row has \(record.count) of \(columns.names.count) columns, or no count",
                at: record.place)
        }
        var group = TaurusGroup(label: record.text(columns["label"]) ?? "")
        for (index, name) in columns.names.enumerated() {
            guard let value = record.number(index) else {
                let text = (record.text(index) ?? "").trimmedBlanks
                if index != columns["label"], DecimalText.isDamaged(text) {
                    output.lost("\(name) is not a number", at: record.place)
                }
                continue
            }
            let parts = name.split(separator: "_", maxSplits: 1).map(String.init)
            if parts.count == 2, ["perc", "rc"].contains(parts[0]) {
                group.add(parts[0], value, param: parts[1])
            } else {
                group.add(name, value)
            }
        }
        group.end(seconds: nil, url: nil, into: &output)
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        guard output.runs.isEmpty, output.losses.count == 0 else { return }
        throw .refused(
            format: Self.name, reason: "there is no label in it",
            advice: "Let Taurus write it again, with dump-csv.", place: nil)
    }
}
