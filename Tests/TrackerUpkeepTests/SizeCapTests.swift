import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport
import TrackerUpkeep

/// `tracker prune --keep-size`: what it thins, what it removes, and what it never touches.
@Suite("A size cap")
struct SizeCapTests {
    private static func run(
        _ storage: any Storage, _ bytes: Int, isDryRun: Bool = false, keepLast: Int = 1
    ) throws(UpkeepError) -> SizeCapReport {
        var cap = SizeCap(bytes: bytes)
        cap.isDryRun = isDryRun
        cap.keepLast = keepLast
        return try cap.run(in: storage, now: ThinningHarness.now)
    }

    private static func names(_ entries: [PrunePlan.Entry]) -> [String] {
        entries.map(\.key.session.value)
    }

    private static func thinned(_ report: SizeCapReport) -> [String] {
        names(report.thinned.map(\.entry))
    }

    private static func sessions(_ storage: any Storage) throws -> [String] {
        try DataFolder.sessions(in: storage).sessions.map(\.session.value)
    }

    @Test("the oldest are thinned first, and none is removed while that is enough")
    func thins() throws {
        let storage = try ThinningHarness.filled()
        let before = try ThinningHarness.bytes(storage)
        let digest = try ThinningHarness.digest(storage)
        let all = try CompactionHarness.all(storage, StoragePath("log"))
        let plan = try Self.run(storage, before * 9 / 10, isDryRun: true)
        #expect(try CompactionHarness.all(storage, StoragePath("log")) == all)
        #expect(try CompactionHarness.all(storage, StoragePath("trash")) == [])
        let report = try Self.run(storage, before * 9 / 10)
        #expect(report.taken.isEmpty && report.problems.isEmpty, "\(report)")
        #expect([["s0"], ["s0", "s1"]].contains(Self.thinned(report)), "\(report)")
        #expect(Self.thinned(plan) == Self.thinned(report))
        #expect(plan.after == report.after && plan.before == before)
        #expect(report.after == (try ThinningHarness.bytes(storage)))
        #expect(report.after <= before * 9 / 10)
        #expect(try ThinningHarness.digest(storage) == digest)
        let again = try Self.run(storage, before * 9 / 10)
        #expect(again.thinned.isEmpty && again.taken.isEmpty && again.before == report.after)
    }

    @Test("then the oldest go to the trash; what is marked, and the newest, stay as they are")
    func removes() throws {
        let storage = try ThinningHarness.filled()
        let report = try Self.run(storage, 0, keepLast: 2)
        #expect(Self.names(report.taken) == ["s0", "s1", "s3", "s4", "s5", "s6", "s7"])
        #expect(report.thinned.isEmpty, "what went to the trash is not called thinned")
        #expect(Self.names(report.kept) == ["s2", "s8", "s9"])
        #expect(report.kept.first?.reason == "it has notes")
        #expect(report.after > 0)
        let left = try CompactionHarness.all(storage, StoragePath("log"))
        #expect(left.count == 6 && !left.contains { $0.contains("/c0ac7e") }, "\(left)")
        #expect(try Self.sessions(storage) == ["s2", "s8", "s9"])
    }

    @Test("only as many are removed as must be, the thinned ones last")
    func removesFew() throws {
        let storage = try ThinningHarness.filled()
        let whole = try Self.run(storage, 0, isDryRun: true)
        // Half of what the thinned sessions have.
        let cap = whole.after + whole.taken.reduce(0) { $0 + $1.bytes } / 2
        let plan = try Self.run(storage, cap, isDryRun: true)
        let report = try Self.run(storage, cap)
        #expect(Self.names(plan.taken) == Self.names(report.taken))
        #expect(!report.taken.isEmpty && !report.thinned.isEmpty, "\(report)")
        let names = Self.names(report.taken) + Self.thinned(report)
        #expect(names == ["s0", "s1", "s3", "s4", "s5", "s6", "s7", "s8"])
        #expect(report.after <= cap)
        #expect(report.after == (try ThinningHarness.bytes(storage)))
        let again = try Self.run(storage, cap)
        #expect(again.thinned.isEmpty && again.taken.isEmpty)
    }

    @Test("restored until the trash is empty; what is not complete there stays thinned")
    func restored() throws {
        let storage = try ThinningHarness.filled(4)
        let before = try CompactionHarness.all(storage, StoragePath("log"))
        let digest = try ThinningHarness.digest(storage)
        let bytes = try ThinningHarness.bytes(storage)
        _ = try Self.run(storage, bytes * 7 / 10)
        let trash = SessionTrash(storage)
        let entries = try trash.entries()
        #expect(!entries.isEmpty && entries.allSatisfy { $0.isThinned && $0.files == 2 })
        for entry in entries { #expect(try trash.restore(entry).left.isEmpty) }
        #expect(try CompactionHarness.all(storage, StoragePath("log")) == before)
        #expect(try trash.entries().isEmpty)
        #expect(try ThinningHarness.digest(storage) == digest)
        _ = try Self.run(storage, bytes * 7 / 10)
        let gone = try trash.empty()
        #expect(gone.files == 2 * entries.count)
        #expect(try trash.entries().isEmpty)
        #expect(try ThinningHarness.digest(storage) == digest)
    }

    @Test("what was written to lately, or is open, stays")
    func young() throws {
        let storage = try ThinningHarness.filled(3)
        storage.setClock(ThinningHarness.now)
        let harness = try FoldHarness(storage, session: "s0")
        try harness.appendFrame(
            ["{\"ts\":1,\"metric\":\"m\",\"value\":1}"], writer: GeneratedLog.writer(7), seq: 0,
            file: "\(GeneratedLog.writer(7)).000001.jsonl.zst")
        let open = try FoldHarness(storage, session: "s1")
        let name = try CompactionHarness.names(open)[0]
        let file = try storage.openForReading(open.folder.appending(name))
        #expect(try file.lockShared())
        let report = try Self.run(storage, 0)
        #expect(Self.names(report.kept) == ["s0", "s1", "s2"], "\(report)")
        #expect(report.kept[0].reason == "it was written to within the last 600 s")
        #expect(report.kept[1].reason == "a writer has it open: stop that program first")
        #expect(report.taken.isEmpty && report.thinned.isEmpty)
        try file.close()
    }

    @Test("killed, or power cut, at each call: the same state, and the next run completes")
    func crashes() throws {
        let first = try ThinningHarness.filled(3)
        let digest = try ThinningHarness.digest(first)
        let cap = try ThinningHarness.bytes(first) / 2
        let counting = FaultyStorage(first)
        let done = try Self.run(counting, cap)
        #expect(Self.thinned(done) == ["s0", "s1"] || Self.thinned(done) == ["s0"], "\(done)")
        let expected = try CompactionHarness.all(first, StoragePath("log"))
        for number in stride(from: 0, to: counting.calls.count, by: 4 * TestMode.sweepStep) {
            let what = "at \(counting.calls[number])"
            let storage = try ThinningHarness.filled(3)
            let faulty = FaultyStorage(storage, plan: .crash(at: number, afterBytes: number % 60))
            // try? is right here: it fails where it crashed.
            _ = try? Self.run(faulty, cap)
            var generator = SeededGenerator(seed: UInt64(number))
            for left in [storage, storage.afterPowerCut(using: &generator)] {
                #expect(try ThinningHarness.digest(left) == digest, "\(what)")
                let report = try Self.run(left, cap)
                #expect(report.problems.isEmpty && report.taken.isEmpty, "\(what): \(report)")
                #expect(try ThinningHarness.digest(left) == digest, "\(what), completed")
                #expect(try CompactionHarness.all(left, StoragePath("log")) == expected, "\(what)")
            }
        }
    }

    @Test("a restore of samples that is killed, or loses power, at each call: the same state")
    func restoreCrashes() throws {
        let filled = { () throws -> MemoryStorage in
            let storage = try ThinningHarness.filled(3)
            _ = try Self.run(storage, try ThinningHarness.bytes(storage) / 2)
            return storage
        }
        let first = try filled()
        let digest = try ThinningHarness.digest(first)
        let entry = try #require(try SessionTrash(first).entries().first)
        let counting = FaultyStorage(first)
        _ = try SessionTrash(counting).restore(entry)
        let expected = try CompactionHarness.all(first, StoragePath("log"))
        for number in counting.calls.indices {
            let what = "at \(counting.calls[number])"
            let storage = try filled()
            let faulty = FaultyStorage(storage, plan: .crash(at: number, afterBytes: number % 60))
            // try? is right here: it fails where it crashed.
            _ = try? SessionTrash(faulty).restore(entry)
            var generator = SeededGenerator(seed: UInt64(number))
            for left in [storage, storage.afterPowerCut(using: &generator)] {
                #expect(try ThinningHarness.digest(left) == digest, "\(what)")
                for one in try SessionTrash(left).entries() where one.key == entry.key {
                    #expect(try SessionTrash(left).restore(one).left.isEmpty, "\(what)")
                }
                #expect(try CompactionHarness.all(left, StoragePath("log")) == expected, "\(what)")
                #expect(try ThinningHarness.digest(left) == digest, "\(what), completed")
            }
        }
    }
}
