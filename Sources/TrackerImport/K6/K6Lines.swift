import TrackerLog

/// `k6 run --out json=FILE`: a line of JSON for each point, about nine for each request.
struct K6Lines: LineFormat {
    static let name = "k6 NDJSON"
    static let tool = "k6"
    static let lacks = ["whether requests were due at fixed times (the executor)"]

    static func recognises(_ head: FileHead) -> Bool {
        // Written to standard output, the points stand between what k6 prints.
        guard let line = head.firstObject, line.contains("\"data\":") else { return false }
        return [#""type":"Metric""#, #""type":"Point""#, #""type": "Metric""#, #""type": "Point""#]
            .contains { line.contains($0) }
    }

    private var points = K6Points()
    /// What k6 prints to the same place: its banner, its log, its summary.
    private var notes = 0
    private var lastTime: (text: [UInt8], time: Timestamp) = ([], .epoch)

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        if readUsual(line.bytes, into: &output) || line.isBlank { return }
        if line.isNote {
            notes += 1
            return
        }
        readAny(line, into: &output)
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        var run = points.run()
        if notes > 0 { run.leftOut.append("lines that are no JSON: \(notes)") }
        output.endRun(run)
    }

    /// The spelling of current versions, without making objects of it. The text of the tags was
    /// checked as JSON when it was first seen.
    /// - Returns: whether it was such a line.
    @inline(__always)
    private mutating func readUsual(_ line: ByteView, into output: inout ImportOutput) -> Bool {
        guard line.hasPrefix(#"{"metric":""#),
            let nameEnd = line.firstIndex(of: UInt8(ascii: "\""), from: 11)
        else { return false }
        var rest = line.dropFirst(nameEnd)
        let opening: StaticString = #"","type":"Point","data":{"time":""#
        guard rest.hasPrefix(opening) else { return false }
        rest = rest.dropFirst(opening.utf8CodeUnitCount)
        guard let timeEnd = rest.firstIndex(of: UInt8(ascii: "\"")),
            let time = time(rest.prefix(timeEnd))
        else { return false }
        rest = rest.dropFirst(timeEnd)
        guard rest.hasPrefix(#"","value":"#) else { return false }
        rest = rest.dropFirst(10)
        guard let valueEnd = rest.firstIndex(of: UInt8(ascii: ",")),
            let value = DecimalText.number(rest.prefix(valueEnd))
        else { return false }
        rest = rest.dropFirst(valueEnd)
        guard rest.hasPrefix(#","tags":"#), rest.hasSuffix("}}") else { return false }
        let text = rest[8..<rest.count - 2]
        guard let tags = points.tags.find(text) ?? addTags(text) else { return false }
        let metric = points.metric(line[11..<nameEnd])
        points.add(metric: metric, value, at: time, tags: tags, to: &output)
        return true
    }

    @inline(__always)
    private mutating func time(_ text: ByteView) -> Timestamp? {
        if text.equals(lastTime.text) { return lastTime.time }
        guard let time = unsafe Timestamp(rfc3339Bytes: text.raw) else { return nil }
        lastTime = (text.array, time)
        return time
    }

    /// - Parameter text: the value of `tags`, and what follows it in the object.
    /// - Returns: `nil` where it is no JSON.
    private mutating func addTags(_ text: ByteView) -> Int? {
        let object = Array("{\"tags\":".utf8) + text.array + Array("}".utf8)
        guard let value = JSONValue.parsed(object) else { return nil }
        return points.addTags(text, Self.tags(value["tags"]))
    }

    private static func tags(_ value: JSONValue?) -> K6Tags {
        K6Tags(
            (value?.objectValue ?? []).compactMap { member in
                member.value.stringValue.map { (member.key, $0) }
            })
    }

    /// Any other spelling, and descriptions of metrics.
    private mutating func readAny(_ line: ImportLine, into output: inout ImportOutput) {
        let value: JSONValue
        do throws(LineError) {
            value = try unsafe JSONValue(parsing: line.bytes.raw)
        } catch {
            return output.lost(error.rawValue, at: line.place)
        }
        guard let name = value["metric"]?.stringValue, let data = value["data"] else {
            return output.lost("neither a point nor a metric of k6", at: line.place)
        }
        let bytes = Array(name.utf8)
        switch value["type"]?.stringValue {
        case "Metric":
            unsafe bytes.withUnsafeBytes {
                unsafe points.declare(
                    ByteView($0), type: data["type"]?.stringValue ?? "",
                    contains: data["contains"]?.stringValue ?? "")
            }
        case "Point":
            guard let time = data["time"]?.stringValue.flatMap(Timestamp.init(rfc3339:)),
                let number = data["value"]?.doubleValue, !name.isEmpty
            else {
                return output.lost("the point has no time or value", at: line.place)
            }
            let text = Array((data["tags"] ?? .null).text.utf8)
            unsafe text.withUnsafeBytes { buffer in
                let view = unsafe ByteView(buffer)
                let tags =
                    points.tags.find(view)
                    ?? points.addTags(view, Self.tags(data["tags"]))
                let metric = unsafe bytes.withUnsafeBytes { unsafe points.metric(ByteView($0)) }
                points.add(metric: metric, number, at: time, tags: tags, to: &output)
            }
        default: output.lost("neither a point nor a metric of k6", at: line.place)
        }
    }
}
