/// Writes events as lines of the log.
public enum EventEncoder {
    /// Appends the event as one line with its `\n`.
    ///
    /// Invariant: what is appended is a line that `EventParser` accepts.
    /// - Returns: `false`, with nothing appended, when the event is none: a number that is not
    ///   finite, a metric that is empty or too long, too many labels, a line longer than the limit.
    public static func append(_ event: Event, to bytes: inout [UInt8]) -> Bool {
        let start = bytes.count
        let isValid =
            switch event {
            case .sample(let sample): append(sample, to: &bytes)
            case .distribution(let distribution): append(distribution, to: &bytes)
            case .session, .runStarted, .runFinished, .edit: appendRare(event, to: &bytes)
            }
        guard isValid, bytes.count - start <= LogLimits.maxLineBytes else {
            bytes.removeSubrange(start...)
            return false
        }
        bytes.append(0x0A)
        return true
    }

    private static func append(_ sample: Sample, to bytes: inout [UInt8]) -> Bool {
        guard sample.value.isFinite, sample.timestampMs.isFinite, isMetric(sample.metric),
            areLabels(sample.labels), isName(sample.unit), isName(sample.run)
        else { return false }
        bytes.append(contentsOf: #"{"ts":"#.utf8)
        appendNumber(sample.timestampMs, to: &bytes)
        bytes.append(contentsOf: #","metric":"#.utf8)
        appendJSONString(sample.metric, to: &bytes)
        bytes.append(contentsOf: #","value":"#.utf8)
        appendNumber(sample.value, to: &bytes)
        appendOptional("unit", sample.unit, to: &bytes)
        appendOptional("run", sample.run, to: &bytes)
        appendLabels(sample.labels, to: &bytes)
        if let ok = sample.ok {
            bytes.append(contentsOf: (ok ? #","ok":true"# : #","ok":false"#).utf8)
        }
        bytes.append(UInt8(ascii: "}"))
        return true
    }

    private static func append(_ distribution: Distribution, to bytes: inout [UInt8]) -> Bool {
        let numbers = [
            distribution.sum, distribution.min, distribution.max, distribution.timestampMs,
        ]
        guard numbers.allSatisfy(\.isFinite), isMetric(distribution.metric),
            areLabels(distribution.labels), isName(distribution.unit), isName(distribution.run),
            distribution.durationMs?.isFinite ?? true, isConsistent(distribution)
        else { return false }
        bytes.append(contentsOf: #"{"ts":"#.utf8)
        appendNumber(distribution.timestampMs, to: &bytes)
        bytes.append(contentsOf: #","metric":"#.utf8)
        appendJSONString(distribution.metric, to: &bytes)
        bytes.append(contentsOf: ",\"count\":\(distribution.count),\"sum\":".utf8)
        appendNumber(distribution.sum, to: &bytes)
        bytes.append(contentsOf: #","min":"#.utf8)
        appendNumber(distribution.min, to: &bytes)
        bytes.append(contentsOf: #","max":"#.utf8)
        appendNumber(distribution.max, to: &bytes)
        bytes.append(contentsOf: ",\"errors\":\(distribution.errors)".utf8)
        if let durationMs = distribution.durationMs {
            bytes.append(contentsOf: #","duration_ms":"#.utf8)
            appendNumber(durationMs, to: &bytes)
        }
        appendOptional("unit", distribution.unit, to: &bytes)
        appendOptional("run", distribution.run, to: &bytes)
        appendLabels(distribution.labels, to: &bytes)
        bytes.append(contentsOf: #","hist":["#.utf8)
        for (index, bucket) in distribution.histogram.enumerated() {
            bytes.append(
                contentsOf: "\(index > 0 ? "," : "")[\(bucket.bucket),\(bucket.count)]".utf8)
        }
        bytes.append(contentsOf: "]}".utf8)
        return true
    }

    /// Whether histogram, count, bounds and errors can be of the same samples.
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
        !metric.isEmpty && metric.unicodeScalars.count <= LogLimits.maxMetricLength
    }

    private static func areLabels(_ labels: [Label]) -> Bool {
        guard labels.count <= LogLimits.maxLabels else { return false }
        for (index, label) in labels.enumerated() {
            guard label.name.utf8.count <= LogLimits.maxNameBytes,
                !labels[..<index].contains(where: { isSame($0.name, label.name) })
            else { return false }
        }
        return true
    }

    /// Equal bytes. `==` alone takes what Unicode calls equivalent; it is fast, and so is asked
    /// first.
    private static func isSame(_ a: String, _ b: String) -> Bool {
        a == b && a.utf8.elementsEqual(b.utf8)
    }

    private static func appendOptional(
        _ key: StaticString, _ text: String?, to bytes: inout [UInt8]
    ) {
        guard let text, !text.isEmpty else { return }
        bytes.append(contentsOf: ",\"\(key)\":".utf8)
        appendJSONString(text, to: &bytes)
    }

    private static func appendLabels(_ labels: [Label], to bytes: inout [UInt8]) {
        guard !labels.isEmpty else { return }
        bytes.append(contentsOf: #","labels":"#.utf8)
        for (index, label) in labels.enumerated() {
            bytes.append(UInt8(ascii: index == 0 ? "{" : ","))
            appendJSONString(label.name, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            appendJSONString(label.value, to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// The shortest digits that read back as the same double.
    static func appendNumber(_ value: Double, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: shortestText(of: value).utf8)
    }
}

extension EventEncoder {
    private static func appendRare(_ event: Event, to bytes: inout [UInt8]) -> Bool {
        guard event.timestampMs.isFinite else { return false }
        var members = [JSONValue.Member("ts", .double(event.timestampMs))]
        func add(_ key: String, _ value: JSONValue?) {
            if let value { members.append(JSONValue.Member(key, value)) }
        }
        switch event {
        case .session(let session):
            add("event", .string("session"))
            add("name", session.name.map(JSONValue.string))
            add("user", session.user.map(JSONValue.string))
            add("host", session.host.map(JSONValue.string))
            add("commit", session.commit.map(JSONValue.string))
            add("labels", labels(session.labels))
        case .runStarted(let run):
            guard !run.run.isEmpty, run.run.utf8.count <= LogLimits.maxNameBytes else {
                return false
            }
            add("event", .string("run_started"))
            add("run", .string(run.run))
            add("test", run.test.map(JSONValue.string))
            add("target", run.target.map(JSONValue.string))
            add("commit", run.commit.map(JSONValue.string))
            add("params", run.params)
            add("environment", run.environment)
        case .runFinished(let run):
            guard !run.run.isEmpty, run.run.utf8.count <= LogLimits.maxNameBytes else {
                return false
            }
            add("event", .string("run_finished"))
            add("run", .string(run.run))
            add("state", .string(run.state.rawValue))
            add("summary", run.summary)
        case .edit(let edit):
            add("event", .string(edit.kind.rawValue))
            switch edit.kind {
            case .note: add("text", .string(edit.text))
            case .tag, .untag: add("tag", .string(edit.text))
            case .rename: add("name", .string(edit.text))
            case .archive, .restore, .baseline: break
            }
            add("run", edit.run.map(JSONValue.string))
            add("from", edit.fromMs.map(JSONValue.double))
            add("to", edit.toMs.map(JSONValue.double))
        case .sample, .distribution: return false
        }
        let object = JSONValue.object(members)
        guard object.isWritable(depth: 1) else { return false }
        let start = bytes.count
        object.write(to: &bytes)
        // These are rare, and their parts come from anywhere: the reader itself is asked.
        return unsafe bytes[start...].withUnsafeBytes { line in
            do throws(LineError) {
                _ = try unsafe EventParser.parse(line)
                return true
            } catch {
                return false
            }
        }
    }

    private static func labels(_ labels: [Label]) -> JSONValue? {
        labels.isEmpty
            ? nil : .object(labels.map { JSONValue.Member($0.name, .string($0.value)) })
    }
}
