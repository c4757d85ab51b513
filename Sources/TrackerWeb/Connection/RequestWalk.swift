import NIOHTTP1

/// Where requests end in the bytes of a connection: the parser tells that one has ended, and not
/// where, so that the first bytes of the next one behind it would not be noticed. Pure.
///
/// ```text
/// head ── \n\r\n ── body of the length that the head gives ── head …
/// ```
struct RequestWalk {
    /// How the bytes before the next one end: what is left of an empty line to come.
    private struct LineEnd {
        private(set) var isEmptyLine = false
        private var hasLineFeed = false

        mutating func pass(_ byte: UInt8) {
            isEmptyLine = byte == UInt8(ascii: "\n") && hasLineFeed
            hasLineFeed = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") && hasLineFeed
        }
    }

    private enum Place {
        case head(bytes: Int, LineEnd)
        case body(left: Int)
        /// In a body in chunks, whose end only the parser knows.
        case lost(LineEnd)
    }

    /// Bytes that tell whether what is before the next one is an empty line: `\n\r\n`.
    private static let mostOfEmptyLine = 3

    private var place = Place.head(bytes: 0, LineEnd())
    /// The lengths of bodies whose head was parsed and is not passed yet; `nil` for chunks.
    private var expected: [Int?] = []

    /// The parser has read a head.
    mutating func expect(_ head: HTTPRequestHead) {
        guard head.headers["Transfer-Encoding"].isEmpty else { return expected.append(nil) }
        expected.append(head.headers["Content-Length"].first.flatMap(Int.init) ?? 0)
    }

    /// Passes the bytes that the parser has just read.
    /// - Parameter isBetween: whether it waits for a head, or is in one.
    /// - Returns: how many bytes of an incomplete head there are. Behind a body in chunks that is
    ///   one if the bytes do not end as such a body does.
    mutating func advance(over bytes: UnsafeRawBufferPointer, isBetween: Bool) -> Int {
        var at = 0
        while at < bytes.count {
            switch place {
            case .head(let before, let end): unsafe passHead(bytes, &at, before, end)
            case .body(let left):
                let passed = min(left, bytes.count - at)
                at += passed
                place = passed < left ? .body(left: left - passed) : .head(bytes: 0, LineEnd())
            case .lost(let end): unsafe getLost(in: bytes, &at, end)
            }
        }
        // The parser found the end of a head where there seemed to be none, or behind a body in
        // chunks.
        if !expected.isEmpty {
            at = 0
            unsafe getLost(in: bytes, &at, LineEnd())
        }
        expected = []
        switch place {
        case .head(let begun, _): return begun
        case .body: return 0
        case .lost(let end):
            guard isBetween else { return 0 }
            place = end.isEmptyLine ? .head(bytes: 0, LineEnd()) : .head(bytes: 1, end)
            return end.isEmptyLine ? 0 : 1
        }
    }

    /// Only the end of the bytes says where they end.
    private mutating func getLost(
        in bytes: UnsafeRawBufferPointer, _ at: inout Int, _ end: LineEnd
    ) {
        var end = end
        at = max(at, bytes.count - Self.mostOfEmptyLine)
        while at < bytes.count {
            end.pass(unsafe bytes[at])
            at += 1
        }
        place = .lost(end)
    }

    private mutating func passHead(
        _ bytes: UnsafeRawBufferPointer, _ at: inout Int, _ before: Int, _ end: LineEnd
    ) {
        var (begun, end) = (before, end)
        while at < bytes.count {
            let byte = unsafe bytes[at]
            at += 1
            // Empty lines before a head belong to none.
            if begun == 0, byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n") { continue }
            begun += 1
            end.pass(byte)
            guard end.isEmptyLine, !expected.isEmpty else { continue }
            switch expected.removeFirst() {
            case 0: place = .head(bytes: 0, LineEnd())
            case let length?: place = .body(left: length)
            case nil: place = .lost(LineEnd())
            }
            return
        }
        place = .head(bytes: begun, end)
    }
}
