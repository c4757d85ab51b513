import TrackerLog

/// OTLP metrics as the file exporter writes them: JSON lines, in any order.
struct OtlpLines: LineFormat {
    static let name = "OTLP JSON lines"
    static let tool = "opentelemetry"
    static let lacks = OtlpMetrics.lacks

    static func recognises(_ head: FileHead) -> Bool {
        isLine(head, of: "resourceMetrics")
    }

    /// Whether the first line is a JSON object of this kind: whole, or longer than the head.
    static func isLine(_ head: FileHead, of key: String) -> Bool {
        let first = head.firstLine.trimmedBlanks
        guard first.hasPrefix("{"), first.prefix(200).contains("\"\(key)\"") else { return false }
        return first.hasSuffix("}") || head.lines.count == 1
    }

    private var metrics = OtlpMetrics()

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
        guard value["resourceMetrics"] != nil else {
            return output.lost("a line without metrics (resourceMetrics)", at: line.place)
        }
        metrics.read(value, at: line.place, into: &output)
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        output.endRun(metrics.run())
    }
}

/// The same as one document, on several lines.
enum OtlpDocument: DocumentFormat {
    static let name = "OTLP JSON"
    static let tool = "opentelemetry"
    static let lacks = OtlpMetrics.lacks

    static func recognises(_ document: JSONValue) -> Bool { document["resourceMetrics"] != nil }

    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError) {
        var metrics = OtlpMetrics()
        metrics.read(document, at: ImportPlace(line: nil, offset: 0), into: &output)
        output.endRun(metrics.run())
    }
}

private let otherReason = "it holds traces or logs (resourceSpans, resourceLogs), not metrics"
private let otherAdvice = "Import the file of the metrics pipeline: it has resourceMetrics."

/// Traces and logs have the same shape around them.
enum OtlpOtherLines: RefusedFormat {
    static let name = "OTLP traces or logs"
    static let tool = "opentelemetry"
    static let lacks: [String] = []
    static let reason = otherReason
    static let advice = otherAdvice

    static func recognises(_ head: FileHead) -> Bool {
        OtlpLines.isLine(head, of: "resourceSpans") || OtlpLines.isLine(head, of: "resourceLogs")
    }
}

enum OtlpOtherDocument: DocumentFormat {
    static let name = "OTLP traces or logs"
    static let tool = "opentelemetry"
    static let lacks: [String] = []

    static func recognises(_ document: JSONValue) -> Bool {
        document["resourceSpans"] != nil || document["resourceLogs"] != nil
    }

    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError) {
        throw .refused(format: name, reason: otherReason, advice: otherAdvice, place: nil)
    }
}
