/// The fields of a sample that are folded.
enum SampleField: UInt8 {
    case ts = 1
    case metric = 2
    case value = 4
    case run = 8
    case labels = 16
    case ok = 32
    case unit = 64

    /// - Returns: `nil` for a field that is not folded.
    @inline(__always)
    init?(_ key: StringToken) {
        if key.equals("ts") {
            self = .ts
        } else if key.equals("metric") {
            self = .metric
        } else if key.equals("value") {
            self = .value
        } else if key.equals("run") {
            self = .run
        } else if key.equals("labels") {
            self = .labels
        } else if key.equals("ok") {
            self = .ok
        } else if key.equals("unit") {
            self = .unit
        } else {
            return nil
        }
    }
}

/// The fields of one line; strings point into the line. Reused for every line.
@safe struct SampleFields {
    struct LabelParts {
        var name: StringToken
        var value: StringToken
    }

    var timestampMs = 0.0
    var value = 0.0
    /// 1 for `true`, 0 for `false`, -1 when the line has none.
    var ok: Int8 = -1
    var isTimeQuoted = false
    var metric: StringToken
    var run: StringToken
    var unit: StringToken
    var time: LineNumbers.ByteRange
    var valueRange: LineNumbers.ByteRange
    var labelCount = 0
    /// Capacity `LogLimits.maxLabels`.
    let labels: UnsafeMutablePointer<LabelParts>
    /// Indexes of the labels, sorted by the bytes of the names.
    var order: UnsafePointer<UInt8>
    let ownOrder: UnsafeMutablePointer<UInt8>
    private let empty: StringToken

    /// The owner calls `free`.
    init() {
        unsafe ownOrder = .allocate(capacity: LogLimits.maxLabels)
        unsafe ownOrder.initialize(repeating: 0, count: LogLimits.maxLabels)
        unsafe order = UnsafePointer(ownOrder)
        unsafe empty = StringToken(start: order, count: 0, hasEscapes: false)
        metric = empty
        run = empty
        unit = empty
        unsafe time = LineNumbers.ByteRange(start: order, count: 0)
        valueRange = time
        unsafe labels = .allocate(capacity: LogLimits.maxLabels)
        unsafe labels.initialize(
            repeating: LabelParts(name: empty, value: empty), count: LogLimits.maxLabels)
    }

    func free() {
        unsafe labels.deallocate()
        unsafe ownOrder.deallocate()
    }

    @inline(__always)
    mutating func clear() {
        ok = -1
        isTimeQuoted = false
        metric = empty
        run = empty
        unit = empty
        labelCount = 0
    }

    var numbers: LineNumbers {
        LineNumbers(time: time, isTimeQuoted: isTimeQuoted, value: valueRange)
    }

    /// Sorts the labels by name. - Returns: `false` when two names are equal.
    mutating func sortLabels() -> Bool {
        for index in 0..<labelCount {
            let name = unsafe labels[index].name
            var at = index
            while at > 0 {
                let other = unsafe labels[Int(ownOrder[at - 1])].name
                if other.hasSameBytes(as: name) { return false }
                guard name.precedes(other) else { break }
                unsafe ownOrder[at] = ownOrder[at - 1]
                at -= 1
            }
            unsafe ownOrder[at] = UInt8(truncatingIfNeeded: index)
        }
        unsafe order = UnsafePointer(ownOrder)
        return true
    }
}

extension StringToken {
    @inline(__always)
    func hasSameBytes(as other: StringToken) -> Bool {
        unsafe count == other.count && Word.areSame(start, other.start, count: count)
    }

    /// Whether its bytes sort before those of the other.
    func precedes(_ other: StringToken) -> Bool {
        let a = unsafe UnsafeBufferPointer(start: start, count: count)
        let b = unsafe UnsafeBufferPointer(start: other.start, count: other.count)
        return unsafe a.lexicographicallyPrecedes(b)
    }
}

extension JSONCursor {
    /// Like `skipWhitespace`, but stops at a newline.
    @inline(__always)
    mutating func skipSpaces() {
        while peek == 0x20 || peek == 0x09 || peek == 0x0D { unsafe next += 1 }
    }

    /// Like `string()`, but eight bytes at a time while they are plain ASCII.
    @inline(__always)
    mutating func quickString() throws(LineError) -> StringToken {
        guard peek == UInt8(ascii: "\"") else { throw .syntax }
        unsafe next += 1
        guard let token = textBehindQuote() else { throw .syntax }
        unsafe next += 1
        return token
    }

    /// Reads a string from just after its opening quote up to its closing quote, which is not
    /// consumed.
    /// - Returns: `nil` when the string is invalid.
    @inline(__always)
    mutating func textBehindQuote() -> StringToken? {
        let start = unsafe next
        var at = unsafe start
        while unsafe at < end {
            let word = unsafe Word.load(at)
            let marks = Self.unusualBytes(word)
            guard marks != 0 else {
                unsafe at += 8
                continue
            }
            unsafe at += marks.trailingZeroBitCount &>> 3
            guard unsafe at < end, unsafe at.pointee == UInt8(ascii: "\"") else { break }
            unsafe next = unsafe at
            return unsafe StringToken(start: start, count: at - start, hasEscapes: false)
        }
        return unusualText()
    }

    /// The same, byte by byte: for escapes and text that is not ASCII.
    private mutating func unusualText() -> StringToken? {
        unsafe next -= 1
        do throws(LineError) {
            let token = try string()
            unsafe next -= 1
            return token
        } catch {
            return nil
        }
    }

    /// Sets the high bit of each byte that is a quote, a backslash, a control character or not
    /// ASCII. Exact up to the lowest marked byte; a borrow may mark higher bytes wrongly.
    @inline(__always)
    private static func unusualBytes(_ word: UInt64) -> UInt64 {
        let ones = Word.ones
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        return
            ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash
            | (word &- ones &* 0x20) & ~word | word) & Word.highBits
    }

    /// - Returns: 1 for `true`, 0 for `false`.
    mutating func okValue() throws(LineError) -> Int8 {
        let isTrue = peek == UInt8(ascii: "t")
        try expect(literal: isTrue ? "true" : "false")
        return isTrue ? 1 : 0
    }

    /// A label's value: a string, or a number or literal as spelled.
    mutating func labelValue() throws(LineError) -> StringToken {
        let start = unsafe next
        switch peek {
        case UInt8(ascii: "\""): return try quickString()
        case UInt8(ascii: "t"): try expect(literal: "true")
        case UInt8(ascii: "f"): try expect(literal: "false")
        case UInt8(ascii: "n"): try expect(literal: "null")
        default: _ = try number()
        }
        return unsafe StringToken(start: start, count: next - start, hasEscapes: false)
    }
}
