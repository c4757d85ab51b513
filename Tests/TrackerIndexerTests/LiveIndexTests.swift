import FoundationEssentials
import Glibc
import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@Suite("The live index", .timeLimit(.minutes(10)))
struct LiveIndexTests {
    let folder: TemporaryFolder
    let storage: PosixStorage
    let user: UserID

    init() throws {
        folder = try TemporaryFolder()
        storage = try PosixStorage(root: folder.path, create: false)
        user = try UserID("Ann")
    }

    private func live() -> LiveIndex {
        LiveIndex(storage: storage, root: folder.path, snapshots: .always)
    }

    private func writer(_ session: String) throws -> SessionWriter {
        SessionWriter(
            storage: storage, user: user, session: try SessionID(session),
            configuration: .init(durability: .written))
    }

    private static func sample(_ value: Double) -> Event {
        .sample(Sample(timestamp: 1_763_899_200_000 + value, metric: "m", value: value))
    }

    private func count(_ history: LiveIndex, _ session: String) throws -> Int {
        history.session(user: user, session: try SessionID(session))?.summary.eventCount ?? 0
    }

    /// Waits for a condition, which is checked after every version.
    private func wait(_ history: LiveIndex, until isSo: () throws -> Bool) async throws {
        // Subscribes before the first check, so that no change is missed between them.
        let changes = history.changes()
        if try isSo() { return }
        for await _ in changes where try isSo() { return }
    }

    @Test("a new session and later appends are published without a request")
    func follows() async throws {
        let history = live()
        history.start()
        defer { history.stop() }
        await history.refresh()
        #expect(history.catalog().entries.isEmpty)
        #expect(history.catalog().freshness.problem == nil)
        let before = history.catalog().version
        let writer = try writer("one")
        try writer.appendBatch([Self.sample(1)])
        try await wait(history) { history.catalog().entries.map(\.eventCount) == [1] }
        let version = history.catalog().version
        #expect(version > before)
        for value in 2...30 { try writer.appendBatch([Self.sample(Double(value))]) }
        try await wait(history) { history.catalog().entries.map(\.eventCount) == [30] }
        #expect(try count(history, "one") == 30)
        #expect(history.catalog().version > version)
        #expect(history.catalog().entries.map(\.eventCount) == [30])
        try writer.close()
    }

    @Test("refresh returns when everything that was in the log is published")
    func refresh() async throws {
        let history = live()
        history.start()
        defer { history.stop() }
        let writer = try writer("one")
        for value in 1...20 {
            try writer.appendBatch([Self.sample(Double(value))])
            await history.refresh()
            #expect(try count(history, "one") == value)
        }
        try writer.close()
    }

    @Test("a session is gone with its folder; a new folder is a new session")
    func deleted() async throws {
        let history = live()
        history.start()
        defer { history.stop() }
        for round in 1...3 {
            let writer = try writer("one")
            for value in 0..<round { try writer.appendBatch([Self.sample(Double(value))]) }
            try writer.close()
            await history.refresh()
            #expect(try count(history, "one") == round)
            let path = DataLayout.sessionFolder(user, try SessionID("one"))
            for entry in try storage.list(path) { try storage.remove(path.appending(entry.name)) }
            try storage.remove(path)
            await history.refresh()
            #expect(history.session(user: user, session: try SessionID("one")) == nil)
            #expect(history.catalog().entries.isEmpty)
        }
    }

    @Test("a damaged file stops neither its session nor others")
    func damaged() async throws {
        let history = live()
        history.start()
        defer { history.stop() }
        for session in ["one", "two"] {
            let writer = try writer(session)
            try writer.appendBatch([Self.sample(1)])
            try writer.close()
        }
        let path = DataLayout.sessionFolder(user, try SessionID("one"))
        let content = SegmentBuilder.content(
            session: "one", writer: "w", seq: 0, events: [Self.sample(2)])
        let frame = SegmentBuilder.frame(content)
        let file = try storage.create(path.appending("0123456789abcdef.000001.jsonl.zst"))
        try file.append([UInt8](repeating: 9, count: 100) + frame)
        await history.refresh()
        #expect(try count(history, "one") == 2)
        #expect(try count(history, "two") == 1)
        let health = history.session(user: user, session: try SessionID("one"))?.summary.health
        #expect(health?.badRegionBytes == 100)
    }

    @Test("stop saves, and the next start publishes everything at once")
    func restart() async throws {
        let first = live()
        first.start()
        let writer = try writer("one")
        try writer.appendBatch([Self.sample(1), Self.sample(2)])
        try writer.close()
        await first.refresh()
        let row = first.catalog().entries
        first.stop()
        let report = try Indexer(storage: storage, threads: 1).run(rebuild: false)
        let rebuilt = try Indexer(storage: storage, threads: 1).run(rebuild: true)
        #expect(report.digest == rebuilt.digest)
        #expect(Snapshot.load(user: user, session: try SessionID("one"), from: storage) != nil)
        let second = live()
        second.start()
        await second.refresh()
        #expect(second.catalog().entries == row)
        #expect(try count(second, "one") == 2)
        second.stop()
        second.stop()
    }

    @Test("a session with a missing or old snapshot is folded when it is read")
    func staleSnapshot() async throws {
        let writer = try writer("one")
        try writer.appendBatch([Self.sample(1)])
        let session = try SessionID("one")
        _ = try Indexer(storage: storage, threads: 1, snapshots: .always).run(rebuild: false)
        let old = try storage.readAll(DataLayout.snapshot(user, session), limit: 1 << 20)
        try writer.appendBatch([Self.sample(2)])
        try writer.close()
        _ = try Indexer(storage: storage, threads: 1).run(rebuild: false)
        for bytes in [old, [1, 2, 3]] {
            try storage.replace(DataLayout.snapshot(user, session), with: bytes)
            let history = live()
            history.start()
            await history.refresh()
            #expect(try count(history, "one") == 2)
            history.stop()
        }
    }

    @Test("a read error is reported for as long as it lasts")
    func problems() async throws {
        let faulty = FaultyStorage(storage)
        let history = LiveIndex(storage: faulty, root: folder.path)
        history.start()
        defer { history.stop() }
        faulty.setPlan(FaultPlan { $0.operation == .list ? .error(EIO) : nil })
        await history.refresh()
        await history.refresh()
        #expect(history.catalog().freshness.problem?.contains("cannot list") == true)
        faulty.setPlan(.none)
        await history.refresh()
        #expect(history.catalog().freshness.problem == nil)
    }

    @Test("ten readers see counts that only grow while a session is written")
    func readers() async throws {
        let history = live()
        history.start()
        defer { history.stop() }
        let writer = try writer("one")
        let total = 200
        try await withThrowingTaskGroup { group in
            for _ in 0..<10 {
                group.addTask {
                    var last = (version: 0, count: 0)
                    while last.count < total {
                        let version = history.catalog().version
                        let count = try count(history, "one")
                        #expect(version >= last.version && count >= last.count)
                        last = (version, count)
                        await history.refresh()
                    }
                }
            }
            for value in 0..<total { try writer.appendBatch([Self.sample(Double(value))]) }
            try await group.waitForAll()
        }
        try writer.close()
    }

    @Test(
        "what is in the place of the lock is named, and when it is gone the index is saved",
        arguments: ["fifo", "folder", "link", "socket"])
    func oddLock(kind: String) async throws {
        try writer("one").appendBatch([Self.sample(1)])
        let index = folder.path + "/index"
        let lock = index + "/lock"
        #expect(unsafe mkdir(index, 0o700) == 0)
        switch kind {
        case "fifo": #expect(unsafe mkfifo(lock, 0o600) == 0)
        case "folder": #expect(unsafe mkdir(lock, 0o700) == 0)
        case "link": #expect(unsafe symlink("elsewhere", lock) == 0)
        default: #expect(unsafe mknod(lock, S_IFSOCK | 0o600, 0) == 0)
        }
        let history = live()
        history.start()
        await history.refresh()
        let problem = try #require(history.catalog().freshness.problem)
        #expect(problem.contains("index/lock") && problem.contains("remove it"))
        #expect(try count(history, "one") == 1)
        #expect(unsafe kind == "folder" ? rmdir(lock) == 0 : unlink(lock) == 0)
        // Looked at again when the catalogue is saved, at the end at the latest.
        history.stop()
        var catalog = CatalogFile()
        #expect(catalog.load(from: storage).count == 1)
    }

    @Test(
        "a data folder that was removed and made again, or replaced, is followed",
        arguments: [true, false])
    func newFolder(isMoved: Bool) async throws {
        let history = live()
        history.start()
        defer { history.stop() }
        let before = try writer("old")
        try before.appendBatch([Self.sample(1)])
        try await wait(history) { history.catalog().entries.map(\.session.value) == ["old"] }
        let aside = folder.path + "-aside"
        #expect(unsafe rename(folder.path, aside) == 0)
        // try? is right here: in the other case it is gone already.
        defer { try? FileManager.default.removeItem(atPath: aside) }
        if !isMoved { try FileManager.default.removeItem(atPath: aside) }
        #expect(unsafe mkdir(folder.path, 0o700) == 0)
        try writer("new").appendBatch([Self.sample(2)])
        try await wait(history) { history.catalog().entries.map(\.session.value) == ["new"] }
        // The writer that was open goes on in the new folder.
        try before.appendBatch([Self.sample(3), Self.sample(4)])
        try await wait(history) { try count(history, "old") == 2 }
    }
}
