import Glibc
import Synchronization
import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

/// Index runs that end, and power cuts, at every storage call.
@Suite("Index runs and power cuts")
struct IndexCrashTests {
    /// A synced log with its index, and then more synced events.
    private func grown() throws -> MemoryStorage {
        let storage = try IndexHarness.filled()
        _ = try Indexer(storage: storage, threads: 1, snapshots: .always).run(rebuild: false)
        try append(to: storage)
        storage.syncAll()
        return storage
    }

    private func append(to storage: MemoryStorage) throws {
        for key in try DataFolder.sessions(in: storage).sessions {
            let folder = DataLayout.sessionFolder(key.user, key.session)
            try storage.place(
                folder.appending("shared.000009.jsonl"),
                Array("{\"ts\":1,\"metric\":\"m\",\"value\":1}\n".utf8))
        }
    }

    private func snapshots(_ storage: any Storage) throws -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        for name in try IndexHarness.snapshots(storage) {
            let path = StoragePath(
                components: ["index"] + name.split(separator: "/").map(String.init))
            found[name] = try storage.readAll(path, limit: 1 << 20)
        }
        return found
    }

    @Test(
        "F31, F43: power cut at any storage call: old or new snapshots, and the next run is right")
    func powerCuts() throws {
        let before = try snapshots(grown())
        let done = try grown()
        let counting = FaultyStorage(done)
        let reference = try Indexer(storage: counting, threads: 1, snapshots: .always).run(
            rebuild: false)
        let after = try snapshots(done)
        #expect(before.count == 7 && after.count == 7 && before != after)
        var seen = (old: 0, new: 0)
        let step = Sweep.isLong ? 1 : 3 * TestMode.sweepStep
        for call in stride(from: 0, to: counting.calls.count, by: step) {
            let storage = try grown()
            let faulty = FaultyStorage(storage, plan: .crash(at: call, afterBytes: call % 90))
            do throws(StorageError) {
                _ = try Indexer(storage: faulty, threads: 1, snapshots: .always).run(rebuild: false)
            } catch {
                #expect(faulty.hasCrashed)
            }
            var generator = SeededGenerator(seed: UInt64(call))
            let left = storage.afterPowerCut(using: &generator)
            for (name, bytes) in try snapshots(left) where name.hasSuffix(".snap") {
                #expect(bytes == before[name] || bytes == after[name], "call \(call): \(name)")
                if bytes == before[name] { seen.old += 1 } else { seen.new += 1 }
            }
            let next = try Indexer(storage: left, threads: 1, snapshots: .always).run(
                rebuild: false)
            IndexHarness.check(next, reference, "call \(call)")
            #expect(next.problems.isEmpty && next.isSaved, "call \(call)")
            #expect(try snapshots(left).keys.allSatisfy { $0.hasSuffix(".snap") }, "call \(call)")
        }
        #expect(seen.old > 0 && seen.new > 0)
    }

    @Test("F32: the snapshots survived, the end of the log did not: it is folded again")
    func snapshotAheadOfLog() throws {
        print("seeds 0..<\(Sweep.seeds(25, long: 1_000).count)")
        var shorter = 0
        for seed in Sweep.seeds(25, long: 1_000) {
            let storage = try grown()
            let synced = try Indexer(storage: storage, threads: 1, snapshots: .always).run(
                rebuild: false)
            // Like a writer with durability `written`: appended and folded, but not synced.
            for key in try DataFolder.sessions(in: storage).sessions {
                let folder = DataLayout.sessionFolder(key.user, key.session)
                let file = try storage.openOrCreate(folder.appending("shared.000009.jsonl"))
                try file.append("{\"ts\":2,\"metric\":\"m\",\"value\":2}\n")
            }
            _ = try Indexer(storage: storage, threads: 1, snapshots: .always).run(rebuild: false)
            var generator = SeededGenerator(seed: seed)
            let left = storage.afterPowerCut(using: &generator)
            let reported = Mutex<[IndexProgress]>([])
            let next = try Indexer(storage: left, threads: 1, snapshots: .always).run(
                rebuild: false
            ) { progress in
                reported.withLock { $0.append(progress) }
            }
            let rebuilt = try Indexer(storage: left, threads: 1, snapshots: .always).run(
                rebuild: true)
            IndexHarness.check(next, rebuilt, "seed \(seed)")
            for progress in reported.withLock({ $0 }) {
                #expect(progress.events >= 0 && progress.bytesDone >= 0, "seed \(seed)")
            }
            if rebuilt.events < synced.events + 6 { shorter += 1 }
        }
        let least = Sweep.seeds(25, long: 1_000).count / 5
        #expect(shorter > least, "hardly a cut took anything from the log")
    }

    @Test("F55: many sessions: each is in the list, and the next run opens none")
    func manySessions() throws {
        let count = TestMode.rounds(1_000, long: 100_000)
        let folder = try TemporaryFolder()
        let storage = try PosixStorage(root: folder.path, create: false)
        // Made directly: the storage would sync each folder that it creates.
        for path in ["log", "log/u"] {
            try #require(unsafe mkdir("\(folder.path)/\(path)", 0o700) == 0)
        }
        for number in 0..<count {
            let path = "\(folder.path)/log/u/s\(number)"
            try #require(unsafe mkdir(path, 0o700) == 0)
            try storage.create(StoragePath("log", "u", "s\(number)", "shared.000001.jsonl"))
                .append("{\"ts\":1,\"metric\":\"m\",\"value\":\(number)}\n")
        }
        let first = try Indexer(storage: storage, threads: 2, snapshots: .always).run(
            rebuild: false)
        #expect(first.sessions == count && first.events == count && first.problems == [])
        let counting = FaultyStorage(storage)
        let (entries, again) = try Indexer(storage: counting, threads: 2, snapshots: .always)
            .catalog()
        #expect(entries.count == count && again.digest == first.digest)
        let reads = counting.calls.count { $0.operation == .open }
        #expect(reads <= 2, "the catalogue and nothing else is opened again: \(reads)")
        print("measured: \(count) sessions: first run \(first.seconds) s, next \(again.seconds) s")
    }
}
