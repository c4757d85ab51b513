import Dispatch
import Glibc
import Synchronization
import Testing
import TrackerLog
import TrackerTestSupport

@Suite("The queue of a writer")
struct WriterQueueTests {
    private let memory: MemorySession

    init() throws { memory = try MemorySession() }

    private func writer(
        _ durability: Durability = .written, _ policy: QueuePolicy = .block,
        storage: (any Storage)? = nil, _ change: (inout WriterLimits) -> Void = { _ in }
    ) -> SessionWriter {
        var configuration = SessionWriter.Configuration(durability: durability, policy: policy)
        change(&configuration.limits)
        return SessionWriter(
            storage: storage ?? memory.storage, user: memory.user, session: memory.session,
            configuration: configuration)
    }

    private func found() throws -> RecoveredSession { try memory.recovered() }

    @Test("dropAndCount: what the full queue drops is counted, and said in the log")
    func dropAndCount() throws {
        memory.storage.setCapacity(bytes: 0)
        let writer = writer(.written, .dropAndCount) { $0.maxQueuedBytes = 2_000 }
        let taken = SegmentBuilder.samples(0..<200).map { writer.append($0) }
        let kept = taken.count { $0 }
        #expect(kept > 10 && kept < 40)
        #expect(throws: LogError.self) { try writer.flush() }
        memory.storage.setCapacity(bytes: .max)
        try writer.flush()
        #expect(writer.statistics.accepted == kept)
        #expect(writer.statistics.dropped == 200 - kept)
        let found = try found()
        #expect(found.values == Array(0..<kept))
        #expect(found.reportedDrops == 200 - kept)
        #expect(found.gaps == 0)
    }

    @Test("a group of batches reports each drop once, and clients' frames report none")
    func dropsOnce() throws {
        let writer = writer()
        #expect(!writer.append(Sample(timestamp: 1, metric: "m", value: .nan)))
        try writer.appendBatch(
            SegmentBuilder.samples(0..<1), identity: FrameIdentity(writer: "c", seq: 0))
        #expect(try found().reportedDrops == 0)
        try writer.appendBatch(SegmentBuilder.samples(1..<2))
        try writer.appendBatch(SegmentBuilder.samples(2..<3))
        #expect(try found().reportedDrops == 1)
    }

    @Test("drops are reported at the end, also when no more events come")
    func dropsAtClose() throws {
        let writer = writer()
        #expect(!writer.append(Sample(timestamp: 1, metric: "", value: 1)))
        try writer.close()
        #expect(try found().reportedDrops == 1)
    }

    @Test("block: a full queue holds the caller once, no longer than its limit, then drops")
    func blockIsBounded() throws {
        memory.storage.setCapacity(bytes: 0)
        let writer = writer(.written, .block) {
            $0.maxQueuedBytes = 300
            $0.maxBlockMilliseconds = 500
        }
        let clock = ContinuousClock()
        let start = clock.now
        var refused = 0
        for event in SegmentBuilder.samples(0..<10) where !writer.append(event) { refused += 1 }
        #expect(refused > 5)
        #expect(clock.now - start >= .milliseconds(500))
        #expect(clock.now - start < .milliseconds(500 * refused))
        // With room again, a later event is taken.
        memory.storage.setCapacity(bytes: .max)
        try writer.flush()
        #expect(writer.append(SegmentBuilder.samples(10..<11)[0]))
        try writer.close()
        #expect(try found().values.count == 11 - refused)
        #expect(try found().reportedDrops == refused)
    }

    @Test("block: callers continue when there is room again, and nothing is lost")
    func blockWaits() throws {
        memory.storage.setCapacity(bytes: 0)
        let writer = writer(.written, .block) {
            $0.maxQueuedBytes = 300
            $0.maxBlockMilliseconds = 60_000
            $0.targetFrameMilliseconds = 5
        }
        let hasStarted = DispatchSemaphore(value: 0)
        DispatchQueue.global().async { [memory] in
            hasStarted.wait()
            memory.storage.setCapacity(bytes: .max)
        }
        for (index, event) in SegmentBuilder.samples(0..<50).enumerated() {
            if index == 2 { hasStarted.signal() }
            #expect(writer.append(event))
        }
        try writer.close()
        #expect(try found().values == Array(0..<50))
    }

    @Test("the disk is full for a while: nothing below the queue's limit is lost")
    func fullForAWhile() throws {
        memory.storage.setCapacity(bytes: 0)
        let writer = writer(.interval, .dropAndCount) { $0.targetFrameMilliseconds = 2 }
        for event in SegmentBuilder.samples(0..<500) { #expect(writer.append(event)) }
        #expect(throws: LogError.self) { try writer.close() }
        memory.storage.setCapacity(bytes: .max)
        try writer.flush()
        #expect(try found().values == Array(0..<500))
        #expect(try found().gaps == 0)
    }

    @Test("while the disk is full, one timer tries again, however many appends come")
    func oneTimer() throws {
        let storage = FaultyStorage(memory.storage, plan: .on(.create, 0..<Int.max, .error(ENOSPC)))
        let writer = writer(.written, .dropAndCount, storage: storage) {
            $0.targetFrameEvents = 1
            $0.targetFrameMilliseconds = 100
        }
        for event in SegmentBuilder.samples(0..<300) { writer.append(event) }
        #expect(throws: LogError.self) { try writer.flush() }
        let before = storage.calls.count { $0.operation == .create }
        let clock = ContinuousClock()
        let start = clock.now
        let done = DispatchSemaphore(value: 0)
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(550)) { done.signal() }
        done.wait()
        let tries = storage.calls.count { $0.operation == .create } - before
        #expect(tries >= 1)
        // One for every 100 ms, not one for every append.
        #expect(Double(tries) <= (clock.now - start) / .milliseconds(100) + 2)
        storage.setPlan(.none)
        try writer.close()
    }

    @Test(
        "many threads appending batches: each event once, no number twice",
        arguments: Durability.allCases)
    func groupCommit(durability: Durability) throws {
        let writer = writer(durability)
        let failures = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for batch in 0..<40 {
                let first = (thread * 40 + batch) * 3
                do throws(LogError) {
                    try writer.appendBatch(SegmentBuilder.samples(first..<first + 3))
                } catch {
                    failures.add(1, ordering: .relaxed)
                }
            }
        }
        try writer.close()
        #expect(failures.load(ordering: .relaxed) == 0)
        let found = try found()
        #expect(found.values == Array(0..<960))
        #expect(found.duplicates == 0)
        #expect(found.seqsByWriter[writer.writerID]?.sorted() == Array(0..<320))
        #expect(writer.statistics.accepted == 960)
    }

    @Test("F57: two threads append while a third closes: what was taken is there, and no more")
    func closeRace() throws {
        for _ in 0..<20 {
            let storage = MemoryStorage()
            let writer = writer(.interval, .block, storage: storage)
            let taken = Mutex<Set<Int>>([])
            DispatchQueue.concurrentPerform(iterations: 3) { thread in
                guard thread < 2 else {
                    do throws(LogError) { try writer.close() } catch { Issue.record("\(error)") }
                    return
                }
                for value in thread * 500..<thread * 500 + 500 {
                    let event = SegmentBuilder.samples(value..<value + 1)
                    if value % 50 == 0 {
                        do throws(LogError) { try writer.appendBatch(event) } catch { continue }
                    } else if !writer.append(event[0]) {
                        continue
                    }
                    _ = taken.withLock { $0.insert(value) }
                }
            }
            try writer.flush()
            let found = try RecoveredSession(storage, memory.user, memory.session)
            #expect(Set(found.values) == taken.withLock { $0 })
            #expect(found.gaps == 0)
            #expect(!writer.append(SegmentBuilder.samples(0..<1)[0]))
            #expect(throws: LogError.closed) {
                try writer.appendBatch(SegmentBuilder.samples(0..<1))
            }
        }
    }

    @Test("a client's identity makes a retry count once, also with another writer")
    func retry() throws {
        let identity = FrameIdentity(writer: "client", seq: 7)
        for _ in 0..<2 {
            let writer = writer(.durable)
            for _ in 0..<3 {
                try writer.appendBatch(SegmentBuilder.samples(0..<4), identity: identity)
            }
            try writer.close()
        }
        let found = try found()
        #expect(found.values == Array(0..<4))
        #expect(found.duplicates == 5)
        #expect(found.conflicts == 0)
    }

    @Test(
        "an identity that readers refuse is refused",
        arguments: [
            FrameIdentity(writer: "", seq: 0), FrameIdentity(writer: "w", seq: -1),
            FrameIdentity(writer: "w", seq: Int.max),
            FrameIdentity(writer: String(repeating: "x", count: 1025), seq: 0),
        ])
    func invalidIdentity(identity: FrameIdentity) throws {
        #expect(throws: LogError.invalidIdentity(identity)) {
            try writer().appendBatch(SegmentBuilder.samples(0..<1), identity: identity)
        }
        #expect(try found().segments.isEmpty)
    }

    @Test("an invalid event is refused, and its batch writes nothing")
    func invalidEvent() throws {
        let writer = writer()
        let events =
            SegmentBuilder.samples(0..<2) + [
                .sample(Sample(timestamp: 1, metric: "m", value: .infinity))
            ]
        #expect(throws: LogError.invalidEvent(index: 2)) { try writer.appendBatch(events) }
        #expect(try found().segments.isEmpty)
    }

    @Test("segments are rotated by size, and read in order")
    func rotationBySize() throws {
        let writer = writer(.durable) { $0.rotateAfterBytes = 1_000 }
        for batch in 0..<40 {
            try writer.appendBatch(SegmentBuilder.samples(FourFrames.values(batch)))
        }
        try writer.close()
        let found = try found()
        #expect(found.values == Array(0..<200))
        #expect(found.segments.count > 5)
        #expect(
            found.segments
                == (1...found.segments.count).map {
                    SegmentName(writer: writer.writerID, number: $0).fileName
                })
        #expect(found.duplicates == 0)
        #expect(found.seqsByWriter[writer.writerID] == Array(0..<40))
    }

    @Test("segments are rotated by age, whatever the wall clock says")
    func rotationByAge() throws {
        let wall = Mutex(1e12 as Timestamp)
        let monotonic = Mutex(ContinuousClock.now)
        var configuration = SessionWriter.Configuration(
            durability: .written, now: { wall.withLock { $0 } })
        configuration.monotonicNow = { monotonic.withLock { $0 } }
        configuration.limits.rotateAfterSeconds = 60
        let writer = SessionWriter(
            storage: memory.storage, user: memory.user, session: memory.session,
            configuration: configuration)
        let century = 36_525.0 * 86_400_000
        let steps = [(0, 0.0), (59, -century / 10), (2, century), (30, -century), (20, 0)]
        for (batch, step) in steps.enumerated() {
            monotonic.withLock { $0 += .seconds(step.0) }
            wall.withLock { $0 = $0.advanced(byMilliseconds: step.1) }
            try writer.appendBatch(SegmentBuilder.samples(FourFrames.values(batch)))
        }
        try writer.close()
        #expect(try found().segments.count == 2)
        #expect(try found().values == Array(0..<25))
    }

    @Test("a segment is locked while its writer lives")
    func lock() throws {
        var writer: SessionWriter? = writer()
        try writer?.appendBatch(SegmentBuilder.samples(0..<1))
        let name = try #require(try found().segments.first)
        let file = try memory.storage.openForReading(
            DataLayout.sessionFolder(memory.user, memory.session).appending(name))
        #expect(try !file.lockExclusive())
        try writer?.close()
        writer = nil
        #expect(try file.lockExclusive())
    }

    @Test("events are in the log within the frame interval, without a flush")
    func frameInterval() throws {
        let writer = writer { $0.targetFrameMilliseconds = 20 }
        writer.append(SegmentBuilder.samples(0..<1)[0])
        let clock = ContinuousClock()
        let start = clock.now
        while try found().values.isEmpty, clock.now - start < .seconds(20) { sched_yield() }
        #expect(try found().values == [0])
    }
}
