import TrackerLog

/// A JTL file as XML, read as it comes: the outer results count, and what is within them is
/// skipped.
struct JMeterXML: StreamFormat {
    static let name = "JMeter XML"
    static let tool = "JMeter"
    static let lacks = ["the number of users and the ramp that were asked for"]

    static func recognises(_ head: FileHead) -> Bool {
        head.firstByte == UInt8(ascii: "<")
            && head.lines.contains { $0.contains("<testResults") }
    }

    private var tokens = XMLTokens()
    private var sink = JMeterSink()
    private var depth = 0
    /// Where results are that are read: deeper within a transaction.
    private var resultDepth = 1
    private var isClosed = false

    mutating func read(_ bytes: ByteView, into output: inout ImportOutput) throws(ImportError) {
        for token in tokens.read(bytes) { try read(token, into: &output) }
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        if !isClosed {
            output.lost(
                "the file ends before </testResults>",
                at: ImportPlace(line: tokens.line, offset: tokens.offset))
        }
        try sink.finish(to: &output)
        output.endRun(sink.run())
    }

    private mutating func read(
        _ token: XMLTokens.Token, into output: inout ImportOutput
    ) throws(ImportError) {
        switch token.kind {
        case .documentType:
            throw .refused(
                format: Self.name, reason: "it declares a document type, which results never do",
                advice: "Remove the declaration if you trust the file.", place: token.place)
        case .tooLong: output.lost("a tag that is too long was left out", at: token.place)
        case .end:
            depth = max(0, depth - 1)
            resultDepth = max(1, min(resultDepth, depth))
            if depth == 0, token.name == "testResults" { isClosed = true }
        case .start(let attributes, let isEmpty):
            let isResult = attributes["t"] != nil && (attributes["ts"] ?? attributes["lb"]) != nil
            if depth == 1 || depth == resultDepth && isResult {
                let isTransaction = readResult(attributes, token, into: &output)
                if isTransaction, !isEmpty { resultDepth = depth + 1 }
            } else if depth > 1, isResult {
                sink.parts += 1
            }
            if depth == 0 { isClosed = isEmpty }
            if !isEmpty { depth += 1 }
        }
    }

    /// The names of JMeter 2.1 and later, else those before.
    /// - Returns: whether it is a transaction: the results within it are requests of their own.
    private mutating func readResult(
        _ attributes: [String: String], _ token: XMLTokens.Token,
        into output: inout ImportOutput
    ) -> Bool {
        guard let elapsed = (attributes["t"] ?? attributes["time"]).flatMap({ Double($0) }),
            elapsed >= 0, elapsed.isFinite
        else {
            output.lost("<\(token.name)> has no time that it took", at: token.place)
            return false
        }
        guard let start = TimeText.cell(attributes["ts"] ?? attributes["timeStamp"] ?? "") else {
            output.lost("<\(token.name)> has a time that cannot be read", at: token.place)
            return false
        }
        if let count = attributes["sc"].flatMap({ Int($0) }), count > 1 {
            output.lost(
                "a result of \(count) requests together: no time of a single one", at: token.place)
            return false
        }
        let code = attributes["rc"] ?? attributes["responseCode"] ?? ""
        let message = attributes["rm"] ?? attributes["responseMessage"] ?? ""
        if attributes["tn"]?.isEmpty == true, attributes["rc"] != nil, (code + message).isEmpty {
            sink.readings += 1
            return false
        }
        let row = JMeterRow(
            start: start, elapsedMs: elapsed,
            label: attributes["lb"] ?? attributes["label"] ?? "", code: code,
            message: message, thread: "",
            isOK: JMeterTable.isOK(attributes["s"] ?? attributes["success"], code))
        output.place = token.place
        sink.add(row, to: &output)
        return row.isTransaction
    }
}
