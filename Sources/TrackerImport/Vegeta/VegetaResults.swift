import TrackerLog

/// `vegeta encode`: a JSON object for each request.
struct VegetaResults: LineFormat {
    static let name = "vegeta JSON"
    static let tool = "vegeta"
    static let lacks: [String] = []

    static func recognises(_ head: FileHead) -> Bool {
        let line = head.firstLine
        return line.hasPrefix("{") && line.contains("\"attack\":") && line.contains("\"latency\":")
            && line.contains("\"seq\":")
    }

    private var sink = VegetaResultSink()

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        if line.isBlank { return }
        let value: JSONValue
        do throws(LineError) {
            value = try unsafe JSONValue(parsing: line.bytes.raw)
        } catch {
            return output.lost(error.rawValue, at: line.place)
        }
        guard let time = value["timestamp"]?.stringValue.flatMap(Timestamp.init(rfc3339:)),
            let latency = value["latency"]?.doubleValue, let code = value["code"]?.intValue
        else {
            return output.lost("timestamp, latency or code is missing", at: line.place)
        }
        sink.add(
            VegetaResult(
                sent: time, latencyNs: latency, status: code,
                error: value["error"]?.stringValue ?? "",
                attack: value["attack"]?.stringValue ?? "",
                method: value["method"]?.stringValue, url: value["url"]?.stringValue),
            to: &output)
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        output.endRun(sink.run())
    }
}
