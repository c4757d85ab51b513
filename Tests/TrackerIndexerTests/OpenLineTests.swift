import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

/// What every other tool reads is read: a last line without its newline, and byte order marks.
@Suite("Last lines without a newline, and byte order marks")
struct OpenLineTests {
    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private static func line(_ value: Int) -> [UInt8] {
        Array("{\"ts\":1763899200000,\"metric\":\"m\",\"value\":\(value)}".utf8)
    }

    /// A file: name of the case, ending, bytes, values that count, whether the rest is damage.
    private static let files: [(String, String, [UInt8], [Int], isWhole: Bool)] = [
        ("an open line", "jsonl", line(1) + [0x0A] + line(2), [1, 2], true),
        ("an open line alone", "jsonl", line(1), [1], true),
        ("an open line and blanks", "jsonl", line(1) + [0x20, 0x0D], [1], true),
        ("half a line", "jsonl", line(1) + [0x0A] + line(2).dropLast(), [1], false),
        ("two objects in an open line", "jsonl", line(1) + line(2), [], false),
        ("a mark first", "jsonl", mark + line(1) + [0x0A] + line(2) + [0x0A], [1, 2], true),
        ("a mark, and an open line", "jsonl", mark + line(1), [1], true),
        (
            "joined files with marks", "jsonl",
            mark + line(1) + [0x0A] + mark + line(2) + [0x0A],
            [1, 2], true
        ),
        ("a frame", "jsonl.zst", SegmentBuilder.frame(line(1) + [0x0A] + line(2)), [1, 2], true),
        (
            "joined frames", "jsonl.zst",
            SegmentBuilder.frame(mark + line(1)) + SegmentBuilder.frame(mark + line(2)), [1, 2],
            true
        ),
        (
            "marks within a frame", "jsonl.zst",
            SegmentBuilder.frame(mark + line(1) + [0x0A] + mark + line(2)), [1, 2], true
        ),
        ("a member", "jsonl.gz", SegmentBuilder.gzipMember(mark + line(1)), [1], true),
        (
            "half a line in a frame", "jsonl.zst",
            SegmentBuilder.frame(line(1) + [0x0A] + line(2).dropLast()), [], false
        ),
    ]

    @Test("the index and the other reader agree", arguments: files)
    func readers(
        name: String, ending: String, bytes: [UInt8], values: [Int], isWhole: Bool
    ) throws {
        let harness = try FoldHarness()
        try harness.append(bytes, to: "shared.000001.\(ending)")
        // Long after the file was written: it is closed.
        let now: Timestamp = 1e13
        let summary = harness.summary(try harness.rebuilt(), now: now)
        let total = summary.runs.first?.timelines.first?.total.successes
        #expect(total?.count ?? 0 == values.count, "\(name)")
        #expect(total?.sum ?? 0 == Double(values.reduce(0, +)), "\(name)")
        #expect(summary.health.isWhole == isWhole, "\(name)")
        #expect(summary.health.badLineCount == 0, "\(name)")
        var read: [UInt8] = []
        var regions = 0
        _ = try SessionReader(storage: harness.storage, now: now).read(
            .init(user: harness.user, session: harness.session)
        ) { _, frame, section in
            read += frame.lines(of: section)
        } damaged: { _ in
            regions += 1
        }
        let expected: [UInt8] = values.flatMap { value -> [UInt8] in Self.line(value) + [0x0A] }
        let plain = ByteOrderMark.removed(from: read).filter { $0 != 0x20 && $0 != 0x0D }
        #expect(plain == expected, "\(name)")
        #expect((regions == 0) == isWhole, "\(name)")
    }

    @Test("a step that ends behind an object does not end the file: the line may go on")
    func stepWithinLine() throws {
        let harness = try FoldHarness()
        let file = Self.line(1) + Self.line(2) + [0x0A] + Self.line(3) + [0x0A]
        try harness.append(file, to: "shared.000001.jsonl")
        let listing = try SessionListing(harness.user, harness.session, in: harness.storage)
        let index = harness.newIndex()
        // Always the same steps: a fold from the beginning would take the same wrong turn again.
        for _ in file {
            index.update(
                listing, in: harness.storage, with: harness.tools,
                atMostBytes: Self.line(1).count)
            if index.unreadBytes == 0 { break }
        }
        #expect(index.unreadBytes == 0)
        #expect(harness.text(index) == harness.text(try harness.rebuilt()))
        #expect(harness.summary(index).eventCount == 1)
        #expect(harness.summary(index).health.badLineCount == 1)
    }

    @Test("a header behind a mark is one, and its frame counts once")
    func headers() throws {
        let section = GeneratedLog.Section(
            identity: FrameIdentity(writer: GeneratedLog.writer(0), seq: 0),
            lines: [String(decoding: Self.line(1), as: UTF8.self)]
        ).bytes(session: GeneratedLog.session)
        let harness = try FoldHarness()
        try harness.append(Self.mark + section, to: "\(GeneratedLog.writer(0)).000001.jsonl")
        try harness.append(section, to: "\(GeneratedLog.writer(0)).000002.jsonl")
        try harness.append(
            SegmentBuilder.frame(Self.mark + section + Self.mark + section),
            to: "\(GeneratedLog.writer(0)).000003.jsonl.zst")
        let summary = harness.summary(try harness.rebuilt())
        #expect(summary.eventCount == 1 && summary.health.isWhole)
        #expect(summary.health.duplicateFrames == 3 && summary.health.conflictingFrames == 0)
    }

    @Test("in the lines of a header a mark is an error, as before")
    func markBelowHeader() throws {
        let harness = try FoldHarness()
        let text = String(decoding: Self.mark + Self.line(1), as: UTF8.self)
        try harness.appendFrame([text, text], writer: GeneratedLog.writer(0), seq: 0)
        let summary = harness.summary(try harness.rebuilt())
        #expect(summary.eventCount == 0 && summary.health.badLineCount == 2)
    }

    /// A bare file of lines, marks, blanks, open and broken lines.
    private static func file(_ generator: inout SeededGenerator) -> [UInt8] {
        (0..<Int.random(in: 1...8, using: &generator)).flatMap { value -> [UInt8] in
            let end: [UInt8] = Int.random(in: 0..<4, using: &generator) == 0 ? [] : [0x0A]
            return switch Int.random(in: 0..<8, using: &generator) {
            case 0: mark + line(value) + end
            case 1: line(value) + [0x20, 0x09] + end
            case 2: [0x20] + end
            case 3: line(value).dropLast(3) + end
            default: line(value) + end
            }
        }
    }

    @Test("however a file grows, in whatever steps it is read, it gives what a rebuild gives")
    func growing() throws {
        for seed in Sweep.seeds(400, long: 20_000) {
            var generator = SeededGenerator(seed: seed)
            let bytes = Self.file(&generator)
            let harness = try FoldHarness()
            var index = harness.newIndex()
            var written = 0
            while written < bytes.count {
                // Often just behind an object, where a line may seem to end.
                let ends = bytes.indices.filter { bytes[$0] == 0x7D && $0 >= written }
                let somewhere = Int.random(in: written + 1...bytes.count, using: &generator)
                let end =
                    Bool.random(using: &generator) ? (ends.first ?? somewhere - 1) + 1 : somewhere
                try harness.append(Array(bytes[written..<end]), to: "shared.000001.jsonl")
                written = end
                let listing = try SessionListing(
                    harness.user, harness.session, in: harness.storage)
                repeat {
                    index.update(
                        listing, in: harness.storage, with: harness.tools,
                        atMostBytes: Int.random(in: 1...80, using: &generator))
                } while index.unreadBytes > 0
                if Bool.random(using: &generator) { index = try harness.restarted(index) }
                let rebuilt = try harness.rebuilt()
                #expect(harness.text(index) == harness.text(rebuilt), "seed \(seed), \(end) bytes")
                #expect(
                    harness.summary(index).health.badLineCount
                        == harness.summary(rebuilt).health.badLineCount, "seed \(seed)")
            }
        }
    }
}
