import Glibc

/// Bytes that live as long as the call that gives them: a line of a file, or a part of one.
///
/// Safe to use within the call; whoever keeps something of it makes a `String` or an array.
@safe package struct ByteView {
    private let base: UnsafePointer<UInt8>
    package let count: Int

    package init(_ bytes: UnsafeRawBufferPointer) {
        // An empty buffer may have no address; any non-null address will do.
        let start = unsafe bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
        unsafe base = start.assumingMemoryBound(to: UInt8.self)
        count = bytes.count
    }

    private init(base: UnsafePointer<UInt8>, count: Int) {
        unsafe self.base = unsafe base
        self.count = count
    }

    package var isEmpty: Bool { count == 0 }

    @inline(__always)
    package subscript(index: Int) -> UInt8 {
        precondition(index >= 0 && index < count, "byte \(index) of \(count)")
        return unsafe base[index]
    }

    @inline(__always)
    package subscript(range: Range<Int>) -> ByteView {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= count, "bytes \(range) of \(count)")
        return unsafe ByteView(base: base + range.lowerBound, count: range.count)
    }

    package func dropFirst(_ number: Int) -> ByteView { self[min(number, count)..<count] }

    package func prefix(_ number: Int) -> ByteView { self[0..<min(number, count)] }

    package var raw: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: base, count: count)
    }

    /// Bytes that are no UTF-8 become U+FFFD.
    package var text: String { unsafe String(decoding: raw, as: UTF8.self) }

    package var array: [UInt8] { unsafe Array(raw) }
}

extension ByteView {
    package func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
        guard start < count, let found = unsafe memchr(base + start, Int32(byte), count - start)
        else { return nil }
        return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }

    /// Where the text, which is not empty, begins first.
    package func firstIndex(of text: StaticString, from start: Int = 0) -> Int? {
        var at = start
        while let found = firstIndex(of: unsafe text.utf8Start[0], from: at) {
            if dropFirst(found).hasPrefix(text) { return found }
            at = found + 1
        }
        return nil
    }

    package func contains(_ text: StaticString) -> Bool { firstIndex(of: text) != nil }

    @inline(__always)
    package func hasPrefix(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        return unsafe length <= count && memcmp(base, text.utf8Start, length) == 0
    }

    package func hasPrefix(_ other: ByteView) -> Bool {
        unsafe other.count <= count && memcmp(base, other.base, other.count) == 0
    }

    package func hasSuffix(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        return unsafe length <= count
            && memcmp(base + (count - length), text.utf8Start, length) == 0
    }

    package func equals(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && hasPrefix(text)
    }

    @inline(__always)
    package func equals(_ other: [UInt8]) -> Bool {
        guard count == other.count else { return false }
        return unsafe other.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return true }
            return unsafe memcmp(base, start, count) == 0
        }
    }

    /// Without spaces, tabs and carriage returns at both ends.
    package var trimmed: ByteView {
        var (start, end) = (0, count)
        while start < end, Self.isBlank(self[start]) { start += 1 }
        while end > start, Self.isBlank(self[end - 1]) { end -= 1 }
        return self[start..<end]
    }

    package static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0D
    }

    package func split(by byte: UInt8) -> [ByteView] {
        var parts: [ByteView] = []
        var start = 0
        while let end = firstIndex(of: byte, from: start) {
            parts.append(self[start..<end])
            start = end + 1
        }
        return parts + [self[start..<count]]
    }
}
