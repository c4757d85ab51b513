import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

/// `Tests/Fixtures/format-1`: a data folder as release 0.1.0 left it, with files of other programs
/// and damage put in. It is never made again: what was written once must be read for ever.
@Suite("A log of an earlier release")
struct GoldenLogTests {
    struct NoFixture: Error {}

    /// The folder in memory; with the index that the release made, or without.
    private func golden(withIndex: Bool) throws -> MemoryStorage {
        let here = #filePath
        guard let end = here.firstRange(of: "/Tests/")?.lowerBound else { throw NoFixture() }
        let disk = try PosixStorage(
            root: String(here[..<end]) + "/Tests/Fixtures/format-1", create: false)
        let memory = MemoryStorage()
        try copy(.root, from: disk, to: memory)
        if !withIndex { try memory.removeTree(DataLayout.index) }
        return memory
    }

    private func copy(
        _ folder: StoragePath, from disk: any Storage, to memory: MemoryStorage
    ) throws {
        for entry in try disk.list(folder) {
            let path = folder.appending(entry.name)
            if entry.kind == .directory {
                try copy(path, from: disk, to: memory)
            } else {
                try memory.place(path, try disk.readAll(path, limit: 1 << 20))
            }
        }
    }

    @Test("F59: a log of format 1 gives what it gave, whatever index lies beside it")
    func numbers() throws {
        var digests: Set<String> = []
        for withIndex in [false, true] {
            let storage = try golden(withIndex: withIndex)
            for rebuild in [false, true] {
                let report = try Indexer(storage: storage, threads: 1).run(rebuild: rebuild)
                #expect(report.problems == [])
                #expect(report.sessions == 2)
                #expect(report.segments == 5)
                #expect(report.frames == 13)
                #expect(report.events == 114)
                #expect(report.badLines == 1)
                #expect(report.badRegions == 2)
                #expect(report.missingFrames == 2)
                digests.insert(report.digest)
            }
        }
        #expect(digests.count == 1)
    }

    @Test("F59: its samples have the values that were logged")
    func summaries() throws {
        let storage = try golden(withIndex: true)
        for (name, count, errors) in [("nightly run", 25, 3), ("b", 60, 7)] {
            let index = try SessionIndex.current(
                try UserID("Ann Example"), try SessionID(name), in: storage)
            let entry = CatalogEntry(index.summary(now: 1_763_899_500_000, in: storage))
            #expect(entry.name == "first")
            #expect(entry.headline?.metric == "http.latency_ms")
            #expect(entry.headline?.count == count)
            #expect(entry.headline?.errors == errors)
        }
    }

    @Test("F59: a snapshot of an earlier version is not taken, and replaced")
    func oldSnapshot() throws {
        let storage = try golden(withIndex: true)
        let (user, session) = (try UserID("Ann Example"), try SessionID("b"))
        let path = DataLayout.snapshot(user, session)
        let old = try storage.readAll(path, limit: 1 << 20)
        #expect(
            ZstdText.decompress(old, limit: 1 << 20)?.starts(with: "{\"snapshot\":2,".utf8) == true)
        #expect(Snapshot.load(user: user, session: session, from: storage) == nil)
        _ = try Indexer(storage: storage, threads: 1, snapshots: .always).run(rebuild: false)
        #expect(Snapshot.load(user: user, session: session, from: storage) != nil)
    }
}
