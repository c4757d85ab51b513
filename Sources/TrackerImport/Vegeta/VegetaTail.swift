/// What follows the numbers of a line of vegeta: no error, body, method, URL and headers, as in the
/// last line that was read field by field.
struct VegetaTail {
    private var bytes: [UInt8] = []
    private var method = 0..<0
    private var url = 0..<0

    /// What stands before it in a line that ends with it.
    @inline(__always)
    func head(of line: ByteView) -> ByteView? {
        let start = line.count - bytes.count
        guard !bytes.isEmpty, start > 0, line.dropFirst(start).equals(bytes) else { return nil }
        return line.prefix(start)
    }

    func method(of line: ByteView) -> ByteView { part(method, of: line) }
    func url(of line: ByteView) -> ByteView { part(url, of: line) }

    private func part(_ range: Range<Int>, of line: ByteView) -> ByteView {
        let start = line.count - bytes.count
        return line[range.lowerBound + start..<range.upperBound + start]
    }

    /// - Parameters:
    ///   - method: of the line, and without escapes, like `url`.
    mutating func keep(_ line: ByteView, method: ByteView, url: ByteView) {
        bytes = []
        guard let start = line.firstIndex(of: #","error":"","body":"#) else { return }
        let tail = line.dropFirst(start)
        guard let methodAt = Self.place(of: method, behind: #","method":""#, in: tail),
            let urlAt = Self.place(of: url, behind: #","url":""#, in: tail)
        else { return }
        (bytes, self.method, self.url) = (tail.array, methodAt, urlAt)
    }

    /// Bodies are Base64, without a quote: the first member of the name is the right one.
    private static func place(
        of text: ByteView, behind key: StaticString, in tail: ByteView
    ) -> Range<Int>? {
        guard let found = tail.firstIndex(of: key) else { return nil }
        let start = found + key.utf8CodeUnitCount
        guard tail.dropFirst(start).hasPrefix(text) else { return nil }
        return start..<start + text.count
    }
}

/// Takes what is expected from bytes, one after the other.
struct NumberCursor {
    private let bytes: ByteView
    private var at = 0

    init(_ bytes: ByteView) { self.bytes = bytes }

    var isAtEnd: Bool { at == bytes.count }

    @inline(__always)
    mutating func take(_ text: StaticString) -> Bool {
        guard bytes.dropFirst(at).hasPrefix(text) else { return false }
        at += text.utf8CodeUnitCount
        return true
    }

    /// Digits.
    @inline(__always)
    mutating func number() -> ByteView? {
        let start = at
        while at < bytes.count, bytes[at] >= 0x30, bytes[at] <= 0x39 { at += 1 }
        return at > start ? bytes[start..<at] : nil
    }

    /// Up to the next quote, and behind it; without escapes.
    @inline(__always)
    mutating func text() -> ByteView? {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\""), from: at) else { return nil }
        let text = bytes[at..<end]
        guard text.firstIndex(of: UInt8(ascii: "\\")) == nil else { return nil }
        at = end + 1
        return text
    }
}
