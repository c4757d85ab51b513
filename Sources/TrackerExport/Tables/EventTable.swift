import TrackerImport
import TrackerLog

/// CSV of samples and distributions: a row each, a column for each name of a label.
///
/// The log is read twice: first for the names of the labels, so that no row is kept.
struct EventTable {
    private let selection: ExportSelection
    private let labels: [String]
    private let lineEnd = Array("\r\n".utf8)
    /// Rows with a label that has no column: they were logged after the names had been read.
    private(set) var late = 0

    /// - Parameter events: are read for the names of the labels.
    init(_ selection: ExportSelection, of events: LoggedEvents) throws(ExportError) {
        try selection.checkRuns()
        self.selection = selection
        labels = try Self.labelNames(selection, events)
    }

    mutating func write(of events: inout LoggedEvents, to sink: ExportSink) throws(StorageError) {
        var buffer = PieceBuffer()
        try buffer.add({ header(labels, &$0) }, sink)
        for session in selection.sessions {
            try events.visit(session) { _, event throws(StorageError) in
                guard hasColumns(event) else {
                    late += 1
                    return
                }
                try buffer.add({ row(event, session.name, labels, &$0) }, sink)
            }
        }
        try buffer.flush(sink)
    }

    private func hasColumns(_ event: Event) -> Bool {
        Self.labels(of: event).allSatisfy { label in
            labels.contains { $0.isExactly(label.name) }
        }
    }

    private static func labels(of event: Event) -> [Label] {
        switch event {
        case .sample(let sample): sample.labels
        case .distribution(let counts): counts.labels
        default: []
        }
    }

    private static func labelNames(
        _ selection: ExportSelection, _ events: LoggedEvents
    ) throws(ExportError) -> [String] {
        var names: Set<ExactText> = []
        // What is damaged is told of the second reading.
        var first = events
        do throws(StorageError) {
            for session in selection.sessions {
                try first.visit(session) { _, event throws(StorageError) in
                    for label in labels(of: event) where names.count <= ExportLimits.maxLabelColumns
                    {
                        names.insert(ExactText(label.name))
                    }
                }
            }
        } catch {
            throw .storage(error)
        }
        guard names.count <= ExportLimits.maxLabelColumns else {
            throw .tooManyLabels(ExportLimits.maxLabelColumns)
        }
        return names.sorted().map(\.text)
    }

    private func header(_ labels: [String], _ bytes: inout [UInt8]) {
        bytes += Array(EventColumns.names.joined(separator: ",").utf8)
        for label in labels {
            bytes.append(UInt8(ascii: ","))
            CellText.append(EventColumns.labelPrefix + label, to: &bytes)
        }
        bytes += lineEnd
    }

    private func row(
        _ event: Event, _ session: String, _ labels: [String], _ bytes: inout [UInt8]
    ) {
        let given: [Label]
        switch event {
        case .sample(let sample):
            begin(session, sample.run, sample.timestamp, sample.metric, sample.unit, &bytes)
            number(sample.value, &bytes)
            text(sample.ok.map { $0 ? "true" : "false" }, &bytes)
            // From `count` to `duration_ms`.
            for _ in 0..<6 { bytes.append(UInt8(ascii: ",")) }
            given = sample.labels
        case .distribution(let counts):
            begin(session, counts.run, counts.timestamp, counts.metric, counts.unit, &bytes)
            text(nil, &bytes)
            text(nil, &bytes)
            number(counts.count, &bytes)
            number(counts.errors, &bytes)
            for value in [counts.sum, counts.min, counts.max, counts.durationMs] {
                number(value, &bytes)
            }
            let pairs = counts.histogram.map { "\($0.bucket):\($0.count)" }
            CellText.append(pairs.joined(separator: " "), to: &bytes)
            given = counts.labels
        default: return
        }
        for name in labels {
            let value = given.first { $0.name.isExactly(name) }?.value
            bytes.append(UInt8(ascii: ","))
            CellText.append(value, to: &bytes)
        }
        bytes += lineEnd
    }

    private func begin(
        _ session: String, _ run: String?, _ time: Timestamp, _ metric: String, _ unit: String?,
        _ bytes: inout [UInt8]
    ) {
        text(session, &bytes)
        text(run, &bytes)
        number(time.milliseconds, &bytes)
        text(metric, &bytes)
        text(unit, &bytes)
    }

    private func text(_ text: String?, _ bytes: inout [UInt8]) {
        CellText.append(text, to: &bytes)
        bytes.append(UInt8(ascii: ","))
    }

    private func number(_ number: Double?, _ bytes: inout [UInt8]) {
        if let number, number.isFinite { JSONValue.double(number).write(to: &bytes) }
        bytes.append(UInt8(ascii: ","))
    }

    private func number(_ number: Int, _ bytes: inout [UInt8]) {
        bytes += Array("\(number),".utf8)
    }
}
