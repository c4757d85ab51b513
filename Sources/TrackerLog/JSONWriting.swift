extension JSONValue {
    /// Appends the value as compact JSON.
    public func write(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .number(let text): bytes.append(contentsOf: text.utf8)
        case .string(let text): appendJSONString(text, to: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                element.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                appendJSONString(member.key, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// Whether the value is nested no deeper than readers allow, and its numbers are numbers.
    func isWritable(depth: Int) -> Bool {
        switch self {
        case .null, .bool, .string: return true
        case .number(let text): return Self.isNumber(text)
        case .array(let elements):
            return depth <= LogLimits.maxJSONDepth
                && elements.allSatisfy { $0.isWritable(depth: depth + 1) }
        case .object(let members):
            return depth <= LogLimits.maxJSONDepth
                && members.allSatisfy { $0.value.isWritable(depth: depth + 1) }
        }
    }

    private static func isNumber(_ text: String) -> Bool {
        do throws(LineError) {
            return try JSONValue(parsing: Array(text.utf8)) == .number(text)
        } catch {
            return false
        }
    }

    /// The value as compact JSON.
    public var text: String {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Appends the text as a JSON string: quotes, backslashes and control characters escaped.
public func appendJSONString(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            bytes.append(UInt8(ascii: "\\"))
            bytes.append(byte)
        case 0x0A: bytes.append(contentsOf: "\\n".utf8)
        case 0x0D: bytes.append(contentsOf: "\\r".utf8)
        case 0x09: bytes.append(contentsOf: "\\t".utf8)
        case 0..<0x20, 0x7F:
            bytes.append(contentsOf: "\\u00".utf8)
            bytes.append(
                contentsOf: [byte >> 4, byte & 15].map { $0 < 10 ? 0x30 + $0 : 0x57 + $0 })
        default: bytes.append(byte)
        }
    }
    bytes.append(UInt8(ascii: "\""))
}
