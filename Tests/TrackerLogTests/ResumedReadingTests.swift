import Testing
import TrackerLog
import TrackerTestSupport

@Suite("Reading a segment while it grows")
struct ResumedReadingTests {
    private let reader = SegmentReader()

    /// A segment of whole frames, torn ones and noise, in one of the three encodings.
    private func segment(_ encoding: SegmentName.Encoding, seed: UInt64) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        var bytes: [UInt8] = []
        for seq in 0..<Int.random(in: 1...8, using: &generator) {
            let isHeaded = Int.random(in: 0..<4, using: &generator) > 0
            let count = Int.random(in: 0...6, using: &generator)
            var content = SegmentBuilder.content(
                session: Bool.random(using: &generator) || seq > 0 ? "s" : "other", writer: "w",
                seq: seq, events: SegmentBuilder.samples(seq * 10..<seq * 10 + count))
            if !isHeaded { content = Array(content.drop { $0 != 0x0A }.dropFirst()) + [0x0A] }
            var piece: [UInt8]
            switch encoding {
            case .zstd:
                piece =
                    Bool.random(using: &generator)
                    ? SegmentBuilder.frame(content)
                    : SegmentBuilder.storedFrame(content, hasChecksum: isHeaded)
            case .gzip: piece = SegmentBuilder.gzipMember(content)
            case .plain: piece = content
            }
            if Int.random(in: 0..<4, using: &generator) == 0 {
                piece = Array(piece.prefix(Int.random(in: 0...piece.count, using: &generator)))
            }
            if Int.random(in: 0..<6, using: &generator) == 0 {
                piece += (0..<Int.random(in: 1...40, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
            }
            bytes += piece
        }
        return bytes
    }

    private func check(_ encoding: SegmentName.Encoding, seeds: Int) throws {
        let name = SegmentName(writer: "shared", number: 1, encoding: encoding)
        for seed in 0..<UInt64(seeds) {
            let bytes = segment(encoding, seed: seed)
            var generator = SeededGenerator(seed: ~seed)
            let sizes =
                (0..<Int.random(in: 1...12, using: &generator)).map { _ in
                    Int.random(in: 0...bytes.count, using: &generator)
                }.sorted() + [bytes.count]
            let atOnce = try SegmentReading(bytes, as: name, session: "s", reader: reader)
            let inSteps = try SegmentReading(
                bytes, as: name, session: "s", sizes: sizes, reader: reader)
            #expect(atOnce == inSteps, "\(encoding) seed \(seed), sizes \(sizes)")
            if atOnce != inSteps { return }
        }
    }

    @Test("zstd: what is read does not depend on when: 2,000 seeds")
    func zstd() throws { try check(.zstd, seeds: TestMode.rounds(2_000)) }

    @Test("gzip: what is read does not depend on when: 1,000 seeds")
    func gzip() throws { try check(.gzip, seeds: TestMode.rounds(1_000)) }

    @Test("bare lines: what is read does not depend on when: 1,000 seeds")
    func plain() throws { try check(.plain, seeds: TestMode.rounds(1_000)) }

    @Test("at every single split", arguments: SegmentName.Encoding.allCases)
    func everySplit(encoding: SegmentName.Encoding) throws {
        let name = SegmentName(writer: "shared", number: 1, encoding: encoding)
        for seed in UInt64(90)..<94 {
            let bytes = segment(encoding, seed: seed)
            let atOnce = try SegmentReading(bytes, as: name, session: "s", reader: reader)
            for split in 0...bytes.count {
                let inSteps = try SegmentReading(
                    bytes, as: name, session: "s", sizes: [split, bytes.count], reader: reader)
                #expect(atOnce == inSteps, "seed \(seed), split at \(split)")
            }
        }
    }

    @Test("the offset where a search is given up does not depend on when")
    func budget() throws {
        let hostile = HostileSegmentTests.overlappingFrames(count: 5_000, tailBlocks: 20_000)
        let bytes = hostile + [UInt8](repeating: 0, count: 5 << 20) + FourFrames().bytes
        let atOnce = try SegmentReading(bytes, as: FourFrames.name, session: "s", reader: reader)
        #expect(atOnce.badRegions.map(\.reason).contains(.budget))
        let sizes = [30_000, 1 << 20, 4 << 20, bytes.count - 1, bytes.count]
        let inSteps = try SegmentReading(
            bytes, as: FourFrames.name, session: "s", sizes: sizes, reader: reader)
        #expect(atOnce == inSteps)
    }
}

@Suite("Segments of languages without zstd")
struct PlainAndGzipTests {
    private let reader = SegmentReader()
    private let headed = SegmentBuilder.content(
        session: "s", writer: "w", seq: 0, events: SegmentBuilder.samples(0..<3))
    private let loose = Array("{\"ts\":1,\"metric\":\"m\",\"value\":9}\n".utf8)

    private func read(
        _ bytes: [UInt8], _ encoding: SegmentName.Encoding, sizes: [Int]? = nil
    ) throws -> SegmentReading {
        try SegmentReading(
            bytes, as: SegmentName(writer: "shared", number: 1, encoding: encoding), session: "s",
            sizes: sizes, reader: reader)
    }

    @Test("bare: a last line that is not whole is pending; without its newline it counts")
    func pendingLine() throws {
        for missing in 2..<loose.count {
            let reading = try read(loose + loose.dropLast(missing), .plain)
            #expect(reading.values == [9])
            #expect(reading.pendingBytes == loose.count - missing)
        }
        let whole = try read(loose + loose.dropLast(), .plain)
        #expect(whole.values == [9, 9])
        #expect(whole.pendingBytes == 0)
    }

    @Test("bare: headers speak for as many lines as they say; a section waits until it is whole")
    func sections() throws {
        let bytes = loose + headed + loose
        let reading = try read(bytes, .plain)
        #expect(reading.values == [9, 0, 1, 2, 9])
        #expect(reading.sections.map { $0.header?.identity.seq } == [nil, 0, nil])
        let early = try read(bytes, .plain, sizes: [loose.count + headed.count - 1])
        #expect(early.values == [9])
        #expect(early.badRegions.isEmpty)
        #expect(early.pendingBytes == headed.count - 1)
    }

    @Test("bare: fewer lines than promised before the next header are a `count` region")
    func tooFewLines() throws {
        let short = Array(headed.dropLast().prefix { _ in true })
        let cut = (short.lastIndex(of: 0x0A) ?? 0) + 1
        let reading = try read(Array(short[..<cut]) + headed, .plain)
        #expect(reading.values == [0, 1, 2])
        #expect(reading.badRegions.map(\.reason) == [.count])
    }

    @Test("bare: the lines of a newer header are not folded")
    func newerHeader() throws {
        let newer = Array("{\"frame\":7,\"events\":1}\n".utf8) + loose
        let reading = try read(loose + newer + loose, .plain)
        #expect(reading.values == [9, 9])
        #expect(reading.newerSections == 1)
    }

    /// Name, reason, what is done to the middle one of three members.
    static let gzipDamage: [(String, BadRegion.Reason, @Sendable ([UInt8]) -> [UInt8])] = [
        ("torn", .torn, { Array($0.dropLast(3)) }),
        ("wrong CRC", .corrupt, { $0.dropLast(8) + [1, 2, 3, 4] + $0.suffix(4) }),
        ("wrong length", .corrupt, { $0.dropLast(4) + [1, 2, 3, 4] }),
        ("a changed byte", .corrupt, { $0[..<40] + [$0[40] ^ 1] + $0[41...] }),
        ("noise", .notAFrame, { _ in [1, 2, 3] }),
        ("NUL", .notAFrame, { _ in [UInt8](repeating: 0, count: 512) }),
    ]

    @Test("gzip: a damaged member is one region, its neighbours are read", arguments: gzipDamage)
    func damagedMember(
        _ name: String, _ reason: BadRegion.Reason, _ damage: @Sendable ([UInt8]) -> [UInt8]
    ) throws {
        let members = (0..<3).map { seq in
            SegmentBuilder.gzipMember(
                SegmentBuilder.content(
                    session: "s", writer: "w", seq: seq,
                    events: SegmentBuilder.samples(seq * 3..<seq * 3 + 3)))
        }
        let middle = damage(members[1])
        let reading = try read(members[0] + middle + members[2], .gzip)
        #expect(reading.values == [0, 1, 2, 6, 7, 8])
        #expect(reading.badRegions.map(\.offset) == [members[0].count])
        #expect(reading.badRegions.map(\.length) == [middle.count])
        #expect(reading.badRegions.map(\.reason) == [reason])
    }
}
