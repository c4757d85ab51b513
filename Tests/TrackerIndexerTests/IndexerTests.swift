import Glibc
import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@Suite("Index runs")
struct IndexerTests {
    @Test("the numbers of a run are those of its sessions")
    func numbers() throws {
        let storage = try IndexHarness.filled()
        let report = try Indexer(storage: storage, threads: 1, snapshots: .always).run(
            rebuild: true)
        #expect(report.isSaved)
        #expect(report.problems == [])
        #expect(report.sessions == 7)
        #expect(report.digest.count == 16)
        var events = 0
        var segments = 0
        for key in try DataFolder.sessions(in: storage).sessions {
            let index = try SessionIndex.current(key.user, key.session, in: storage)
            events += index.summary(now: 0, in: storage).eventCount
            segments += index.segments
        }
        #expect(report.events == events && events > 0)
        #expect(report.segments == segments && segments > 6)
        #expect(report.badRegions > 0 && report.badLines > 0)
        #expect(try IndexHarness.snapshots(storage).count == 7)
    }

    @Test("threads, rebuilds and second runs change nothing", arguments: [1, 2, 8])
    func threads(count: Int) throws {
        let reference = try Indexer(storage: IndexHarness.filled(), threads: 1, snapshots: .always)
            .run(rebuild: true)
        let storage = try IndexHarness.filled()
        let indexer = Indexer(storage: storage, threads: count, snapshots: .always)
        for (number, rebuild) in [false, false, true, false].enumerated() {
            IndexHarness.check(try indexer.run(rebuild: rebuild), reference, "run \(number)")
        }
        IndexHarness.check(try indexer.catalog().1, reference, "catalogue")
    }

    @Test("a run with nothing new writes nothing")
    func nothingNew() throws {
        let faulty = FaultyStorage(try IndexHarness.filled())
        let indexer = Indexer(storage: faulty, threads: 1, snapshots: .always)
        let first = try indexer.run(rebuild: false)
        let before = faulty.calls.count
        IndexHarness.check(try indexer.run(rebuild: false), first, "again")
        let calls = faulty.calls[before...].map(\.operation)
        #expect(!calls.contains(.rename) && !calls.contains(.append) && !calls.contains(.remove))
        // The format's file and the catalogue, and nothing of any session.
        #expect(calls.count { $0 == .open } == 2)
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
                    _ = try Indexer(storage: storage, threads: 1, snapshots: .always).run(
                        rebuild: false)
                }
            }
            let last = try Indexer(storage: storage, threads: 1, snapshots: .always).run(
                rebuild: false)
            let rebuilt = try Indexer(storage: storage, threads: 2, snapshots: .always).run(
                rebuild: true)
            IndexHarness.check(last, rebuilt, "seed \(seed)")
        }
    }

    @Test("a copied folder has the same digest: with the index and old times, and without")
    func copied() throws {
        let folder = try TemporaryFolder()
        let storage = try PosixStorage(root: folder.path, create: false)
        try IndexHarness.fill(storage)
        let report = try Indexer(storage: storage, threads: 2, snapshots: .always).run(
            rebuild: false)
        let copy = try TemporaryFolder()
        try #require(unsafe system("cp -a \(folder.path)/. \(copy.path)/") == 0)
        let other = try PosixStorage(root: copy.path, create: false)
        IndexHarness.check(
            try Indexer(storage: other, threads: 2, snapshots: .always).run(rebuild: false), report,
            "cp -a")
        try #require(unsafe system("find \(copy.path)/log -type f -exec touch {} +") == 0)
        IndexHarness.check(
            try Indexer(storage: other, threads: 2, snapshots: .always).run(rebuild: false), report,
            "touched")
        let bare = try TemporaryFolder()
        try #require(unsafe system("cp -r \(folder.path)/log \(bare.path)/log") == 0)
        let third = try PosixStorage(root: bare.path, create: false)
        IndexHarness.check(
            try Indexer(storage: third, threads: 2, snapshots: .always).run(rebuild: false), report,
            "cp -r log")
    }

    @Test("sessions that are gone leave no row and no snapshot")
    func vanished() throws {
        let storage = try IndexHarness.filled()
        _ = try Indexer(storage: storage, threads: 1, snapshots: .always).run(rebuild: false)
        try storage.removeTree(StoragePath("log", "bob"))
        let (entries, report) = try Indexer(storage: storage, threads: 1, snapshots: .always)
            .catalog()
        #expect(report.sessions == 3)
        #expect(Set(entries.map(\.user.value)) == ["Ann"])
        #expect(try IndexHarness.snapshots(storage).allSatisfy { $0.hasPrefix("%41nn/") })
        let rebuilt = try Indexer(storage: storage, threads: 1, snapshots: .always).run(
            rebuild: true)
        IndexHarness.check(report, rebuilt, "after removal")
    }

    @Test("a missing snapshot or a damaged catalogue is not an error")
    func lost() throws {
        let storage = try IndexHarness.filled()
        let report = try Indexer(storage: storage, threads: 1, snapshots: .always).run(
            rebuild: false)
        for name in try IndexHarness.snapshots(storage) {
            let parts = name.split(separator: "/").map(String.init)
            try storage.remove(StoragePath(components: ["index"] + parts))
        }
        IndexHarness.check(
            try Indexer(storage: storage, threads: 1, snapshots: .always).run(rebuild: false),
            report, "no snapshots")
        for key in try DataFolder.sessions(in: storage).sessions {
            _ = try SessionIndex.current(key.user, key.session, in: storage)
        }
        for bytes in [[], [1, 2, 3], ZstdText.compress(Array("{\"catalog\":9}\n".utf8)) ?? []] {
            try storage.replace(DataLayout.catalog, with: bytes)
            IndexHarness.check(
                try Indexer(storage: storage, threads: 1, snapshots: .always).run(rebuild: false),
                report, "catalogue")
        }
    }

    @Test("F42: while another process holds the lock, the numbers are right and nothing is saved")
    func locked() throws {
        let storage = try IndexHarness.filled()
        let report = try Indexer(storage: IndexHarness.filled(), threads: 1, snapshots: .always)
            .run(rebuild: true)
        try storage.createDirectory(DataLayout.index)
        let lock = try storage.openOrCreate(DataLayout.indexLock)
        #expect(try lock.lockExclusive())
        let second = try Indexer(storage: storage, threads: 2, snapshots: .always).run(
            rebuild: false)
        IndexHarness.check(second, report, "locked")
        #expect(!second.isSaved)
        #expect(try storage.list(DataLayout.index).map(\.name) == ["lock"])
    }

    @Test("a folder that cannot be written to is still read")
    func readOnly() throws {
        let report = try Indexer(storage: IndexHarness.filled(), threads: 1, snapshots: .always)
            .run(rebuild: true)
        let writing: Set<StorageError.Operation> = [
            .create, .createDirectory, .rename, .remove, .append,
        ]
        let faulty = FaultyStorage(
            try IndexHarness.filled(),
            plan: FaultPlan { writing.contains($0.operation) ? .error(EROFS) : nil })
        let second = try Indexer(storage: faulty, threads: 1, snapshots: .always).run(
            rebuild: false)
        IndexHarness.check(second, report, "read-only")
        #expect(!second.isSaved)
    }
}
