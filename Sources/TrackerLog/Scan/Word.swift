import Glibc

/// The first index of `byte`; `nil` when there is none.
@inline(__always)
func firstIndex(of byte: UInt8, in bytes: UnsafeRawBufferPointer) -> Int? {
    guard let base = bytes.baseAddress, let found = unsafe memchr(base, Int32(byte), bytes.count)
    else {
        return nil
    }
    return unsafe UnsafeRawPointer(found) - base
}

/// Eight bytes at a time in a word, the first byte lowest (little-endian).
enum Word {
    /// `0x01` in each byte.
    static let ones: UInt64 = 0x0101_0101_0101_0101
    static let highBits: UInt64 = 0x8080_8080_8080_8080

    @inline(__always)
    static func load(_ address: UnsafePointer<UInt8>) -> UInt64 {
        unsafe UnsafeRawPointer(address).loadUnaligned(as: UInt64.self).littleEndian
    }

    /// Sets the high bit of each byte equal to `byte`. Exact up to the lowest mark; a borrow may
    /// mark higher bytes wrongly.
    @inline(__always)
    static func marks(of byte: UInt8, in word: UInt64) -> UInt64 {
        let difference = word ^ (ones &* UInt64(byte))
        return (difference &- ones) & ~difference & highBits
    }

    /// The same, but exact for every byte: only a zero difference keeps its high bit.
    @inline(__always)
    static func exactMarks(of byte: UInt8, in word: UInt64) -> UInt64 {
        let difference = word ^ (ones &* UInt64(byte))
        return ~((difference & ~highBits) &+ ~highBits | difference | ~highBits)
    }

    /// The lowest `count` bytes, 0 to 7; the rest is zero.
    @inline(__always)
    static func first(_ count: Int, of word: UInt64) -> UInt64 {
        word & ((1 &<< UInt64(truncatingIfNeeded: count &* 8)) &- 1)
    }

    /// The first bytes of a text, up to eight, to test a prefix in one step.
    struct Prefix {
        private var word: UInt64
        private var mask: UInt64

        /// - Parameter count: the text's length; may be more than eight.
        init(_ text: UnsafePointer<UInt8>, count: Int) {
            mask = count < 8 ? (1 << UInt64(8 * count)) - 1 : .max
            word = unsafe Word.load(text) & mask
        }

        @inline(__always)
        func begins(_ bytes: UnsafePointer<UInt8>) -> Bool {
            unsafe (Word.load(bytes) ^ word) & mask == 0
        }
    }

    /// One hash step: fast, and every input bit affects all output bits.
    @inline(__always)
    static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }

    /// A hash for internal tables and orders: the same on every machine, and a fifth of the cost of
    /// XXH64 on keys. Never reads past `count`.
    @inline(__always)
    static func hash(_ start: UnsafePointer<UInt8>, count: Int, seed: UInt64) -> UInt64 {
        let odd: UInt64 = 0x9E37_79B9_7F4A_7C15
        var hash = (seed &<< 32 | UInt64(truncatingIfNeeded: count)) &* odd
        if count < 16 {
            guard count >= 8 else { return unsafe mix(hash ^ few(start, count), odd) }
            return unsafe mix(hash ^ load(start), load(start + (count &- 8)) ^ odd)
        }
        // The last step may overlap the one before.
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

    /// Whether `count` bytes are equal. Reads eight even when `count` is smaller; stops at the
    /// first sixteen bytes that differ.
    @inline(__always)
    static func areSame(
        _ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, count: Int
    ) -> Bool {
        if count < 8 { return unsafe first(count, of: load(a) ^ load(b)) == 0 }
        if count < 16 {
            return unsafe load(a) == load(b) && load(a + (count &- 8)) == load(b + (count &- 8))
        }
        // The last step may overlap the one before: that is cheaper than masking.
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
