import Glibc
import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport
import TrackerUpkeep

/// Sessions leave the log for the trash, and come back.
@Suite("Prune and restore")
struct PruneTests {
    private static let dayMs = 86_400_000.0
    private static let now: Timestamp = 1_763_899_200_000

    private static func key(_ name: String) throws -> DataFolder.SessionKey {
        DataFolder.SessionKey(user: try UserID("Ann"), session: try SessionID(name))
    }

    private static func folder(_ name: String) throws -> StoragePath {
        let key = try key(name)
        return DataLayout.sessionFolder(key.user, key.session)
    }

    /// Sessions `s0`, `s1` and so on, a day apart, the last one of them now.
    private static func filled(
        _ count: Int, extra: [String] = [], last: Timestamp = now
    ) throws -> MemoryStorage {
        let storage = MemoryStorage()
        for index in 0..<count {
            let ms = (last - Double(count - 1 - index) * dayMs).milliseconds
            for writer in 0..<2 {
                let lines =
                    ["{\"ts\":\(ms),\"metric\":\"m\",\"value\":\(index)}"]
                    + (index == 0 && writer == 0 ? extra : [])
                let path = try folder("s\(index)")
                    .appending("\(GeneratedLog.writer(writer)).000001.jsonl")
                try storage.createDirectory(path.parent)
                let file = try storage.create(path)
                try file.append(lines.map { $0 + "\n" }.joined())
                try file.sync()
                try storage.syncDirectory(path.parent)
            }
        }
        return storage
    }

    private static func taken(
        _ storage: any Storage, now: Timestamp = now,
        _ change: (inout PruneSelection) throws -> Void
    ) throws -> [String] {
        var selection = PruneSelection()
        try change(&selection)
        return try selection.plan(in: storage, now: now).taken.map(\.key.session.value)
    }

    private static func sessions(_ storage: any Storage) throws -> [String] {
        try DataFolder.sessions(in: storage).sessions.map(\.session.value)
    }

    private static func digest(_ storage: any Storage) throws -> String {
        try Indexer(storage: storage, threads: 1, snapshots: .always).run(rebuild: false).digest
    }

    @Test(
        "removed: beyond the newest, old by events and files, or named; never by age alone")
    func selection() throws {
        let storage = try Self.filled(6)
        #expect(try Self.taken(storage) { $0.keepLast = 4 } == ["s0", "s1"])
        #expect(try Self.taken(storage) { $0.keepLast = 6 } == [])
        #expect(try Self.taken(storage) { $0.keepLast = 0 }.count == 5, "one stays in any case")
        #expect(
            try Self.taken(storage) { selection in
                selection.keepLast = 1
                selection.olderThanDays = 3.5
            } == ["s0", "s1"])
        #expect(try Self.taken(storage) { $0.olderThanDays = 0 } == [], "age alone")
        #expect(try Self.taken(storage) { $0.named = [try Self.key("s5")] } == ["s5"])
        #expect(
            try Self.taken(storage) { selection in
                selection.keepLast = 1
                selection.user = try UserID("Bob")
            } == [])
    }

    @Test("F44: whatever the clock says, the newest are kept")
    func clocks() throws {
        let storage = try Self.filled(6)
        for now in [-1e15, 0, 1e12, 1e15, 1e300] as [Timestamp] {
            let taken = try Self.taken(storage, now: now) { selection in
                selection.keepLast = 4
                selection.olderThanDays = 1
            }
            #expect(Set(taken).isSubset(of: ["s0", "s1"]), "at \(now)")
        }
    }

    @Test("a file that was changed lately keeps a session whose events say they are old")
    func fileTimes() throws {
        let storage = try Self.filled(3, last: Self.now - 100 * Self.dayMs)
        storage.setClock(Self.now - 5 * Self.dayMs)
        let path = try Self.folder("s0").appending("\(GeneratedLog.writer(0)).000001.jsonl")
        try storage.openOrCreate(path).append("{\"ts\":1,\"metric\":\"m\",\"value\":1}\n")
        func taken(at now: Timestamp) throws -> [String] {
            try Self.taken(storage, now: now) { selection in
                selection.keepLast = 1
                selection.olderThanDays = 10
            }
        }
        #expect(try taken(at: Self.now) == ["s1"])
        #expect(try taken(at: Self.now + 6 * Self.dayMs) == ["s0", "s1"])
    }

    @Test("an edit makes an old session no younger: not its events, and not its files")
    func edits() throws {
        let storage = try Self.filled(3, last: Self.now - 100 * Self.dayMs)
        storage.setClock(Self.now - 5 * Self.dayMs)
        let ms = (Self.now - 5 * Self.dayMs).milliseconds
        func add(_ line: String, to session: String, file: Int) throws {
            let path = try Self.folder(session)
                .appending("\(GeneratedLog.writer(file)).000001.jsonl")
            try storage.openOrCreate(path).append(line + "\n")
        }
        let edit = "{\"ts\":\(ms),\"event\":\"rename\",\"name\":\"n\",\"id\":\"1\"}"
        try add(edit, to: "s0", file: 7)
        // Beside it a line that is no edit, or no event at all: something else was going on.
        try add(edit, to: "s1", file: 7)
        try add("{\"ts\":\(ms)}", to: "s1", file: 7)
        func taken() throws -> [String] {
            try Self.taken(storage) { selection in
                selection.keepLast = 1
                selection.olderThanDays = 10
            }
        }
        #expect(try taken() == ["s0"])
        // In a file with older samples the time of the file is theirs as well.
        try add(edit, to: "s0", file: 0)
        #expect(try taken() == [])
        // Nor is it one of the newest for an edit.
        let kept = try Self.taken(storage) { $0.keepLast = 1 }
        #expect(kept == ["s0", "s1"])
    }

    @Test(
        "marked sessions are kept unless they are named",
        arguments: [
            "{\"ts\":1,\"event\":\"note\",\"text\":\"keep\"}",
            "{\"ts\":1,\"event\":\"tag\",\"tag\":\"keep\"}",
            "{\"ts\":1,\"event\":\"run_started\",\"run\":\"r\"}\n{\"ts\":2,\"event\":\"baseline\",\"run\":\"r\"}",
        ])
    func marked(line: String) throws {
        let storage = try Self.filled(4, extra: [line])
        #expect(try Self.taken(storage) { $0.keepLast = 2 } == ["s1"])
        #expect(try Self.taken(storage) { $0.named = [try Self.key("s0")] } == ["s0"])
    }

    @Test("a session with a live writer is kept, even if named, even if the writer opens it late")
    func live() throws {
        let storage = try Self.filled(3)
        let path = try Self.folder("s0").appending("\(GeneratedLog.writer(0)).000001.jsonl")
        let writer = try storage.openForReading(path)
        #expect(try writer.lockShared())
        #expect(try Self.taken(storage) { $0.named = [try Self.key("s0")] } == [])
        let counting = FaultyStorage(storage)
        #expect(throws: UpkeepError.self) { try SessionTrash(counting).take(try Self.key("s0")) }
        #expect(try Self.sessions(storage) == ["s0", "s1", "s2"])
        #expect(!counting.calls.contains { $0.operation == .rename }, "it was never elsewhere")
        try writer.close()
        // A writer that opens a file between the look and the move.
        let late = try storage.openForReading(path)
        let faulty = FaultyStorage(
            storage,
            plan: FaultPlan { call in
                // try? is right here: without the lock the test fails below.
                if call.operation == .rename, call.occurrence == 0 { _ = try? late.lockShared() }
                return nil
            })
        #expect(throws: UpkeepError.self) { try SessionTrash(faulty).take(try Self.key("s0")) }
        #expect(try Self.sessions(storage) == ["s0", "s1", "s2"])
    }

    @Test("a pruned session leaves the index, and comes back with the same digest")
    func thereAndBack() throws {
        let storage = try Self.filled(3)
        let before = try Self.digest(storage)
        let without = try Self.filled(3)
        try without.removeTree(try Self.folder("s1"))
        let trash = SessionTrash(storage)
        try trash.take(try Self.key("s1"))
        #expect(try Self.digest(storage) == Self.digest(without))
        #expect(try IndexHarness.snapshots(storage).count == 2)
        let entry = try #require(try trash.entries().first)
        #expect(try entry.key == Self.key("s1"))
        #expect(entry.files == 2)
        #expect(try trash.restore(entry).files == 2)
        #expect(try trash.entries() == [])
        #expect(try Self.digest(storage) == before)
    }

    @Test("restored into a new session of the same name: all files, none overwritten")
    func restoreBeside() throws {
        let storage = try Self.filled(2)
        let trash = SessionTrash(storage)
        let folder = try Self.folder("s0")
        let names = (0..<2).map { "\(GeneratedLog.writer($0)).000001.jsonl" }
        let old = try names.map { try storage.readAll(folder.appending($0), limit: 1_000) }
        try trash.take(try Self.key("s0"))
        // One file is the beginning of its namesake, one differs, one is new.
        try storage.place(folder.appending(names[0]), Array(old[0].prefix(10)))
        let other = Array("{\"ts\":1,\"metric\":\"other\",\"value\":1}\n".utf8)
        try storage.place(folder.appending(names[1]), other)
        let third = folder.appending("\(GeneratedLog.writer(2)).000001.jsonl")
        try storage.place(third, other)
        let entry = try #require(try trash.entries().first)
        let restored = try trash.restore(entry)
        #expect(try storage.readAll(folder.appending(names[0]), limit: 1_000) == old[0])
        #expect(try storage.readAll(folder.appending(names[1]), limit: 1_000) == other)
        #expect(try storage.readAll(third, limit: 1_000) == other)
        #expect(restored.files == 2 && restored.left.isEmpty)
        let renamed = try #require(restored.renamed.first)
        #expect(restored.renamed.count == 1 && renamed.file == names[1] && renamed.from == 0)
        #expect(
            try storage.readAll(folder.appending(renamed.newName), limit: 1_000) == old[1])
        #expect(try trash.entries() == [])
    }

    @Test("pruned several times: all are in the trash, and all can be restored")
    func severalTimes() throws {
        let storage = try Self.filled(1)
        let trash = SessionTrash(storage)
        try trash.take(try Self.key("s0"))
        for writer in 7...8 {
            let path = try Self.folder("s0")
                .appending("\(GeneratedLog.writer(writer)).000001.jsonl")
            try storage.place(path, Array("{\"ts\":1,\"metric\":\"m\",\"value\":1}\n".utf8))
            try trash.take(try Self.key("s0"))
        }
        #expect(try trash.entries().map(\.folderName) == ["s0", "s0~2", "s0~3"])
        for entry in try trash.entries() { _ = try trash.restore(entry) }
        #expect(try storage.list(try Self.folder("s0")).count == 4)
        #expect(try trash.entries() == [])
    }

    @Test("killed, or power cut, at each call: the session is complete in one folder")
    func crashes() throws {
        let key = try Self.key("s0")
        let whole = try Self.digest(try Self.filled(2))
        func attempt(_ storage: any Storage, restores: Bool) {
            do {
                let trash = SessionTrash(storage)
                if restores {
                    for entry in try trash.entries() { _ = try trash.restore(entry) }
                } else {
                    try trash.take(key)
                }
            } catch {
                #expect(error is UpkeepError || error is StorageError)
            }
        }
        for restores in [false, true] {
            func start() throws -> MemoryStorage {
                let storage = try Self.filled(2)
                if restores { try SessionTrash(storage).take(key) }
                return storage
            }
            let counting = FaultyStorage(try start())
            attempt(counting, restores: restores)
            for number in stride(from: 0, to: counting.calls.count, by: TestMode.sweepStep) {
                for seed in Sweep.seeds(4, long: 60) {
                    let storage = try start()
                    attempt(
                        FaultyStorage(storage, plan: .crash(at: number)), restores: restores)
                    var generator = SeededGenerator(seed: seed)
                    let left =
                        seed == 0 ? storage : storage.afterPowerCut(using: &generator)
                    let what = "\(counting.calls[number]), restores \(restores), seed \(seed)"
                    let isThere = try Self.sessions(left).contains("s0")
                    let trash = SessionTrash(left)
                    #expect(try trash.entries().isEmpty == isThere, "\(what)")
                    for entry in try trash.entries() { _ = try trash.restore(entry) }
                    #expect(try Self.digest(left) == whole, "\(what)")
                }
            }
        }
    }

    @Test("emptying the trash: all of it, but not what a program still writes to")
    func emptying() throws {
        let storage = try Self.filled(3)
        let trash = SessionTrash(storage)
        try trash.take(try Self.key("s0"))
        try trash.take(try Self.key("s1"))
        var options = CompactionOptions()
        options.includesShared = true
        let compacted = try Compactor(storage: storage, options: options)
            .run([try Self.key("s2")])
        #expect(compacted[0].segments.count == 1)
        let before = try Self.digest(storage)
        let content = try trash.content()
        #expect(content.files == 6)
        let inputs = StoragePath("trash", "compacted", "%41nn", "s2")
        let name = try #require(try storage.list(inputs).map(\.name).min())
        let line = "{\"ts\":1,\"metric\":\"late\",\"value\":1}\n"
        try storage.openOrCreate(inputs.appending(name)).append(line)
        let held = StoragePath("trash", "sessions", "%41nn", "s0")
            .appending("\(GeneratedLog.writer(0)).000001.jsonl")
        let file = try storage.openForReading(held)
        #expect(try file.lockShared())
        let gone = try trash.empty()
        #expect(gone.files == 4)
        #expect(try trash.entries().map(\.files) == [1])
        // What was appended in the trash is in the log again, once.
        let after = try Indexer(storage: storage, threads: 1).run(rebuild: true)
        #expect(after.events == 3)
        #expect(after.digest != before)
        try file.close()
        #expect(try trash.empty().files == 1)
        #expect(try trash.content().files == 0)
        #expect(try CompactionHarness.all(storage, StoragePath("trash")) == [])
    }
}
