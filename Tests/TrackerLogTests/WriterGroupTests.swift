import Dispatch
import Glibc
import Synchronization
import Testing
import TrackerLog
import TrackerTestSupport

@Suite("Writers of many sessions together")
struct WriterGroupTests {
    private let memory = MemoryStorage()
    private let user: UserID

    init() throws { user = try UserID("ann") }

    private func group(
        _ storage: any Storage, _ durability: Durability = .interval, mostOpen: Int = 100,
        syncMs: Int = 1_000_000
    ) -> WriterGroup {
        var configuration = WriterConfiguration(durability: durability)
        configuration.limits.syncIntervalMilliseconds = syncMs
        return WriterGroup(storage: storage, configuration: configuration, mostOpen: mostOpen)
    }

    private func writers(_ group: WriterGroup, _ count: Int) throws -> [SessionWriter] {
        try (0..<count).map { group.writer(user: user, session: try SessionID("s\($0)")) }
    }

    private func values(_ storage: MemoryStorage, _ session: Int) throws -> [Int] {
        try RecoveredSession(storage, user, try SessionID("s\(session)")).values
    }

    private func cut() -> MemoryStorage {
        var generator = SeededGenerator(seed: 1)
        return memory.afterPowerCut(using: &generator)
    }

    @Test("many sessions are synced with one call, few file by file, and names with them")
    func together() throws {
        for (sessions, together, single) in [(30, 1, 0), (3, 0, 3)] {
            let storage = FaultyStorage(MemoryStorage())
            let group = group(storage)
            for writer in try writers(group, sessions) {
                try writer.appendBatch(SegmentBuilder.samples(0..<2))
            }
            #expect(!storage.calls.contains { $0.operation == .sync })
            try group.sync()
            let syncs = storage.calls.filter { $0.operation == .sync }
            #expect(syncs.count { $0.path.isEmpty } == together)
            #expect(syncs.count { !$0.path.isEmpty } == single)
            // Nothing is left to do.
            try group.sync()
            #expect(storage.calls.count { $0.operation == .sync } == together + single)
        }
    }

    @Test(
        "what is synced survives a power cut, with files that were closed before",
        arguments: [
            1, 5, 100,
        ])
    func survives(mostOpen: Int) throws {
        let group = group(memory, mostOpen: mostOpen)
        let writers = try writers(group, 20)
        for round in 0..<3 {
            for writer in writers {
                try writer.appendBatch(SegmentBuilder.samples(round..<round + 1))
            }
        }
        try group.sync()
        for session in 0..<20 { #expect(try values(cut(), session) == [0, 1, 2]) }
        for writer in writers { try writer.close() }
        for session in 0..<20 {
            let found = try RecoveredSession(memory, user, try SessionID("s\(session)"))
            #expect(found.segments.count == 1 && found.duplicates == 0)
        }
    }

    @Test("a sync of everything that fails: what was written meanwhile is written again as well")
    func failsTogether() throws {
        let storage = FailingOnce(memory)
        let group = group(storage)
        let writers = try writers(group, 21)
        for writer in writers.dropLast() { try writer.appendBatch(SegmentBuilder.samples(0..<1)) }
        // The last one writes nothing but then.
        storage.meanwhile = {
            for writer in writers {
                do throws(LogError) {
                    try writer.appendBatch(SegmentBuilder.samples(1..<2))
                } catch {
                    Issue.record("\(error)")
                }
            }
        }
        // The frames go to new segments, which are synced one by one.
        try group.sync()
        try group.sync()
        for session in 0..<20 { #expect(try values(cut(), session) == [0, 1]) }
        #expect(try values(cut(), 20) == [1])
    }

    @Test("a group that is dropped leaves neither its writers nor open files, closed or not")
    func dropped() throws {
        for closes in [true, false] {
            weak var dropped: FaultyStorage?
            do {
                let storage = FaultyStorage(MemoryStorage())
                dropped = storage
                let writers = try writers(group(storage, .written, mostOpen: 2), 3)
                for writer in writers { try writer.appendBatch(SegmentBuilder.samples(0..<1)) }
                if closes { for writer in writers { try writer.close() } }
            }
            let start = ContinuousClock.now
            while dropped != nil, .now - start < .seconds(20) { sched_yield() }
            #expect(dropped == nil, "closed: \(closes)")
        }
    }

    @Test("at level interval the sync comes by itself")
    func byItself() throws {
        let storage = FaultyStorage(memory)
        let group = group(storage, syncMs: 20)
        for writer in try writers(group, 12) {
            try writer.appendBatch(SegmentBuilder.samples(0..<1))
        }
        let start = ContinuousClock.now
        while try (0..<12).contains(where: { try values(cut(), $0).isEmpty }),
            .now - start < .seconds(20)
        { sched_yield() }
        for session in 0..<12 { #expect(try values(cut(), session) == [0]) }
    }

    @Test(
        "many threads, many sessions, few open files: each event once",
        arguments: [
            Durability.written, .interval, .durable,
        ])
    func threads(durability: Durability) throws {
        let group = group(memory, durability, mostOpen: 3, syncMs: 1)
        let writers = try writers(group, 12)
        let failures = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for number in 0..<60 {
                let value = thread * 60 + number
                do throws(LogError) {
                    try writers[value % 12].appendBatch(SegmentBuilder.samples(value..<value + 1))
                } catch {
                    failures.add(1, ordering: .relaxed)
                }
            }
        }
        try group.sync()
        for writer in writers { try writer.close() }
        #expect(failures.load(ordering: .relaxed) == 0)
        for session in 0..<12 {
            let found = try RecoveredSession(memory, user, try SessionID("s\(session)"))
            #expect(found.values == (0..<480).filter { $0 % 12 == session })
            #expect(found.segments.count == 1 && found.gaps == 0)
        }
    }

    @Test("one session's large batches leave the others their turn")
    func turns() throws {
        let order = Mutex<[String]>([])
        let done = DispatchSemaphore(value: 0)
        let group = group(memory, .written)
        let writers = try writers(group, 2)
        // The first holds the thread while the others are queued.
        let gate = DispatchSemaphore(value: 0)
        writers[0].appendBatch(SegmentBuilder.samples(0..<1), identity: nil) { _ in gate.wait() }
        for number in 0..<4 {
            let large = SegmentBuilder.samples(number * 20_000..<(number + 1) * 20_000)
            writers[0].appendBatch(large, identity: nil) { _ in
                order.withLock { $0.append("large") }
                done.signal()
            }
        }
        writers[1].appendBatch(SegmentBuilder.samples(0..<1), identity: nil) { _ in
            order.withLock { $0.append("small") }
            done.signal()
        }
        gate.signal()
        for _ in 0..<5 { done.wait() }
        #expect(order.withLock { $0 }.firstIndex(of: "small").map { $0 < 3 } == true)
    }
}

/// A disk whose first sync of everything takes a while, and fails then.
private final class FailingOnce: ForwardingStorage {
    let base: MemoryStorage
    private let action = Mutex<(@Sendable () -> Void)?>(nil)

    init(_ base: MemoryStorage) { self.base = base }

    var meanwhile: (@Sendable () -> Void)? {
        get { action.withLock { $0 } }
        set { action.withLock { $0 = newValue } }
    }

    var syncedDevice: UInt64? { base.syncedDevice }

    func syncFileSystem() throws(StorageError) {
        guard let meanwhile = action.withLock({ $0.take() }) else {
            return try base.syncFileSystem()
        }
        meanwhile()
        base.fileSystemSyncFailed()
        throw StorageError(operation: .sync, path: "", code: EIO)
    }
}
