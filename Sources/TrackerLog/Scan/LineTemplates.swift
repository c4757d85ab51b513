import Glibc

/// Templates of lines: everything but the time and the value. A template is parsed once; later
/// lines are only compared with it.
/// ```
/// {"ts":1763899200000,"metric":"latency","unit":"ms","value":12.5,"run":"r1"}\n
/// ╰head╯╰── time ───╯╰─────────────── middle ───────────────╯╰──╯╰─── tail ───╯
///                                                            value
/// ```
///
/// The two numbers, in either order, cut a line into head, middle and tail. Head and middle are
/// found by comparison, the tail by a hash of its bytes up to the newline. The parser accepted a
/// line with this very head, middle and tail, so this line is the same sample except for its
/// numbers.
///
/// Bounded by `LogLimits.maxKnownTexts`: when full, it learns nothing until it is cleared.
@safe struct LineTemplates: ~Copyable {
    /// The bytes before the first number.
    private struct Head {
        var text: ByteArena.Piece
        /// Its first eight bytes at most.
        var start: Word.Prefix
        /// The time comes first, then the value.
        var isTimeFirst: Bool
        /// The time is in quotes.
        var isTimeQuoted: Bool
    }

    /// The bytes between the numbers, in lines with one head.
    private struct Middle {
        var text: ByteArena.Piece
        var head: Int32
        /// The middle that last followed this one: files often alternate between templates.
        var successor: Int32
    }

    private struct Slot {
        var hash: UInt64 = 0
        /// Includes the newline.
        var tail = ByteArena.Piece()
        /// -1 marks a free slot.
        var middle: Int32 = -1
        var text: Int32 = -1
    }

    private var arena = ByteArena(capacity: 64 << 10)
    private let heads: UnsafeMutablePointer<Head>
    private var headCount = 0
    private let middles: UnsafeMutablePointer<Middle>
    private var middleCount = 0
    /// By a hash of a middle's bytes: the middle to try first.
    private let guesses: UnsafeMutablePointer<Int32>
    private let slots: UnsafeMutablePointer<Slot>
    private let tens: UnsafePointer<UInt64>
    private var lastHead = 0
    private var lastMiddle = 0
    private(set) var count = 0
    /// Whether a line could not be learned because a table was full.
    private(set) var isFull = false

    private static let maxHeads = 16
    private static let maxMiddles = 64
    private static let guessCount = 256
    /// At most half full, so that probing stays short.
    private static let slotCount = 2 * LogLimits.maxKnownTexts
    /// Longer lines are not learned: comparing them would read far ahead.
    static let maxTextBytes = 4 << 10

    init(tens: UnsafePointer<UInt64>) {
        unsafe self.tens = unsafe tens
        unsafe heads = .allocate(capacity: Self.maxHeads)
        unsafe middles = .allocate(capacity: Self.maxMiddles)
        unsafe guesses = .allocate(capacity: Self.guessCount)
        unsafe guesses.initialize(repeating: 0, count: Self.guessCount)
        unsafe slots = .allocate(capacity: Self.slotCount)
        unsafe slots.initialize(repeating: Slot(), count: Self.slotCount)
    }

    deinit {
        unsafe heads.deallocate()
        unsafe middles.deallocate()
        unsafe guesses.deallocate()
        unsafe slots.deallocate()
    }

    mutating func clear() {
        arena.clear()
        headCount = 0
        middleCount = 0
        lastHead = 0
        lastMiddle = 0
        count = 0
        isFull = false
        unsafe slots.update(repeating: Slot(), count: Self.slotCount)
    }

    /// Reads lines from `start` on while they match a template and there is room.
    /// - Parameters:
    ///   - start: where a line begins; advanced past the last line read.
    ///   - base: the address that offsets are relative to.
    ///   - limit: just past the last line's newline.
    ///   - lines: sets `kind`, `text`, `line`, time and value, and clears `key`; the other fields
    ///     go with a key.
    /// - Returns: the number of lines read; another reader has to read the next one.
    mutating func match(
        _ start: inout UnsafePointer<UInt8>, _ base: UnsafePointer<UInt8>,
        _ limit: UnsafePointer<UInt8>, _ clock: inout TimestampCache,
        into lines: UnsafeMutableBufferPointer<ScannedLine>
    ) -> Int {
        guard middleCount > 0 else { return 0 }
        var read = 0
        while read < lines.count, unsafe start < limit {
            let line = unsafe lines.baseAddress.unsafelyUnwrapped + read
            guard let head = unsafe headAt(start) else { break }
            var at = unsafe start + Int(heads[head].text.count)
            let isTimeFirst = unsafe heads[head].isTimeFirst
            let isTimeQuoted = unsafe heads[head].isTimeQuoted
            let first =
                unsafe isTimeFirst
                ? Self.time(at, isTimeQuoted, &clock, tens, &line.pointee.timestampMs)
                : Decimal.readBeforeText(at, tens: tens, &line.pointee.value)
            guard first > 0 else { break }
            unsafe at += first
            guard let middle = unsafe middleAt(at, head) else { break }
            unsafe at += Int(middles[middle].text.count)
            let second =
                unsafe isTimeFirst
                ? Decimal.readBeforeText(at, tens: tens, &line.pointee.value)
                : Self.time(at, isTimeQuoted, &clock, tens, &line.pointee.timestampMs)
            guard second > 0 else { break }
            unsafe at += second
            guard let newline = unsafe memchr(at, 0x0A, limit - at) else { break }
            let end = unsafe UnsafePointer(newline.assumingMemoryBound(to: UInt8.self))
            let hash = unsafe Word.hash(
                at, count: end - at, seed: UInt64(truncatingIfNeeded: middle))
            guard let text = unsafe find(hash, middle, at) else { break }
            unsafe line.pointee.kind = .sample
            unsafe line.pointee.text = text
            unsafe line.pointee.key = ByteSpan()
            unsafe line.pointee.line = ByteSpan(
                offset: UInt32(truncatingIfNeeded: start - base),
                count: UInt32(truncatingIfNeeded: end - start))
            unsafe start = end + 1
            read &+= 1
        }
        return read
    }

    @inline(__always)
    private static func time(
        _ at: UnsafePointer<UInt8>, _ isQuoted: Bool, _ clock: inout TimestampCache,
        _ tens: UnsafePointer<UInt64>, _ timestampMs: inout Double
    ) -> Int {
        unsafe isQuoted
            ? clock.read(at, tens: tens, &timestampMs)
            : clock.readNumber(at, tens: tens, &timestampMs)
    }

    @inline(__always)
    private mutating func headAt(_ start: UnsafePointer<UInt8>) -> Int? {
        if unsafe isHead(lastHead, start) { return lastHead }
        return unsafe otherHead(start)
    }

    @inline(__always)
    private func isHead(_ head: Int, _ start: UnsafePointer<UInt8>) -> Bool {
        unsafe heads[head].start.begins(start)
            && (heads[head].text.count <= 8 || arena.isSame(heads[head].text, start))
    }

    private mutating func otherHead(_ start: UnsafePointer<UInt8>) -> Int? {
        for head in 0..<headCount where unsafe isHead(head, start) {
            lastHead = head
            return head
        }
        return nil
    }

    @inline(__always)
    private mutating func middleAt(_ at: UnsafePointer<UInt8>, _ head: Int) -> Int? {
        let next = unsafe Int(middles[lastMiddle].successor)
        if unsafe middles[next].head == Int32(truncatingIfNeeded: head),
            unsafe arena.isSame(middles[next].text, at)
        {
            lastMiddle = next
            return next
        }
        return unsafe otherMiddle(at, head)
    }

    private mutating func otherMiddle(_ at: UnsafePointer<UInt8>, _ head: Int) -> Int? {
        // Middles usually differ after `,"metric`.
        let hash = unsafe Word.mix(
            Word.load(at + 8) ^ UInt64(head), Word.load(at + 16) ^ 0x9E37_79B9_7F4A_7C15)
        let entry = Int(truncatingIfNeeded: hash & UInt64(Self.guessCount - 1))
        let guess = unsafe Int(guesses[entry])
        if guess < middleCount, unsafe isMiddle(guess, at, head) { return follow(guess) }
        for middle in 0..<middleCount where unsafe isMiddle(middle, at, head) {
            unsafe guesses[entry] = Int32(middle)
            return follow(middle)
        }
        return nil
    }

    private func isMiddle(_ middle: Int, _ at: UnsafePointer<UInt8>, _ head: Int) -> Bool {
        unsafe middles[middle].head == Int32(head) && arena.isSame(middles[middle].text, at)
    }

    private mutating func follow(_ middle: Int) -> Int {
        unsafe middles[lastMiddle].successor = Int32(middle)
        lastMiddle = middle
        return middle
    }

    /// The number of the template with this tail. A tail has one newline, at its end: equal bytes
    /// end at the same position.
    @inline(__always)
    private func find(_ hash: UInt64, _ middle: Int, _ tail: UnsafePointer<UInt8>) -> Int32? {
        var at = Int(truncatingIfNeeded: hash &>> 32) & (Self.slotCount - 1)
        while true {
            if unsafe slots[at].hash == hash,
                unsafe slots[at].middle == Int32(truncatingIfNeeded: middle),
                unsafe arena.isSame(slots[at].tail, tail)
            {
                return unsafe slots[at].text
            }
            if unsafe slots[at].middle < 0 { return nil }
            at = (at &+ 1) & (Self.slotCount - 1)
        }
    }

    /// Learns a line that was read as a sample.
    /// - Parameters:
    ///   - end: the position of the line's newline.
    ///   - numbers: the positions of its time and value.
    /// - Returns: the number of its template; -1 when it is not learned.
    mutating func learn(
        _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ numbers: LineNumbers
    ) -> Int32 {
        let isTimeFirst = unsafe numbers.time.start < numbers.value.start
        let (first, second) =
            isTimeFirst ? (numbers.time, numbers.value) : (numbers.value, numbers.time)
        let firstEnd = unsafe first.start + first.count
        let secondEnd = unsafe second.start + second.count
        let length = unsafe end - start
        guard length <= Self.maxTextBytes else { return -1 }
        guard count < LogLimits.maxKnownTexts,
            arena.count + length <= LogLimits.maxKnownTextBytes,
            let head = unsafe learnHead(
                start, first.start - start, isTimeFirst, numbers.isTimeQuoted),
            let middle = unsafe learnMiddle(firstEnd, second.start - firstEnd, head)
        else {
            isFull = true
            return -1
        }
        let tailCount = unsafe end - secondEnd
        let hash = unsafe Word.hash(secondEnd, count: tailCount, seed: UInt64(middle))
        if let known = unsafe find(hash, middle, secondEnd) { return known }
        var at = Int(truncatingIfNeeded: hash &>> 32) & (Self.slotCount - 1)
        while unsafe slots[at].middle >= 0 { at = (at + 1) & (Self.slotCount - 1) }
        unsafe slots[at] = Slot(
            hash: hash, tail: arena.append(secondEnd, count: tailCount + 1), middle: Int32(middle),
            text: Int32(count))
        count += 1
        return Int32(count - 1)
    }

    private mutating func learnHead(
        _ start: UnsafePointer<UInt8>, _ length: Int, _ isTimeFirst: Bool, _ isTimeQuoted: Bool
    ) -> Int? {
        for head in 0..<headCount
        where unsafe Int(heads[head].text.count) == length
            && heads[head].isTimeFirst == isTimeFirst
            && heads[head].isTimeQuoted == isTimeQuoted && arena.isSame(heads[head].text, start)
        {
            return head
        }
        guard headCount < Self.maxHeads else { return nil }
        let text = unsafe arena.append(start, count: length)
        unsafe (heads + headCount).initialize(
            to: Head(
                text: text, start: Word.Prefix(start, count: length), isTimeFirst: isTimeFirst,
                isTimeQuoted: isTimeQuoted))
        headCount += 1
        return headCount - 1
    }

    private mutating func learnMiddle(
        _ start: UnsafePointer<UInt8>, _ length: Int, _ head: Int
    ) -> Int? {
        for middle in 0..<middleCount
        where unsafe Int(middles[middle].text.count) == length && isMiddle(middle, start, head) {
            return middle
        }
        guard middleCount < Self.maxMiddles else { return nil }
        let text = unsafe arena.append(start, count: length)
        unsafe (middles + middleCount).initialize(
            to: Middle(text: text, head: Int32(head), successor: Int32(middleCount)))
        middleCount += 1
        return middleCount - 1
    }
}

/// The positions of a line's two numbers.
@safe struct LineNumbers {
    @safe struct ByteRange {
        var start: UnsafePointer<UInt8>
        var count: Int
    }

    /// Without quotes.
    var time: ByteRange
    var isTimeQuoted: Bool
    var value: ByteRange
}
