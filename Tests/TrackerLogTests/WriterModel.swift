import Glibc
import Testing
import TrackerLog
import TrackerTestSupport

/// How many seeds a property runs: a few hundred always, ten thousand in the long run
/// (`scripts/test --long`).
enum Seeds {
    static let isLong = TestMode.isLong
    static var count: UInt64 { UInt64(TestMode.rounds(500, long: 10_000)) }
}

/// One to three writers of a session under a random load on a disk that fails, and what they have
/// promised so far.
///
/// Every value is appended under one identity only, so each may be read at most once.
struct WriterModel {
    let memory: MemoryStorage
    let storage: FaultyStorage
    let user: UserID
    let session: SessionID
    let durability: Durability
    /// `nil` for writers of their own.
    private let group: WriterGroup?
    private var lanes: [Lane]
    private var generator: SeededGenerator
    private var nextValue = 0
    private var nextClientSeq = 0

    /// Appended in any way.
    private(set) var attempted: Set<Int> = []
    /// The writer said that they survive a power cut.
    private(set) var durable: Set<Int> = []
    /// A writer said that they are in the log.
    var acknowledged: Set<Int> { lanes.reduce(into: []) { $0.formUnion($1.acknowledged) } }

    private struct Lane {
        let writer: SessionWriter
        var acknowledged: Set<Int> = []
        /// Queued; covered by the next successful flush.
        var queued: Set<Int> = []
    }

    init(
        seed: UInt64, plan: FaultPlan, durability: Durability? = nil, rotateAfterBytes: Int = 1_500,
        isGroup: Bool = false
    ) throws {
        generator = SeededGenerator(seed: seed)
        memory = MemoryStorage(syncsTogether: seed % 3 > 0)
        let level = Durability.allCases[Int.random(in: 0..<3, using: &generator)]
        self.durability = durability ?? level
        storage = FaultyStorage(memory, plan: plan)
        user = try UserID("u")
        session = try SessionID("s")
        var configuration = SessionWriter.Configuration(
            durability: self.durability, policy: .dropAndCount)
        configuration.limits.rotateAfterBytes = rotateAfterBytes
        configuration.limits.maxQueuedBytes = 4_000
        configuration.limits.maxUnsyncedBytes = 2_000
        configuration.limits.targetFrameMilliseconds = 300
        configuration.limits.syncIntervalMilliseconds = 300
        group =
            isGroup
            ? WriterGroup(
                storage: storage, configuration: configuration, mostOpen: seed % 2 == 0 ? 1 : 2)
            : nil
        lanes = []
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let writer =
                group?.writer(user: user, session: session)
                ?? SessionWriter(
                    storage: storage, user: user, session: session, configuration: configuration)
            lanes.append(Lane(writer: writer))
        }
    }

    mutating func run(steps: Int) {
        for _ in 0..<steps where !storage.hasCrashed { step() }
    }

    private mutating func step() {
        let lane = Int.random(in: lanes.indices, using: &generator)
        switch Int.random(in: 0..<(group == nil ? 8 : 10), using: &generator) {
        case 0...2: batch(lane, identity: nil)
        case 3...4:
            batch(lane, identity: FrameIdentity(writer: "client", seq: nextClientSeq))
            nextClientSeq += 1
        case 5...6: queueSome(lane)
        case 8...: syncGroup()
        default: flush(lane) { writer throws(LogError) in try writer.flush() }
        }
    }

    private mutating func newValues() -> Range<Int> {
        let values = nextValue..<nextValue + Int.random(in: 1...9, using: &generator)
        nextValue = values.upperBound
        attempted.formUnion(values)
        return values
    }

    /// With an identity, a failed batch is sent again, as a client does: now and then to another
    /// writer.
    private mutating func batch(_ first: Int, identity: FrameIdentity?) {
        let values = newValues()
        for attempt in 0..<(identity == nil ? 1 : 3) {
            let lane = attempt < 2 ? first : Int.random(in: lanes.indices, using: &generator)
            do throws(LogError) {
                try lanes[lane].writer.appendBatch(
                    SegmentBuilder.samples(values), identity: identity)
                lanes[lane].acknowledged.formUnion(values)
                if durability == .durable { durable.formUnion(values) }
                return
            } catch {
                if case .notDurable = error { lanes[lane].acknowledged.formUnion(values) }
            }
        }
    }

    private mutating func queueSome(_ lane: Int) {
        let values = newValues()
        for (value, event) in zip(values, SegmentBuilder.samples(values))
        where lanes[lane].writer.append(event) {
            lanes[lane].queued.insert(value)
        }
    }

    private mutating func syncGroup() {
        do throws(LogError) { try group?.sync() } catch { return }
        // At the other levels there is nothing that it has to do.
        if durability == .interval { durable.formUnion(acknowledged) }
    }

    private mutating func flush(
        _ lane: Int, _ body: (SessionWriter) throws(LogError) -> Void
    ) {
        do throws(LogError) {
            try body(lanes[lane].writer)
            lanes[lane].acknowledged.formUnion(lanes[lane].queued)
            lanes[lane].queued = []
            // All that this writer acknowledged before is synced as well.
            if durability != .written { durable.formUnion(lanes[lane].acknowledged) }
        } catch {
            // Nothing is promised.
        }
    }

    /// The writers are closed; what that promises is what a flush does.
    mutating func close() {
        for lane in lanes.indices where !storage.hasCrashed {
            flush(lane) { writer throws(LogError) in try writer.close() }
        }
    }

    /// Compares the storage with what was promised.
    /// - Returns: the number of segments.
    @discardableResult
    func check(_ what: String) throws -> Int {
        let now = try RecoveredSession(memory, user, session)
        check(now, promised: acknowledged, "\(what), kill -9")
        // The client's numbers may have gaps: it may drop batches that failed.
        for lane in lanes {
            let seqs = now.seqsByWriter[lane.writer.writerID] ?? []
            #expect(Set(seqs) == Set(0..<seqs.count), "\(what): \(seqs)")
        }
        #expect(now.badLines == 0, "\(what)")
        return now.segments.count
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
