import Glibc
import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport
import TrackerUpkeep

/// F34: whatever happens in the middle of a compaction, no event is lost and none counts twice.
@Suite("Compaction with faults")
struct CompactionFaultTests {
    /// Two writers' segments in three encodings, a plain one without headers, and one that an
    /// earlier run has compacted.
    private static func filled() throws -> FoldHarness {
        let harness = try FoldHarness(MemoryStorage())
        func place(_ name: String, _ identity: FrameIdentity?, _ value: Int) throws {
            var generator = SeededGenerator(seed: 1)
            let lines = (0..<3).map { "{\"ts\":\($0),\"metric\":\"m\",\"value\":\(value + $0)}" }
            let section = GeneratedLog.Section(identity: identity, lines: lines)
            try CompactionHarness.place(
                GeneratedLog.file(name, [section], &generator), harness)
        }
        func identity(_ writer: Int, _ seq: Int) -> FrameIdentity {
            FrameIdentity(writer: GeneratedLog.writer(writer), seq: seq)
        }
        try place("\(GeneratedLog.writer(4)).000001.jsonl", nil, 500)
        try place("\(GeneratedLog.writer(5)).000001.jsonl.gz", nil, 600)
        try CompactionHarness.compact(harness.storage)
        try place("\(GeneratedLog.writer(0)).000001.jsonl.zst", identity(0, 0), 100)
        try place("\(GeneratedLog.writer(0)).000002.jsonl.zst", identity(0, 1), 200)
        try place("\(GeneratedLog.writer(1)).000001.jsonl.gz", identity(1, 0), 300)
        try place("\(GeneratedLog.writer(2)).000001.jsonl", nil, 400)
        return harness
    }

    private static let events = 18

    /// After a fault: the events are all there, once; the next run completes, and leaves nothing.
    private static func check(_ storage: MemoryStorage, _ digest: String, _ what: String) throws {
        let before = try Indexer(storage: storage, threads: 1).run(rebuild: true)
        #expect(before.digest == digest, "\(what): right after")
        #expect(before.events == events, "\(what): right after")
        let result = try CompactionHarness.compact(storage)
        #expect(result.allSatisfy { $0.problem == nil }, "\(what): \(result)")
        let after = try Indexer(storage: storage, threads: 1).run(rebuild: false)
        #expect(after.digest == digest, "\(what): compacted")
        #expect(after.events == events && after.badRegions == 0, "\(what): compacted")
        #expect(after.missingFrames == 0, "\(what): compacted")
        let names = try CompactionHarness.all(storage, StoragePath("log"))
        #expect(names.count == 1 && names[0].contains("/c0ac7e"), "\(what): \(names)")
        #expect(
            try CompactionHarness.all(storage, StoragePath("maintenance")) == ["maintenance/lock"],
            "\(what)")
    }

    private static func digest() throws -> String {
        try Indexer(storage: try filled().storage, threads: 1).run(rebuild: true).digest
    }

    private static func calls() throws -> [StorageCall] {
        let counting = FaultyStorage(try filled().storage)
        try CompactionHarness.compact(counting)
        return counting.calls
    }

    /// Runs a compaction that may fail. - Returns: whether it said that it did.
    private static func tries(_ storage: any Storage) -> Bool {
        do throws(UpkeepError) {
            return try CompactionHarness.compact(storage).contains { $0.problem != nil }
        } catch {
            return true
        }
    }

    @Test("F34: the process ends at each call of a compaction: no event lost, none twice")
    func crashes() throws {
        let digest = try Self.digest()
        let calls = try Self.calls()
        #expect(calls.count > 100)
        for number in stride(from: 0, to: calls.count, by: TestMode.sweepStep) {
            let storage = try #require(try Self.filled().storage as? MemoryStorage)
            let faulty = FaultyStorage(storage, plan: .crash(at: number, afterBytes: number % 60))
            // What is left to remove then, the next run removes.
            #expect(Self.tries(faulty) || calls[number].operation == .remove)
            #expect(faulty.hasCrashed)
            try Self.check(storage, digest, "ended at \(calls[number])")
        }
    }

    @Test("F34: power cut at each call of a compaction: no event lost, none twice")
    func powerCuts() throws {
        let digest = try Self.digest()
        let calls = try Self.calls()
        for number in stride(from: 0, to: calls.count, by: TestMode.sweepStep) {
            for seed in Sweep.seeds(2, long: 40) {
                let storage = try #require(try Self.filled().storage as? MemoryStorage)
                let faulty = FaultyStorage(
                    storage, plan: .crash(at: number, afterBytes: number % 60))
                _ = Self.tries(faulty)
                var generator = SeededGenerator(seed: seed &* 1_000_003 &+ UInt64(number))
                try Self.check(
                    storage.afterPowerCut(using: &generator), digest,
                    "cut at \(calls[number]), seed \(seed)")
            }
        }
    }

    @Test("F34: power cut right after a compaction that said it was done")
    func powerCutAfter() throws {
        let digest = try Self.digest()
        for seed in Sweep.seeds(40, long: 2_000) {
            let storage = try #require(try Self.filled().storage as? MemoryStorage)
            try CompactionHarness.compact(storage)
            var generator = SeededGenerator(seed: seed)
            let left = storage.afterPowerCut(using: &generator)
            try Self.check(left, digest, "seed \(seed)")
            #expect(try CompactionHarness.all(left, StoragePath("log")).count == 1)
        }
    }

    @Test("each call fails once: reported, nothing lost, nothing left behind for long")
    func faults() throws {
        let digest = try Self.digest()
        let calls = try Self.calls()
        for number in stride(from: 0, to: calls.count, by: TestMode.sweepStep) {
            for choice in Sweep.seeds(2, long: 9) {
                guard let fault = FaultPlan.fault(for: calls[number], choice: choice << 8 | choice)
                else { continue }
                let storage = try #require(try Self.filled().storage as? MemoryStorage)
                let faulty = FaultyStorage(storage, plan: .script([number: fault]))
                let isTold = Self.tries(faulty)
                // A leftover that cannot be removed, and a short write, do no harm; nor does what
                // never reached the disk of a file that is copied before anything hangs on it.
                let isCopied = fault == .lost && calls[number].path == "maintenance/body.tmp"
                let isHarmless =
                    calls[number].operation == .remove || Self.isShort(fault) || isCopied
                #expect(isTold || isHarmless, "\(fault) at \(calls[number])")
                try Self.check(storage, digest, "\(fault) at \(calls[number])")
            }
        }
    }

    private static func isShort(_ fault: Fault) -> Bool {
        if case .short = fault { return true }
        return false
    }

    @Test("a full disk: the error says so, the log is unchanged")
    func fullDisk() throws {
        let storage = try #require(try Self.filled().storage as? MemoryStorage)
        let before = try CompactionHarness.all(storage, StoragePath("log"))
        storage.setCapacity(bytes: 0)
        let result = try CompactionHarness.compact(storage)
        guard case .storage(let error)? = result[0].problem else {
            Issue.record("\(result)")
            return
        }
        #expect(error.code == ENOSPC)
        #expect(try CompactionHarness.all(storage, StoragePath("log")) == before)
        #expect(
            try CompactionHarness.all(storage, StoragePath("maintenance")) == ["maintenance/lock"])
        storage.setCapacity(bytes: .max)
        try Self.check(storage, Self.digest(), "space again")
    }

    @Test("a segment that does not read back as written replaces nothing")
    func readBack() throws {
        let digest = try Self.digest()
        let path = StoragePath("maintenance", "segment.tmp")
        for seed in Sweep.seeds(20, long: 500) {
            let storage = try #require(try Self.filled().storage as? MemoryStorage)
            let before = try CompactionHarness.all(storage, StoragePath("log"))
            let faulty = FaultyStorage(
                storage,
                plan: FaultPlan { call in
                    // Written and closed, not yet read back.
                    guard call.operation == .close, call.path == path.description,
                        // try? is right here: without damage the test fails below.
                        var bytes = try? storage.readAll(path, limit: 1 << 20)
                    else { return nil }
                    let at = Int(seed &* 37 % UInt64(bytes.count))
                    bytes[at] ^= 1 << UInt8(seed % 8)
                    // try? is right here: the same.
                    try? storage.place(path, bytes)
                    return nil
                })
            let result = try CompactionHarness.compact(faulty)
            // A bit that no frame depends on may be another one.
            if result[0].problem != nil {
                #expect(try CompactionHarness.all(storage, StoragePath("log")) == before)
            }
            try Self.check(storage, digest, "seed \(seed)")
        }
    }

    @Test("one to four faults by chance, then a power cut")
    func chance() throws {
        let digest = try Self.digest()
        let calls = try Self.calls().count
        for seed in Sweep.seeds(100, long: 10_000) {
            let storage = try #require(try Self.filled().storage as? MemoryStorage)
            let plan = FaultPlan.random(seed: seed, count: 1...4, calls: calls)
            let faulty = FaultyStorage(storage, plan: plan)
            _ = Self.tries(faulty)
            _ = Self.tries(faulty)
            var generator = SeededGenerator(seed: seed)
            let left = seed % 2 == 0 ? storage : storage.afterPowerCut(using: &generator)
            try Self.check(left, digest, "seed \(seed): \(faulty.faults)")
        }
    }
}
