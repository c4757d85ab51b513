/// Swift literals as JSON values, for parameters and summaries:
///
///     let params: JSONValue = ["cache": "warm", "size": 100, "rates": [0.5, 1], "tls": false]
///
/// Variables are wrapped: `.string(name)`, `.integer(count)`, `.double(ratio)`, `.bool(flag)`.
extension JSONValue: ExpressibleByStringInterpolation {
    public init(stringLiteral value: String) { self = .string(value) }
}

extension JSONValue: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int) { self = .integer(value) }
}

extension JSONValue: ExpressibleByFloatLiteral {
    /// A literal beyond the range of a double is `null`.
    public init(floatLiteral value: Double) { self = .double(value) }
}

extension JSONValue: ExpressibleByBooleanLiteral {
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension JSONValue: ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
}

extension JSONValue: ExpressibleByDictionaryLiteral {
    /// For duplicate keys the last value wins, at the position of the first.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        var members: [Member] = []
        for (key, value) in elements {
            if let index = members.firstIndex(where: { $0.key == key }) {
                members[index].value = value
            } else {
                members.append(Member(key, value))
            }
        }
        self = .object(members)
    }
}
