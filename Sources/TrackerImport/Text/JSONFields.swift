/// The members of a JSON object in one line, as bytes, without making values of them.
///
/// It finds where members begin and end, and trusts what is within: a caller checks the values that
/// it uses, and gives a line in which something is unusual to the parser.
package struct JSONFields {
    private let line: ByteView
    private var at: Int

    /// - Returns: `nil` where the line is no object.
    package init?(_ line: ByteView) {
        let line = line.trimmed
        guard line.count >= 2, line[0] == UInt8(ascii: "{"),
            line[line.count - 1] == UInt8(ascii: "}")
        else { return nil }
        self.line = line
        at = 1
    }

    package struct Field {
        /// Without quotes.
        package let key: ByteView
        /// With quotes, if it is a string.
        package let value: ByteView

        /// The bytes of a string without escapes; `nil` for any other value.
        package var plainString: ByteView? {
            guard value.count >= 2, value[0] == UInt8(ascii: "\"") else { return nil }
            let inner = value[1..<value.count - 1]
            return inner.firstIndex(of: UInt8(ascii: "\\")) == nil ? inner : nil
        }
    }

    package enum Step {
        case field(Field)
        case end
        /// Not an object as programs write them: the parser says what it is.
        case unusual
    }

    /// What follows the last member, up to the end of the line.
    package var rest: ByteView { line.dropFirst(at) }

    package mutating func next() -> Step {
        skipBlanks()
        guard at < line.count else { return .unusual }
        if line[at] == UInt8(ascii: "}") { return at == line.count - 1 ? .end : .unusual }
        guard let key = string() else { return .unusual }
        skipBlanks()
        guard take(UInt8(ascii: ":")) else { return .unusual }
        skipBlanks()
        guard let value = value() else { return .unusual }
        skipBlanks()
        guard at < line.count else { return .unusual }
        if line[at] == UInt8(ascii: ",") {
            at += 1
        } else if line[at] != UInt8(ascii: "}") {
            return .unusual
        }
        return .field(Field(key: key[1..<key.count - 1], value: value))
    }

    private mutating func skipBlanks() {
        while at < line.count, ByteView.isBlank(line[at]) { at += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard at < line.count, line[at] == byte else { return false }
        at += 1
        return true
    }

    /// With its quotes.
    private mutating func string() -> ByteView? {
        let start = at
        guard take(UInt8(ascii: "\"")) else { return nil }
        while let quote = line.firstIndex(of: UInt8(ascii: "\""), from: at) {
            at = quote + 1
            var before = quote
            while before > start + 1, line[before - 1] == UInt8(ascii: "\\") { before -= 1 }
            // An odd number of backslashes makes the quote a part of the string.
            if (quote - before) % 2 == 0 { return line[start..<at] }
        }
        return nil
    }

    private mutating func value() -> ByteView? {
        guard at < line.count else { return nil }
        switch line[at] {
        case UInt8(ascii: "\""): return string()
        case UInt8(ascii: "{"), UInt8(ascii: "["): return nested()
        default:
            let start = at
            while at < line.count, !Self.endsValue(line[at]) { at += 1 }
            return at > start ? line[start..<at] : nil
        }
    }

    private static func endsValue(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || ByteView.isBlank(byte)
    }

    private mutating func nested() -> ByteView? {
        let start = at
        var depth = 0
        while at < line.count {
            switch line[at] {
            case UInt8(ascii: "\""):
                guard string() != nil else { return nil }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 0 {
                    at += 1
                    return line[start..<at]
                }
            default: break
            }
            at += 1
        }
        return nil
    }
}
