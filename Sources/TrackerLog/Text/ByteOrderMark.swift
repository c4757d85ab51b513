/// The UTF-8 byte order mark that some programs put before a text. Joined files have it before any
/// line.
package enum ByteOrderMark {
    package static let length = 3

    private static func byte(_ index: Int) -> UInt8 {
        index == 0 ? 0xEF : index == 1 ? 0xBB : 0xBF
    }

    /// How many of its bytes are at an offset, from the first on: 3 for a whole one.
    static func matched(_ bytes: UnsafeRawBufferPointer, at start: Int = 0) -> Int {
        var count = 0
        while count < length, start + count < bytes.count,
            unsafe bytes[start + count] == byte(count)
        {
            count += 1
        }
        return count
    }

    /// 3 if a whole one is at an offset, else 0.
    static func length(in bytes: UnsafeRawBufferPointer, at start: Int = 0) -> Int {
        unsafe matched(bytes, at: start) == length ? length : 0
    }

    /// The lines without those before them.
    package static func removed(from lines: [UInt8]) -> [UInt8] {
        guard lines.contains(byte(0)) else { return lines }
        return unsafe lines.withUnsafeBytes { bytes in
            var kept: [UInt8] = []
            kept.reserveCapacity(bytes.count)
            var at = 0
            while at < bytes.count {
                if at == 0 || kept.last == 0x0A, unsafe length(in: bytes, at: at) > 0 {
                    at += length
                    continue
                }
                unsafe kept.append(bytes[at])
                at += 1
            }
            return kept
        }
    }
}
