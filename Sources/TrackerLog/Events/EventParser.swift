/// Parses any line of the log. Its result alone decides what is an event.
public enum EventParser {
    /// - Parameter line: without its `\n`.
    /// - Throws: why it is not an event.
    public static func parse(_ line: UnsafeRawBufferPointer) throws(LineError) -> Event {
        guard line.count <= LogLimits.maxLineBytes else { throw .tooLong }
        guard unsafe line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else {
            throw .empty
        }
        let value = try unsafe json(line)
        guard case .object = value else { throw .notAnObject }
        let fields = EventFields(object: value)
        if value["event"] != nil { return try event(fields) }
        if value["metric"] != nil {
            return value["hist"] != nil
                ? .distribution(try distribution(fields)) : .sample(try sample(fields))
        }
        throw .noKind
    }

    /// - Parameter line: without its `\n`.
    public static func parse(_ line: [UInt8]) throws(LineError) -> Event {
        let result = unsafe line.withUnsafeBytes { bytes in
            Result { () throws(LineError) in try unsafe parse(bytes) }
        }
        return try result.get()
    }

    private static func json(_ line: UnsafeRawBufferPointer) throws(LineError) -> JSONValue {
        do throws(LineError) {
            return try unsafe JSONValue(parsing: line)
        } catch {
            guard error == .syntax, unsafe isWide(line) else { throw error }
            throw .otherEncoding
        }
    }

    /// Whether a text that is no JSON begins like one of two or four bytes a letter: with zero
    /// bytes between the others. A hole in a file has them all at once.
    private static func isWide(_ line: UnsafeRawBufferPointer) -> Bool {
        let start = unsafe line.prefix(32)
        let endedZeros = unsafe zip(start, start.dropFirst()).count { $0 == 0 && $1 != 0 }
        return endedZeros > 1
    }

    private static func sample(_ fields: EventFields) throws(LineError) -> Sample {
        let metric = try fields.metric()
        guard let value = fields.object["value"]?.doubleValue, value.isFinite else { throw .value }
        return Sample(
            timestamp: try fields.timestamp(), metric: metric, value: value,
            unit: try fields.name("unit", orThrow: .unit),
            run: try fields.name("run", orThrow: .run),
            labels: try fields.labels(), ok: try fields.ok())
    }

    private static func distribution(_ fields: EventFields) throws(LineError) -> Distribution {
        let metric = try fields.metric()
        let histogram = try fields.histogram()
        guard let counted = BucketCount.total(histogram) else { throw .histogram }
        guard let count = fields.object["count"]?.intValue, count > 0, UInt64(count) == counted,
            let sum = fields.finite("sum"), let low = fields.finite("min"),
            let high = fields.finite("max"), low <= high
        else { throw .histogram }
        let errors = fields.object["errors"].map { $0.intValue ?? -1 } ?? 0
        guard (0...count).contains(errors) else { throw .histogram }
        let durationMs = fields.object["duration_ms"]
        guard durationMs == nil || fields.finite("duration_ms") != nil else { throw .histogram }
        var distribution = Distribution(
            timestamp: try fields.timestamp(), metric: metric, histogram: histogram,
            count: count,
            sum: sum, min: low, max: high, errors: errors, durationMs: durationMs?.doubleValue,
            unit: try fields.name("unit", orThrow: .unit),
            run: try fields.name("run", orThrow: .run),
            labels: try fields.labels())
        // It was an event before the field had a meaning: what is wrong in it counts as missing.
        distribution.exactSum = fields.object["exact_sum"]?.stringValue
        return distribution
    }

    private static func event(_ fields: EventFields) throws(LineError) -> Event {
        guard let kind = fields.object["event"]?.stringValue else { throw .unknownEvent }
        let timestamp = try fields.timestamp()
        switch kind {
        case "session":
            var session = SessionEvent(
                timestamp: timestamp, name: try fields.text("name"),
                user: try fields.text("user"), host: try fields.text("host"),
                commit: try fields.text("commit"), labels: try fields.labels())
            (session.metrics, session.ignoredFields) = fields.declarations()
            return .session(session)
        case "metric":
            // The short spelling of a session event with one metric.
            var session = SessionEvent(timestamp: timestamp)
            session.metrics = [try fields.declaration()].filter { !$0.isEmpty }
            return .session(session)
        case "run_started":
            var run = RunStarted(
                timestamp: timestamp, run: try fields.requiredRun(),
                test: try fields.text("test"), target: try fields.text("target"),
                params: try fields.objectField("params"), commit: try fields.text("commit"),
                environment: try fields.objectField("environment"))
            (run.metrics, run.ignoredFields) = fields.declarations()
            return .runStarted(run)
        case "run_finished":
            guard
                let state = try fields.text("state").map(RunFinished.State.init(rawValue:))
                    ?? .finished
            else { throw .eventField }
            return .runFinished(
                RunFinished(
                    timestamp: timestamp, run: try fields.requiredRun(), state: state,
                    summary: try fields.objectField("summary")))
        default:
            guard let edit = Edit.Kind(event: kind) else { throw .unknownEvent }
            return .edit(try parseEdit(edit, fields, timestamp))
        }
    }

    private static func parseEdit(
        _ kind: Edit.Kind, _ fields: EventFields, _ timestamp: Timestamp
    ) throws(LineError) -> Edit {
        let field =
            switch kind {
            case .note: "text"
            case .tag, .untag: "tag"
            case .rename: "name"
            case .archive, .restore, .baseline, .leftOut, .takenIn, .undo, .profile: ""
            }
        let text = field.isEmpty ? "" : try fields.text(field)
        guard let text else { throw .eventField }
        for bound in ["from", "to"] where fields.object[bound] != nil {
            guard fields.time(bound) != nil else { throw .eventField }
        }
        var edit = Edit(
            timestamp: timestamp, kind: kind, text: text,
            run: try fields.name("run", orThrow: .run), from: fields.time("from"),
            to: fields.time("to"), id: fields.addedName("id"), by: fields.addedName("by"))
        guard kind == .note else { return edit }
        if let undone = fields.addedName("undo") {
            edit.kind = .undo
            edit.undoes = undone
        } else if edit.run != nil, let isLeftOut = fields.object["left_out"]?.boolValue {
            edit.kind = isLeftOut ? .leftOut : .takenIn
        } else if let hash = fields.addedName("profile"), Edit.isProfileHash(hash) {
            edit.kind = .profile
            edit.profile = hash
        }
        return edit
    }
}

/// The fields of a line's object, each with its own rule.
struct EventFields {
    let object: JSONValue

    func timestamp() throws(LineError) -> Timestamp {
        switch object["ts"] {
        case .number(let text):
            guard let time = Double(text).flatMap(Timestamp.init(milliseconds:)) else {
                throw .numberRange
            }
            return time
        case .string(let text):
            guard let time = Timestamp(rfc3339: text) else { throw .timestamp }
            return time
        case nil: throw .noTimestamp
        default: throw .timestamp
        }
    }

    func metric() throws(LineError) -> String {
        guard let metric = object["metric"]?.stringValue, Self.isMetric(metric) else {
            throw .metric
        }
        return metric
    }

    static func isMetric(_ name: String) -> Bool {
        !name.isEmpty && name.unicodeScalars.count <= LogLimits.maxMetricLength
    }

    /// An optional short text.
    func name(_ key: String, orThrow error: LineError) throws(LineError) -> String? {
        guard let value = object[key] else { return nil }
        guard let text = value.stringValue else { throw error }
        guard text.utf8.count <= LogLimits.maxNameBytes else { throw .nameTooLong }
        return text.isEmpty ? nil : text
    }

    /// A short text in a field that was added to the format. Anything else counts as missing: what
    /// was an event before the field had a meaning stays one.
    func addedName(_ key: String) -> String? {
        guard let text = object[key]?.stringValue, !text.isEmpty,
            text.utf8.count <= LogLimits.maxNameBytes
        else { return nil }
        return text
    }

    func requiredRun() throws(LineError) -> String {
        guard let run = try name("run", orThrow: .run) else { throw .run }
        return run
    }

    /// An optional text; may be `null`.
    func text(_ key: String) throws(LineError) -> String? {
        switch object[key] {
        case nil, .null: return nil
        case .string(let text): return text
        default: throw .eventField
        }
    }

    /// An optional object; may be `null`.
    func objectField(_ key: String) throws(LineError) -> JSONValue {
        switch object[key] {
        case nil, .null: return .emptyObject
        case .object(let members): return .object(members)
        default: throw .eventField
        }
    }

    func finite(_ key: String) -> Double? {
        object[key]?.doubleValue.flatMap { $0.isFinite ? $0 : nil }
    }

    func time(_ key: String) -> Timestamp? {
        object[key]?.doubleValue.flatMap(Timestamp.init(milliseconds:))
    }

    func ok() throws(LineError) -> Bool? {
        guard let value = object["ok"] else { return nil }
        guard let ok = value.boolValue else { throw .ok }
        return ok
    }

    func labels() throws(LineError) -> [Label] {
        guard let value = object["labels"] else { return [] }
        guard let members = value.objectValue, members.count <= LogLimits.maxLabels else {
            throw .labels
        }
        var labels: [Label] = []
        for member in members {
            guard member.key.utf8.count <= LogLimits.maxNameBytes else { throw .nameTooLong }
            switch member.value {
            case .string(let text), .number(let text): labels.append(Label(member.key, text))
            case .bool(let value): labels.append(Label(member.key, value ? "true" : "false"))
            case .null: labels.append(Label(member.key, "null"))
            case .array, .object: throw .labels
            }
        }
        return labels.sorted()
    }

    /// `[[bucket, count], …]`: buckets in range, in any order, each once; counts positive.
    func histogram() throws(LineError) -> [BucketCount] {
        guard let pairs = object["hist"]?.arrayValue else { throw .histogram }
        var histogram: [BucketCount] = []
        for pair in pairs {
            guard let parts = pair.arrayValue, parts.count == 2,
                let bucket = parts[0].intValue, BucketCount.buckets.contains(bucket),
                let count = parts[1].intValue, count > 0
            else { throw .histogram }
            histogram.append(BucketCount(bucket: Int32(bucket), count: UInt64(count)))
        }
        histogram.sort { $0.bucket < $1.bucket }
        for index in histogram.indices.dropFirst()
        where histogram[index].bucket == histogram[index - 1].bucket {
            throw .histogram
        }
        return histogram
    }
}
