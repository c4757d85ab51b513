import TrackerLog

/// `k6 run --out csv=FILE`: a row for each point.
struct K6Table: NamedTable {
    static let name = "k6 CSV"
    static let tool = "k6"
    static let lacks = [
        "what metrics of the script are (type and unit)",
        "fractions of a second in times, by default",
        "whether requests were due at fixed times (the executor)",
    ]

    static let names = ["metric_name", "timestamp", "metric_value"]

    /// Where those three are; tags are all others.
    private struct Columns {
        var all: ColumnNames
        var name: Int
        var time: Int
        var value: Int

        init?(_ names: [String]) {
            let columns = ColumnNames(names)
            all = columns
            let places = K6Table.names.compactMap { columns[$0] }
            guard places.count == 3 else { return nil }
            (name, time, value) = (places[0], places[1], places[2])
        }

        /// As k6 writes them: the tags of a row are one text behind them.
        var areFirst: Bool { (name, time, value) == (0, 1, 2) }
        var count: Int { all.names.count }
    }

    private var columns: Columns?
    private var points = K6Points()
    private var hasZone = true

    mutating func read(
        _ record: ImportRecord, into output: inout ImportOutput
    ) throws(ImportError) {
        guard let columns else {
            columns = Columns(record.texts)
            return
        }
        guard record.count == columns.count, let name = record.bytes(columns.name), !name.isEmpty
        else {
            return output.lost(
                "a row of \(record.count) cells, not \(columns.count)", at: record.place)
        }
        guard let time = time(record, columns.time), let value = record.number(columns.value)
        else {
            return output.lost("no time or no value", at: record.place)
        }
        // The cells behind the value; those of one request are the same text.
        let tail = record.tail(from: columns.areFirst ? 3 : 0)
        let tags = points.tags.find(tail) ?? points.addTags(tail, tags(record, columns))
        let metric = points.metric(name)
        points.add(metric: metric, value, at: time, tags: tags, to: &output)
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        var run = points.run()
        if !hasZone { run.timeSource = .assumedUTC }
        output.endRun(run)
    }

    private mutating func time(_ record: ImportRecord, _ column: Int) -> Timestamp? {
        guard let bytes = record.bytes(column) else { return nil }
        if let time = TimeText.cell(bytes) { return time }
        switch TimeText.read(bytes.text) {
        case .time(let time, let isZoned):
            hasZone = hasZone && isZoned
            return time
        case .ambiguous, .none: return nil
        }
    }

    private func tags(_ record: ImportRecord, _ columns: Columns) -> K6Tags {
        var pairs: [(name: String, value: String)] = []
        let others = [columns.name, columns.time, columns.value]
        for index in 0..<record.count where !others.contains(index) {
            let name = columns.all.names[index]
            // A table that pandas wrote begins with a column of row numbers without a name.
            guard !name.isEmpty, let value = record.filled(index), name != "metadata" else {
                continue
            }
            guard name == "extra_tags" else {
                pairs.append((name, value))
                continue
            }
            for pair in value.split(separator: "&") {
                let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
                if parts.count == 2 { pairs.append((parts[0], parts[1])) }
            }
        }
        return K6Tags(pairs)
    }
}
