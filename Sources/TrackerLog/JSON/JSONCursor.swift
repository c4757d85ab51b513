/// A position in a line of JSON. Reads one token at a time from raw bytes and validates it in full.
///
/// Both line readers use it (`LineScanner` for samples, `JSONParser` for the rest), so that they
/// accept the same spellings. The bytes must outlive the cursor.
@safe struct JSONCursor {
    var next: UnsafePointer<UInt8>
    let end: UnsafePointer<UInt8>

    init(_ bytes: UnsafeRawBufferPointer) {
        // An empty buffer may have no address; any non-null address will do.
        let base = unsafe bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
        unsafe next = unsafe base.assumingMemoryBound(to: UInt8.self)
        unsafe end = unsafe next + bytes.count
    }

    init(from next: UnsafePointer<UInt8>, to end: UnsafePointer<UInt8>) {
        unsafe self.next = unsafe next
        unsafe self.end = unsafe end
    }

    var isAtEnd: Bool { unsafe next >= end }

    /// The next byte; 0 at the end, which begins no JSON token.
    var peek: UInt8 { unsafe next < end ? next.pointee : 0 }

    mutating func advance() { unsafe next += 1 }

    mutating func skipWhitespace() {
        while unsafe next < end {
            switch unsafe next.pointee {
            case 0x20, 0x09, 0x0D, 0x0A: unsafe next += 1
            default: return
            }
        }
    }

    /// Consumes `byte` if it is next. - Returns: whether it was.
    mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte, unsafe next < end else { return false }
        unsafe next += 1
        return true
    }

    mutating func expect(_ byte: UInt8) throws(LineError) {
        guard take(byte) else { throw .syntax }
    }

    /// Consumes the literal, for example `true`.
    mutating func expect(literal: StaticString) throws(LineError) {
        let count = literal.utf8CodeUnitCount
        guard unsafe end - next >= count else { throw .syntax }
        for index in 0..<count {
            guard unsafe next[index] == literal.utf8Start[index] else { throw .syntax }
        }
        unsafe next += count
    }
}

/// A JSON string: the raw bytes between its quotes, validated.
@safe struct StringToken {
    let start: UnsafePointer<UInt8>
    let count: Int
    let hasEscapes: Bool

    /// Whether the raw bytes equal `text`. Always `false` for a token with escapes: decode it
    /// first.
    func equals(_ text: StaticString) -> Bool {
        guard !hasEscapes, count == text.utf8CodeUnitCount else { return false }
        for index in 0..<count where unsafe start[index] != text.utf8Start[index] { return false }
        return true
    }
}

extension JSONCursor {
    /// Reads a string. The opening quote is next.
    /// - Throws: for control characters, invalid escapes, lone surrogates and invalid UTF-8.
    mutating func string() throws(LineError) -> StringToken {
        try expect(UInt8(ascii: "\""))
        let start = unsafe next
        var hasEscapes = false
        while unsafe next < end {
            let byte = unsafe next.pointee
            if byte == UInt8(ascii: "\"") {
                let token = unsafe StringToken(
                    start: start, count: next - start, hasEscapes: hasEscapes)
                unsafe next += 1
                return token
            }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                _ = try escape()
            } else if byte < 0x20 {
                throw .controlCharacter
            } else if byte < 0x80 {
                unsafe next += 1
            } else {
                try multibyte()
            }
        }
        throw .syntax
    }

    /// Reads an escape. The backslash is next.
    /// - Returns: the character that it encodes.
    mutating func escape() throws(LineError) -> Unicode.Scalar {
        advance()
        let kind = peek
        advance()
        switch kind {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw .escape
        }
    }

    /// Reads the four hex digits after `\u`, and a second `\u` if the first is half of a surrogate
    /// pair.
    private mutating func unicodeEscape() throws(LineError) -> Unicode.Scalar {
        let first = try fourHexDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            throw .loneSurrogate
        }
        let second = try fourHexDigits()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw .loneSurrogate }
        return scalar
    }

    private mutating func fourHexDigits() throws(LineError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            let digit: UInt32
            switch peek {
            case let byte where byte >= 0x30 && byte <= 0x39: digit = UInt32(byte) - 0x30
            case let byte where byte >= 0x41 && byte <= 0x46: digit = UInt32(byte) - 0x37
            case let byte where byte >= 0x61 && byte <= 0x66: digit = UInt32(byte) - 0x57
            default: throw .escape
            }
            value = value << 4 | digit
            advance()
        }
        return value
    }

    /// Reads one character of two to four bytes as RFC 3629 allows: no overlong forms, no
    /// surrogates, nothing above U+10FFFF.
    private mutating func multibyte() throws(LineError) {
        let first = peek
        let length: Int
        var low: UInt8 = 0x80
        var high: UInt8 = 0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, low) = (3, 0xA0)
        case 0xE1...0xEC, 0xEE...0xEF: length = 3
        case 0xED: (length, high) = (3, 0x9F)
        case 0xF0: (length, low) = (4, 0x90)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, high) = (4, 0x8F)
        default: throw .utf8
        }
        guard unsafe end - next >= length else { throw .utf8 }
        guard unsafe next[1] >= low, unsafe next[1] <= high else { throw .utf8 }
        for index in 2..<max(2, length) {
            guard unsafe next[index] & 0xC0 == 0x80 else { throw .utf8 }
        }
        unsafe next += length
    }

    /// The token's text, with escapes resolved.
    static func text(of token: StringToken) throws(LineError) -> String {
        let raw = unsafe UnsafeBufferPointer(start: token.start, count: token.count)
        guard token.hasEscapes else { return unsafe String(decoding: raw, as: UTF8.self) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(token.count)
        var cursor = unsafe JSONCursor(from: token.start, to: token.start + token.count)
        while !cursor.isAtEnd {
            if cursor.peek == UInt8(ascii: "\\") {
                bytes.append(contentsOf: String(Character(try cursor.escape())).utf8)
            } else {
                bytes.append(cursor.peek)
                cursor.advance()
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
