/// Writes events as lines of the log.
public enum EventEncoder {
    /// Appends the event as one line with its `\n`.
    ///
    /// Invariant: `EventParser` accepts every line appended.
    /// - Returns: `false`, with nothing appended, when the event is invalid: a number that is not
    ///   finite, a metric that is empty or too long, too many labels, a line longer than the limit.
    public static func append(_ event: Event, to bytes: inout [UInt8]) -> Bool {
        unsafe withLine { cursor in
            encode(event, to: &cursor)
        } use: { line in
            unsafe bytes.append(contentsOf: line)
        }
    }

    /// The result of encoding an event.
    enum Outcome {
        /// The line was written, with its `\n`.
        case line
        /// The event is invalid, or its line too long.
        case refused
        /// The line needs more memory, at most `maxBytes`.
        case noRoom
    }

    /// The longest line with its `\n`.
    static let maxBytes = LogLimits.maxLineBytes + 1

    /// Encodes a line into temporary memory and passes it to `use`. A line of usual length stays on
    /// the stack.
    /// - Returns: `false`, without calling `use`, when the event is invalid.
    @inline(__always)
    static func withLine(
        _ encode: (inout ByteWriter) -> Outcome, use: (UnsafeRawBufferPointer) -> Void
    ) -> Bool {
        // Up to 1,024 bytes this allocates nothing.
        var outcome = unsafe withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 1) {
            unsafe attempt(encode, in: $0, use: use)
        }
        for bytes in [16 << 10, maxBytes] where outcome == .noRoom {
            outcome = unsafe withUnsafeTemporaryAllocation(byteCount: bytes, alignment: 1) {
                unsafe attempt(encode, in: $0, use: use)
            }
        }
        return outcome == .line
    }

    @inline(__always)
    private static func attempt(
        _ encode: (inout ByteWriter) -> Outcome, in memory: UnsafeMutableRawBufferPointer,
        use: (UnsafeRawBufferPointer) -> Void
    ) -> Outcome {
        var cursor = unsafe ByteWriter(memory)
        let outcome = encode(&cursor)
        if outcome == .line { unsafe use(cursor.written) }
        return outcome
    }

    static func encode(_ event: Event, to cursor: inout ByteWriter) -> Outcome {
        switch event {
        case .sample(let sample): encode(sample, to: &cursor)
        case .distribution(let distribution): encode(distribution, to: &cursor)
        case .session, .runStarted, .runFinished, .edit: encodeRare(event, to: &cursor)
        }
    }

    /// Ends the line.
    static func finish(_ cursor: inout ByteWriter) -> Outcome {
        cursor.put("\n")
        guard !cursor.isFull else { return cursor.capacity >= maxBytes ? .refused : .noRoom }
        return cursor.count <= maxBytes ? .line : .refused
    }

    static func encode(_ sample: Sample, to cursor: inout ByteWriter) -> Outcome {
        guard sample.value.isFinite, isMetric(sample.metric), areLabels(sample.labels),
            isName(sample.unit), isName(sample.run)
        else { return .refused }
        cursor.put(#"{"ts":"#)
        cursor.put(number: sample.timestamp.milliseconds)
        put(metric: sample.metric, to: &cursor)
        cursor.put(number: sample.value)
        put(unit: sample.unit, run: sample.run, labels: sample.labels, to: &cursor)
        put(ok: sample.ok, to: &cursor)
        return finish(&cursor)
    }

    /// `,"metric":"…","value":`
    static func put(metric: String, to cursor: inout ByteWriter) {
        cursor.put(#","metric":"#)
        cursor.put(jsonString: metric)
        cursor.put(#","value":"#)
    }

    /// The part of a sample after its value, except `ok`.
    static func put(unit: String?, run: String?, labels: [Label], to cursor: inout ByteWriter) {
        if let unit, !unit.isEmpty {
            cursor.put(#","unit":"#)
            cursor.put(jsonString: unit)
        }
        if let run, !run.isEmpty {
            cursor.put(#","run":"#)
            cursor.put(jsonString: run)
        }
        guard !labels.isEmpty else { return }
        cursor.put(#","labels":{"#)
        for index in labels.indices {
            if index > 0 { cursor.put(byte: UInt8(ascii: ",")) }
            cursor.put(jsonString: labels[index].name)
            cursor.put(byte: UInt8(ascii: ":"))
            cursor.put(jsonString: labels[index].value)
        }
        cursor.put(byte: UInt8(ascii: "}"))
    }

    static func put(ok: Bool?, to cursor: inout ByteWriter) {
        switch ok {
        case true?: cursor.put(#","ok":true}"#)
        case false?: cursor.put(#","ok":false}"#)
        case nil: cursor.put("}")
        }
    }

    private static func encode(
        _ distribution: Distribution, to cursor: inout ByteWriter
    ) -> Outcome {
        guard distribution.sum.isFinite, distribution.min.isFinite, distribution.max.isFinite,
            isMetric(distribution.metric), areLabels(distribution.labels),
            isName(distribution.unit), isName(distribution.run),
            distribution.durationMs?.isFinite ?? true, isConsistent(distribution)
        else { return .refused }
        cursor.put(#"{"ts":"#)
        cursor.put(number: distribution.timestamp.milliseconds)
        cursor.put(#","metric":"#)
        cursor.put(jsonString: distribution.metric)
        cursor.put(#","count":"#)
        cursor.put(integer: distribution.count)
        cursor.put(#","sum":"#)
        cursor.put(number: distribution.sum)
        if let exactSum = distribution.exactSum {
            cursor.put(#","exact_sum":"#)
            cursor.put(jsonString: exactSum)
        }
        cursor.put(#","min":"#)
        cursor.put(number: distribution.min)
        cursor.put(#","max":"#)
        cursor.put(number: distribution.max)
        cursor.put(#","errors":"#)
        cursor.put(integer: distribution.errors)
        if let durationMs = distribution.durationMs {
            cursor.put(#","duration_ms":"#)
            cursor.put(number: durationMs)
        }
        put(
            unit: distribution.unit, run: distribution.run, labels: distribution.labels,
            to: &cursor)
        cursor.put(#","hist":"#)
        for (index, bucket) in distribution.histogram.enumerated() {
            cursor.put(index > 0 ? ",[" : "[[")
            cursor.put(integer: Int(bucket.bucket))
            cursor.put(byte: UInt8(ascii: ","))
            cursor.put(whole: bucket.count)
            cursor.put(byte: UInt8(ascii: "]"))
        }
        cursor.put("]}")
        return finish(&cursor)
    }

    /// Whether histogram, count, bounds and errors are consistent.
    private static func isConsistent(_ distribution: Distribution) -> Bool {
        let histogram = distribution.histogram
        return distribution.count > 0 && distribution.min <= distribution.max
            && (0...distribution.count).contains(distribution.errors)
            && histogram.allSatisfy { $0.count > 0 && BucketCount.buckets.contains(Int($0.bucket)) }
            && Set(histogram.map(\.bucket)).count == histogram.count
            && BucketCount.total(histogram) == UInt64(distribution.count)
    }

    private static func isName(_ name: String?) -> Bool {
        name.map { $0.utf8.count <= LogLimits.maxNameBytes } ?? true
    }

    private static func isMetric(_ metric: String) -> Bool {
        let bytes = metric.utf8.count
        guard bytes > LogLimits.maxMetricLength else { return bytes > 0 }
        // A character has up to four bytes: only lengths in between need counting.
        return bytes <= 4 * LogLimits.maxMetricLength
            && metric.unicodeScalars.count <= LogLimits.maxMetricLength
    }

    private static func areLabels(_ labels: [Label]) -> Bool {
        guard labels.count <= LogLimits.maxLabels else { return false }
        for index in labels.indices {
            guard labels[index].name.utf8.count <= LogLimits.maxNameBytes else { return false }
            for before in 0..<index where isSame(labels[before].name, labels[index].name) {
                return false
            }
        }
        return true
    }

    /// Whether the bytes are equal. `==` also accepts Unicode equivalents, but is a fast first
    /// test.
    private static func isSame(_ a: String, _ b: String) -> Bool {
        a.utf8.count == b.utf8.count && a == b && a.utf8.elementsEqual(b.utf8)
    }

    static func isSeries(metric: String, unit: String?, run: String?, labels: [Label]) -> Bool {
        isMetric(metric) && areLabels(labels) && isName(unit) && isName(run)
    }
}

extension EventEncoder {
    fileprivate static func encodeRare(
        _ event: Event, to cursor: inout ByteWriter
    ) -> Outcome {
        guard let object = rareObject(event), object.isWritable(depth: 1) else { return .refused }
        var bytes: [UInt8] = []
        object.write(to: &bytes)
        guard !isCertain(event) else {
            cursor.put(bytes: bytes)
            return finish(&cursor)
        }
        // These are rare and have many rules: let the parser decide whether the line is valid.
        let isEvent = unsafe bytes.withUnsafeBytes { line in
            do throws(LineError) {
                _ = try unsafe EventParser.parse(line)
                return true
            } catch {
                return false
            }
        }
        guard isEvent else { return .refused }
        cursor.put(bytes: bytes)
        return finish(&cursor)
    }

    /// Whether the parser accepts every line of such an event that can be written: a server writes
    /// two for each report that it takes.
    private static func isCertain(_ event: Event) -> Bool {
        switch event {
        case .runStarted(let run): run.metrics.isEmpty && isObject(run.params, run.environment)
        case .runFinished(let run): isObject(run.summary)
        case .sample, .distribution, .session, .edit: false
        }
    }

    private static func isObject(_ values: JSONValue...) -> Bool {
        values.allSatisfy { $0.objectValue != nil }
    }

    /// - Returns: `nil` when the event is invalid.
    private static func rareObject(_ event: Event) -> JSONValue? {
        var members = [JSONValue.Member("ts", .time(event.timestamp))]
        func add(_ key: String, _ value: JSONValue?) {
            if let value { members.append(JSONValue.Member(key, value)) }
        }
        switch event {
        case .session(let session):
            guard session.metrics.allSatisfy(\.isWhole) else { return nil }
            add("event", .string("session"))
            add("name", session.name.map(JSONValue.string))
            add("user", session.user.map(JSONValue.string))
            add("host", session.host.map(JSONValue.string))
            add("commit", session.commit.map(JSONValue.string))
            add("labels", labels(session.labels))
            add("metrics", MetricDeclaration.object(session.metrics))
        case .runStarted(let run):
            guard !run.run.isEmpty, run.run.utf8.count <= LogLimits.maxNameBytes,
                run.metrics.allSatisfy(\.isWhole)
            else { return nil }
            add("event", .string("run_started"))
            add("run", .string(run.run))
            add("test", run.test.map(JSONValue.string))
            add("target", run.target.map(JSONValue.string))
            add("commit", run.commit.map(JSONValue.string))
            add("params", run.params)
            add("environment", run.environment)
            add("metrics", MetricDeclaration.object(run.metrics))
        case .runFinished(let run):
            guard !run.run.isEmpty, run.run.utf8.count <= LogLimits.maxNameBytes else {
                return nil
            }
            add("event", .string("run_finished"))
            add("run", .string(run.run))
            add("state", .string(run.state.rawValue))
            add("summary", run.summary)
        case .edit(let edit):
            guard isWhole(edit) else { return nil }
            add("event", .string(edit.kind.event))
            switch edit.kind {
            case .note, .leftOut, .takenIn, .undo, .profile: add("text", .string(edit.text))
            case .tag, .untag: add("tag", .string(edit.text))
            case .rename: add("name", .string(edit.text))
            case .archive, .restore, .baseline: break
            }
            add("run", edit.run.map(JSONValue.string))
            add("from", edit.from.map(JSONValue.time))
            add("to", edit.to.map(JSONValue.time))
            add("id", edit.id.map(JSONValue.string))
            add("by", edit.by.map(JSONValue.string))
            add("undo", edit.undoes.map(JSONValue.string))
            add("profile", edit.profile.map(JSONValue.string))
            if edit.kind == .leftOut || edit.kind == .takenIn {
                add("left_out", .bool(edit.kind == .leftOut))
            }
        case .sample, .distribution: return nil
        }
        return .object(members)
    }

    /// Whether the edit would be read as what it is: a field that is not valid would be ignored.
    private static func isWhole(_ edit: Edit) -> Bool {
        let names = [edit.id, edit.by, edit.undoes].compactMap(\.self)
        guard names.allSatisfy({ !$0.isEmpty && isName($0) }) else { return false }
        switch edit.kind {
        case .leftOut, .takenIn:
            return edit.undoes == nil && edit.profile == nil && !(edit.run ?? "").isEmpty
        case .undo: return edit.undoes != nil && edit.profile == nil
        case .profile:
            return edit.undoes == nil && edit.profile.map(Edit.isProfileHash) ?? false
        default: return edit.undoes == nil && edit.profile == nil
        }
    }

    private static func labels(_ labels: [Label]) -> JSONValue? {
        labels.isEmpty
            ? nil : .object(labels.map { JSONValue.Member($0.name, .string($0.value)) })
    }
}
