import TrackerLog

/// Builds the JSON text. Writes into a borrowed buffer of fixed size, which is appended to the text
/// whenever it is full: most writes need no check for growth.
@safe struct ColumnText {
    private var bytes: [UInt8] = []
    private let piece: UnsafeMutablePointer<UInt8>
    /// Bytes used of `piece`.
    private var count = 0
    private let short: UnsafePointer<UInt32>

    /// Size of the borrowed buffer.
    static let pieceBytes = 32 << 10
    /// Longest text of a number, with sign and separator.
    private static let maxNumberBytes = 32

    init(_ memory: UnsafeMutableRawBufferPointer) {
        unsafe piece = memory.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self)
        unsafe short = shortNumbers
    }

    /// The whole text so far.
    var text: [UInt8] {
        mutating get {
            flush()
            return bytes
        }
    }

    private mutating func flush() {
        unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: piece, count: count))
        count = 0
    }

    /// Makes room for `more` bytes in `piece`.
    @inline(__always)
    private mutating func reserve(_ more: Int) {
        if count &+ more > Self.pieceBytes { flush() }
    }

    /// - Parameter most: the maximum number of bytes that `body` writes.
    private mutating func put(atMost most: Int, _ body: (inout ByteWriter) -> Void) {
        reserve(most)
        var cursor = unsafe ByteWriter(
            UnsafeMutableRawBufferPointer(start: piece + count, count: most))
        body(&cursor)
        count &+= cursor.count
    }

    mutating func raw(_ text: StaticString) {
        reserve(text.utf8CodeUnitCount)
        unsafe (piece + count).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        count &+= text.utf8CodeUnitCount
    }

    /// A column name and its colon. Names of a schema need no escaping.
    mutating func name(_ text: String) {
        raw("\"")
        var text = text
        text.withUTF8 { text in
            reserve(text.count)
            guard let start = text.baseAddress else { return }
            unsafe (piece + count).update(from: start, count: text.count)
            count &+= text.count
        }
        raw("\":")
    }

    /// Encoded text, as it is.
    mutating func append(_ text: [UInt8]) {
        flush()
        bytes.append(contentsOf: text)
    }

    mutating func integer(_ value: Int) {
        put(atMost: Self.maxNumberBytes) { $0.put(integer: value) }
    }

    mutating func unsigned(_ value: UInt64) {
        put(atMost: Self.maxNumberBytes) { $0.put(whole: value) }
    }

    /// Writes `null` for an infinite number, like the first time of an empty state.
    mutating func number(_ value: Double) {
        guard value.isFinite else { return raw("null") }
        put(atMost: Self.maxNumberBytes) { $0.put(number: value) }
    }

    mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { unsafe string(UnsafeRawBufferPointer($0)) }
    }

    mutating func string(_ text: UnsafeRawBufferPointer) {
        // The longest escape sequence has six bytes.
        let most = 6 * text.count + 2
        guard most <= Self.pieceBytes else {
            flush()
            return unsafe appendJSONString(text, to: &bytes)
        }
        put(atMost: most) { unsafe $0.put(jsonString: text) }
    }

    /// - Parameter key: a `SeriesKeyBytes`.
    mutating func key(_ key: UnsafeBufferPointer<UInt8>) {
        var labels = 0
        unsafe SeriesKey.forEachText(of: key) { index, text in
            if index == 3 { raw(",[") } else if index > 0 { raw(",") }
            labels = index - 2
            // No unit.
            guard unsafe index != 2 || !text.isEmpty else { return raw("null") }
            unsafe string(text)
        }
        raw(labels > 0 ? "]" : ",[]")
    }

    mutating func event(_ event: Event?) {
        guard let event else { return raw("null") }
        flush()
        // Without the newline.
        bytes.append(contentsOf: canonicalLine(event).dropLast())
    }

    mutating func sum(_ sum: ExactSum) {
        raw("\"")
        put(atMost: ExactSum.maxTextBytes) { sum.write(to: &$0) }
        raw("\"")
    }

    /// The bucket counts, ascending by bucket: `count` for the bucket right after the previous one,
    /// otherwise `gap:count`, with the gap to the previous bucket. The first gap is from 0.
    ///
    ///     buckets  131000: 3   131001: 1   131006: 2
    ///     text     "131000:3 1 5:2"
    mutating func buckets(_ buckets: borrowing BucketCounts) {
        raw("\"")
        var last: Int32 = 0
        var isEmpty = true
        buckets.visit { bucket, samples in
            isEmpty = false
            reserve(2 * Self.maxNumberBytes)
            if bucket &- last != 1 { entry(Int(bucket &- last), UInt8(ascii: ":")) }
            entry(Int(truncatingIfNeeded: samples), 0x20)
            last = bucket
        }
        // The quote replaces the last separator.
        if !isEmpty { count &-= 1 }
        raw("\"")
    }

    /// Writes a number and a separator. They are most of a state's text, and most numbers have one
    /// to three digits.
    /// - Precondition: `piece` has room for both.
    @inline(__always)
    private mutating func entry(_ value: Int, _ end: UInt8) {
        if value >= 0, value < shortNumberCount {
            unsafe UnsafeMutableRawPointer(piece + count).storeBytes(
                of: short[value], as: UInt32.self)
            count &+= value < 10 ? 1 : value < 100 ? 2 : 3
        } else {
            integer(value)
        }
        unsafe piece[count] = end
        count &+= 1
    }
}

private let shortNumberCount = 1_000

/// The digits of 0 to 999 as ASCII, the first digit in the lowest byte.
private nonisolated(unsafe) let shortNumbers: UnsafePointer<UInt32> = {
    let table = UnsafeMutablePointer<UInt32>.allocate(capacity: shortNumberCount)
    for value in 0..<shortNumberCount {
        let text = "\(value)".utf8.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        unsafe (table + value).initialize(to: text.littleEndian)
    }
    return unsafe UnsafePointer(table)
}()
