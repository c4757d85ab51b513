import TrackerLog

/// Builds the text: piece by piece in memory that is lent, where nothing has to grow.
@safe struct ColumnText {
    private var bytes: [UInt8] = []
    private let piece: UnsafeMutablePointer<UInt8>
    /// Of the piece: how much of it is written.
    private var count = 0
    private let short: UnsafePointer<UInt32>

    /// Of the memory lent.
    static let pieceBytes = 32 << 10
    /// Of any number, with its sign and what ends it.
    private static let maxNumberBytes = 32

    init(_ memory: UnsafeMutableRawBufferPointer) {
        unsafe piece = memory.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self)
        unsafe short = shortNumbers
    }

    /// All so far.
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

    /// Makes room in the piece.
    @inline(__always)
    private mutating func reserve(_ more: Int) {
        if count &+ more > Self.pieceBytes { flush() }
    }

    /// - Parameter most: how long it can be that is put.
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

    /// A name as it stands in a schema: nothing in it has to be escaped.
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

    /// What is text already.
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

    /// Infinite times, which an empty state has, are `null`.
    mutating func number(_ value: Double) {
        guard value.isFinite else { return raw("null") }
        put(atMost: Self.maxNumberBytes) { $0.put(number: value) }
    }

    mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { unsafe string(UnsafeRawBufferPointer($0)) }
    }

    mutating func string(_ text: UnsafeRawBufferPointer) {
        // The longest escape has six bytes.
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
            if index == 2 { raw(",[") } else if index > 0 { raw(",") }
            unsafe string(text)
            labels = index - 1
        }
        raw(labels > 0 ? "]" : ",[]")
    }

    mutating func event(_ event: Event?) {
        guard let event else { return raw("null") }
        flush()
        // Without its newline.
        bytes.append(contentsOf: canonicalLine(event).dropLast())
    }

    mutating func sum(_ sum: ExactSum) {
        raw("\"")
        put(atMost: ExactSum.maxTextBytes) { sum.write(to: &$0) }
        raw("\"")
    }

    /// The counts of buckets: `count` for the bucket behind the one before, as most are,
    /// `gap:count` for one further away; the first is counted from 0.
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
        // The quote takes the place of the last one's space.
        if !isEmpty { count &-= 1 }
        raw("\"")
    }

    /// Nearly all of a state is these, and nearly all have one to three digits.
    /// - Precondition: there is room.
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

/// The numbers from 0 to 999 as text, the first digit in the lowest byte.
private nonisolated(unsafe) let shortNumbers: UnsafePointer<UInt32> = {
    let table = UnsafeMutablePointer<UInt32>.allocate(capacity: shortNumberCount)
    for value in 0..<shortNumberCount {
        let text = "\(value)".utf8.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        unsafe (table + value).initialize(to: text.littleEndian)
    }
    return unsafe UnsafePointer(table)
}()
