import TrackerLog

/// `vegeta encode`: a JSON object for each request.
struct VegetaResults: LineFormat {
    static let name = "vegeta JSON"
    static let tool = "vegeta"
    static let lacks: [String] = []

    static func recognises(_ head: FileHead) -> Bool {
        guard let line = head.firstObject else { return false }
        return ["attack", "latency", "seq"].allSatisfy { line.contains("\"\($0)\":") }
    }

    private var sink = VegetaResultSink()

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        if readAgain(line.bytes, into: &output) || readUsual(line.bytes, into: &output)
            || line.isBlank
        {
            return
        }
        if line.isNote {
            notes += 1
            return
        }
        readAny(line, into: &output)
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        var run = sink.run()
        if notes > 0 { run.leftOut.append("lines that are no JSON: \(notes)") }
        output.endRun(run)
    }

    /// What a program and a shell print to the same place.
    private var notes = 0
    /// What followed the URL of an earlier line: headers of the answer. They are many, and the same
    /// in the answers of a second.
    private var knownHeaders: [UInt8] = []

    private var again = VegetaTail()

    /// Most lines differ in the few numbers before `error` alone: the rest is that of an earlier
    /// line, which was read field by field.
    /// - Returns: whether it was such a line.
    private mutating func readAgain(_ line: ByteView, into output: inout ImportOutput) -> Bool {
        guard let head = again.head(of: line) else { return false }
        var cursor = NumberCursor(head)
        guard cursor.take(#"{"attack":""#), let attack = cursor.text(), cursor.take(#","seq":"#),
            cursor.number() != nil, cursor.take(#","code":"#),
            let status = cursor.number().flatMap({ DecimalText.whole($0) }),
            cursor.take(#","timestamp":""#), let stamp = cursor.text(),
            let time = unsafe Timestamp(rfc3339Bytes: stamp.raw), cursor.take(#","latency":"#),
            let latency = cursor.number().flatMap({ DecimalText.number($0) }),
            cursor.take(#","bytes_out":"#), cursor.number() != nil,
            cursor.take(#","bytes_in":"#), cursor.number() != nil, cursor.isAtEnd
        else { return false }
        sink.add(
            VegetaResult(
                sent: time, latencyNs: latency, status: status, error: line.prefix(0),
                attack: attack, method: again.method(of: line), url: again.url(of: line)),
            to: &output)
        return true
    }

    /// Without making values of the line: no text with escapes, each field once.
    /// - Returns: whether it was such a line.
    private mutating func readUsual(_ line: ByteView, into output: inout ImportOutput) -> Bool {
        guard var fields = JSONFields(line) else { return false }
        var usual = UsualLine(line.prefix(0))
        var headers: ByteView?
        while true {
            switch fields.next() {
            case .unusual: return false
            case .end:
                guard let result = usual.result else { return false }
                if let headers { knownHeaders = headers.array }
                again.keep(line, method: result.method, url: result.url)
                sink.add(result, to: &output)
                return true
            case .field(let field):
                guard let isNew = usual.take(field) else { return false }
                if isNew { headers = nil }
                guard field.key.equals("url") else { continue }
                headers = fields.rest
                if fields.rest.equals(knownHeaders), let result = usual.result {
                    again.keep(line, method: result.method, url: result.url)
                    sink.add(result, to: &output)
                    return true
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
            let latency = value["latency"]?.doubleValue, latency >= 0,
            let code = value["code"]?.intValue
        else {
            return output.lost("timestamp, latency or code is missing or wrong", at: line.place)
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

/// The fields of a line, as far as they were read.
private struct UsualLine {
    private var time: Timestamp?
    private var latency: Double?
    private var status: Int?
    private var error: ByteView
    private var attack: ByteView
    private var method: ByteView
    private var url: ByteView

    init(_ none: ByteView) { (error, attack, method, url) = (none, none, none, none) }

    /// `nil` until there is what a result needs.
    var result: VegetaResult? {
        guard let time, let latency, let status else { return nil }
        return VegetaResult(
            sent: time, latencyNs: latency, status: status, error: error, attack: attack,
            method: method, url: url)
    }

    /// - Returns: whether it is a field that says something; `nil` where the parser has to read it.
    @inline(__always)
    mutating func take(_ field: JSONFields.Field) -> Bool? {
        let key = field.key
        switch key.count {
        case 3 where key.equals("url"): return Self.set(&url, field)
        case 4 where key.equals("code"): status = DecimalText.whole(field.value)
        case 5 where key.equals("error"): return Self.set(&error, field)
        case 6 where key.equals("method"): return Self.set(&method, field)
        case 6 where key.equals("attack"): return Self.set(&attack, field)
        case 7 where key.equals("latency"):
            guard let value = DecimalText.number(field.value), value >= 0 else { return nil }
            latency = value
        case 9 where key.equals("timestamp"):
            guard let text = field.plainString else { return nil }
            time = unsafe Timestamp(rfc3339Bytes: text.raw)
        default: return false
        }
        return true
    }

    private static func set(_ view: inout ByteView, _ field: JSONFields.Field) -> Bool? {
        guard let text = field.plainString else { return nil }
        view = text
        return true
    }
}
