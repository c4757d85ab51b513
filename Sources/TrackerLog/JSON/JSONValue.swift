/// A JSON value as written in the log: numbers keep their digits, objects keep the order of their
/// keys. Texts are compared by their bytes.
///
/// Used for the rare parts of a line (parameters, environment, a tool's own summary). Samples never
/// become a `JSONValue`; `LineScanner` reads those in place.
public enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    /// The literal text of a valid, finite JSON number.
    case number(String)
    case string(String)
    case array([JSONValue])
    /// Members in the order of the text; keys are unique.
    case object([Member])

    /// One `"key": value` of an object.
    public struct Member: Sendable, Hashable {
        public var key: String
        public var value: JSONValue

        public init(_ key: String, _ value: JSONValue) {
            self.key = key
            self.value = value
        }
    }
}

extension JSONValue.Member {
    public static func == (a: Self, b: Self) -> Bool {
        a.key.isExactly(b.key) && a.value == b.value
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(ExactText(key))
        hasher.combine(value)
    }
}

extension JSONValue {
    public static func == (a: JSONValue, b: JSONValue) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.number(let a), .number(let b)), (.string(let a), .string(let b)): a.isExactly(b)
        case (.array(let a), .array(let b)): a == b
        case (.object(let a), .object(let b)): a == b
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let flag): hasher.combine(flag)
        case .number(let text), .string(let text): hasher.combine(ExactText(text))
        case .array(let elements): hasher.combine(elements)
        case .object(let members): hasher.combine(members)
        }
    }
}

extension JSONValue {
    /// The empty object `{}`.
    public static let emptyObject = JSONValue.object([])

    /// A number from an integer.
    public static func integer(_ value: some BinaryInteger) -> JSONValue { .number(String(value)) }

    /// A number from a double, as the shortest text that reads back as the same double; `null` when
    /// it is not finite.
    public static func double(_ value: Double) -> JSONValue {
        value.isFinite ? .number(shortestText(of: value)) : .null
    }

    /// Unix milliseconds.
    public static func time(_ time: Timestamp) -> JSONValue { double(time.milliseconds) }

    /// Unix milliseconds; `null` when the time is missing.
    public static func optional(_ time: Timestamp?) -> JSONValue {
        time.map(JSONValue.time) ?? .null
    }

    /// `null` when the text is missing.
    public static func optional(_ text: String?) -> JSONValue {
        text.map(JSONValue.string) ?? .null
    }

    /// The member `key` of an object; `nil` when this is not an object or has no such key.
    public subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key.isExactly(key) }?.value
    }

    /// The text of a string value.
    public var stringValue: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The value of a number.
    public var doubleValue: Double? {
        guard case .number(let text) = self else { return nil }
        return Double(text)
    }

    /// The value of a number that is an integer in the range of `Int`.
    public var intValue: Int? {
        guard case .number(let text) = self else { return nil }
        return Int(text) ?? Double(text).flatMap { Int(exactly: $0) }
    }

    /// The value of `true` or `false`.
    public var boolValue: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    /// The elements of an array.
    public var arrayValue: [JSONValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// The members of an object.
    public var objectValue: [Member]? {
        guard case .object(let members) = self else { return nil }
        return members
    }
}

/// The shortest decimal text that reads back as the same double; whole numbers have no `.0`.
public func shortestText(of value: Double) -> String {
    // No double needs more than 24 bytes.
    unsafe withUnsafeTemporaryAllocation(byteCount: 32, alignment: 1) {
        var cursor = unsafe ByteWriter($0)
        cursor.put(number: value)
        return unsafe String(decoding: cursor.written, as: UTF8.self)
    }
}
