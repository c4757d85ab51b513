import Testing
import TrackerIndexTestSupport
import TrackerLog
import TrackerTestSupport

@testable import TrackerIndexer

/// A small session needs no snapshot: its files are read again. A large one has one.
@Suite("Which sessions get a snapshot")
struct SnapshotRuleTests {
    private let harness: FoldHarness
    private var path: StoragePath { DataLayout.snapshot(harness.user, harness.session) }

    init() throws { harness = try FoldHarness() }

    private func append(_ lines: Int, seq: Int, file: String? = nil) throws {
        var generator = EventLineGenerator(generator: SeededGenerator(seed: UInt64(seq) + 7))
        try harness.appendFrame(
            (0..<lines).map { _ in generator.line() }, writer: GeneratedLog.writer(0), seq: seq,
            file: file)
    }

    private func index(rebuild: Bool = false) throws -> IndexReport {
        try Indexer(storage: harness.storage, threads: 1).run(rebuild: rebuild)
    }

    private var hasSnapshot: Bool {
        // try? is right here: a missing file is the answer.
        (try? harness.storage.readAll(path, limit: 1 << 30)) != nil
    }

    /// Opens of segments and snapshots in a further run.
    private func opens() throws -> (segments: Int, snapshots: Int) {
        let counting = FaultyStorage(harness.storage)
        let report = try Indexer(storage: counting, threads: 1).run(rebuild: false)
        #expect(report.isSaved && report.problems.isEmpty)
        let opened = counting.calls.filter { $0.operation == .open }.map(\.path)
        return (
            opened.count { $0.hasPrefix("log/") },
            opened.count { $0.hasSuffix("\(harness.session.directoryName).snap") }
        )
    }

    @Test("a small one has none, and is folded when it changes: the numbers of a rebuild")
    func small() throws {
        try append(5, seq: 0)
        #expect(try index().isSaved)
        #expect(!hasSnapshot)
        #expect(try opens() == (0, 0), "its row says that nothing has changed")
        try append(5, seq: 1)
        #expect(try opens() == (1, 0), "folded again, without a look for a snapshot")
        let report = try index()
        IndexHarness.check(try index(rebuild: true), report, "rebuilt")
        #expect(report.events > 0 && !hasSnapshot)
    }

    @Test(
        "very many small ones: each folder is listed once, each file opened once", arguments: 1...2)
    func eachOnce(threads: Int) throws {
        let (storage, sessions) = (MemoryStorage(), 150)
        for number in 0..<sessions {
            let folder = StoragePath("log", number % 2 == 0 ? "ann" : "bob", "s\(number)")
            let line = "{\"ts\":1763899200000,\"metric\":\"m\",\"value\":\(number)}\n"
            try storage.place(folder.appending("shared.000001.jsonl"), Array(line.utf8))
        }
        for rebuild in [false, true] {
            let counting = FaultyStorage(storage)
            let report = try Indexer(storage: counting, threads: threads).run(rebuild: rebuild)
            #expect(report.isSaved && report.events == sessions)
            let calls = counting.calls.filter { $0.path.hasPrefix("log/") }
            for operation in [StorageError.Operation.list, .open] {
                let paths = calls.filter { $0.operation == operation }.map(\.path)
                    .filter { $0.split(separator: "/").count > 2 }
                #expect(paths.count == sessions, "\(operation)")
                #expect(Set(paths).count == sessions)
            }
        }
    }

    @Test("one that grows gets one, in bytes, files or events, and then only new lines are read")
    func growing() throws {
        try append(5, seq: 0)
        _ = try index()
        try append(2_000, seq: 1)
        let listing = try SessionListing(harness.user, harness.session, in: harness.storage)
        #expect(listing.bytes > IndexLimits.maxBytesWithoutSnapshot)
        _ = try index()
        #expect(hasSnapshot)
        try append(1, seq: 2)
        #expect(try opens() == (1, 1))
        IndexHarness.check(try index(rebuild: true), try index(), "rebuilt")

        let files = try FoldHarness()
        for number in 0...IndexLimits.maxFilesWithoutSnapshot {
            try files.append(
                ["{\"ts\":1,\"metric\":\"m\",\"value\":1}"], to: "shared.00000\(number + 1).jsonl")
        }
        _ = try Indexer(storage: files.storage, threads: 1).run(rebuild: false)
        #expect(try !files.snapshotBytes().isEmpty)

        let equal = try FoldHarness()
        let line = "{\"ts\":1,\"metric\":\"m\",\"value\":1}"
        let many = Array(repeating: line, count: IndexLimits.maxEventsWithoutSnapshot + 1)
        try equal.appendFrame(many, writer: GeneratedLog.writer(0), seq: 0)
        let small = try SessionListing(equal.user, equal.session, in: equal.storage)
        #expect(small.bytes < IndexLimits.maxBytesWithoutSnapshot, "few bytes, many events")
        _ = try Indexer(storage: equal.storage, threads: 1).run(rebuild: false)
        #expect(try !equal.snapshotBytes().isEmpty)
    }

    @Test("one that shrinks loses it when it is folded, or when the catalogue is written anew")
    func shrinking() throws {
        let second = "\(GeneratedLog.writer(0)).000002.jsonl.zst"
        try append(5, seq: 0)
        try append(3_000, seq: 1, file: second)
        _ = try index()
        #expect(hasSnapshot)
        let segment = DataLayout.sessionFolder(harness.user, harness.session).appending(second)
        try harness.storage.remove(segment)
        let report = try index()
        IndexHarness.check(try index(rebuild: true), report, "rebuilt")
        #expect(!hasSnapshot)

        // One that an earlier program left is garbage: it is never read.
        try harness.storage.createDirectory(path.parent)
        try harness.storage.replace(path, with: [1, 2, 3])
        #expect(try opens() == (0, 0))
        try harness.storage.remove(DataLayout.catalog)
        IndexHarness.check(try index(), report, "a new catalogue")
        #expect(!hasSnapshot)
    }

    @Test("the live index goes by the same rule")
    func live() throws {
        let folder = try TemporaryFolder()
        let storage = try PosixStorage(root: folder.path, create: true)
        let writer = GeneratedLog.writer(0)
        func place(_ session: String, lines: Int) throws {
            let line = Array("{\"ts\":1763899200000,\"metric\":\"m\",\"value\":1}\n".utf8)
            let path = StoragePath("log", "ann", session, "\(writer).000001.jsonl")
            try storage.createDirectory(path.parent)
            let file = try storage.create(path)
            #expect(
                try file.append(Array(repeating: line, count: lines).flatMap { $0 })
                    == line.count * lines)
        }
        try place("small", lines: 3)
        try place("large", lines: 3_000)
        let index = LiveIndex(storage: storage, root: folder.path)
        index.start(waitingAtMostMs: 60_000)
        #expect(index.catalog().entries.count == 2)
        index.stop()
        #expect(try IndexHarness.snapshots(storage) == ["ann/large.snap"])
        let report = try Indexer(storage: storage, threads: 1).run(rebuild: false)
        IndexHarness.check(
            try Indexer(storage: storage, threads: 1).run(rebuild: true), report, "after a server")
        #expect(report.events == 3_003)
    }
}
