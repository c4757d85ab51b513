/// A last line without its newline.
///
/// A whole JSON object can only be followed by blanks until the line ends, or it is no JSON. So the
/// line counts at once, whether its file is closed or not: a half line never does.
enum OpenLine {
    /// Whether the bytes, which have no newline, are a JSON object and blanks.
    static func isWhole(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count <= LogLimits.maxLineBytes,
            let last = unsafe bytes.lastIndex(where: { !isBlank($0) }),
            unsafe bytes[last] == UInt8(ascii: "}")
        else { return false }
        let mark = unsafe ByteOrderMark.length(in: bytes)
        let line = unsafe UnsafeRawBufferPointer(rebasing: bytes[mark...])
        // try? is right here: whatever is no JSON may be the beginning of a line.
        guard case .object? = try? unsafe JSONValue(parsing: line) else { return false }
        return true
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
}

/// Finds where a JSON object ends, without looking at what is in it.
struct ObjectEnd {
    private var depth = 0
    private var isInText = false
    private var isEscaped = false
    private(set) var isEnded = false

    /// - Parameter byte: the next one. Blanks outside a text may be left out.
    /// - Returns: `false` when no object begins with it.
    mutating func take(_ byte: UInt8) -> Bool {
        guard depth > 0 else {
            depth = 1
            return byte == UInt8(ascii: "{")
        }
        if isInText {
            isInText = isEscaped || byte != UInt8(ascii: "\"")
            isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
            return true
        }
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        case UInt8(ascii: "\""): isInText = true
        default: break
        }
        isEnded = depth == 0
        return true
    }
}
