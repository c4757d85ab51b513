import Glibc

/// Writes text into memory of the caller, front to back and never past its end. Does not allocate.
///
/// Invariant: once something did not fit, nothing more is written and `isFull` stays true.
@safe package struct ByteWriter {
    private let start: UnsafeMutablePointer<UInt8>
    private var next: UnsafeMutablePointer<UInt8>
    private var end: UnsafeMutablePointer<UInt8>
    /// Size of the memory in bytes.
    let capacity: Int
    /// Something did not fit: the text is incomplete.
    private(set) var isFull = false

    /// - Parameter memory: must outlive the writer.
    package init(_ memory: UnsafeMutableRawBufferPointer) {
        let bytes = unsafe memory.assumingMemoryBound(to: UInt8.self)
        // Never `nil`: a writer on an empty buffer is full at once.
        let first =
            unsafe bytes.baseAddress ?? UnsafeMutablePointer(bitPattern: 1).unsafelyUnwrapped
        unsafe (start, next, end) = unsafe (first, first, first + bytes.count)
        capacity = bytes.count
    }

    /// Number of bytes written.
    package var count: Int { unsafe next - start }

    /// The bytes written.
    package var written: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: start, count: count)
    }

    /// - Returns: the next `bytes` bytes, for the caller to fill; `nil` when they do not fit.
    @inline(__always)
    mutating func take(_ bytes: Int) -> UnsafeMutablePointer<UInt8>? {
        guard unsafe end - next >= bytes else {
            isFull = true
            // Refuse shorter text from now on too: it must not be joined to a gap.
            unsafe end = next
            return nil
        }
        defer { unsafe next += bytes }
        return unsafe next
    }

    @inline(__always)
    mutating func put(_ text: StaticString) {
        guard let room = unsafe take(text.utf8CodeUnitCount) else { return }
        unsafe memcpy(room, text.utf8Start, text.utf8CodeUnitCount)
    }

    @inline(__always)
    package mutating func put(byte: UInt8) {
        guard let room = unsafe take(1) else { return }
        unsafe room.pointee = byte
    }

    @inline(__always)
    mutating func put(bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, let room = unsafe take(bytes.count) else { return }
        unsafe memcpy(room, base, bytes.count)
    }

    mutating func put(bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { unsafe put(bytes: $0) }
    }
}

// MARK: strings

extension ByteWriter {
    /// Writes the text as a JSON string: quotes, backslashes and control characters are escaped.
    mutating func put(jsonString text: String) {
        let isDone: Void? = unsafe text.utf8.withContiguousStorageIfAvailable { bytes in
            unsafe put(jsonString: UnsafeRawBufferPointer(bytes))
        }
        if isDone == nil { put(jsonStringSlowly: text) }
    }

    private mutating func put(jsonStringSlowly text: String) {
        var text = text
        text.withUTF8 { unsafe put(jsonString: UnsafeRawBufferPointer($0)) }
    }

    package mutating func put(jsonString bytes: UnsafeRawBufferPointer) {
        let count = bytes.count
        guard let room = unsafe take(count + 2) else { return }
        unsafe room[0] = UInt8(ascii: "\"")
        if unsafe Self.copyUnlessEscaped(bytes, to: UnsafeMutableRawPointer(room + 1)) {
            unsafe room[count + 1] = UInt8(ascii: "\"")
            return
        }
        unsafe next = room + 1
        for index in bytes.indices { put(escaped: unsafe bytes[index]) }
        put(byte: UInt8(ascii: "\""))
    }

    /// Copies eight bytes at a time; the last eight may overlap the ones before.
    /// - Returns: `false` when a byte may need an escape; the copy must then be discarded.
    private static func copyUnlessEscaped(
        _ bytes: UnsafeRawBufferPointer, to room: UnsafeMutableRawPointer
    ) -> Bool {
        let count = bytes.count
        guard count >= 8 else { return unsafe copyShortUnlessEscaped(bytes, to: room) }
        var found: UInt64 = 0
        func copy(_ at: Int) {
            let word = unsafe bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            unsafe room.storeBytes(of: word, toByteOffset: at, as: UInt64.self)
            found |= escapes(word)
        }
        var at = 0
        while at + 8 < count {
            copy(at)
            at += 8
        }
        copy(count - 8)
        return found == 0
    }

    private static func copyShortUnlessEscaped(
        _ bytes: UnsafeRawBufferPointer, to room: UnsafeMutableRawPointer
    ) -> Bool {
        let count = bytes.count
        if count >= 4 {
            let first = unsafe bytes.loadUnaligned(as: UInt32.self)
            let last = unsafe bytes.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)
            unsafe room.storeBytes(of: first, as: UInt32.self)
            unsafe room.storeBytes(of: last, toByteOffset: count - 4, as: UInt32.self)
            return escapes(UInt64(first) | UInt64(last) << 32) == 0
        }
        // Padded with a letter that needs no escape.
        var word: UInt64 = 0x6161_6161_6161_6161
        for index in 0..<count {
            let byte = unsafe bytes[index]
            unsafe room.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
            word = word << 8 | UInt64(byte)
        }
        return escapes(word) == 0
    }

    /// Not 0 when a byte is below 0x20, a quote, a backslash or 0x7F. A byte after such a byte may
    /// be marked wrongly.
    @inline(__always)
    private static func escapes(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = word ^ ones &* 0x22
        let backslashes = word ^ ones &* 0x5C
        let deletes = word ^ ones &* 0x7F
        let found =
            (word &- ones &* 0x20) & ~word | (quotes &- ones) & ~quotes
            | (backslashes &- ones) & ~backslashes | (deletes &- ones) & ~deletes
        return found & (ones &* 0x80)
    }

    private mutating func put(escaped byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): put(#"\""#)
        case UInt8(ascii: "\\"): put(#"\\"#)
        case 0x0A: put(#"\n"#)
        case 0x0D: put(#"\r"#)
        case 0x09: put(#"\t"#)
        case 0..<0x20, 0x7F:
            put(#"\u00"#)
            for digit in [byte >> 4, byte & 15] {
                put(byte: digit < 10 ? 0x30 + digit : 0x57 + digit)
            }
        default: put(byte: byte)
        }
    }
}
