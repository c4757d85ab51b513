import Glibc
import Testing
import TrackerLog
import TrackerTestSupport

/// How many seeds a property runs: a few hundred always, ten thousand in the long run
/// (`scripts/test --long`).
enum Seeds {
    static let isLong = TestMode.isLong
    static var count: UInt64 { isLong ? 10_000 : 500 }
}

/// A writer under a random load on a disk that fails, and what it has promised so far.
///
/// Every value is handed over under one identity only, so each may be read at most once.
struct WriterModel {
    let memory = MemoryStorage()
    let storage: FaultyStorage
    let user: UserID
    let session: SessionID
    let durability: Durability
    private let writer: SessionWriter
    private var generator: SeededGenerator
    private var nextValue = 0
    private var nextClientSeq = 0

    /// Handed over in whatever way.
    private(set) var attempted: Set<Int> = []
    /// The writer said that they are in the log.
    private(set) var acknowledged: Set<Int> = []
    /// The writer said that they survive a power cut.
    private(set) var durable: Set<Int> = []
    /// Queued; a flush that succeeds speaks for them.
    private var queued: Set<Int> = []

    init(seed: UInt64, plan: FaultPlan, durability: Durability? = nil) throws {
        generator = SeededGenerator(seed: seed)
        let level = Durability.allCases[Int.random(in: 0..<3, using: &generator)]
        self.durability = durability ?? level
        storage = FaultyStorage(memory, plan: plan)
        user = try UserID("u")
        session = try SessionID("s")
        var configuration = SessionWriter.Configuration(
            durability: self.durability, policy: .dropAndCount)
        configuration.limits.rotateAfterBytes = 1_500
        configuration.limits.maxQueuedBytes = 4_000
        configuration.limits.maxUnsyncedBytes = 2_000
        configuration.limits.targetFrameMilliseconds = 300
        configuration.limits.syncIntervalMilliseconds = 300
        writer = SessionWriter(
            storage: storage, user: user, session: session, configuration: configuration)
    }

    mutating func run(steps: Int) {
        for _ in 0..<steps where !storage.hasCrashed { step() }
    }

    private mutating func step() {
        switch Int.random(in: 0..<8, using: &generator) {
        case 0...2: batch(identity: nil)
        case 3...4:
            batch(identity: FrameIdentity(writer: "client", seq: nextClientSeq))
            nextClientSeq += 1
        case 5...6: queueSome()
        default: flush()
        }
    }

    private mutating func newValues() -> Range<Int> {
        let values = nextValue..<nextValue + Int.random(in: 1...9, using: &generator)
        nextValue = values.upperBound
        attempted.formUnion(values)
        return values
    }

    /// With an identity, a failed batch is sent again, as a client does.
    private mutating func batch(identity: FrameIdentity?) {
        let values = newValues()
        for _ in 0..<(identity == nil ? 1 : 3) {
            do throws(LogError) {
                try writer.appendBatch(SegmentBuilder.samples(values), identity: identity)
                acknowledged.formUnion(values)
                if durability == .durable { durable.formUnion(values) }
                return
            } catch {
                if case .notDurable = error { acknowledged.formUnion(values) }
            }
        }
    }

    private mutating func queueSome() {
        let values = newValues()
        for (value, event) in zip(values, SegmentBuilder.samples(values)) where writer.append(event)
        {
            queued.insert(value)
        }
    }

    private mutating func flush() {
        do throws(LogError) {
            try writer.flush()
            acknowledged.formUnion(queued)
            queued = []
            // All that was acknowledged before is synced as well.
            if durability != .written { durable.formUnion(acknowledged) }
        } catch {
            // Nothing is promised.
        }
    }

    /// What is in the storage now against what was promised.
    func check(_ what: String) throws {
        let now = try RecoveredSession(memory, user, session)
        check(now, promised: acknowledged, "\(what), kill -9")
        // The client's numbers may have gaps: what it was told has failed it may leave.
        let seqs = now.seqsByWriter[writer.writerID] ?? []
        #expect(Set(seqs) == Set(0..<seqs.count), "\(what): \(seqs)")
        #expect(now.badLines == 0, "\(what)")
    }

    func checkPowerCut(seed: UInt64, _ what: String) throws {
        var generator = SeededGenerator(seed: seed)
        let left = memory.afterPowerCut(using: &generator)
        check(
            try RecoveredSession(left, user, session), promised: durable,
            "\(what), power cut \(seed)")
    }

    private func check(_ found: RecoveredSession, promised: Set<Int>, _ what: String) {
        let values = Set(found.values)
        #expect(
            promised.isSubset(of: values), "\(what): lost \(promised.subtracting(values).sorted())")
        #expect(values.isSubset(of: attempted), "\(what): made up \(values.subtracting(attempted))")
        #expect(values.count == found.values.count, "\(what): counted twice")
        #expect(found.conflicts == 0, "\(what)")
    }
}
