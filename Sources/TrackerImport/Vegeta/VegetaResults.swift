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
        if readUsual(line.bytes, into: &output) || line.isBlank { return }
        readAny(line, into: &output)
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        output.endRun(sink.run())
    }

    /// Without making values of the line: no text with escapes, each field once.
    /// - Returns: whether it was such a line.
    private mutating func readUsual(_ line: ByteView, into output: inout ImportOutput) -> Bool {
        guard var fields = JSONFields(line) else { return false }
        var (time, latency, status) = (Timestamp?.none, Double?.none, Int?.none)
        let none = line.prefix(0)
        var (error, attack, method, url) = (none, none, none, none)
        while true {
            switch fields.next() {
            case .unusual: return false
            case .end:
                guard let time, let latency, let status else { return false }
                sink.add(
                    VegetaResult(
                        sent: time, latencyNs: latency, status: status, error: error,
                        attack: attack, method: method, url: url),
                    to: &output)
                return true
            case .field(let field):
                let key = field.key
                if key.equals("latency") {
                    latency = DecimalText.number(field.value)
                } else if key.equals("code") {
                    status = DecimalText.whole(field.value)
                } else if key.equals("timestamp") {
                    guard let text = field.plainString else { return false }
                    time = unsafe Timestamp(rfc3339Bytes: text.raw)
                } else if key.equals("url") {
                    guard let text = field.plainString else { return false }
                    url = text
                } else if key.equals("method") {
                    guard let text = field.plainString else { return false }
                    method = text
                } else if key.equals("error") {
                    guard let text = field.plainString else { return false }
                    error = text
                } else if key.equals("attack") {
                    guard let text = field.plainString else { return false }
                    attack = text
                }
            }
        }
    }

    private mutating func readAny(_ line: ImportLine, into output: inout ImportOutput) {
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
        func bytes(_ name: String) -> [UInt8] { Array((value[name]?.stringValue ?? "").utf8) }
        let texts = ["error", "attack", "method", "url"].map(bytes)
        unsafe texts[0].withUnsafeBytes { error in
            unsafe texts[1].withUnsafeBytes { attack in
                unsafe texts[2].withUnsafeBytes { method in
                    unsafe texts[3].withUnsafeBytes { url in
                        unsafe sink.add(
                            VegetaResult(
                                sent: time, latencyNs: latency, status: code,
                                error: ByteView(error), attack: ByteView(attack),
                                method: ByteView(method), url: ByteView(url)),
                            to: &output)
                    }
                }
            }
        }
    }
}
