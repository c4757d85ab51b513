import TrackerLog

/// An SQLite file with the guide's table `local_test_runs`: each row is a run with reported
/// numbers.
struct LocalTestRuns: StreamFormat {
    static let name = "table local_test_runs in SQLite"
    static let tool = "tracker"
    static let lacks = ["single requests", "the conditions of the test"]

    static func recognises(_ head: FileHead) -> Bool {
        DatabaseFile.recognises(head, containing: LocalTestRow.table)
    }

    private var file = DatabaseFile(format: name, smaller: "Export fewer sessions into a file.")

    init() {}

    mutating func read(_ bytes: ByteView, into output: inout ImportOutput) throws(ImportError) {
        try file.add(bytes)
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        var rows: [LocalTestRow] = []
        let names = LocalTestRow.columns.map(\.name).joined(separator: ", ")
        let database = try file.open()
        do throws(SQLiteError) {
            try database.run(
                "SELECT \(names) FROM \(LocalTestRow.table) ORDER BY timestamp, id LIMIT ?",
                [.number(Double(ImportLimits.maxRuns))]
            ) { values in
                if let row = LocalTestRow(values) { rows.append(row) }
                return true
            }
        } catch {
            throw file.refusal(error)
        }
        var ids: Set<ExactText> = []
        for (index, row) in rows.enumerated() {
            let place = ImportPlace(line: index + 1, offset: 0)
            guard let id = row["id"].textValue, !id.isEmpty || isOutsideOfRuns(row) else {
                output.lost("the row has no id", at: place)
                continue
            }
            let isNew = id.isEmpty || ids.insert(ExactText(id)).inserted
            let session = row["session_id"].textValue ?? ""
            guard let events = events(row, isNew ? id : "\(session)/\(id)", output.source.anchor)
            else {
                output.lost("the row is no report: its timestamp or texts are not valid", at: place)
                continue
            }
            for event in events { output.event(event) }
        }
        output.endEvents(announcing: false)
    }

    /// Whether it is a value and nothing else: what was logged outside of runs has an empty id.
    private func isOutsideOfRuns(_ row: LocalTestRow) -> Bool {
        row["metric_name"].textValue != nil && row["value"].numberValue != nil
            && (row["run_details"].textValue ?? "{}") == "{}"
    }

    /// The events that `POST /api/track` makes of such a report; `nil` if the log cannot have them.
    private func events(
        _ row: LocalTestRow, _ id: String, _ anchor: ImportSource.Anchor
    ) -> [Event]? {
        let given = row["timestamp"].textValue
        let time = given.flatMap(Timestamp.init(iso8601AssumingUTC:))
        guard given == nil || time != nil, let details = object(row["run_details"]),
            let labels = object(row["labels"])
        else { return nil }
        let end = time ?? anchor.time
        var params: [JSONValue.Member] = []
        let metric = row["metric_name"].textValue
        for name in ["schema_version", "metric_name"] {
            if let text = row[name].textValue { params.append(.init(name, .string(text))) }
        }
        let value = row["value"].numberValue
        if metric != nil {
            if let value { params.append(.init("value", .double(value))) }
            if labels != .emptyObject { params.append(.init("labels", labels)) }
        }
        params.append(.init("import_format", .string(Self.name)))
        let seconds = details["duration_s"]?.doubleValue ?? 0
        let run = id.isEmpty ? nil : id
        var events: [Event] = []
        if let metric, let value {
            events = [
                .sample(
                    Sample(
                        timestamp: end, metric: metric, value: value,
                        unit: metric.hasSuffix("_ms") ? "ms" : nil, run: run,
                        labels: labels.objectValue?.map(Self.label) ?? []))
            ]
        }
        if let run {
            let start = max(.epoch, end.advanced(byMilliseconds: -max(0, seconds) * 1_000))
            let begin = RunStarted(
                timestamp: start, run: run, test: row["challenge_type"].textValue,
                target: row["target_app"].textValue, params: .object(params),
                commit: row["commit_hash"].textValue)
            events.insert(.runStarted(begin), at: 0)
            events.append(
                .runFinished(
                    RunFinished(timestamp: end, run: run, state: .finished, summary: details)))
        }
        var line: [UInt8] = []
        return events.allSatisfy { EventEncoder.append($0, to: &line) } ? events : nil
    }

    private static func label(_ member: JSONValue.Member) -> Label {
        Label(member.key, member.value.stringValue ?? member.value.text)
    }

    private func object(_ value: SQLiteValue) -> JSONValue? {
        guard let text = value.textValue else { return .emptyObject }
        do throws(LineError) {
            let object = try JSONValue(parsing: Array(text.utf8))
            return object.objectValue == nil ? nil : object
        } catch {
            return nil
        }
    }
}
