/// A piece of a frame's content: where it begins and how long it is, in bytes.
public struct ByteSpan: Sendable, Hashable {
    public var offset: UInt32
    public var count: UInt32

    init(offset: UInt32 = 0, count: UInt32 = 0) {
        self.offset = offset
        self.count = count
    }

    public var range: Range<Int> { Int(offset)..<Int(offset) + Int(count) }
}

/// One scanned line: a sample with its texts left where they stand, or something for the full
/// parser.
public struct ScannedLine: Sendable {
    public enum Kind: UInt8, Sendable {
        /// All fields below are set.
        case sample
        /// Only `line` is set: a rare kind, a rare spelling, or a mistake. `EventParser` decides.
        case other
    }

    public var kind: Kind = .other
    /// 1 and 0 as the line says; -1 when it says nothing.
    public var ok: Int8 = -1
    public var timestampMs = 0.0
    public var value = 0.0
    /// The whole line without its `\n`.
    public var line = ByteSpan()
    /// Raw bytes between the quotes, escapes and all. Empty where the line has no such field.
    public var metric = ByteSpan()
    public var unit = ByteSpan()
    public var run = ByteSpan()
    /// The raw labels object with its braces.
    public var labels = ByteSpan()

    public init() {}
}

/// Reads samples from the lines of a frame without making a string or a value of them.
///
/// Invariant: a line that comes out as `.sample` is one that `EventParser` accepts as the same
/// sample; whatever is unusual comes out as `.other`, so the full parser has the last word on it.
@safe public struct LineScanner: ~Copyable {
    /// Bytes that must be readable behind the content: the scanner looks eight ahead.
    public static let padding = 32

    private let labelNames: UnsafeMutablePointer<StringToken>

    public init() {
        unsafe labelNames = .allocate(capacity: LogLimits.maxLabels)
    }

    deinit { unsafe labelNames.deallocate() }

    /// Scans lines from `offset` until `lines` is full or the content ends.
    /// - Parameters:
    ///   - content: whole lines, each with its `\n`, and `padding` readable bytes behind.
    ///   - offset: where the next line begins; moved behind the last scanned line.
    /// - Returns: how many lines were scanned.
    public func scan(
        _ content: UnsafeRawBufferPointer, from offset: inout Int,
        into lines: UnsafeMutableBufferPointer<ScannedLine>
    ) -> Int {
        guard let base = unsafe content.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
            return 0
        }
        var count = 0
        while count < lines.count, offset < content.count {
            var line = ScannedLine()
            // A sample is read in one go to its newline; only other lines are searched for it.
            if let end = unsafe sample(base, offset, content.count, &line) {
                line.kind = .sample
                line.line = span(offset, end)
                offset = end + 1
            } else {
                let end = unsafe endOfLine(base, offset, content.count)
                line = ScannedLine()
                line.line = span(offset, end)
                offset = end + 1
            }
            unsafe lines[count] = line
            count += 1
        }
        return count
    }

    private func endOfLine(_ base: UnsafePointer<UInt8>, _ offset: Int, _ count: Int) -> Int {
        let rest = unsafe UnsafeRawBufferPointer(start: base + offset, count: count - offset)
        return unsafe offset + (firstIndex(of: 0x0A, in: rest) ?? rest.count)
    }

    @inline(__always)
    private func span(_ start: Int, _ end: Int) -> ByteSpan {
        ByteSpan(
            offset: UInt32(truncatingIfNeeded: start),
            count: UInt32(truncatingIfNeeded: end - start))
    }

    /// - Returns: where the line's `\n` is; `nil` when the line is for the full parser.
    private func sample(
        _ base: UnsafePointer<UInt8>, _ offset: Int, _ count: Int, _ line: inout ScannedLine
    ) -> Int? {
        do throws(LineError) {
            var cursor = unsafe JSONCursor(from: base + offset, to: base + count)
            try unsafe readSample(&cursor, base, &line)
            cursor.skipSpaces()
            let end = unsafe cursor.next - base
            guard cursor.peek == 0x0A, end - offset <= LogLimits.maxLineBytes else { return nil }
            return end
        } catch {
            return nil
        }
    }

    private func readSample(
        _ cursor: inout JSONCursor, _ base: UnsafePointer<UInt8>, _ line: inout ScannedLine
    ) throws(LineError) {
        var seen: UInt8 = 0
        cursor.skipSpaces()
        try cursor.expect(UInt8(ascii: "{"))
        repeat {
            cursor.skipSpaces()
            let key = try cursor.quickString()
            cursor.skipSpaces()
            try cursor.expect(UInt8(ascii: ":"))
            cursor.skipSpaces()
            let field = try unsafe readField(key, &cursor, base, &line)
            guard seen & field == 0 else { throw .duplicateKey }
            seen |= field
            cursor.skipSpaces()
        } while cursor.take(UInt8(ascii: ","))
        try cursor.expect(UInt8(ascii: "}"))
        let needed = Field.ts | Field.metric | Field.value
        guard seen & needed == needed else { throw .noKind }
    }

    private enum Field {
        static let ts: UInt8 = 1
        static let metric: UInt8 = 2
        static let value: UInt8 = 4
        static let run: UInt8 = 8
        static let labels: UInt8 = 16
        static let ok: UInt8 = 32
        static let unit: UInt8 = 64
    }

    /// Reads the field's value into `line`. - Returns: which field it was.
    private func readField(
        _ key: StringToken, _ cursor: inout JSONCursor, _ base: UnsafePointer<UInt8>,
        _ line: inout ScannedLine
    ) throws(LineError) -> UInt8 {
        if key.equals("ts") {
            line.timestampMs = try timestamp(&cursor)
            return Field.ts
        } else if key.equals("metric") {
            let token = try cursor.quickString()
            // Bytes are at least as many as characters: longer ones are for the full parser to
            // count.
            guard token.count >= 1, token.count <= LogLimits.maxMetricLength else { throw .metric }
            line.metric = unsafe span(token.start - base, token.start - base + token.count)
            return Field.metric
        } else if key.equals("value") {
            line.value = try cursor.number().value
            return Field.value
        } else if key.equals("run") {
            line.run = try unsafe name(&cursor, base)
            return Field.run
        } else if key.equals("labels") {
            let start = unsafe cursor.next - base
            try labels(&cursor)
            line.labels = unsafe span(start, cursor.next - base)
            return Field.labels
        } else if key.equals("ok") {
            let isTrue = cursor.peek == UInt8(ascii: "t")
            try cursor.expect(literal: isTrue ? "true" : "false")
            line.ok = isTrue ? 1 : 0
            return Field.ok
        } else if key.equals("unit") {
            line.unit = try unsafe name(&cursor, base)
            return Field.unit
        }
        throw .noKind
    }

    private func name(
        _ cursor: inout JSONCursor, _ base: UnsafePointer<UInt8>
    ) throws(LineError) -> ByteSpan {
        let token = try cursor.quickString()
        guard token.count <= LogLimits.maxNameBytes else { throw .nameTooLong }
        return unsafe span(token.start - base, token.start - base + token.count)
    }

    private func timestamp(_ cursor: inout JSONCursor) throws(LineError) -> Double {
        guard cursor.peek == UInt8(ascii: "\"") else { return try cursor.number().value }
        let token = try cursor.quickString()
        let raw = unsafe UnsafeRawBufferPointer(start: token.start, count: token.count)
        guard !token.hasEscapes, let time = unsafe Timestamp.parseRFC3339(raw) else {
            throw .timestamp
        }
        return time
    }

    /// Steps over a flat object of at most `maxLabels` labels with names that differ.
    private func labels(_ cursor: inout JSONCursor) throws(LineError) {
        try cursor.expect(UInt8(ascii: "{"))
        cursor.skipSpaces()
        if cursor.take(UInt8(ascii: "}")) { return }
        var count = 0
        repeat {
            cursor.skipSpaces()
            let name = try cursor.quickString()
            // Escaped names may be equal without looking so; long ones are refused by the full
            // parser.
            guard count < LogLimits.maxLabels, !name.hasEscapes,
                name.count <= LogLimits.maxNameBytes
            else { throw .labels }
            for index in 0..<count where unsafe labelNames[index].hasSameBytes(as: name) {
                throw .duplicateKey
            }
            unsafe (labelNames + count).initialize(to: name)
            count += 1
            cursor.skipSpaces()
            try cursor.expect(UInt8(ascii: ":"))
            cursor.skipSpaces()
            try labelValue(&cursor)
            cursor.skipSpaces()
        } while cursor.take(UInt8(ascii: ","))
        try cursor.expect(UInt8(ascii: "}"))
    }

    private func labelValue(_ cursor: inout JSONCursor) throws(LineError) {
        switch cursor.peek {
        case UInt8(ascii: "\""): _ = try cursor.quickString()
        case UInt8(ascii: "t"): try cursor.expect(literal: "true")
        case UInt8(ascii: "f"): try cursor.expect(literal: "false")
        case UInt8(ascii: "n"): try cursor.expect(literal: "null")
        default: _ = try cursor.number()
        }
    }
}

extension StringToken {
    @inline(__always)
    func hasSameBytes(as other: StringToken) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count where unsafe start[index] != other.start[index] { return false }
        return true
    }
}

extension JSONCursor {
    /// Like `skipWhitespace`, but stays on the line: a newline ends it.
    @inline(__always)
    mutating func skipSpaces() {
        while peek == 0x20 || peek == 0x09 || peek == 0x0D { unsafe next += 1 }
    }

    /// Like `string()`, eight bytes at a time while nothing is unusual.
    @inline(__always)
    mutating func quickString() throws(LineError) -> StringToken {
        guard peek == UInt8(ascii: "\"") else { throw .syntax }
        let start = unsafe next + 1
        var at = unsafe start
        while unsafe at < end {
            let word = unsafe UnsafeRawPointer(at).loadUnaligned(as: UInt64.self)
            let marks = Self.unusualBytes(word)
            guard marks != 0 else {
                unsafe at += 8
                continue
            }
            unsafe at += marks.trailingZeroBitCount >> 3
            guard unsafe at < end, unsafe at.pointee == UInt8(ascii: "\"") else { break }
            unsafe next = unsafe at + 1
            return unsafe StringToken(start: start, count: at - start, hasEscapes: false)
        }
        return try string()
    }

    /// The high bit of each byte that is a quote, a backslash, a control character or not ASCII.
    /// Exact up to the lowest marked byte; beyond it a borrow may mark more.
    @inline(__always)
    private static func unusualBytes(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        return
            ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash
            | (word &- ones &* 0x20) & ~word | word) & (ones &* 0x80)
    }
}
