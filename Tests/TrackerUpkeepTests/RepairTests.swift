import Glibc
import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport
import TrackerUpkeep

/// A damage with something in it that can be saved.
struct RepairRow: Sendable, CustomTestStringConvertible {
    var name: String
    var damage: @Sendable (inout VerifyLog) -> Void
    /// Values that are read after a repair and were not before.
    var saved: [Int]
    var savedWithUnchecked: [Int]
    var testDescription: String { name }

    init(
        _ name: String, saves saved: [Int], unchecked: [Int]? = nil,
        _ damage: @escaping @Sendable (inout VerifyLog) -> Void
    ) {
        self.name = name
        self.damage = damage
        self.saved = saved
        savedWithUnchecked = unchecked ?? saved
    }
}

@Suite("Repair")
struct RepairTests {
    private static let (a, b) = (VerifyLog.a, VerifyLog.b)
    private static let (a1, a2, b1) = (VerifyLog.a1, VerifyLog.a2, VerifyLog.b1)
    private static let shared = "shared.000001.jsonl.zst"

    static func line(_ value: Int) -> [UInt8] {
        Array("{\"ts\":1,\"metric\":\"m\",\"value\":\(value)}\n".utf8)
    }

    static let rows: [RepairRow] = [
        RepairRow("a healthy log", saves: []) { _ in },
        RepairRow("a header that promises more lines", saves: [5, 6, 7, 8, 9]) {
            $0[b1][1] = SegmentBuilder.frame(VerifyLog.content(b, 1, claimed: 6))
        },
        RepairRow("a last line without its end", saves: [10, 11, 12, 13, 14]) {
            $0[b1][2] = SegmentBuilder.frame(VerifyLog.content(b, 2).dropLast())
        },
        RepairRow("a header that does not read as one", saves: [901]) {
            $0[b1].append(SegmentBuilder.frame(Array("{\"frame\":1}\n".utf8) + line(901)))
        },
        RepairRow("a frame larger than the format allows", saves: Array(950..<995)) {
            let filler = [UInt8](repeating: UInt8(ascii: "x"), count: 100_000)
            let lines = (950..<995).flatMap { value in
                Array("{\"ts\":1,\"metric\":\"m\",\"value\":\(value),\"note\":\"".utf8) + filler
                    + Array("\"}\n".utf8)
            }
            $0[shared] = [SegmentBuilder.storedFrame(lines)]
        },
        RepairRow("gzip in a file of zstd", saves: [902]) {
            $0[b1].append(SegmentBuilder.gzipMember(line(902)))
        },
        RepairRow("bare lines in a file of zstd", saves: [], unchecked: [903, 904]) {
            $0[b1].insert(line(903) + Array("nonsense\n".utf8) + line(904), at: 1)
        },
        // It counts as it is.
        RepairRow("a bare line without its end", saves: []) {
            $0.files["shared.000001.jsonl"] = [line(906) + line(905).dropLast()]
        },
        RepairRow("a bare line that is cut", saves: []) {
            $0.files["shared.000001.jsonl"] = [line(906) + line(905).dropLast(9)]
        },
        RepairRow("a frame cut in its second block", saves: [], unchecked: [907]) {
            let frame = SegmentBuilder.storedFrame(line(907) + line(908))
            $0[shared] = [Array(frame.dropLast(15))]
        },
        RepairRow("a frame cut, and written again", saves: []) {
            let frame = SegmentBuilder.storedFrame(VerifyLog.content(b, 3))
            $0[b1].append(Array(frame.dropLast(20)))
            $0[b1].append(frame)
        },
        RepairRow("a frame cut, and in a later file whole as gzip", saves: Array(15..<20)) {
            let frame = SegmentBuilder.storedFrame(VerifyLog.content(b, 3))
            $0[a2].append(Array(frame.dropLast(15)))
            $0[b1].append(SegmentBuilder.gzipMember(VerifyLog.content(b, 3)))
        },
        RepairRow("a changed byte", saves: []) {
            var frame = SegmentBuilder.storedFrame(VerifyLog.content(b, 3))
            frame[frame.count - 40] ^= 1
            $0[b1].append(frame)
        },
        RepairRow("a gzip member cut", saves: [], unchecked: [909]) {
            let member = SegmentBuilder.gzipMember(line(909) + line(910))
            $0.files["shared.000001.jsonl.gz"] = [Array(member.dropLast(20))]
        },
        RepairRow("HTML", saves: []) { $0[b1].insert(Array("<html>\n</html>\n".utf8), at: 1) },
    ]

    static func values(_ harness: FoldHarness) throws -> [Int] {
        try RecoveredSession(harness.storage, harness.user, harness.session).values
    }

    static func key(_ harness: FoldHarness) -> DataFolder.SessionKey {
        DataFolder.SessionKey(user: harness.user, session: harness.session)
    }

    static func repairer(_ harness: FoldHarness, unchecked: Bool = false) -> Repairer {
        Repairer(
            storage: harness.storage, now: VerifyLog.later, includesUnchecked: unchecked)
    }

    /// Name and bytes of every file below the log.
    static func files(_ storage: any Storage) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for key in try DataFolder.sessions(in: storage).sessions {
            let folder = DataLayout.sessionFolder(key.user, key.session)
            for entry in try storage.list(folder) {
                let path = folder.appending(entry.name)
                files[path.description] = try storage.readAll(path, limit: .max)
            }
        }
        return files
    }

    @Test(
        "what can be saved is saved once, and the originals stay", arguments: rows, [false, true])
    func row(row: RepairRow, unchecked: Bool) throws {
        var log = VerifyLog()
        row.damage(&log)
        let harness = try log.stored()
        let before = try Self.values(harness)
        let originals = try Self.files(harness.storage)
        let incremental = try harness.rebuilt()
        let expected = unchecked ? row.savedWithUnchecked : row.saved

        let plan = try Self.repairer(harness, unchecked: unchecked).plan(Self.key(harness))
        #expect(plan.lines == expected.count, "\(plan.findings)")
        #expect(plan.written == [])
        #expect(try Self.files(harness.storage) == originals, "a plan writes nothing")

        let report = try Self.repairer(harness, unchecked: unchecked).apply(Self.key(harness))
        #expect(report.regions == plan.regions)
        #expect(report.written.reduce(0) { $0 + $1.lines } == expected.count)
        let after = try Self.files(harness.storage)
        #expect(after.filter { originals[$0.key] != nil } == originals, "an original was changed")
        #expect(after.count == originals.count + report.written.count)
        #expect(try Self.values(harness) == (before + expected).sorted())

        let again = try Self.repairer(harness, unchecked: unchecked).apply(Self.key(harness))
        #expect(again.lines == 0 && again.written == [])
        #expect(try Self.files(harness.storage) == after, "a second repair writes nothing")
        try harness.update(incremental)
        #expect(harness.text(incremental) == harness.text(try harness.rebuilt()))
    }

    @Test("unchecked lines stay marked, complete sections close their gap")
    func marks() throws {
        var log = VerifyLog()
        log[Self.b1][1] = SegmentBuilder.frame(VerifyLog.content(Self.b, 1, claimed: 6))
        log.files["shared.000001.jsonl.zst"] = [
            SegmentBuilder.frame(Self.line(2)), Self.line(1), SegmentBuilder.frame(Self.line(3)),
        ]
        let harness = try log.stored()
        #expect(try VerifyLog.verify(harness).missingFrames == 1)
        _ = try Self.repairer(harness).apply(Self.key(harness))
        var result = try VerifyLog.verify(harness)
        #expect(result.missingFrames == 0 && result.conflictCount == 0)
        #expect(result.sum(\.uncheckedFrames) == 0)
        _ = try Self.repairer(harness, unchecked: true).apply(Self.key(harness))
        result = try VerifyLog.verify(harness)
        #expect(result.sum(\.uncheckedFrames) == 1)
    }

    @Test("F14: misplaced frames are saved to their own session, and count there once")
    func misplaced() throws {
        let storage = MemoryStorage()
        let wrong = try FoldHarness(storage)
        let right = try FoldHarness(storage, session: "t")
        let pasted = (0..<3).flatMap { seq in
            SegmentBuilder.frame(VerifyLog.content(Self.b, seq, session: "t"))
        }
        try storage.place(wrong.folder.appending(Self.b1), pasted)
        try storage.place(
            right.folder.appending(Self.b1),
            SegmentBuilder.frame(VerifyLog.content(Self.b, 1, session: "t")))
        let report = try Self.repairer(wrong).apply(Self.key(wrong))
        #expect(report.lines == 10, "\(report.findings)")
        #expect(report.written.count == 1)
        #expect(try Self.values(wrong) == [])
        #expect(try Self.values(right) == Array(0..<15))
        #expect(try VerifyLog.verify(right).findings == [])
        // The frames as they were written, should another copy of them turn up.
        try storage.place(
            right.folder.appending("00000000000000b1.000001.jsonl.zst"), pasted)
        #expect(try Self.values(right) == Array(0..<15))
        #expect(try VerifyLog.verify(right).conflictCount == 0)
        #expect(try Self.repairer(wrong).apply(Self.key(wrong)).written == [])
    }

    @Test("a file that may still be written to is skipped")
    func openFile() throws {
        var log = VerifyLog()
        log[Self.b1][2] = SegmentBuilder.frame(VerifyLog.content(Self.b, 2).dropLast())
        let harness = try log.stored()
        let live = Repairer(storage: harness.storage, now: 0)
        let report = try live.apply(Self.key(harness))
        #expect(report.openFiles == [Self.b1])
        #expect(report.lines == 0 && report.written == [])
        // Old, but its writer lives.
        let file = try harness.storage.openForReading(harness.folder.appending(Self.b1))
        #expect(try file.lockShared())
        #expect(try Self.repairer(harness).apply(Self.key(harness)).openFiles == [Self.b1])
        try file.close()
    }

    @Test("a good frame behind damage that the reader gave up on is found")
    func pastTheBudget() throws {
        // A frame within the stretch, as the reader would leave it.
        let region = BadRegion(file: Self.b1, offset: 3, length: 5_000, reason: .budget)
        let frame = VerifyLog.frame(Self.b, 7)
        let bytes = [UInt8](repeating: 9, count: 100) + [0x28, 0xB5, 0x2F, 0xFD, 0x20, 1] + frame
        let salvage = RegionSalvage(
            BytesFile(bytes), name: SegmentName(writer: Self.b, number: 1), size: bytes.count)
        var found: [SalvagedSection] = []
        #expect(try salvage.sections(in: region) { found.append($0) })
        #expect(found.filter(\.isChecked).map { $0.header?.identity.seq } == [7])
        #expect(!found.contains { $0.isChecked && !$0.isWhole })
    }

    @Test(
        "whichever disk operation fails, nothing is lost or doubled, and the next repair completes")
    func failures() throws {
        var log = VerifyLog()
        log[Self.b1][1] = SegmentBuilder.frame(VerifyLog.content(Self.b, 1, claimed: 6))
        log[Self.a1][1] = SegmentBuilder.frame(VerifyLog.content(Self.a, 1, claimed: 9))
        let whole = (Array(0..<35) + Array(0..<15)).sorted()
        for crashes in [false, true] {
            var isDone = false
            var number = 0
            while !isDone {
                let stored = try log.stored()
                let originals = try Self.files(stored.storage)
                let faulty = FaultyStorage(
                    stored.storage,
                    plan: crashes ? .crash(at: number) : .script([number: .error(EIO)]))
                do {
                    _ = try Self.repairer(try FoldHarness(faulty)).apply(Self.key(stored))
                } catch {
                    #expect(!faulty.faults.isEmpty)
                    let left = try Self.files(stored.storage).keys
                    #expect(crashes || !left.contains { $0.hasSuffix(".repair") }, "call \(number)")
                }
                isDone = faulty.faults.isEmpty
                let between = try Self.values(stored)
                // Each of the two files is saved wholly or not at all.
                let missing = whole.count - between.count
                #expect([0, 5, 10].contains(missing), "call \(number): \(missing) are missing")
                let often = Dictionary(grouping: whole) { $0 }.mapValues(\.count)
                for (value, values) in Dictionary(grouping: between, by: { $0 }) {
                    #expect(values.count <= often[value] ?? 0, "call \(number): \(value)")
                }
                _ = try Self.repairer(stored).apply(Self.key(stored))
                #expect(try Self.values(stored) == whole, "call \(number)")
                let after = try Self.files(stored.storage)
                #expect(after.filter { originals[$0.key] != nil } == originals)
                #expect(!after.keys.contains { $0.hasSuffix(".repair") }, "call \(number)")
                number += 1
            }
            #expect(number > 20)
        }
    }
}
