/// The extent of a zstd frame (RFC 8878), found from its frame and block headers without
/// decompressing.
/// ```
/// magic  descriptor  [window]  [dictionary]  [content size]  block…  [checksum]
/// 4      1           0-1       0-4           0-8             3+n     0 or 4 bytes
/// ```
struct ZstdFrame {
    /// Bytes of the whole frame, including magic number and checksum.
    var length: Int
    var hasChecksum: Bool

    enum Extent {
        /// All bytes of the frame are present. They may still fail to decompress.
        case whole(ZstdFrame)
        /// A valid prefix of a frame; at least this many bytes are needed to decide more.
        case incomplete(atLeast: Int)
        case invalid(BadRegion.Reason)
    }

    static let magic: UInt32 = 0xFD2F_B528
    private static let maxBlockBytes = 128 << 10

    /// - Parameter bytes: from the frame's first byte to the end of the available data.
    static func extent(of bytes: UnsafeRawBufferPointer) -> Extent {
        var blocks = 0
        return unsafe extent(of: bytes, walking: &blocks)
    }

    /// - Parameter blocks: incremented by the number of blocks walked; a hostile frame may have a
    ///   million.
    static func extent(of bytes: UnsafeRawBufferPointer, walking blocks: inout Int) -> Extent {
        guard bytes.count >= 4 else {
            return unsafe MagicBytes.mayBegin(bytes, MagicBytes.zstd)
                ? .incomplete(atLeast: 4) : .invalid(.notAFrame)
        }
        let magic = unsafe bytes.loadUnaligned(as: UInt32.self).littleEndian
        guard magic == Self.magic else {
            let isSkippable = magic & 0xFFFF_FFF0 == 0x184D_2A50
            let isLegacy = (0xFD2F_B522...0xFD2F_B527).contains(magic)
            return .invalid(isSkippable ? .skippable : isLegacy ? .legacy : .notAFrame)
        }
        guard bytes.count >= 5 else { return .incomplete(atLeast: 5) }
        let descriptor = unsafe bytes[4]
        guard descriptor & 0x08 == 0 else { return .invalid(.corrupt) }
        let isSingleSegment = descriptor & 0x20 != 0
        let dictionaryBytes = [0, 1, 2, 4][Int(descriptor & 3)]
        let sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][Int(descriptor >> 6)]
        let headerBytes = 5 + (isSingleSegment ? 0 : 1) + dictionaryBytes + sizeBytes
        guard bytes.count >= headerBytes else { return .incomplete(atLeast: headerBytes) }

        let dictionaryAt = isSingleSegment ? 5 : 6
        guard unsafe number(bytes, dictionaryAt, dictionaryBytes) == 0 else {
            return .invalid(.dictionary)
        }
        let size =
            unsafe number(bytes, dictionaryAt + dictionaryBytes, sizeBytes)
            &+ (sizeBytes == 2 ? 256 : 0)
        guard sizeBytes == 0 || size <= UInt64(LogLimits.maxFrameContentBytes) else {
            return .invalid(.tooLarge)
        }
        let window = unsafe isSingleSegment ? size : windowSize(bytes[5])
        guard isSingleSegment || window <= UInt64(LogLimits.maxWindowBytes) else {
            return .invalid(.window)
        }
        return unsafe walk(
            bytes, from: headerBytes, maxBlock: min(Int(window), maxBlockBytes),
            hasChecksum: descriptor & 0x04 != 0, &blocks)
    }

    private static func walk(
        _ bytes: UnsafeRawBufferPointer, from start: Int, maxBlock: Int, hasChecksum: Bool,
        _ blocks: inout Int
    ) -> Extent {
        var at = start
        var isLast = false
        while !isLast {
            guard at + 3 <= bytes.count else { return incomplete(at + 3) }
            let header = unsafe number(bytes, at, 3)
            let size = Int(header >> 3)
            let kind = header >> 1 & 3
            guard kind != 3, size <= maxBlock else { return .invalid(.corrupt) }
            isLast = header & 1 == 1
            blocks += 1
            // A run-length block stores one byte, whatever its decompressed size.
            at += 3 + (kind == 1 ? 1 : size)
        }
        let length = at + (hasChecksum ? 4 : 0)
        guard length <= bytes.count else { return incomplete(length) }
        guard length <= LogLimits.maxFrameBytes else { return .invalid(.tooLarge) }
        return .whole(ZstdFrame(length: length, hasChecksum: hasChecksum))
    }

    private static func incomplete(_ needed: Int) -> Extent {
        needed <= LogLimits.maxFrameBytes ? .incomplete(atLeast: needed) : .invalid(.tooLarge)
    }

    private static func windowSize(_ descriptor: UInt8) -> UInt64 {
        let base = UInt64(1) << (10 + UInt64(descriptor >> 3))
        return base + base / 8 * UInt64(descriptor & 7)
    }

    private static func number(_ bytes: UnsafeRawBufferPointer, _ at: Int, _ count: Int) -> UInt64 {
        var value: UInt64 = 0
        for index in (0..<count).reversed() {
            value = unsafe value << 8 | UInt64(bytes[at + index])
        }
        return value
    }
}
