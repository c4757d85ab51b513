import TrackerLog

/// What `drill --stats` prints. Only answers of 2xx are successful; each name has a block, and the
/// last block is of all.
struct DrillReport: LineFormat {
    static let name = "drill text"
    static let tool = "drill"
    static let lacks = ["single requests", "the start of the test", "the URL", "statuses"]

    static func recognises(_ head: FileHead) -> Bool {
        let lines = head.plainLines
        return lines.contains { value($0, "Time taken for tests") != nil }
            && lines.contains { value($0, "Requests per second") != nil }
            && lines.contains { value($0, "Successful requests") != nil }
    }

    private var isLast = false
    private var run = ImportedRun()
    private var total: Int?
    private var failed: Int?
    private var perSecond: Double?

    /// What stands behind a label at the start of a line, or behind a name and spaces.
    private static func value(_ text: String, _ label: String) -> String? {
        guard text.hasPrefix(label + " ") else { return nil }
        return String(text.dropFirst(label.count)).trimmedBlanks
    }

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        let text = line.plainText.trimmedBlanks
        func value(_ label: String) -> String? { Self.value(text, label) }
        func first(_ text: String) -> Substring { text.prefix { $0 != " " } }
        if let taken = value("Time taken for tests") {
            isLast = true
            run.durationMs = DecimalText.number(first(taken)).map { $0 * 1e3 }
            run.reported.add("duration_s", run.durationMs.map { $0 / 1e3 })
        }
        // Lines of one name have the name in front.
        guard isLast || text.hasPrefix("Concurrency") else { return }
        if let count = value("Concurrency Level") {
            run.params.append(.init("concurrency", .string(count)))
        } else if let count = value("Total requests") {
            total = Int(count)
        } else if let count = value("Failed requests") {
            failed = Int(count)
        } else if let rate = value("Requests per second") {
            perSecond = DecimalText.number(first(rate))
        } else if let time = value("Median time per request") {
            run.reported.percentile("50", ms: DurationText.milliseconds(time))
        } else if let time = value("Average time per request") {
            run.reported.add("avg_latency_ms", DurationText.milliseconds(time))
        } else if let time = value("Sample standard deviation") {
            run.reported.add("stdev_ms", DurationText.milliseconds(time))
        } else if let found = text.firstRange(of: "'th percentile") {
            run.reported.percentile(
                String(text[..<found.lowerBound]),
                ms: DurationText.milliseconds(String(text[found.upperBound...])))
        }
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        run.reported.requests(total: total, failed: failed)
        run.reported.rate(ofAll: perSecond, total: total, failed: failed)
        run.latency = .uncorrected
        run.leftOut = ["the numbers of each name"]
        output.endRun(run)
    }
}

/// `drill --report`: YAML with a name and a duration in milliseconds for each request.
struct DrillTimes: LineFormat {
    static let name = "drill report"
    static let tool = "drill"
    static let lacks = ["when each request was sent", "the URL"]

    static func recognises(_ head: FileHead) -> Bool {
        var keys: Set<String> = []
        for line in head.lines.prefix(8) {
            let text = line.trimmedBlanks
            if text.isEmpty || text == "---" { continue }
            guard let member = member(text) else { return false }
            keys.insert(member.key)
        }
        return keys.contains("duration") && keys.contains("name")
    }

    private var request: [String: String] = [:]
    private var place = ImportPlace(line: nil, offset: 0)
    private var labels: [String: [Label]] = [:]

    private static func member(_ text: String) -> (key: String, value: String)? {
        let plain = text.hasPrefix("- ") ? String(text.dropFirst(2)) : text
        let parts = plain.split(separator: ":", maxSplits: 1).map { String($0).trimmedBlanks }
        guard parts.count == 2, parts[0].allSatisfy({ $0.isLetter || $0 == "_" }) else {
            return nil
        }
        var value = parts[1]
        if value.count >= 2, let quote = value.first, quote == "\"" || quote == "'",
            value.last == quote
        {
            value = String(value.dropFirst().dropLast())
        }
        return (parts[0], value)
    }

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        let text = line.text.trimmedBlanks
        if text.isEmpty || text == "---" { return }
        guard let member = Self.member(text) else {
            return output.lost("not a name and a value", at: line.place)
        }
        if text.hasPrefix("- ") {
            end(into: &output)
            place = line.place
        }
        request[member.key] = member.value
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        // The last one has no next one that shows that it is whole, but its keys do.
        end(into: &output)
        var run = ImportedRun()
        run.isRelative = true
        run.start = output.source.anchor.time
        run.latency = .uncorrected
        output.endRun(run)
    }

    private mutating func end(into output: inout ImportOutput) {
        guard !request.isEmpty else { return }
        defer { request = [:] }
        guard let text = request["duration"] else {
            return output.lost("a request without a duration", at: place)
        }
        guard let ms = DecimalText.number(text) else {
            return output.lost("a request whose duration is not a number", at: place)
        }
        let (name, status) = (request["name"] ?? "", request["status"] ?? "")
        let key = "\(name)\n\(status)"
        if labels[key] == nil, labels.count < ImportLimits.maxKnownLabels {
            var new: [Label] = []
            if !status.isEmpty {
                let text = status.shortened(toBytes: ImportLimits.maxLabelBytes)
                new.append(Label("status", text))
            }
            if !name.isEmpty {
                new.append(Label("name", name.shortened(toBytes: ImportLimits.maxLabelBytes)))
            }
            labels[key] = new
        }
        output.sample(
            "http.latency_ms", ms, at: output.source.anchor.time, unit: "ms",
            labels: labels[key] ?? [], ok: Int(status).map { (200..<300).contains($0) })
    }
}
