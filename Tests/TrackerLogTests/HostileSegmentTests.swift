import Testing
import TrackerLog
import TrackerTestSupport

@Suite("Segments made to do harm")
struct HostileSegmentTests {
    private let reader = SegmentReader()
    /// Far more than any of these takes in a debug build, far less than without a bound.
    private let limit = Duration.seconds(TestMode.isSanitized ? 100 : 20)

    private func read(_ bytes: [UInt8], _ encoding: SegmentName.Encoding = .zstd) throws
        -> SegmentReading
    {
        let clock = ContinuousClock()
        let start = clock.now
        let reading = try SegmentReading(
            bytes, as: SegmentName(writer: "shared", number: 1, encoding: encoding), session: "s",
            reader: reader)
        #expect(clock.now - start < limit)
        return reading
    }

    /// A frame that claims more than is allowed. Its bytes are made when the case runs, because the
    /// list of cases is printed.
    struct Bomb: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var reason: BadRegion.Reason
        var frame: @Sendable () -> [UInt8]

        init(
            _ description: String, _ reason: BadRegion.Reason,
            _ frame: @escaping @Sendable () -> [UInt8]
        ) {
            testDescription = description
            self.reason = reason
            self.frame = frame
        }
    }

    static let bombs: [Bomb] = [
        Bomb("32,719 run-length blocks", .tooLarge) {
            SegmentBuilder.runLengthFrame(blocks: 32_719)
        },
        Bomb("2^62 bytes claimed", .tooLarge) {
            SegmentBuilder.runLengthFrame(blocks: 1, claimedSize: 1 << 62)
        },
        Bomb("window of 3.75 TB", .window) {
            SegmentBuilder.runLengthFrame(blocks: 1, windowDescriptor: 0xFF)
        },
        Bomb("window just too large", .window) {
            SegmentBuilder.runLengthFrame(blocks: 1, windowDescriptor: 13 << 3 | 1)
        },
        Bomb("17 MiB in 136 blocks", .tooLarge) { SegmentBuilder.runLengthFrame(blocks: 136) },
        Bomb("compressed more than 4 MiB", .tooLarge) {
            SegmentBuilder.storedFrame(
                [UInt8](repeating: 0x0A, count: 5 << 20), hasChecksum: false)
        },
    ]

    @Test("F45: bombs are refused with their reason, and what follows is read", arguments: bombs)
    func bomb(_ bomb: Bomb) throws {
        let reading = try read(bomb.frame() + FourFrames().frames[0])
        #expect(reading.values == Array(0..<5))
        #expect(reading.badRegions.map(\.reason) == [bomb.reason])
    }

    @Test("F45: a thousand bombs in a row")
    func manyBombs() throws {
        let bomb = SegmentBuilder.runLengthFrame(blocks: 136)
        let reading = try read((0..<1_000).flatMap { _ in bomb } + FourFrames().frames[0])
        // They cost more than the budget of one search; the end is then pending or a region.
        #expect(reading.values.isEmpty || reading.values == Array(0..<5))
        #expect(
            reading.offset + reading.pendingBytes == 1_000 * bomb.count
                + FourFrames().frames[0].count)
    }

    /// Frames that begin everywhere and share a long tail of empty blocks, which each has to walk.
    static func overlappingFrames(count: Int, tailBlocks: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        let tail = count * 12
        for index in 0..<count {
            // Magic, no single segment, window of 128 KiB; a stored block that leaps to the tail.
            bytes += [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x38]
            let at = index * 12 + 9
            SegmentBuilder.append(UInt64((tail - at) << 3), bytes: 3, to: &bytes)
            bytes += [0, 0, 0]
        }
        return bytes + [UInt8](repeating: 0, count: tailBlocks * 3)
    }

    @Test("F46: overlapping false frames stop at the budget, and the file after them is read")
    func overlapping() throws {
        let hostile = Self.overlappingFrames(count: 10_000, tailBlocks: 1_300_000)
        let padding = [UInt8](repeating: 0, count: 5 << 20)
        let reading = try read(hostile + padding + FourFrames().bytes)
        #expect(reading.values == Array(0..<20))
        #expect(reading.badRegions.map(\.reason).contains(.budget))
    }

    @Test("F46: a frame of a million empty blocks is walked a few times only")
    func emptyBlocks() throws {
        let frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x38]
        let reading = try read(frame + [UInt8](repeating: 0, count: 4 << 20) + FourFrames().bytes)
        #expect(reading.values == Array(0..<20))
        #expect(reading.badRegions.map(\.reason) == [.tooLarge])
    }

    @Test("F46: overlapping false gzip members stop at the budget")
    func overlappingGzip() throws {
        // Each member begins with empty stored blocks, and so continues through all that follow.
        var bytes: [UInt8] = []
        for _ in 0..<20_000 {
            bytes += [0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 0xFF, 0, 15, 0, 0xF0, 0xFF]
            bytes += [0, 10, 0, 0xF5, 0xFF]
        }
        let good = SegmentBuilder.gzipMember(
            SegmentBuilder.content(
                session: "s", writer: "w", seq: 0, events: SegmentBuilder.samples(0..<5)))
        let reading = try read(bytes + [UInt8](repeating: 0, count: 5 << 20) + good, .gzip)
        #expect(reading.offset + reading.pendingBytes == bytes.count + 5 << 20 + good.count)
    }

    @Test("F47: a line of many MiB in a bare file is a region, and the lines after it are read")
    func hugeLine() throws {
        let line = Array("{\"ts\":1,\"metric\":\"m\",\"value\":7}\n".utf8)
        let huge = [UInt8](repeating: UInt8(ascii: "x"), count: 40 << 20) + [0x0A]
        let reading = try read(line + huge + line, .plain)
        #expect(reading.values == [7, 7])
        #expect(reading.badRegions.map(\.length) == [huge.count])
        #expect(reading.badRegions.map(\.reason) == [.tooLarge])
    }

    @Test("F47: a million empty lines, and a hundred thousand tiny frames")
    func manyTinyThings() throws {
        let empty = SegmentBuilder.frame([UInt8](repeating: 0x0A, count: 1_000_000))
        #expect(try read(empty).sections.map(\.lineCount) == [1_000_000])
        let tiny = SegmentBuilder.storedFrame(Array("{}\n".utf8))
        let many = (0..<100_000).flatMap { _ in tiny }
        #expect(try read(many).sections.count == 100_000)
    }
}
