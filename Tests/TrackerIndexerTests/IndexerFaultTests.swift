import Glibc
import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

/// Disk errors, and programs that end, during an index run.
@Suite("Index runs with faults")
struct IndexerFaultTests {
    @Test(
        "F23: no space for snapshots: the old ones stay, nothing is left behind, the numbers are right"
    )
    func noSpace() throws {
        let storage = try IndexHarness.filled()
        _ = try Indexer(storage: storage, threads: 1, snapshots: .always).run(rebuild: false)
        let names = try IndexHarness.snapshots(storage)
        let paths = names.map { name in
            StoragePath(components: ["index"] + name.split(separator: "/").map(String.init))
        }
        let before = try paths.map { try storage.readAll($0, limit: 1 << 20) }
        for key in try DataFolder.sessions(in: storage).sessions {
            let path = DataLayout.sessionFolder(key.user, key.session).appending(
                "shared.000009.jsonl")
            try storage.place(path, Array("{\"ts\":1,\"metric\":\"m\",\"value\":1}\n".utf8))
        }
        let reference = try IndexHarness.filled()
        for key in try DataFolder.sessions(in: reference).sessions {
            let path = DataLayout.sessionFolder(key.user, key.session).appending(
                "shared.000009.jsonl")
            try reference.place(path, Array("{\"ts\":1,\"metric\":\"m\",\"value\":1}\n".utf8))
        }
        let faulty = FaultyStorage(
            storage, plan: FaultPlan { $0.operation == .append ? .error(ENOSPC) : nil })
        let report = try Indexer(storage: faulty, threads: 1, snapshots: .always).run(
            rebuild: false)
        IndexHarness.check(
            report,
            try Indexer(storage: reference, threads: 1, snapshots: .always).run(rebuild: true),
            "no space")
        #expect(report.problems.count == 8, "seven snapshots and the catalogue")
        #expect(try IndexHarness.snapshots(storage) == names)
        #expect(try paths.map { try storage.readAll($0, limit: 1 << 20) } == before)
        IndexHarness.check(
            try Indexer(storage: storage, threads: 1, snapshots: .always).run(rebuild: false),
            report, "space again")
    }

    @Test("F43: ended at any storage call, the next run gives what a rebuild gives")
    func crashes() throws {
        let reference = try Indexer(storage: IndexHarness.filled(), threads: 1, snapshots: .always)
            .run(rebuild: true)
        let counting = FaultyStorage(try IndexHarness.filled())
        _ = try Indexer(storage: counting, threads: 1, snapshots: .always).run(rebuild: false)
        for number in stride(from: 0, to: counting.calls.count, by: TestMode.sweepStep) {
            let storage = try IndexHarness.filled()
            let faulty = FaultyStorage(storage, plan: .crash(at: number, afterBytes: number % 50))
            do throws(StorageError) {
                _ = try Indexer(storage: faulty, threads: 1, snapshots: .always).run(rebuild: false)
            } catch {
                #expect(faulty.hasCrashed)
            }
            let next = try Indexer(storage: storage, threads: 1, snapshots: .always).run(
                rebuild: false)
            IndexHarness.check(next, reference, "call \(number)")
            #expect(next.isSaved && next.problems.isEmpty)
            #expect(try IndexHarness.snapshots(storage).allSatisfy { $0.hasSuffix(".snap") })
        }
    }

    @Test("F40: a session's folder removed at any storage call: no error, and no trace later")
    func removedMeanwhile() throws {
        let counting = FaultyStorage(try IndexHarness.filled())
        _ = try Indexer(storage: counting, threads: 1, snapshots: .always).run(rebuild: false)
        let gone = StoragePath("log", "%41nn", "s%202")
        let without = try IndexHarness.filled()
        try without.removeTree(gone)
        let reference = try Indexer(storage: without, threads: 1, snapshots: .always).run(
            rebuild: true)
        for number in stride(from: 0, to: counting.calls.count, by: 2 * TestMode.sweepStep) {
            let storage = try IndexHarness.filled()
            let faulty = FaultyStorage(
                storage,
                plan: FaultPlan { call in
                    guard call.number == number else { return nil }
                    do throws(StorageError) { try storage.removeTree(gone) } catch {
                        return .error(EIO)
                    }
                    return nil
                })
            _ = try Indexer(storage: faulty, threads: 1, snapshots: .always).run(rebuild: false)
            let next = try Indexer(storage: storage, threads: 1, snapshots: .always).run(
                rebuild: false)
            IndexHarness.check(next, reference, "call \(number)")
            #expect(
                try !IndexHarness.snapshots(storage).contains("%41nn/s%202.snap"), "call \(number)")
        }
    }

    /// Segments look locked by a writer. Without this plan it is gone, with no file changed.
    private static let noLocks = FaultPlan { call in
        call.operation == .lock && call.path.hasPrefix("log/") ? .error(EIO) : nil
    }

    @Test("an end that a writer may complete is checked again, and counts after the writer is gone")
    func unfinishedEnd() throws {
        let reference = try Indexer(storage: IndexHarness.filled(), threads: 1, snapshots: .always)
            .run(rebuild: true)
        let storage = try IndexHarness.filled()
        let faulty = FaultyStorage(storage, plan: Self.noLocks)
        let first = try Indexer(storage: faulty, threads: 1, snapshots: .always).run(rebuild: false)
        #expect(first.badRegions < reference.badRegions && first.digest == reference.digest)
        let next = try Indexer(storage: storage, threads: 1, snapshots: .always).run(rebuild: false)
        IndexHarness.check(next, reference, "asked again")
    }

    @Test("an end that a writer may complete is checked again after a server stopped")
    func unfinishedEndInServer() throws {
        let reference = try Indexer(storage: IndexHarness.filled(), threads: 1, snapshots: .always)
            .run(rebuild: true)
        let folder = try TemporaryFolder()
        let storage = try IndexHarness.filled()
        let live = LiveIndex(
            storage: FaultyStorage(storage, plan: Self.noLocks), root: folder.path)
        live.start(waitingAtMostMs: 60_000)
        #expect(live.catalog().entries.count == reference.sessions)
        live.stop()
        let next = try Indexer(storage: storage, threads: 1, snapshots: .always).run(rebuild: false)
        IndexHarness.check(next, reference, "after the server")
    }

    @Test("an incomplete end behind runs that have all ended is checked again as well")
    func unfinishedEndOfEndedRuns() throws {
        let storage = MemoryStorage()
        let session = try FoldHarness(storage)
        let name = "\(GeneratedLog.writer(0)).000001.jsonl.zst"
        try session.appendFrame(
            [
                #"{"ts":1000,"event":"run_started","run":"a"}"#,
                #"{"ts":2000,"event":"run_finished","run":"a","state":"finished"}"#,
            ], writer: GeneratedLog.writer(0), seq: 0)
        try session.append(SegmentBuilder.frame(Array("{}\n".utf8)).dropLast(), to: name)
        let locked = FaultyStorage(storage, plan: Self.noLocks)
        let first = try Indexer(storage: locked, threads: 1, snapshots: .always).run(rebuild: false)
        #expect(first.badRegions == 0)
        let next = try Indexer(storage: storage, threads: 1, snapshots: .always).run(rebuild: false)
        #expect(next.badRegions == 1)
    }

    @Test("random faults: a run reports them, and the next run is right")
    func chance() throws {
        let reference = try Indexer(storage: IndexHarness.filled(), threads: 1, snapshots: .always)
            .run(rebuild: true)
        for seed in Sweep.seeds(40, long: 2_000) {
            let storage = try IndexHarness.filled()
            let plan = FaultPlan.random(seed: seed, count: 1...4, calls: 150)
            let faulty = FaultyStorage(storage, plan: plan)
            do throws(StorageError) {
                let report = try Indexer(storage: faulty, threads: 1, snapshots: .always).run(
                    rebuild: false)
                #expect(
                    report.digest == reference.digest || !report.problems.isEmpty,
                    "seed \(seed): \(faulty.faults)")
            } catch {
                #expect(!faulty.faults.isEmpty, "seed \(seed)")
            }
            let next = try Indexer(storage: storage, threads: 2, snapshots: .always).run(
                rebuild: false)
            IndexHarness.check(next, reference, "seed \(seed)")
        }
    }
}
