import Glibc
import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

/// Files that are not what they were when they were folded.
@Suite("Replaced, cut and vanished files")
struct ReplacedFileTests {
    static let name = "\(GeneratedLog.writer(0)).000001.jsonl.zst"

    let storage = MemoryStorage()
    let harness: FoldHarness

    init() throws {
        harness = try FoldHarness(storage)
        try place(Self.frames(0..<6))
        try harness.appendFrame(
            [Self.line(1_000)], writer: GeneratedLog.writer(1), seq: 0,
            file: "\(GeneratedLog.writer(1)).000001.jsonl.zst")
    }

    static func line(_ value: Int) -> String {
        "{\"ts\":\(value),\"metric\":\"m\",\"value\":\(value)}"
    }

    static func frames(_ seqs: Range<Int>, value: Int = 0) -> [UInt8] {
        seqs.flatMap { seq in
            let section = GeneratedLog.Section(
                identity: FrameIdentity(writer: GeneratedLog.writer(0), seq: seq),
                lines: [line(value + seq)])
            return SegmentBuilder.frame(section.bytes(session: GeneratedLog.session))
        }
    }

    private var path: StoragePath { harness.folder.appending(Self.name) }
    private static let inode: UInt64 = 77

    /// The same inode number each time: a disk gives it out again.
    private func place(_ bytes: [UInt8]) throws {
        try storage.place(path, bytes, inode: Self.inode)
    }

    /// What the file becomes, by name of the accident.
    static let accidents: [(name: String, bytes: @Sendable () -> [UInt8])] = [
        ("F36 emptied", { [] }),
        ("F36 cut in a frame", { Array(frames(0..<6).dropLast(7)) }),
        ("F36 cut to a frame", { frames(0..<3) }),
        ("F37 cut and grown beyond", { frames(0..<2) + frames(2..<20, value: 500) }),
        ("F37 cut and grown with garbage", { frames(0..<2) + [UInt8](repeating: 7, count: 9_000) }),
        ("F38 made anew with the same inode", { frames(0..<30, value: 900) }),
        ("F38 made anew with the same size", { frames(0..<6, value: 1) }),
    ]

    @Test("the session is folded again from nothing", arguments: accidents.indices, [false, true])
    func accident(index: Int, restarts: Bool) throws {
        let kept = try harness.rebuilt()
        let current = restarts ? try harness.restarted(kept) : kept
        try place(Self.accidents[index].bytes())
        #expect(try harness.update(current), "\(Self.accidents[index].name)")
        let fresh = try harness.rebuilt()
        #expect(harness.text(current) == harness.text(fresh), "\(Self.accidents[index].name)")
        #expect(harness.summary(current).health == harness.summary(fresh).health)
        // And goes on from there.
        try harness.append(Self.frames(40..<42), to: Self.name)
        try harness.update(current)
        #expect(harness.text(current) == harness.text(try harness.rebuilt()))
    }

    @Test("of a large file, another beginning or another end of what was folded is noticed")
    func largeFile() throws {
        func bytes(changed: Int?) -> [UInt8] {
            (0..<200).flatMap { Self.frames($0..<$0 + 1, value: $0 == changed ? 500 : 200) }
        }
        let before = bytes(changed: nil)
        // Of the two stretches that a file is known by, one has changed and the other has not.
        try #require(before.count > 8 << 10)
        for changed in [0, 199] {
            let after = bytes(changed: changed)
            try #require(after.count == before.count && after != before)
            try place(before)
            let index = try harness.rebuilt()
            try place(after)
            #expect(try harness.update(index), "frame \(changed)")
            #expect(harness.text(index) == harness.text(try harness.rebuilt()), "frame \(changed)")
        }
    }

    @Test("a removed file takes its events with it, and a restored one brings them back")
    func removed() throws {
        let index = try harness.rebuilt()
        let before = harness.text(index)
        try storage.remove(path)
        #expect(try harness.update(index))
        #expect(harness.summary(index).runs[0].series[0].aggregate.count == 1)
        try place(Self.frames(0..<6))
        try harness.update(index)
        #expect(harness.text(index) == before)
    }

    @Test("F39: a file renamed, or copied under another name, counts once")
    func renamed() throws {
        let index = try harness.rebuilt()
        let before = harness.text(index)
        try storage.place(
            harness.folder.appending("0123456789abcdef.000004.jsonl.zst"), Self.frames(0..<6))
        try harness.update(index)
        #expect(harness.text(index) == before)
        #expect(harness.summary(index).health.duplicateFrames == 6)
        try storage.remove(path)
        try harness.update(index)
        #expect(harness.text(index) == before)
        #expect(harness.summary(index).health.duplicateFrames == 0)
    }

    @Test("F28: a failed read is reported and retried, and nothing counts twice")
    func failingReads() throws {
        for failing in 0..<20 {
            let faulty = FaultyStorage(storage)
            let harness = try FoldHarness(faulty)
            let index = harness.newIndex()
            faulty.setPlan(.on(.read, failing..<failing + 1, .error(EIO)))
            try harness.update(index)
            let hasFailed = !faulty.faults.isEmpty
            #expect((index.problem != nil) == hasFailed, "read \(failing)")
            #expect(index.problem?.code ?? EIO == EIO)
            faulty.setPlan(.none)
            try harness.update(index)
            #expect(index.problem == nil)
            #expect(harness.text(index) == harness.text(try harness.rebuilt()), "read \(failing)")
            #expect(try !harness.update(index), "nothing is new")
            // What could not be remembered then must not be missing now.
            try place(Self.frames(0..<9, value: 40))
            try harness.update(index)
            #expect(harness.text(index) == harness.text(try harness.rebuilt()), "read \(failing)")
            try place(Self.frames(0..<6))
        }
    }

    @Test("F28: one file that cannot be opened does not keep the others away")
    func failingOpen() throws {
        let faulty = FaultyStorage(
            storage,
            plan: FaultPlan {
                $0.operation == .open && $0.path.hasSuffix(Self.name) ? .error(EACCES) : nil
            })
        let harness = try FoldHarness(faulty)
        let index = harness.newIndex()
        try harness.update(index)
        #expect(index.problem?.code == EACCES)
        #expect(harness.summary(index).eventCount == 1)
    }

    @Test("files that are not segments are left alone and reported")
    func ignored() throws {
        let index = try harness.rebuilt()
        try storage.place(harness.folder.appending("notes.txt"), [1])
        try storage.placeOther(
            harness.folder.appending("\(GeneratedLog.writer(5)).000001.jsonl"), kind: .symbolicLink)
        #expect(try harness.update(index))
        #expect(
            harness.summary(index).health.ignoredFiles
                == ["\(GeneratedLog.writer(5)).000001.jsonl", "notes.txt"])
    }
}
