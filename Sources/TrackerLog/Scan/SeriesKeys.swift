/// The identity of a series as bytes: run, metric, unit, then name and value of each label, sorted
/// by name. Each ends with the byte FF, which UTF-8 never contains:
/// ```
/// r1 FF latency FF ms FF route FF / FF status FF 200 FF
/// ```
///
/// Two samples have equal keys if and only if run, metric, unit and labels are equal.
public enum SeriesKeyBytes {
    public static let separator: UInt8 = 0xFF
    /// The full parser handles longer keys.
    static let maxBytes = 4 << 10

    /// The pseudo-random order that decides which series are kept: the same on every machine.
    package static func rank(_ key: UnsafeBufferPointer<UInt8>) -> UInt64 {
        guard let base = key.baseAddress else { return 0 }
        return unsafe Word.hash(base, count: key.count, seed: 0)
    }
}

/// The keys of one batch of lines.
@safe struct SampleKeys: ~Copyable {
    private var arena = ByteArena(capacity: 96 << 10)

    struct Key {
        var span: ByteSpan
        /// In the key, escapes resolved.
        var unit: ByteSpan
        /// Bytes of run and metric with their separators.
        var namesCount: UInt32
        var hash: UInt64
        /// Whether the label `status` says that the request failed.
        var statusSaysFailed: Bool
    }

    /// A batch ends at this size, so that its keys stay in the CPU cache.
    static let enoughBytes = 64 << 10

    var base: UnsafePointer<UInt8> { unsafe UnsafePointer(arena.base) }
    var count: Int { arena.count }

    mutating func clear() { arena.clear() }

    /// - Returns: `nil` when the full parser has to decide.
    mutating func add(_ parts: SampleFields) -> Key? {
        var most = parts.run.count + parts.metric.count + parts.unit.count + 3
        for label in 0..<parts.labelCount {
            let entry = unsafe parts.labels[label]
            most &+= entry.name.count &+ entry.value.count &+ 2
        }
        guard most <= SeriesKeyBytes.maxBytes else { return nil }
        arena.reserve(most)
        let start = arena.count
        let first = unsafe arena.base + start
        var at = unsafe first
        guard unsafe Self.write(parts.run, to: &at), unsafe at - first <= LogLimits.maxNameBytes + 1
        else { return nil }
        let metric = unsafe at
        guard unsafe Self.write(parts.metric, to: &at) else { return nil }
        // There are at least as many bytes as characters: only the full parser counts characters.
        guard unsafe (2...LogLimits.maxMetricLength + 1).contains(at - metric) else { return nil }
        let namesCount = unsafe at - first
        guard unsafe Self.write(parts.unit, to: &at) else { return nil }
        let unitCount = unsafe at - first - namesCount - 1
        guard unitCount <= LogLimits.maxNameBytes else { return nil }
        var statusSaysFailed = false
        for index in 0..<parts.labelCount {
            let entry = unsafe parts.labels[Int(parts.order[index])]
            guard unsafe Self.write(entry.name, to: &at) else { return nil }
            let value = unsafe at
            guard unsafe Self.write(entry.value, to: &at) else { return nil }
            if entry.name.equals("status") {
                statusSaysFailed = unsafe Self.isFailed(
                    UnsafeBufferPointer(start: value, count: at - value - 1))
            }
        }
        let length = unsafe at - first
        arena.take(length)
        return unsafe Key(
            span: ByteSpan(offset: UInt32(start), count: UInt32(length)),
            unit: ByteSpan(offset: UInt32(start + namesCount), count: UInt32(unitCount)),
            namesCount: UInt32(namesCount),
            hash: SeriesKeyBytes.rank(UnsafeBufferPointer(start: first, count: length)),
            statusSaysFailed: statusSaysFailed)
    }

    /// Writes a string, escapes resolved, and its separator. May read and write up to sixteen bytes
    /// past the end.
    @inline(__always)
    private static func write(
        _ token: StringToken, to at: inout UnsafeMutablePointer<UInt8>
    ) -> Bool {
        if token.hasEscapes { return unsafe writeDecoded(token, to: &at) }
        unsafe copySixteen(token.start, to: at)
        var copied = 16
        while copied < token.count {
            unsafe copySixteen(token.start + copied, to: at + copied)
            copied &+= 16
        }
        unsafe at += token.count
        unsafe at.pointee = SeriesKeyBytes.separator
        unsafe at += 1
        return true
    }

    @inline(__always)
    private static func copySixteen(
        _ source: UnsafePointer<UInt8>, to target: UnsafeMutablePointer<UInt8>
    ) {
        unsafe UnsafeMutableRawPointer(target).storeBytes(
            of: UnsafeRawPointer(source).loadUnaligned(as: SIMD16<UInt8>.self),
            as: SIMD16<UInt8>.self)
    }

    private static func writeDecoded(
        _ token: StringToken, to at: inout UnsafeMutablePointer<UInt8>
    ) -> Bool {
        var cursor = unsafe JSONCursor(from: token.start, to: token.start + token.count)
        while !cursor.isAtEnd {
            if cursor.peek == UInt8(ascii: "\\") {
                // try? is right here: the token was checked when it was read.
                guard let scalar = try? cursor.escape() else { return false }
                for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter {
                    unsafe at.pointee = byte
                    unsafe at += 1
                }
            } else {
                unsafe at.pointee = cursor.peek
                unsafe at += 1
                cursor.advance()
            }
        }
        unsafe at.pointee = SeriesKeyBytes.separator
        unsafe at += 1
        return true
    }

    /// `docs/FORMAT.md` section 3: a status that is a number of 400 or more.
    private static func isFailed(_ status: UnsafeBufferPointer<UInt8>) -> Bool {
        // The usual case: three digits.
        if status.count == 3, unsafe (status[0] | status[1] | status[2]) < 0x40,
            unsafe status.allSatisfy({ $0 &- 0x30 <= 9 })
        {
            return unsafe status[0] >= UInt8(ascii: "4")
        }
        let fewDigits = 15
        var number = 0
        for index in 0..<status.count {
            let digit = unsafe status[index] &- 0x30
            guard digit <= 9, status.count <= fewDigits else {
                let text = unsafe String(decoding: status, as: UTF8.self)
                return Double(text).map { $0 >= 400 } ?? false
            }
            number = number &* 10 &+ Int(digit)
        }
        return number >= 400
    }
}
