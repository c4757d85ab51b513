extension JSONValue {
    /// Parses one JSON value and nothing after it but whitespace.
    /// - Throws: the same errors as for a line of the log: the grammar and the limits are the same.
    public init(parsing bytes: [UInt8]) throws(LineError) {
        let result = unsafe bytes.withUnsafeBytes { buffer -> Result<JSONValue, LineError> in
            Result { () throws(LineError) in try unsafe JSONValue(parsing: buffer) }
        }
        self = try result.get()
    }

    /// - Returns: `nil` when the bytes are not a JSON value, for any reason.
    public static func parsed(_ bytes: some Collection<UInt8>) -> JSONValue? {
        // try? is right here: a caller that needs the reason uses `init(parsing:)`.
        try? JSONValue(parsing: Array(bytes))
    }

    /// Parses one JSON value and nothing after it but whitespace.
    public init(parsing bytes: UnsafeRawBufferPointer) throws(LineError) {
        var parser = unsafe JSONParser(bytes)
        self = try parser.document()
    }
}

/// Why a text is no JSON, and where.
package struct JSONTextError: Error, Sendable, Hashable {
    package let reason: LineError
    /// In bytes: the first that does not belong there, or close behind it.
    package let offset: Int
}

extension JSONValue {
    /// As `init(parsing:)`, for texts of many lines, whose errors need a place.
    package init(parsingText bytes: ArraySlice<UInt8>) throws(JSONTextError) {
        let result = unsafe bytes.withUnsafeBytes { buffer -> Result<JSONValue, JSONTextError> in
            var parser = unsafe JSONParser(buffer)
            do throws(LineError) {
                return .success(try parser.document())
            } catch {
                let left = parser.bytesLeft
                return .failure(JSONTextError(reason: error, offset: bytes.count - left))
            }
        }
        self = try result.get()
    }

    package init(parsingText bytes: [UInt8]) throws(JSONTextError) {
        self = try JSONValue(parsingText: bytes[...])
    }
}

/// The full parser: for the rare kinds of line, and for JSON outside the log.
struct JSONParser {
    private var cursor: JSONCursor

    init(_ bytes: UnsafeRawBufferPointer) {
        cursor = unsafe JSONCursor(bytes)
    }

    var bytesLeft: Int { unsafe max(0, cursor.end - cursor.next) }

    mutating func document() throws(LineError) -> JSONValue {
        cursor.skipWhitespace()
        let value = try value(depth: 0)
        cursor.skipWhitespace()
        guard cursor.isAtEnd else { throw .trailing }
        return value
    }

    private mutating func value(depth: Int) throws(LineError) -> JSONValue {
        switch cursor.peek {
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "["): return try array(depth: depth + 1)
        case UInt8(ascii: "\""):
            let token = try cursor.string()
            return .string(try JSONCursor.text(of: token))
        case UInt8(ascii: "t"):
            try cursor.expect(literal: "true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try cursor.expect(literal: "false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try cursor.expect(literal: "null")
            return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            let token = try cursor.number()
            let raw = unsafe UnsafeBufferPointer(start: token.start, count: token.count)
            return .number(unsafe String(decoding: raw, as: UTF8.self))
        default: throw .syntax
        }
    }

    private mutating func object(depth: Int) throws(LineError) -> JSONValue {
        guard depth <= LogLimits.maxJSONDepth else { throw .depth }
        cursor.advance()
        var members: [Member] = []
        // Bytes, not strings: Swift compares strings by Unicode equivalence. Empty while there are
        // few members.
        var seen: Set<[UInt8]> = []
        cursor.skipWhitespace()
        if cursor.take(UInt8(ascii: "}")) { return .object([]) }
        while true {
            cursor.skipWhitespace()
            let key = try JSONCursor.text(of: cursor.string())
            guard Self.isNew(key, among: members, &seen) else { throw .duplicateKey }
            cursor.skipWhitespace()
            try cursor.expect(UInt8(ascii: ":"))
            cursor.skipWhitespace()
            members.append(Member(key, try value(depth: depth)))
            cursor.skipWhitespace()
            if cursor.take(UInt8(ascii: "}")) { return .object(members) }
            try cursor.expect(UInt8(ascii: ","))
        }
    }

    /// - Parameter members: those before the key.
    private static func isNew(
        _ key: String, among members: [Member], _ seen: inout Set<[UInt8]>
    ) -> Bool {
        guard members.count >= fewMembers else {
            return !members.contains { $0.key.isExactly(key) }
        }
        if seen.isEmpty { seen = Set(members.map { Array($0.key.utf8) }) }
        return seen.insert(Array(key.utf8)).inserted
    }

    /// Fewer are compared one by one, which takes less time than a set of them.
    static let fewMembers = 16

    private mutating func array(depth: Int) throws(LineError) -> JSONValue {
        guard depth <= LogLimits.maxJSONDepth else { throw .depth }
        cursor.advance()
        var elements: [JSONValue] = []
        cursor.skipWhitespace()
        if cursor.take(UInt8(ascii: "]")) { return .array([]) }
        while true {
            cursor.skipWhitespace()
            elements.append(try value(depth: depth))
            cursor.skipWhitespace()
            if cursor.take(UInt8(ascii: "]")) { return .array(elements) }
            try cursor.expect(UInt8(ascii: ","))
        }
    }

    private typealias Member = JSONValue.Member
}
