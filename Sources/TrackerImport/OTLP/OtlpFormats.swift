import TrackerLog

/// OTLP as the file exporter writes it: JSON lines, in any order, perhaps of several signals.
struct OtlpLines: LineFormat {
    static let name = "OTLP JSON lines"
    static let tool = "opentelemetry"
    static let lacks: [String] = []

    static func recognises(_ head: FileHead) -> Bool {
        isLine(head, of: "resourceMetrics") || isLine(head, of: "resourceSpans")
    }

    /// Whether the first line is a JSON object of this kind: whole, or longer than the head.
    static func isLine(_ head: FileHead, of key: String) -> Bool {
        let first = head.firstLine.trimmedBlanks
        guard first.hasPrefix("{"), first.prefix(200).contains("\"\(key)\"") else { return false }
        return first.hasSuffix("}") || head.lines.count == 1
    }

    private var signals = OtlpSignals()

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        if line.isBlank { return }
        let value: JSONValue
        do throws(JSONTextError) {
            value = try JSONValue(parsingText: line.bytes.array)
        } catch {
            return output.lost("\(error.reason.rawValue): cut or damaged", at: line.place)
        }
        signals.read(value, at: line.place, into: &output)
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        try signals.end(Self.name, into: &output)
    }
}

/// The same as one document, on several lines.
enum OtlpDocument: DocumentFormat {
    static let name = "OTLP JSON"
    static let tool = "opentelemetry"
    static let lacks: [String] = []

    static func recognises(_ document: JSONValue) -> Bool {
        document["resourceMetrics"] != nil || document["resourceSpans"] != nil
    }

    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError) {
        var signals = OtlpSignals()
        signals.read(document, at: ImportPlace(line: nil, offset: 0), into: &output)
        try signals.end(name, into: &output)
    }
}

private let otherReason = "it holds logs (resourceLogs)"
private let otherAdvice = "Import the file of metrics or traces: resourceMetrics, resourceSpans."

/// Logs have the same shape around them.
enum OtlpOtherLines: RefusedFormat {
    static let name = "OTLP logs"
    static let tool = "opentelemetry"
    static let lacks: [String] = []
    static let reason = otherReason
    static let advice = otherAdvice

    static func recognises(_ head: FileHead) -> Bool {
        OtlpLines.isLine(head, of: "resourceLogs")
    }
}

enum OtlpOtherDocument: DocumentFormat {
    static let name = "OTLP logs"
    static let tool = "opentelemetry"
    static let lacks: [String] = []

    static func recognises(_ document: JSONValue) -> Bool {
        document["resourceLogs"] != nil
    }

    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError) {
        throw .refused(format: name, reason: otherReason, advice: otherAdvice, place: nil)
    }
}
