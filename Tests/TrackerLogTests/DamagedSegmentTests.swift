import Testing
import TrackerLog
import TrackerTestSupport

/// Four frames of five events each, and what a reader must make of them.
struct FourFrames {
    static let session = "s"
    static let writer = "0123456789abcdef"
    static let name = SegmentName(writer: writer, number: 1)
    static let valuesPerFrame = 5

    let frames: [[UInt8]]
    let reader = SegmentReader()

    init(frame: ([UInt8]) -> [UInt8] = SegmentBuilder.frame) {
        frames = (0..<4).map { seq in
            frame(
                SegmentBuilder.content(
                    session: Self.session, writer: Self.writer, seq: seq,
                    events: SegmentBuilder.samples(Self.values(seq))))
        }
    }

    static func values(_ seq: Int) -> Range<Int> {
        seq * valuesPerFrame..<(seq + 1) * valuesPerFrame
    }

    var bytes: [UInt8] { frames.flatMap { $0 } }
    /// Where each frame begins, and where the last one ends.
    var starts: [Int] { frames.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) } }

    func read(_ bytes: [UInt8], sizes: [Int]? = nil) throws -> SegmentReading {
        try SegmentReading(
            bytes, as: Self.name, session: Self.session, sizes: sizes, reader: reader)
    }

    /// Checks that no wrong data was read and that every missing frame was reported.
    /// - Returns: the number of missing frames.
    func lost(in reading: SegmentReading, of bytes: [UInt8], _ what: String) -> Int {
        var seen: Set<Int> = []
        for section in reading.sections {
            guard let seq = section.header?.identity.seq else {
                Issue.record("\(what): a section without its header")
                continue
            }
            let values = SegmentReading.values(of: section)
            let isRight = seq < 4 && values == Array(Self.values(seq))
            #expect(isRight, "\(what): wrong data in frame \(seq): \(values)")
            seen.insert(seq)
        }
        let missing = 4 - seen.count
        let isSaid =
            !reading.badRegions.isEmpty || reading.pendingBytes > 0
            || bytes.count < self.bytes.count
        #expect(missing == 0 || isSaid, "\(what): \(missing) frames lost without a word")
        // Every byte is accounted for.
        #expect(reading.offset + reading.pendingBytes == bytes.count, "\(what)")
        return missing
    }
}

extension SegmentReading {
    static func values(of section: Section) -> [Int] {
        var one = SegmentReading()
        one.sections = [section]
        return one.values
    }
}

@Suite("Damaged segments")
struct DamagedSegmentTests {
    private let four = FourFrames()

    @Test("F01: cut at every byte, the whole frames before the cut are read, the rest is pending")
    func cutEverywhere() throws {
        let bytes = four.bytes
        for cut in 0...bytes.count {
            let reading = try four.read(Array(bytes[..<cut]))
            let whole = four.starts.lastIndex { $0 <= cut } ?? 0
            #expect(reading.values == Array(0..<whole * 5), "cut at \(cut)")
            #expect(reading.badRegions.isEmpty, "cut at \(cut)")
            #expect(reading.offset == four.starts[whole], "cut at \(cut)")
            #expect(reading.pendingBytes == cut - four.starts[whole], "cut at \(cut)")
            #expect(reading.pendingReason == nil, "cut at \(cut)")
        }
    }

    @Test("F02: torn at every byte with frames behind, all those are read, and one region is torn")
    func tornEverywhere() throws {
        for torn in 0..<3 {
            for kept in 1..<four.frames[torn].count {
                var frames = four.frames
                frames[torn] = Array(frames[torn][..<kept])
                let reading = try four.read(frames.flatMap { $0 })
                let expected = (0..<4).filter { $0 != torn }.flatMap { FourFrames.values($0) }
                #expect(reading.values == expected, "frame \(torn), \(kept) bytes kept")
                let region = BadRegion(
                    file: FourFrames.name.fileName, offset: four.starts[torn], length: kept,
                    reason: .torn)
                #expect(reading.badRegions == [region], "frame \(torn), \(kept) bytes kept")
                #expect(reading.pendingBytes == 0)
            }
        }
    }

    @Test("F03: with any single bit flipped, at most one frame is lost, and said to be")
    func everyBitFlip() throws {
        let bytes = four.bytes
        var harmless = 0
        for bit in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            let lost = four.lost(in: try four.read(damaged), of: damaged, "bit \(bit)")
            #expect(lost <= 1, "bit \(bit)")
            if lost == 0 { harmless += 1 }
        }
        // The unused bit, the single-segment bit where it changes nothing, the checksum flag, idle
        // bits of entropy tables: few. More would mean that the checksum is not verified.
        #expect(
            harmless < bytes.count * 8 / 50,
            "\(harmless) of \(bytes.count * 8) flips changed nothing")
    }

    @Test("F04: 6,000 random overwrites, deletions, insertions and zeroings never give wrong data")
    func randomDamage() throws {
        let seed: UInt64 = 20_261_123
        print("seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        for round in 0..<TestMode.rounds(6_000) {
            var damaged = four.bytes
            let at = Int.random(in: 0..<damaged.count, using: &generator)
            let end = min(damaged.count, at + Int.random(in: 1...200, using: &generator))
            let noise = (at..<end).map { _ in UInt8.random(in: 0...255, using: &generator) }
            switch round % 4 {
            case 0: damaged.replaceSubrange(at..<end, with: noise)
            case 1: damaged.removeSubrange(at..<end)
            case 2: damaged.insert(contentsOf: noise, at: at)
            default: damaged.replaceSubrange(at..<end, with: noise.map { _ in 0 })
            }
            let touched = four.starts.dropLast().indices.filter { index in
                four.starts[index] < end && four.starts[index + 1] > at
            }
            let lost = four.lost(
                in: try four.read(damaged), of: damaged, "seed \(seed) round \(round)")
            #expect(lost <= touched.count, "seed \(seed) round \(round)")
        }
    }

    @Test("F05: a cleared checksum flag is folded as unchecked, and four bytes are reported")
    func clearedChecksumFlag() throws {
        var bytes = four.bytes
        bytes[four.starts[1] + 4] &= ~0x04
        let reading = try four.read(bytes)
        #expect(reading.values == Array(0..<20))
        #expect(reading.sections.map(\.isChecked) == [true, false, true, true])
        #expect(reading.badRegions.map(\.offset) == [four.starts[2] - 4])
        #expect(reading.badRegions.map(\.length) == [4])
    }

    @Test("F06: a frame without checksum is read as unchecked, and nothing resumes at one")
    func withoutChecksum() throws {
        let unchecked = FourFrames { SegmentBuilder.storedFrame($0, hasChecksum: false) }
        let reading = try unchecked.read(unchecked.bytes)
        #expect(reading.values == Array(0..<20))
        #expect(!reading.sections.contains { $0.isChecked })

        let damaged = [1, 2, 3] + unchecked.frames[0] + four.frames[1]
        let after = try four.read(damaged)
        #expect(after.values == Array(FourFrames.values(1)))
        #expect(after.badRegions.map(\.length) == [3 + unchecked.frames[0].count])
    }

    @Test("F06: an unchecked frame that was torn does not take in the frames behind it")
    func tornUnchecked() throws {
        let unchecked = FourFrames { SegmentBuilder.storedFrame($0, hasChecksum: false) }
        for kept in 1..<unchecked.frames[0].count {
            let torn = Array(unchecked.frames[0][..<kept])
            let reading = try four.read(torn + four.frames[1] + four.frames[2])
            #expect(reading.values == Array(5..<15), "\(kept) bytes kept")
            #expect(reading.badRegions.map(\.length) == [kept])
            #expect(reading.badRegions.map(\.reason) == [.torn])
        }
    }

    /// Name, bytes put between the first and the second frame, and the reason to be reported.
    static let intruders: [(String, [UInt8], BadRegion.Reason)] = [
        ("4 KiB of NUL", [UInt8](repeating: 0, count: 4096), .notAFrame),
        ("0xFF", [UInt8](repeating: 0xFF, count: 100), .notAFrame),
        ("HTTP", Array("HTTP/1.1 200 OK\r\n\r\n".utf8), .notAFrame),
        ("HTML", Array("<html><script>alert(1)</script>".utf8), .notAFrame),
        ("a magic number", [0x28, 0xB5, 0x2F, 0xFD], .torn),
        ("magic numbers", [0x28, 0xB5, 0x2F, 0xFD, 0x28, 0xB5, 0x2F, 0xFD, 0x28, 0xB5], .corrupt),
        ("a skippable frame", [0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3], .skippable),
        ("a legacy frame", [0x27, 0xB5, 0x2F, 0xFD, 1, 2, 3], .legacy),
        ("a dictionary", [0x28, 0xB5, 0x2F, 0xFD, 0x21, 7, 1, 1, 0, 0, 0x0A], .dictionary),
        ("a reserved bit", [0x28, 0xB5, 0x2F, 0xFD, 0x28, 1, 1, 0, 0], .corrupt),
        ("a reserved block", [0x28, 0xB5, 0x2F, 0xFD, 0x20, 1, 7, 0, 0], .corrupt),
        ("gzip", SegmentBuilder.gzipMember(Array("{}\n".utf8)), .notAFrame),
        ("plain lines", Array("{\"ts\":1,\"metric\":\"m\",\"value\":1}\n".utf8), .notAFrame),
        ("a frame that ends in a line", SegmentBuilder.frame(Array("{\"a\":".utf8)), .unterminated),
        ("a frame of another kind of text", SegmentBuilder.frame(Array("[1]".utf8)), .unterminated),
        ("an empty frame", SegmentBuilder.frame([]), .unterminated),
    ]

    @Test("F07, F08, F10: what does not belong there is one bad region", arguments: intruders)
    func intruder(_ name: String, _ bytes: [UInt8], _ reason: BadRegion.Reason) throws {
        let damaged = four.frames[0] + bytes + four.frames[1...].flatMap { $0 }
        let reading = try four.read(damaged)
        #expect(reading.values == Array(0..<20))
        let region = BadRegion(
            file: FourFrames.name.fileName, offset: four.starts[1], length: bytes.count,
            reason: reason)
        #expect(reading.badRegions == [region])
    }

    @Test("F07: NUL at the end can never become a frame")
    func nulTail() throws {
        let reading = try four.read(four.bytes + [UInt8](repeating: 0, count: 4096))
        #expect(reading.values == Array(0..<20))
        #expect(reading.badRegions.isEmpty)
        #expect(reading.pendingBytes == 4096)
        #expect(reading.pendingReason == .notAFrame)
    }

    @Test("F09: an empty file, and 1 to 3 bytes of a frame, are pending without a warning")
    func beginnings() throws {
        for count in 0...3 {
            let reading = try four.read(Array(four.bytes[..<count]))
            var nothing = SegmentReading()
            nothing.pendingBytes = count
            #expect(reading == nothing)
        }
    }

    /// Name, content, reason.
    static let headers: [(String, [UInt8], BadRegion.Reason)] = {
        let events = SegmentBuilder.samples(90..<95)
        func content(_ session: String, _ claimed: Int) -> [UInt8] {
            SegmentBuilder.content(
                session: session, writer: "w", seq: 9, events: events, claimed: claimed)
        }
        func line(_ text: String) -> [UInt8] { Array((text + "\n").utf8) }
        return [
            ("F14: another session", content("t", 5), .misplaced),
            ("F14: an equivalent spelling", content("s\u{301}", 5), .misplaced),
            ("one event too few", content("s", 6), .count),
            ("one event too many", content("s", 4), .count),
            ("no session", line(#"{"frame":1,"writer":"w","seq":0,"events":0}"#), .header),
            ("no writer", line(#"{"frame":1,"session":"s","seq":0,"events":0}"#), .header),
            (
                "empty writer", line(#"{"frame":1,"session":"s","writer":"","seq":0,"events":0}"#),
                .header
            ),
            (
                "seq below 0", line(#"{"frame":1,"session":"s","writer":"w","seq":-1,"events":0}"#),
                .header
            ),
            (
                "seq 1.5", line(#"{"frame":1,"session":"s","writer":"w","seq":1.5,"events":0}"#),
                .header
            ),
            (
                "seq 2^64",
                line(
                    #"{"frame":1,"session":"s","writer":"w","seq":18446744073709551616,"events":0}"#
                ), .header
            ),
            (
                "frame 0", line(#"{"frame":0,"session":"s","writer":"w","seq":0,"events":0}"#),
                .header
            ),
            (
                "frame text", line(#"{"frame":"1","session":"s","writer":"w","seq":0,"events":0}"#),
                .header
            ),
            ("broken JSON", line(#"{"frame":1,"session":"s","#), .header),
        ]
    }()

    @Test("a header that does not fit is reported with its reason", arguments: headers)
    func badHeader(_ name: String, _ content: [UInt8], _ reason: BadRegion.Reason) throws {
        let frame = SegmentBuilder.frame(content)
        let reading = try four.read(four.frames[0] + frame + four.frames[1])
        #expect(reading.values == Array(0..<10))
        #expect(reading.badRegions.map(\.reason) == [reason])
        #expect(reading.badRegions.map(\.offset) == [four.starts[1]])
        #expect(reading.badRegions.map(\.length) == [frame.count])
    }

    @Test("a newer format is kept and not folded")
    func newerFormat() throws {
        let content = Array("{\"frame\":2,\"x\":1}\n\u{1}binary\n".utf8)
        let reading = try four.read(SegmentBuilder.frame(content) + four.frames[0])
        #expect(reading.newerSections == 1)
        #expect(reading.badRegions.isEmpty)
        #expect(reading.values == Array(0..<5))
    }

    @Test(
        "F63: two frames in one write, and a frame in several writes, are read; half a line is not")
    func sloppyWriter() throws {
        let bytes = four.bytes
        let reading = try four.read(
            bytes, sizes: [1, four.starts[1] + 7, four.starts[3], bytes.count])
        #expect(reading.values == Array(0..<20))
        #expect(reading.badRegions.isEmpty)
    }

    @Test("a header line may be in the middle: each covers the lines up to the next")
    func severalHeaders() throws {
        let content = (0..<3).flatMap { seq in
            SegmentBuilder.content(
                session: "s", writer: "w\(seq)", seq: seq,
                events: SegmentBuilder.samples(seq..<2 * seq))
        }
        let loose = Array("{\"ts\":1,\"metric\":\"m\",\"value\":77}\n".utf8)
        let reading = try four.read(SegmentBuilder.frame(loose + content))
        #expect(reading.sections.map { $0.header?.identity.writer } == [nil, "w0", "w1", "w2"])
        #expect(reading.sections.map(\.lineCount) == [1, 0, 1, 2])
        #expect(reading.sections.map(\.firstLine) == [1, 3, 4, 6])
        #expect(reading.values == [77, 1, 2, 3])
    }
}
