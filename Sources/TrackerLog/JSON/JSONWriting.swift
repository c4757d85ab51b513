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

    /// Whether a reader accepts the text of the value: nested no deeper than allowed, with valid
    /// numbers, and with each key once.
    func isWritable(depth: Int) -> Bool {
        switch self {
        case .null, .bool, .string: return true
        case .number(let text): return Self.isNumber(text)
        case .array(let elements):
            return depth <= LogLimits.maxJSONDepth
                && elements.allSatisfy { $0.isWritable(depth: depth + 1) }
        case .object(let members):
            return depth <= LogLimits.maxJSONDepth && Self.haveOwnKeys(members)
                && members.allSatisfy { $0.value.isWritable(depth: depth + 1) }
        }
    }

    private static func haveOwnKeys(_ members: [Member]) -> Bool {
        guard members.count < JSONParser.fewMembers else {
            return Set(members.map { ExactText($0.key) }).count == members.count
        }
        for index in members.indices.dropFirst() {
            for before in 0..<index where members[before].key.isExactly(members[index].key) {
                return false
            }
        }
        return true
    }

    private static func isNumber(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var cursor = unsafe JSONCursor(UnsafeRawBufferPointer(bytes))
            do throws(LineError) {
                _ = try cursor.number()
                return cursor.isAtEnd
            } catch {
                return false
            }
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
    // An escape has at most six bytes.
    unsafe withUnsafeTemporaryAllocation(byteCount: 6 * text.utf8.count + 2, alignment: 1) {
        var cursor = unsafe ByteWriter($0)
        cursor.put(jsonString: text)
        unsafe bytes.append(contentsOf: cursor.written)
    }
}

/// The same for UTF-8 bytes.
package func appendJSONString(_ text: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
    unsafe withUnsafeTemporaryAllocation(byteCount: 6 * text.count + 2, alignment: 1) {
        var cursor = unsafe ByteWriter($0)
        unsafe cursor.put(jsonString: text)
        unsafe bytes.append(contentsOf: cursor.written)
    }
}
