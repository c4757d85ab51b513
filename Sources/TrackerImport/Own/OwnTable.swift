import TrackerLog

/// The table of samples that `tracker export --format csv` writes: a row for each sample or
/// distribution, each label in a column of its own.
struct OwnTable: RecordFormat {
    static let name = "Local Tracker CSV"
    static let tool = "tracker"
    static let lacks = ["targets and conditions of runs, their start and end, notes and tags"]

    static func recognises(_ head: FileHead) -> Bool {
        head.firstLine.hasPrefix(EventColumns.names.joined(separator: ","))
    }

    static func separator(_ head: FileHead) -> UInt8 { UInt8(ascii: ",") }

    /// Names of labels by column; `nil` until the header is read.
    private var labels: [(column: Int, name: String)]?

    init() {}

    mutating func read(
        _ record: ImportRecord, into output: inout ImportOutput
    ) throws(ImportError) {
        guard let labels else {
            let first = EventColumns.names.count
            self.labels = (first..<max(first, record.count)).compactMap { column in
                CellText.text(record.bytes(column)).map { name in
                    let own = name.utf8.dropFirst(EventColumns.labelPrefix.utf8.count)
                    return (column, String(Substring(own)))
                }
            }
            return
        }
        let row = Row(record: record, labels: labels)
        guard let event = row.event else {
            return output.lost("the row is cut, or no sample", at: record.place)
        }
        output.event(event)
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        output.endEvents(announcing: true)
    }
}

private struct Row {
    let record: ImportRecord
    let labels: [(column: Int, name: String)]

    private func text(_ place: EventColumns.Place) -> String? {
        CellText.text(record.bytes(place.rawValue))
    }

    /// Exactly as written.
    private func number(_ place: EventColumns.Place) -> Double? {
        record.bytes(place.rawValue).flatMap { Double($0.text) }
    }

    private func whole(_ place: EventColumns.Place) -> Int? {
        record.bytes(place.rawValue).flatMap { Int($0.text) }
    }

    /// `nil` if it is not one that the log takes.
    var event: Event? {
        guard record.count == EventColumns.names.count + labels.count,
            let time = number(.time).flatMap(Timestamp.init(milliseconds:)),
            let metric = text(.metric)
        else { return nil }
        let event = distribution(time, metric) ?? sample(time, metric)
        var line: [UInt8] = []
        guard let event, EventEncoder.append(event, to: &line) else { return nil }
        return event
    }

    private var given: [Label] {
        labels.compactMap { label in
            CellText.text(record.bytes(label.column)).map { Label(label.name, $0) }
        }
    }

    private func sample(_ time: Timestamp, _ metric: String) -> Event? {
        guard let value = number(.value) else { return nil }
        let ok: Bool?
        switch text(.ok) {
        case nil: ok = nil
        case "true": ok = true
        case "false": ok = false
        default: return nil
        }
        return .sample(
            Sample(
                timestamp: time, metric: metric, value: value, unit: text(.unit),
                run: text(.run), labels: given, ok: ok))
    }

    private func distribution(_ time: Timestamp, _ metric: String) -> Event? {
        guard let buckets = text(.buckets) else { return nil }
        var histogram: [BucketCount] = []
        for pair in buckets.split(separator: " ") {
            let parts = pair.split(separator: ":")
            guard parts.count == 2, let bucket = Int32(parts[0]), let count = UInt64(parts[1])
            else { return nil }
            histogram.append(BucketCount(bucket: bucket, count: count))
        }
        guard let count = whole(.count), let errors = whole(.errors), let sum = number(.sum),
            let low = number(.min), let high = number(.max)
        else { return nil }
        return .distribution(
            Distribution(
                timestamp: time, metric: metric, histogram: histogram, count: count, sum: sum,
                min: low, max: high, errors: errors, durationMs: number(.duration),
                unit: text(.unit), run: text(.run), labels: given))
    }
}
