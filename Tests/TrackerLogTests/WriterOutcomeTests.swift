import Dispatch
import Glibc
import Synchronization
import Testing
import TrackerLog
import TrackerTestSupport

@Suite("What an append that failed says of its outcome")
struct WriterOutcomeTests {
    private let memory: MemorySession

    init() throws { memory = try MemorySession() }

    private func writer(
        _ durability: Durability, _ storage: any Storage,
        _ change: (inout WriterLimits) -> Void = { _ in }
    ) -> SessionWriter {
        var configuration = SessionWriter.Configuration(durability: durability)
        change(&configuration.limits)
        return SessionWriter(
            storage: storage, user: memory.user, session: memory.session,
            configuration: configuration)
    }

    private func found() throws -> RecoveredSession { try memory.recovered() }

    private func failure(of append: () throws(LogError) -> Void) throws -> LogError {
        do throws(LogError) { try append() } catch { return error }
        throw NothingFailed()
    }

    private struct NothingFailed: Error {}

    /// Which call hangs, and what it answers when it answers at last.
    static let hangs: [(StorageError.Operation, Fault?)] = [
        (.append, nil), (.append, .error(EIO)), (.append, .error(ENOSPC)), (.append, .short(7)),
        (.create, nil), (.create, .error(EMFILE)), (.createDirectory, .error(EIO)),
        (.sync, nil), (.sync, .error(EIO)),
    ]

    @Test(
        "a disk that hangs, and completes or fails later: unknown, and a retry counts once",
        arguments: hangs, Durability.allCases)
    func hanging(_ call: (StorageError.Operation, Fault?), durability: Durability) throws {
        let (operation, fault) = call
        let gate = Gate()
        let storage = FaultyStorage(
            memory.storage,
            plan: FaultPlan { call in
                guard call.operation == operation, call.occurrence == 0 else { return nil }
                gate.wait()
                return fault
            })
        let writer = writer(durability, storage) { $0.maxAnswerMilliseconds = 30 }
        let identity = FrameIdentity(writer: "client", seq: 0)
        let events = SegmentBuilder.samples(0..<5)
        if operation != .sync || durability == .durable {
            try hang(writer, events, identity)
        } else {
            try retry(writer, events, identity)
        }
        gate.open()
        try retry(writer, events, identity)
        let found = try found()
        #expect(found.values == Array(0..<5))
        #expect(found.conflicts == 0)
        #expect(found.gaps == 0)
    }

    @Test("an append that waits behind one that hangs is withdrawn: none of it is ever written")
    func withdrawn() throws {
        let gate = Gate()
        let storage = FaultyStorage(
            memory.storage,
            plan: FaultPlan { call in
                if call.operation == .append { gate.wait() }
                return nil
            })
        let writer = writer(.written, storage) { $0.maxAnswerMilliseconds = 30 }
        try hang(writer, SegmentBuilder.samples(0..<5), nil)
        for _ in 0..<3 {
            let second = try failure { () throws(LogError) in
                try writer.appendBatch(SegmentBuilder.samples(5..<10))
            }
            #expect(second == .withdrawn(milliseconds: 30))
            #expect(!second.mayBeRecorded)
        }
        gate.open()
        try retry(writer, SegmentBuilder.samples(5..<10), nil)
        #expect(try found().values == Array(0..<10))
        #expect(try found().duplicates == 0)
        #expect(try found().gaps == 0)
    }

    @Test("a caller that does not wait is told once: unknown, withdrawn, and written")
    func told() async throws {
        let gate = Gate()
        let storage = FaultyStorage(
            memory.storage,
            plan: FaultPlan { call in
                if call.operation == .append { gate.wait() }
                return nil
            })
        // At the end it is the time of a disk that answers, on a machine busy with other tests.
        let limit = 400
        let writer = writer(.written, storage) { $0.maxAnswerMilliseconds = limit }
        let first = await Self.outcome(of: SegmentBuilder.samples(0..<5), writer)
        #expect(first == .noAnswer(milliseconds: limit))
        for _ in 0..<3 {
            let second = await Self.outcome(of: SegmentBuilder.samples(5..<10), writer)
            #expect(second == .withdrawn(milliseconds: limit))
        }
        gate.open()
        #expect(await Self.outcome(of: SegmentBuilder.samples(5..<10), writer) == nil)
        #expect(try found().values == Array(0..<10))
        #expect(writer.statistics.accepted == 5)
        let bad = FrameIdentity(writer: "", seq: 0)
        let refused = await Self.outcome(of: SegmentBuilder.samples(0..<1), writer, bad)
        #expect(refused == .invalidIdentity(bad))
        try writer.close()
        let late = await Self.outcome(of: SegmentBuilder.samples(0..<1), writer)
        #expect(late == .closed)
    }

    /// A second answer would trap.
    private static func outcome(
        of events: [Event], _ writer: SessionWriter, _ identity: FrameIdentity? = nil
    ) async -> LogError? {
        await withCheckedContinuation { continuation in
            writer.appendBatch(events, identity: identity) { error in
                continuation.resume(returning: error as? LogError)
            }
        }
    }

    @Test("an append that was taken with another and is withdrawn before its turn is not written")
    func withdrawnWhenTaken() async throws {
        let (first, second) = (Gate(), Gate())
        let storage = FaultyStorage(
            memory.storage,
            plan: FaultPlan { call in
                guard call.operation == .append else { return nil }
                if call.occurrence == 0 { first.wait() }
                if call.occurrence == 1 { second.wait() }
                return nil
            })
        // Time enough for a busy machine to take both before the first is given up.
        let limit = 1_000
        let writer = writer(.written, storage) { $0.maxAnswerMilliseconds = limit }
        try hang(writer, SegmentBuilder.samples(0..<1), nil, limit: limit)
        // Queued while the disk hangs, so that they are taken together. Each fills a group of its
        // own.
        let (answers, given) = AsyncStream<(Int, LogError?)>.makeStream()
        for caller in 1...2 {
            writer.appendBatch(Self.large(caller), identity: nil) { error in
                given.yield((caller, error as? LogError))
            }
        }
        first.open()
        var errors: [Int: LogError?] = [:]
        for await (caller, error) in answers {
            errors[caller] = error
            if errors.count == 2 { break }
        }
        #expect(errors[1] == .noAnswer(milliseconds: limit))
        #expect(errors[2] == .withdrawn(milliseconds: limit))
        second.open()
        try retry(writer, SegmentBuilder.samples(3..<4), nil)
        #expect(Set(try found().values) == [0, 1, 3])
    }

    /// More lines than share a frame with others; each has the value.
    private static func large(_ value: Int) -> [Event] {
        let label = Label("text", String(repeating: "x", count: 600))
        let sample = Sample(
            timestamp: .epoch, metric: "m", value: Double(value), labels: [label])
        return Array(repeating: .sample(sample), count: 1_000)
    }

    /// Appends, so that the disk is asked and does not answer.
    private func hang(
        _ writer: SessionWriter, _ events: [Event], _ identity: FrameIdentity?, limit: Int = 30
    ) throws {
        while true {
            let error = try failure { () throws(LogError) in
                try writer.appendBatch(events, identity: identity)
            }
            // On a busy machine the writer may not have begun.
            if case .withdrawn = error { continue }
            #expect(error == .noAnswer(milliseconds: limit))
            #expect(error.mayBeRecorded)
            return
        }
    }

    /// Appends until the disk has had the time to answer.
    private func retry(
        _ writer: SessionWriter, _ events: [Event], _ identity: FrameIdentity?
    ) throws(LogError) {
        while true {
            do throws(LogError) {
                return try writer.appendBatch(events, identity: identity)
            } catch {
                // Without an identity only what is surely not recorded is sent again.
                guard identity != nil || !error.mayBeRecorded else { throw error }
                sched_yield()
            }
        }
    }

    @Test("whatever fails: what is said to be not recorded is not there, what is acknowledged is")
    func faults() throws {
        for seed in 0..<UInt64(TestMode.rounds(600, long: 6_000)) {
            let memory = try MemorySession()
            let storage = FaultyStorage(
                memory.storage, plan: .random(seed: seed, count: 1...4, calls: 40))
            let durability = Durability.allCases[Int(seed % 3)]
            let writer = writer(durability, storage) { limits in
                limits.rotateAfterBytes = seed % 2 == 0 ? 400 : limits.rotateAfterBytes
            }
            var (acknowledged, unknown) = (Set<Int>(), Set<Int>())
            for batch in 0..<10 {
                let values = batch * 3..<batch * 3 + 3
                do throws(LogError) {
                    try writer.appendBatch(SegmentBuilder.samples(values))
                    acknowledged.formUnion(values)
                } catch  where error.mayBeRecorded {
                    unknown.formUnion(values)
                } catch {
                    // Not recorded: looked for below.
                }
            }
            do throws(LogError) { try writer.close() } catch {
                // Of what is queued and synced, not of what is asked here.
            }
            let found = Set(try memory.recovered().values)
            #expect(acknowledged.isSubset(of: found), "seed \(seed)")
            #expect(found.isSubset(of: acknowledged.union(unknown)), "seed \(seed)")
        }
    }

    @Test("a semaphore gives each signal once, and not before it is there")
    func semaphore() {
        let semaphore = MonotonicSemaphore()
        #expect(!semaphore.wait(milliseconds: 0))
        #expect(!semaphore.wait(milliseconds: -1))
        semaphore.signal()
        semaphore.signal()
        #expect(semaphore.wait(milliseconds: 0))
        #expect(semaphore.wait(milliseconds: .max))
        let begin = ContinuousClock.now
        #expect(!semaphore.wait(milliseconds: 30))
        #expect(ContinuousClock.now - begin >= .milliseconds(30))
        let taken = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for _ in 0..<1_000 {
                if thread % 2 == 0 {
                    semaphore.signal()
                } else if semaphore.wait(milliseconds: 60_000) {
                    taken.add(1, ordering: .relaxed)
                }
            }
        }
        #expect(taken.load(ordering: .relaxed) == 4_000)
        #expect(!semaphore.wait(milliseconds: 0))
    }

    @Test("a moment of the monotonic clock stays in range")
    func moments() {
        let now = MonotonicTime.now
        #expect(now.advanced(byMilliseconds: 5) > now)
        #expect(now.advanced(byMilliseconds: .max) == MonotonicTime(nanoseconds: .max))
        #expect(now.advanced(byMilliseconds: .min) == MonotonicTime(nanoseconds: .min))
        #expect(MonotonicTime.now >= now)
    }
}
