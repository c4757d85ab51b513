import Glibc
import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport
import TrackerUpkeep

/// A repair on a disk that fails, loses its power, or is used by others meanwhile.
@Suite("Repair and faults")
struct RepairFaultTests {
    private static let (b, b1) = (VerifyLog.b, VerifyLog.b1)
    private static let whole = (Array(0..<35) + Array(0..<15)).sorted()

    /// Frame 1 of writer b can be saved: its header promises a line too many.
    private static func damaged() throws -> FoldHarness {
        var log = VerifyLog()
        log[b1][1] = SegmentBuilder.frame(VerifyLog.content(b, 1, claimed: 6))
        let harness = try log.stored()
        for name in log.files.keys {
            try harness.storage.openOrCreate(harness.folder.appending(name)).sync()
        }
        var folder = harness.folder
        while !folder.components.isEmpty {
            try harness.storage.syncDirectory(folder)
            folder = folder.parent
        }
        try harness.storage.syncDirectory(folder)
        return harness
    }

    private static func repair(_ storage: any Storage) throws -> RepairReport {
        let harness = try FoldHarness(storage)
        return try RepairTests.repairer(harness).apply(RepairTests.key(harness))
    }

    private static func values(_ storage: any Storage) throws -> [Int] {
        try RepairTests.values(try FoldHarness(storage))
    }

    @Test("a power cut right after a completed repair loses nothing")
    func powerCutAfter() throws {
        for seed in Sweep.seeds(20, long: 500) {
            let storage = try #require(try Self.damaged().storage as? MemoryStorage)
            #expect(try Self.repair(storage).lines == 5)
            var generator = SeededGenerator(seed: seed)
            let left = storage.afterPowerCut(using: &generator)
            #expect(try Self.values(left) == Self.whole, "seed \(seed)")
        }
    }

    @Test("a power cut at each call: no event twice, and the next repair completes")
    func powerCuts() throws {
        let counting = FaultyStorage(try Self.damaged().storage)
        _ = try Self.repair(counting)
        for number in counting.calls.indices {
            for seed in Sweep.seeds(4, long: 60) {
                let storage = try #require(try Self.damaged().storage as? MemoryStorage)
                let faulty = FaultyStorage(storage, plan: .crash(at: number))
                do { _ = try Self.repair(faulty) } catch { #expect(!faulty.faults.isEmpty) }
                var generator = SeededGenerator(seed: seed)
                let left = storage.afterPowerCut(using: &generator)
                let what = "\(counting.calls[number]), seed \(seed)"
                #expect([45, 50].contains(try Self.values(left).count), "\(what)")
                _ = try Self.repair(left)
                #expect(try Self.values(left) == Self.whole, "\(what)")
            }
        }
    }

    @Test("a segment that does not read back as written is removed, and reported")
    func readBack() throws {
        let harness = try Self.damaged()
        let (storage, folder) = (harness.storage, harness.folder)
        let before = try RepairTests.files(storage)
        let faulty = FaultyStorage(
            storage,
            plan: FaultPlan { call in
                if call.operation == .sync, call.path.hasSuffix(".repair"),
                    let name = call.path.split(separator: "/").last
                {
                    let path = folder.appending(String(name))
                    // try? is right here: without these bytes the test fails below.
                    _ = try? storage.openOrCreate(path).append("x")
                }
                return nil
            })
        do {
            _ = try Self.repair(faulty)
            Issue.record("it was taken")
        } catch RepairError.notReadBack(let path) {
            #expect(path.hasPrefix("log/"))
        }
        #expect(try RepairTests.files(storage) == before)
        _ = try Self.repair(storage)
        #expect(try Self.values(storage) == Self.whole)
    }

    @Test("files of a running repair are kept, those of an ended one are removed")
    func leftovers() throws {
        let harness = try Self.damaged()
        let storage = harness.storage
        let names = (1...2).map { "00000000000000c\($0).000001.jsonl.zst.repair" }
        for name in names {
            try storage.create(harness.folder.appending(name)).append("half")
        }
        let other = try storage.openForReading(harness.folder.appending(names[0]))
        #expect(try other.lockShared())
        _ = try Self.repair(storage)
        let left = try RepairTests.files(storage).keys.filter { $0.hasSuffix(".repair") }
        #expect(left.count == 1 && left.allSatisfy { $0.hasSuffix(names[0]) })
        try other.close()
    }

    @Test("while a file is unreadable nothing is saved: its lines would count twice")
    func unreadable() throws {
        let harness = try Self.damaged()
        let storage = harness.storage
        let copy = "00000000000000b1.000001.jsonl.zst"
        try storage.create(harness.folder.appending(copy)).append(
            SegmentBuilder.frame(VerifyLog.content(Self.b, 1, shift: 100)))
        let faulty = FaultyStorage(
            storage,
            plan: FaultPlan {
                $0.operation == .open && $0.path.hasSuffix(copy) ? .error(EACCES) : nil
            })
        let report = try Self.repair(faulty)
        #expect(report.problems.map(\.code) == [EACCES])
        #expect(report.written == [])
        #expect(try Self.repair(storage).written == [], "it is there already")
    }
}
