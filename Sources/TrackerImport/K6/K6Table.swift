import TrackerLog

/// `k6 run --out csv=FILE`: a row for each point.
struct K6Table: RecordFormat {
    static let name = "k6 CSV"
    static let tool = "k6"
    static let lacks = [
        "what metrics of the script are (type and unit)",
        "fractions of a second in times, by default",
        "whether requests were due at fixed times (the executor)",
    ]

    static func recognises(_ head: FileHead) -> Bool {
        head.firstLine.hasPrefix("metric_name,timestamp,metric_value")
    }

    static func separator(_ head: FileHead) -> UInt8 { UInt8(ascii: ",") }

    private var columns: ColumnNames?
    private var points = K6Points()
    private var hasZone = true

    mutating func read(
        _ record: ImportRecord, into output: inout ImportOutput
    ) throws(ImportError) {
        guard let columns else {
            columns = ColumnNames(record.texts)
            return
        }
        guard record.count == columns.names.count, let name = record.bytes(0), !name.isEmpty else {
            return output.lost(
                "a row of \(record.count) cells, not \(columns.names.count)", at: record.place)
        }
        guard let time = try time(record), let value = record.number(2) else {
            return output.lost("no time or no value", at: record.place)
        }
        // The cells behind the value; those of one request are the same text.
        let tail = record.tail(from: 3)
        let tags = points.tags.find(tail) ?? points.addTags(tail, tags(record, columns))
        let metric = points.metric(name)
        points.add(metric: metric, value, at: time, tags: tags, to: &output)
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        var run = points.run()
        if !hasZone { run.timeSource = .assumedUTC }
        output.endRun(run)
    }

    private mutating func time(_ record: ImportRecord) throws(ImportError) -> Timestamp? {
        guard let bytes = record.bytes(1) else { return nil }
        if let time = TimeText.epoch(bytes) { return time }
        switch TimeText.read(bytes.text) {
        case .time(let time, let isZoned):
            hasZone = hasZone && isZoned
            return time
        case .ambiguous, .none: return nil
        }
    }

    private func tags(_ record: ImportRecord, _ columns: ColumnNames) -> K6Tags {
        var pairs: [(name: String, value: String)] = []
        for index in 3..<max(3, record.count) {
            let name = columns.names[index]
            guard let value = record.filled(index), name != "metadata" else { continue }
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
