import Glibc
import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

/// A run says that it saved the index only if all of it is on the disk.
@Suite("Unsaved index")
struct UnsavedIndexTests {
    private static func isIndex(_ call: StorageCall) -> Bool { call.path.hasPrefix("index") }

    private static let writing: Set<StorageError.Operation> = [
        .append, .create, .createDirectory, .rename, .sync, .syncDirectory, .close, .lock,
    ]

    @Test(
        "a snapshot, the catalogue or the lock that cannot be written: not saved, with the reason",
        arguments: ["index/", "index/catalog", "index/%41nn", "index/lock", "index"])
    func failures(_ path: String) throws {
        for code in [ENOSPC, EDQUOT, EROFS, EIO] {
            let storage = try IndexHarness.filled()
            let faulty = FaultyStorage(
                storage,
                plan: FaultPlan { call in
                    Self.writing.contains(call.operation) && call.path.hasPrefix(path)
                        ? .error(code) : nil
                })
            let report = try Indexer(storage: faulty, threads: 2, snapshots: .always).run(
                rebuild: false)
            #expect(!faulty.faults.isEmpty)
            guard case .failed(let reason)? = report.unsaved else {
                Issue.record("\(path) \(code): \(report)")
                continue
            }
            #expect(reason.hasPrefix("cannot "), "\(reason)")
            #expect(!report.isSaved)
            // The next run makes up for it, and then nothing is left.
            let next = try Indexer(storage: storage, threads: 1, snapshots: .always).run(
                rebuild: false)
            #expect(next.isSaved && next.problems.isEmpty)
            IndexHarness.check(report, next, "\(path) \(code)")
            #expect(try IndexHarness.snapshots(storage).count == next.sessions)
        }
    }

    @Test("any one call that writes the index fails: not saved")
    func eachCall() throws {
        let counting = FaultyStorage(try IndexHarness.filled())
        _ = try Indexer(storage: counting, threads: 1, snapshots: .always).run(rebuild: false)
        let writes = counting.calls.filter {
            Self.isIndex($0) && Self.writing.contains($0.operation)
        }
        #expect(writes.count > 20)
        for call in writes {
            let storage = try IndexHarness.filled()
            let faulty = FaultyStorage(storage, plan: .script([call.number: .error(ENOSPC)]))
            let report = try Indexer(storage: faulty, threads: 1, snapshots: .always).run(
                rebuild: false)
            #expect(!report.isSaved, "\(call)")
        }
    }

    @Test("while another process saves, that is said, and it is no failure")
    func held() throws {
        let storage = try IndexHarness.filled()
        try storage.createDirectory(DataLayout.index)
        let lock = try storage.openOrCreate(DataLayout.indexLock)
        #expect(try lock.lockExclusive())
        let report = try Indexer(storage: storage, threads: 1, snapshots: .always).run(
            rebuild: false)
        #expect(report.unsaved == .held && report.problems.isEmpty)
        withExtendedLifetime(lock) {}
    }
}
