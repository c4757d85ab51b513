import Glibc
import Testing
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@Suite("Index runs")
struct IndexerTests {
    /// Sessions of two users: six, with damage, and one that is empty.
    static func fill(_ storage: any Storage) throws {
        for (path, bytes) in files {
            try storage.createDirectory(path.parent)
            #expect(try storage.create(path).append(bytes) == bytes.count)
        }
        try storage.createDirectory(StoragePath("log", "bob", "empty"))
    }

    private static let files: [(path: StoragePath, bytes: [UInt8])] = (0..<6).flatMap { number in
        let folder = StoragePath("log", number % 2 == 0 ? "%41nn" : "bob", "s%20\(number)")
        return GeneratedLog(seed: UInt64(number) + 70).files.map { file in
            let content = String(decoding: file.bytes, as: UTF8.self)
            // Bare files can be made to fit their session; frames of another are damage to be told.
            let bytes =
                file.name.hasSuffix(".jsonl")
                ? Array(content.replacing("\"s 1\"", with: "\"s \(number)\"").utf8) : file.bytes
            return (folder.appending(file.name), bytes)
        }
    }

    static func filled() throws -> MemoryStorage {
        let storage = MemoryStorage()
        try fill(storage)
        return storage
    }

    static func snapshots(_ storage: any Storage) throws -> [String] {
        try storage.list(DataLayout.index).filter { $0.kind == .directory }.flatMap { user in
            try storage.list(DataLayout.index.appending(user.name)).map {
                "\(user.name)/\($0.name)"
            }
        }.sorted()
    }

    static func check(_ a: IndexReport, _ b: IndexReport, _ what: String) {
        #expect(a.digest == b.digest, "\(what)")
        #expect(
            [a.sessions, a.segments, a.frames, a.events, a.badLines, a.badRegions, a.missingFrames]
                == [
                    b.sessions, b.segments, b.frames, b.events, b.badLines, b.badRegions,
                    b.missingFrames,
                ],
            "\(what)")
    }

    @Test("the numbers of a run are those of its sessions")
    func numbers() throws {
        let storage = try Self.filled()
        let report = try Indexer(storage: storage, threads: 1).run(rebuild: true)
        #expect(report.isSaved)
        #expect(report.problems == [])
        #expect(report.sessions == 7)
        #expect(report.digest.count == 16)
        var events = 0
        var segments = 0
        for key in try DataFolder.sessions(in: storage).sessions {
            let index = try SessionIndex.current(key.user, key.session, in: storage)
            events += index.summary(nowMs: 0, in: storage).eventCount
            segments += index.segments
        }
        #expect(report.events == events && events > 0)
        #expect(report.segments == segments && segments > 6)
        #expect(report.badRegions > 0 && report.badLines > 0)
        #expect(try Self.snapshots(storage).count == 7)
    }

    @Test("threads, rebuilds and second runs change nothing", arguments: [1, 2, 8])
    func threads(count: Int) throws {
        let reference = try Indexer(storage: Self.filled(), threads: 1).run(rebuild: true)
        let storage = try Self.filled()
        let indexer = Indexer(storage: storage, threads: count)
        for (number, rebuild) in [false, false, true, false].enumerated() {
            Self.check(try indexer.run(rebuild: rebuild), reference, "run \(number)")
        }
        Self.check(try indexer.catalog().1, reference, "catalogue")
    }

    @Test("a run with nothing new writes nothing")
    func nothingNew() throws {
        let faulty = FaultyStorage(try Self.filled())
        let indexer = Indexer(storage: faulty, threads: 1)
        let first = try indexer.run(rebuild: false)
        let before = faulty.calls.count
        Self.check(try indexer.run(rebuild: false), first, "again")
        let calls = faulty.calls[before...].map(\.operation)
        #expect(!calls.contains(.rename) && !calls.contains(.append) && !calls.contains(.remove))
        // The catalogue, and nothing of any session.
        #expect(calls.count { $0 == .open } == 1)
    }

    @Test("incremental runs over a growing log end with the digest of a rebuild")
    func incremental() throws {
        for seed in Sweep.seeds(10, long: 300) {
            let storage = MemoryStorage()
            let harness = try FoldHarness(storage)
            var generator = SeededGenerator(seed: seed)
            for file in GeneratedLog(seed: seed).files.shuffled(using: &generator) {
                for append in file.appends {
                    try harness.append(append, to: file.name)
                    _ = try Indexer(storage: storage, threads: 1).run(rebuild: false)
                }
            }
            let last = try Indexer(storage: storage, threads: 1).run(rebuild: false)
            let rebuilt = try Indexer(storage: storage, threads: 2).run(rebuild: true)
            Self.check(last, rebuilt, "seed \(seed)")
        }
    }

    @Test("a copied folder has the same digest: with the index and old times, and without")
    func copied() throws {
        let folder = try TemporaryFolder()
        let storage = try PosixStorage(root: folder.path, create: false)
        try Self.fill(storage)
        let report = try Indexer(storage: storage, threads: 2).run(rebuild: false)
        let copy = try TemporaryFolder()
        try #require(unsafe system("cp -a \(folder.path)/. \(copy.path)/") == 0)
        let other = try PosixStorage(root: copy.path, create: false)
        Self.check(try Indexer(storage: other, threads: 2).run(rebuild: false), report, "cp -a")
        try #require(unsafe system("find \(copy.path)/log -type f -exec touch {} +") == 0)
        Self.check(try Indexer(storage: other, threads: 2).run(rebuild: false), report, "touched")
        let bare = try TemporaryFolder()
        try #require(unsafe system("cp -r \(folder.path)/log \(bare.path)/log") == 0)
        let third = try PosixStorage(root: bare.path, create: false)
        Self.check(try Indexer(storage: third, threads: 2).run(rebuild: false), report, "cp -r log")
    }

    @Test("sessions that are gone leave no row and no snapshot")
    func vanished() throws {
        let storage = try Self.filled()
        _ = try Indexer(storage: storage, threads: 1).run(rebuild: false)
        try storage.removeTree(StoragePath("log", "bob"))
        let (entries, report) = try Indexer(storage: storage, threads: 1).catalog()
        #expect(report.sessions == 3)
        #expect(Set(entries.map(\.user.value)) == ["Ann"])
        #expect(try Self.snapshots(storage).allSatisfy { $0.hasPrefix("%41nn/") })
        let rebuilt = try Indexer(storage: storage, threads: 1).run(rebuild: true)
        Self.check(report, rebuilt, "after removal")
    }

    @Test("a missing snapshot or a damaged catalogue is no error")
    func lost() throws {
        let storage = try Self.filled()
        let report = try Indexer(storage: storage, threads: 1).run(rebuild: false)
        for name in try Self.snapshots(storage) {
            let parts = name.split(separator: "/").map(String.init)
            try storage.remove(StoragePath(components: ["index"] + parts))
        }
        Self.check(
            try Indexer(storage: storage, threads: 1).run(rebuild: false), report, "no snapshots")
        for key in try DataFolder.sessions(in: storage).sessions {
            _ = try SessionIndex.current(key.user, key.session, in: storage)
        }
        for bytes in [[], [1, 2, 3], ZstdText.compress(Array("{\"catalog\":9}\n".utf8)) ?? []] {
            try storage.replace(DataLayout.catalog, with: bytes)
            Self.check(
                try Indexer(storage: storage, threads: 1).run(rebuild: false), report, "catalogue")
        }
    }

    @Test("F42: while somebody else holds the lock, the numbers are right and nothing is saved")
    func locked() throws {
        let storage = try Self.filled()
        let report = try Indexer(storage: Self.filled(), threads: 1).run(rebuild: true)
        try storage.createDirectory(DataLayout.index)
        let lock = try storage.openOrCreate(DataLayout.indexLock)
        #expect(try lock.lockExclusive())
        let second = try Indexer(storage: storage, threads: 2).run(rebuild: false)
        Self.check(second, report, "locked")
        #expect(!second.isSaved)
        #expect(try storage.list(DataLayout.index).map(\.name) == ["lock"])
    }

    @Test("a folder that cannot be written to is read all the same")
    func readOnly() throws {
        let report = try Indexer(storage: Self.filled(), threads: 1).run(rebuild: true)
        let writing: Set<StorageError.Operation> = [
            .create, .createDirectory, .rename, .remove, .append,
        ]
        let faulty = FaultyStorage(
            try Self.filled(),
            plan: FaultPlan { writing.contains($0.operation) ? .error(EROFS) : nil })
        let second = try Indexer(storage: faulty, threads: 1).run(rebuild: false)
        Self.check(second, report, "read-only")
        #expect(!second.isSaved)
    }
}
