/// XXH64 with seed 0, by its published specification (Yann Collet, xxHash): the checksum inside
/// zstd frames.
public enum XXHash64 {
    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    public static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var lanes = Lanes()
        let at = unsafe lanes.takeStripes(bytes)
        return unsafe finish(
            at > 0 ? lanes.joined : prime5, bytes, from: at, total: bytes.count)
    }

    /// The four accumulators over whole stripes of 32 bytes.
    private struct Lanes {
        private var lanes = (prime1 &+ prime2, prime2, UInt64(0), 0 &- prime1)

        /// - Returns: the number of bytes consumed: whole stripes only.
        @inline(__always)
        mutating func takeStripes(_ bytes: UnsafeRawBufferPointer) -> Int {
            var at = 0
            while at &+ 32 <= bytes.count {
                lanes.0 = unsafe round(lanes.0, word(bytes, at))
                lanes.1 = unsafe round(lanes.1, word(bytes, at &+ 8))
                lanes.2 = unsafe round(lanes.2, word(bytes, at &+ 16))
                lanes.3 = unsafe round(lanes.3, word(bytes, at &+ 24))
                at &+= 32
            }
            return at
        }

        @inline(__always)
        var joined: UInt64 {
            let hash =
                rotate(lanes.0, 1) &+ rotate(lanes.1, 7) &+ rotate(lanes.2, 12)
                &+ rotate(lanes.3, 18)
            return merge(merge(merge(merge(hash, lanes.0), lanes.1), lanes.2), lanes.3)
        }
    }

    /// The hash of bytes that arrive in pieces.
    package struct Stream: Sendable {
        private var lanes = Lanes()
        /// An incomplete stripe: fewer than 32 bytes.
        private var rest: [UInt8] = []
        private var stripedCount = 0

        package init() {}

        /// Number of bytes so far.
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

        /// The hash of all bytes so far; more may follow.
        package var hash: UInt64 { unsafe rest.withUnsafeBytes { unsafe finish($0) } }

        private mutating func takeStripes(_ bytes: UnsafeRawBufferPointer) -> Int {
            let at = unsafe lanes.takeStripes(bytes)
            stripedCount += at
            return at
        }

        private func finish(_ rest: UnsafeRawBufferPointer) -> UInt64 {
            unsafe XXHash64.finish(
                stripedCount > 0 ? lanes.joined : prime5, rest, from: 0,
                total: stripedCount + rest.count)
        }
    }

    /// - Parameters:
    ///   - bytes: the last bytes, fewer than 32, from `first` on.
    ///   - total: the total number of bytes.
    @inline(__always)
    private static func finish(
        _ start: UInt64, _ bytes: UnsafeRawBufferPointer, from first: Int, total: Int
    ) -> UInt64 {
        var at = first
        var hash = start &+ UInt64(truncatingIfNeeded: total)
        while at &+ 8 <= bytes.count {
            hash = unsafe rotate(hash ^ round(0, word(bytes, at)), 27) &* prime1 &+ prime4
            at &+= 8
        }
        if at &+ 4 <= bytes.count {
            let half = unsafe UInt64(
                bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self).littleEndian)
            hash = rotate(hash ^ half &* prime1, 23) &* prime2 &+ prime3
            at &+= 4
        }
        while at < bytes.count {
            hash = unsafe rotate(hash ^ UInt64(bytes[at]) &* prime5, 11) &* prime1
            at &+= 1
        }
        hash = (hash ^ hash &>> 33) &* prime2
        hash = (hash ^ hash &>> 29) &* prime3
        return hash ^ hash &>> 32
    }

    public static func hash(_ bytes: [UInt8]) -> UInt64 {
        unsafe bytes.withUnsafeBytes { unsafe hash($0) }
    }

    /// 16 lower-case hex digits.
    package static func hex(_ hash: UInt64) -> String {
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    @inline(__always)
    private static func word(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> UInt64 {
        unsafe bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self).littleEndian
    }

    @inline(__always)
    private static func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 {
        value &<< count | value &>> (64 &- count)
    }

    @inline(__always)
    private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
        rotate(lane &+ input &* prime2, 31) &* prime1
    }

    @inline(__always)
    private static func merge(_ hash: UInt64, _ lane: UInt64) -> UInt64 {
        (hash ^ round(0, lane)) &* prime1 &+ prime4
    }
}
