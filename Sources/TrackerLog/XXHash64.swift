/// XXH64 with seed 0, by its published specification (Yann Collet, xxHash): the checksum inside
/// zstd frames.
public enum XXHash64 {
    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    public static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var stream = Stream()
        let at = unsafe stream.takeStripes(bytes)
        return unsafe stream.finish(UnsafeRawBufferPointer(rebasing: bytes[at...]))
    }

    /// The hash of bytes that come in pieces.
    package struct Stream: Sendable {
        private var lanes = (prime1 &+ prime2, prime2, UInt64(0), 0 &- prime1)
        /// Fewer than a stripe's 32 bytes.
        private var rest: [UInt8] = []
        private var stripedCount = 0

        package init() {}

        /// Of all bytes so far.
        package var count: Int { stripedCount + rest.count }

        package mutating func add(_ bytes: UnsafeRawBufferPointer) {
            var bytes = unsafe bytes
            if !rest.isEmpty {
                let missing = unsafe bytes.prefix(32 - rest.count)
                unsafe rest.append(contentsOf: missing)
                unsafe bytes = unsafe UnsafeRawBufferPointer(rebasing: bytes[missing.count...])
                guard rest.count == 32 else { return }
                let stripe = rest
                rest.removeAll(keepingCapacity: true)
                _ = unsafe stripe.withUnsafeBytes { unsafe takeStripes($0) }
            }
            let at = unsafe takeStripes(bytes)
            unsafe rest.append(contentsOf: bytes[at...])
        }

        /// Of all bytes so far; more may follow.
        package var hash: UInt64 { unsafe rest.withUnsafeBytes { unsafe finish($0) } }

        /// - Returns: how many bytes were whole stripes, and taken.
        @inline(__always)
        fileprivate mutating func takeStripes(_ bytes: UnsafeRawBufferPointer) -> Int {
            var at = 0
            while at + 32 <= bytes.count {
                lanes.0 = unsafe round(lanes.0, word(bytes, at))
                lanes.1 = unsafe round(lanes.1, word(bytes, at + 8))
                lanes.2 = unsafe round(lanes.2, word(bytes, at + 16))
                lanes.3 = unsafe round(lanes.3, word(bytes, at + 24))
                at += 32
            }
            stripedCount += at
            return at
        }

        @inline(__always)
        fileprivate func finish(_ rest: UnsafeRawBufferPointer) -> UInt64 {
            guard stripedCount > 0 else {
                return unsafe XXHash64.finish(prime5, rest, total: rest.count)
            }
            var hash =
                rotate(lanes.0, 1) &+ rotate(lanes.1, 7) &+ rotate(lanes.2, 12)
                &+ rotate(lanes.3, 18)
            hash = merge(merge(merge(merge(hash, lanes.0), lanes.1), lanes.2), lanes.3)
            return unsafe XXHash64.finish(hash, rest, total: stripedCount + rest.count)
        }
    }

    /// - Parameters:
    ///   - bytes: the last ones, fewer than 32.
    ///   - total: how many bytes there were in all.
    private static func finish(
        _ start: UInt64, _ bytes: UnsafeRawBufferPointer, total: Int
    ) -> UInt64 {
        var at = 0
        var hash = start &+ UInt64(total)
        while at + 8 <= bytes.count {
            hash = unsafe rotate(hash ^ round(0, word(bytes, at)), 27) &* prime1 &+ prime4
            at += 8
        }
        if at + 4 <= bytes.count {
            let half = unsafe UInt64(
                bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self).littleEndian)
            hash = rotate(hash ^ half &* prime1, 23) &* prime2 &+ prime3
            at += 4
        }
        while at < bytes.count {
            hash = unsafe rotate(hash ^ UInt64(bytes[at]) &* prime5, 11) &* prime1
            at += 1
        }
        hash = (hash ^ hash >> 33) &* prime2
        hash = (hash ^ hash >> 29) &* prime3
        return hash ^ hash >> 32
    }

    public static func hash(_ bytes: [UInt8]) -> UInt64 {
        unsafe bytes.withUnsafeBytes { unsafe hash($0) }
    }

    /// 16 digits.
    package static func hex(_ hash: UInt64) -> String {
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func word(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> UInt64 {
        unsafe bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self).littleEndian
    }

    private static func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 {
        value << count | value >> (64 - count)
    }

    private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
        rotate(lane &+ input &* prime2, 31) &* prime1
    }

    private static func merge(_ hash: UInt64, _ lane: UInt64) -> UInt64 {
        (hash ^ round(0, lane)) &* prime1 &+ prime4
    }
}
