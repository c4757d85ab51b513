import Glibc

/// Where `byte` is first; `nil` when nowhere.
@inline(__always)
func firstIndex(of byte: UInt8, in bytes: UnsafeRawBufferPointer) -> Int? {
    guard let base = bytes.baseAddress, let found = unsafe memchr(base, Int32(byte), bytes.count)
    else {
        return nil
    }
    return unsafe UnsafeRawPointer(found) - base
}

/// Bytes looked at eight at a time, the first one in the lowest place.
enum Word {
    /// `0x01` in each byte.
    static let ones: UInt64 = 0x0101_0101_0101_0101
    static let highBits: UInt64 = 0x8080_8080_8080_8080

    @inline(__always)
    static func load(_ address: UnsafePointer<UInt8>) -> UInt64 {
        unsafe UnsafeRawPointer(address).loadUnaligned(as: UInt64.self).littleEndian
    }

    /// The high bit of each byte that is `byte`. Exact up to the lowest mark; a borrow may add more
    /// beyond it.
    @inline(__always)
    static func marks(of byte: UInt8, in word: UInt64) -> UInt64 {
        let difference = word ^ (ones &* UInt64(byte))
        return (difference &- ones) & ~difference & highBits
    }

    /// The same, exact for every byte: a zero byte, and only that, keeps its high bit.
    @inline(__always)
    static func exactMarks(of byte: UInt8, in word: UInt64) -> UInt64 {
        let difference = word ^ (ones &* UInt64(byte))
        return ~((difference & ~highBits) &+ ~highBits | difference | ~highBits)
    }

    /// The lowest `count` bytes, 0 to 7 of them; the rest zero.
    @inline(__always)
    static func first(_ count: Int, of word: UInt64) -> UInt64 {
        word & ((1 &<< UInt64(truncatingIfNeeded: count &* 8)) &- 1)
    }

    /// The first bytes of a text, up to eight, to tell in one step whether others begin so.
    struct Prefix {
        private var word: UInt64
        private var mask: UInt64

        /// - Parameter count: of the text, which may be longer.
        init(_ text: UnsafePointer<UInt8>, count: Int) {
            mask = count < 8 ? (1 << UInt64(8 * count)) - 1 : .max
            word = unsafe Word.load(text) & mask
        }

        @inline(__always)
        func begins(_ bytes: UnsafePointer<UInt8>) -> Bool {
            unsafe (Word.load(bytes) ^ word) & mask == 0
        }
    }

    /// A step of a hash: fast, and each bit of both goes everywhere.
    @inline(__always)
    static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }

    /// A hash for tables and orders of our own: the same for the same bytes on every machine, and a
    /// fifth of the work of XXH64 on keys. Of fewer than eight bytes reads them one by one.
    @inline(__always)
    static func hash(_ start: UnsafePointer<UInt8>, count: Int, seed: UInt64) -> UInt64 {
        let odd: UInt64 = 0x9E37_79B9_7F4A_7C15
        var hash = (seed &<< 32 | UInt64(truncatingIfNeeded: count)) &* odd
        if count < 16 {
            guard count >= 8 else { return unsafe mix(hash ^ few(start, count), odd) }
            return unsafe mix(hash ^ load(start), load(start + (count &- 8)) ^ odd)
        }
        // The last step takes some bytes again.
        let last = unsafe start + (count &- 16)
        var at = unsafe start
        while unsafe at < last {
            hash = unsafe mix(hash ^ load(at), load(at + 8) ^ odd)
            unsafe at += 16
        }
        return unsafe mix(hash ^ load(last), load(last + 8) ^ odd)
    }

    private static func few(_ start: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
        var word: UInt64 = 0
        for at in 0..<count { unsafe word |= UInt64(start[at]) &<< UInt64(8 &* at) }
        return word
    }

    /// Whether as many bytes are the same. Of fewer than eight, reads eight; of what differs never
    /// more than the sixteen bytes in which it begins to.
    @inline(__always)
    static func areSame(
        _ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, count: Int
    ) -> Bool {
        if count < 8 { return unsafe first(count, of: load(a) ^ load(b)) == 0 }
        if count < 16 {
            return unsafe load(a) == load(b) && load(a + (count &- 8)) == load(b + (count &- 8))
        }
        // The last step looks at some bytes again: that is cheaper than masking them out.
        let last = unsafe a + (count &- 16)
        var (a, b) = unsafe (a, b)
        while unsafe a < last {
            guard unsafe areSixteenSame(a, b) else { return false }
            unsafe a += 16
            unsafe b += 16
        }
        return unsafe areSixteenSame(last, b - (a - last))
    }

    @inline(__always)
    private static func areSixteenSame(
        _ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>
    ) -> Bool {
        unsafe load(a) == load(b) && load(a + 8) == load(b + 8)
    }
}
