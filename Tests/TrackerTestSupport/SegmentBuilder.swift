package import TrackerLog

/// Makes the bytes of segments, also of such as no writer here makes.
package enum SegmentBuilder {
    /// The content of a frame: the header line, then the events' lines.
    package static func content(
        session: String, writer: String, seq: Int, events: [Event], claimed: Int? = nil
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        FrameHeader(
            session: session, identity: FrameIdentity(writer: writer, seq: seq),
            events: claimed ?? events.count, atMs: 1_763_899_200_000
        ).write(to: &bytes)
        for event in events {
            precondition(EventEncoder.append(event, to: &bytes), "not an event: \(event)")
        }
        return bytes
    }

    /// Samples whose values are the given numbers.
    package static func samples(_ values: Range<Int>) -> [Event] {
        values.map { value in
            .sample(
                Sample(
                    timestamp: 1_763_899_200_000 + Double(value), metric: "latency_ms",
                    value: Double(value), labels: [Label("route", "/r\(value % 3)")]))
        }
    }

    /// A frame by the real encoder.
    package static func frame(_ content: [UInt8]) -> [UInt8] {
        do throws(LogError) {
            return try FrameEncoder().frame(of: content)
        } catch {
            preconditionFailure("cannot compress \(content.count) bytes: \(error)")
        }
    }

    /// A zstd frame of blocks that are not compressed, with or without its checksum.
    package static func storedFrame(_ content: [UInt8], hasChecksum: Bool = true) -> [UInt8] {
        var bytes: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, hasChecksum ? 0xA4 : 0xA0]
        append(UInt64(content.count), bytes: 4, to: &bytes)
        var at = 0
        repeat {
            let size = min(128 << 10, content.count - at)
            let isLast = at + size == content.count
            append(UInt64(size << 3 | (isLast ? 1 : 0)), bytes: 3, to: &bytes)
            bytes += content[at..<at + size]
            at += size
        } while at < content.count
        if hasChecksum { append(XXHash64.hash(content), bytes: 4, to: &bytes) }
        return bytes
    }

    /// A frame that is nothing but one repeated byte, `blocks` times 128 KiB of it.
    package static func runLengthFrame(
        blocks: Int, claimedSize: UInt64? = nil, windowDescriptor: UInt8 = 0x38
    ) -> [UInt8] {
        var bytes: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, claimedSize == nil ? 0x00 : 0xC0]
        bytes.append(windowDescriptor)
        if let claimedSize { append(claimedSize, bytes: 8, to: &bytes) }
        for block in 0..<blocks {
            let header = (128 << 10) << 3 | 1 << 1 | (block == blocks - 1 ? 1 : 0)
            append(UInt64(header), bytes: 3, to: &bytes)
            bytes.append(0x0A)
        }
        return bytes
    }

    /// A gzip member of blocks that are not compressed.
    package static func gzipMember(_ content: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 0xFF]
        var at = 0
        repeat {
            let size = min(65_535, content.count - at)
            bytes.append(at + size == content.count ? 1 : 0)
            append(UInt64(size), bytes: 2, to: &bytes)
            append(UInt64(~size & 0xFFFF), bytes: 2, to: &bytes)
            bytes += content[at..<at + size]
            at += size
        } while at < content.count
        append(UInt64(crc32(content)), bytes: 4, to: &bytes)
        append(UInt64(content.count), bytes: 4, to: &bytes)
        return bytes
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
        return ~crc
    }

    /// The lowest bytes of a number, the lowest first.
    package static func append(_ value: UInt64, bytes count: Int, to bytes: inout [UInt8]) {
        for index in 0..<count {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index)))
        }
    }
}
