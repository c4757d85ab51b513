/// Tags of an XML text that comes in pieces. Text between tags is skipped; nothing is ever
/// expanded or fetched.
struct XMLTokens {
    struct Token {
        enum Kind {
            case start([String: String], isEmpty: Bool)
            case end
            /// A tag longer than a line may be.
            case tooLong
            /// A document type, which could define entities: nothing behind it is read.
            case documentType
        }

        var name: String
        var kind: Kind
        var place: ImportPlace
    }

    private enum State {
        case text
        /// From `<` on.
        case tag
        case comment, data, instruction
        /// The rest of a tag that is too long.
        case skipped
        /// Behind a document type.
        case ended
    }

    private var state = State.text
    private var tag: [UInt8] = []
    private var quote: UInt8?
    private var start = ImportPlace(line: 1, offset: 0)
    /// Where reading is now.
    var line: Int { 1 + lines.ends }
    private var lines = LineCounter()
    private(set) var offset = 0
    /// The last two bytes, for the ends of comments and of character data.
    private var last: (UInt8, UInt8) = (0, 0)

    mutating func read(_ bytes: ByteView) -> [Token] {
        var tokens: [Token] = []
        for index in 0..<bytes.count where state != .ended {
            let byte = bytes[index]
            lines.take(byte)
            step(byte, &tokens)
            last = (last.1, byte)
            offset += 1
        }
        return tokens
    }

    private mutating func step(_ byte: UInt8, _ tokens: inout [Token]) {
        let isClose = byte == UInt8(ascii: ">")
        switch state {
        case .text:
            guard byte == UInt8(ascii: "<") else { return }
            (state, tag, quote) = (.tag, [], nil)
            start = ImportPlace(line: line, offset: offset)
        case .comment:
            if isClose, last == (UInt8(ascii: "-"), UInt8(ascii: "-")) { state = .text }
        case .data:
            if isClose, last == (UInt8(ascii: "]"), UInt8(ascii: "]")) { state = .text }
        case .instruction:
            if isClose, last.1 == UInt8(ascii: "?") { state = .text }
        case .skipped:
            if isClose {
                tokens.append(Token(name: "", kind: .tooLong, place: start))
                state = .text
            }
        case .tag: stepTag(byte, &tokens)
        case .ended: break
        }
    }

    private mutating func stepTag(_ byte: UInt8, _ tokens: inout [Token]) {
        if let open = quote {
            if byte == open { quote = nil }
        } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
            quote = byte
        } else if byte == UInt8(ascii: ">") {
            if let token = token() { tokens.append(token) }
            (state, tag) = (.text, [])
            return
        }
        tag.append(byte)
        if tag.count > ImportLimits.maxLineBytes { (state, tag, quote) = (.skipped, [], nil) }
        if tag.count > 8 { return }
        switch String(decoding: tag, as: UTF8.self) {
        case "?": (state, quote) = (.instruction, nil)
        case "!--": (state, last) = (.comment, (0, 0))
        case "![CDATA[": (state, last) = (.data, (0, 0))
        case "!DOCTYPE", "!doctype", "!ENTITY":
            state = .ended
            tokens.append(Token(name: "", kind: .documentType, place: start))
        default: break
        }
    }

    private func token() -> Token? {
        var text = String(decoding: tag, as: UTF8.self)[...]
        func name(_ text: Substring) -> String {
            String(text.prefix { !$0.isWhitespace && $0 != "/" })
        }
        if text.hasPrefix("/") {
            return Token(name: name(text.dropFirst()), kind: .end, place: start)
        }
        if text.hasPrefix("!") { return nil }
        let isEmpty = text.hasSuffix("/")
        if isEmpty { text = text.dropLast() }
        let attributes = Self.attributes(text.drop { !$0.isWhitespace })
        return Token(
            name: name(text), kind: .start(attributes, isEmpty: isEmpty), place: start)
    }

    /// `a="1" b='2'`; what is not of this form is left out.
    private static func attributes(_ text: Substring) -> [String: String] {
        var attributes: [String: String] = [:]
        var rest = text
        while let equals = rest.firstIndex(of: "=") {
            let name = String(rest[..<equals]).filter { !$0.isWhitespace }
            rest = rest[rest.index(after: equals)...].drop { $0.isWhitespace }
            guard let quote = rest.first, quote == "\"" || quote == "'",
                let end = rest.dropFirst().firstIndex(of: quote)
            else { break }
            attributes[name] = unescaped(rest.dropFirst()[..<end])
            rest = rest[rest.index(after: end)...]
        }
        return attributes
    }

    private static func unescaped(_ text: Substring) -> String {
        guard text.contains("&") else { return String(text) }
        let names = ["lt": "<", "gt": ">", "amp": "&", "quot": "\"", "apos": "'"]
        var plain = ""
        var rest = text
        while let mark = rest.firstIndex(of: "&") {
            plain += rest[..<mark]
            rest = rest[rest.index(after: mark)...]
            guard let end = rest.prefix(12).firstIndex(of: ";") else {
                plain += "&"
                continue
            }
            let name = String(rest[..<end])
            guard let value = names[name] ?? character(name) else {
                plain += "&"
                continue
            }
            plain += value
            rest = rest[rest.index(after: end)...]
        }
        return plain + rest
    }

    /// `#10`, `#xA`.
    private static func character(_ name: String) -> String? {
        guard name.hasPrefix("#") else { return nil }
        let digits = name.dropFirst()
        let code =
            digits.first == "x" || digits.first == "X"
            ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return code.flatMap(Unicode.Scalar.init).map { String(Character($0)) }
    }
}
