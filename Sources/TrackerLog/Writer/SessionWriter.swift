import Dispatch
import Glibc
import Synchronization

/// Appends events to a session from within a program. Thread-safe; never traps; all waiting is
/// bounded.
///
/// Events are queued and written as one frame about every `LogLimits.targetFrameEvents` events or
/// `LogLimits.targetFrameMilliseconds`. While the disk is full they stay queued. When the queue is
/// full the policy decides; dropped events are counted in the next frame's header.
///
/// A data folder whose `tracker.json` names a newer format is refused before anything is written.
///
/// In a child of `fork(2)` it continues with a new writer id. There it has no thread of its own:
/// each append is written, and at level `interval` synced, before it returns.
public final class SessionWriter: Sendable, BatchOwner, RoundWriter {
    public typealias Configuration = WriterConfiguration
    public typealias Statistics = WriterStatistics

    public let user: UserID
    public let session: SessionID
    private let ownWriterID: String
    private let configuration: Configuration
    private let storage: any Storage
    /// `nil` for a writer of its own.
    private let rounds: WriterRounds?
    private let queue: DispatchQueue
    private let queued: Mutex<QueuedLines>
    private let headerRoom: Int
    private let room = MonotonicSemaphore()
    private let answerLimit: AnswerLimit
    /// Accessed only on `queue`.
    private let core: Confined<FrameWriter>
    /// Fork generation of the process that created this writer: see `current`.
    private let generation: Int
    private let afterFork = AtomicLazyReference<SessionWriter>()

    /// Creates nothing on disk before the first event.
    public convenience init(
        storage: any Storage, user: UserID, session: SessionID,
        configuration: Configuration = Configuration()
    ) {
        self.init(
            storage: storage, user: user, session: session, configuration: configuration,
            rounds: nil)
    }

    init(
        storage: any Storage, user: UserID, session: SessionID, configuration: Configuration,
        rounds: WriterRounds?
    ) {
        self.rounds = rounds
        self.user = user
        self.session = session
        self.configuration = configuration
        self.storage = storage
        ForkGeneration.watch()
        generation = ForkGeneration.current
        let writerID = Self.randomWriterID()
        ownWriterID = writerID
        let identity = FrameIdentity(writer: writerID, seq: 0)
        headerRoom = FrameHeader(session: session.value, identity: identity, events: 0).maxBytes
        queued = Mutex(QueuedLines(limits: configuration.limits, headerRoom: headerRoom))
        queue = rounds?.queue ?? DispatchQueue(label: "tracker.writer.\(writerID)")
        answerLimit =
            rounds?.answerLimit
            ?? AnswerLimit(milliseconds: configuration.limits.maxAnswerMilliseconds)
        core = Confined(
            FrameWriter(
                appender: SegmentAppender(
                    storage: storage, folder: DataLayout.sessionFolder(user, session),
                    writerID: writerID, keepsUnsynced: configuration.durability != .written,
                    limits: configuration.limits, openSegments: rounds?.openSegments.value),
                session: session.value, configuration: configuration,
                tools: rounds?.tools.value ?? FrameTools()))
    }

    /// 16 hex digits; unique to this writer, and different in a forked child.
    public var writerID: String { current.ownWriterID }

    /// The writer of this process. A forked child gets another one at its first use, because
    /// sequence numbers, queue and files belong to the parent.
    private var current: SessionWriter {
        guard generation != ForkGeneration.current else { return self }
        if let writer = afterFork.load() { return writer.current }
        var configuration = configuration
        if configuration.durability == .interval { configuration.durability = .durable }
        return afterFork.storeIfNil(
            SessionWriter(
                storage: storage, user: user, session: session, configuration: configuration)
        ).current
    }

    /// A forked child has no GCD threads: all work runs on the caller's thread.
    private var isForked: Bool { generation != 0 }

    private static func randomWriterID() -> String {
        XXHash64.hex(UInt64.random(in: .min ... .max))
    }

    /// Queues one event.
    /// - Returns: `false` when the event was dropped and counted: the queue was full, the writer
    ///   closed, or the event invalid.
    @discardableResult
    public func append(_ event: Event) -> Bool {
        queueHere { EventEncoder.encode(event, to: &$0) }
    }

    /// Queues one sample. See `append(_: Event)`.
    @discardableResult
    public func append(_ sample: Sample) -> Bool {
        queueHere { EventEncoder.encode(sample, to: &$0) }
    }

    /// Queues one sample of a series: the fastest way. See `append(_: Event)`.
    /// - Parameters:
    ///   - value: a finite number.
    ///   - ok: whether the request succeeded; `nil` leaves the decision to the label `status`.
    @discardableResult
    public func append(
        _ value: Double, at timestamp: Timestamp, to series: Series, ok: Bool? = nil
    ) -> Bool {
        queueHere { EventEncoder.encode(value, at: timestamp, ok: ok, series, to: &$0) }
    }

    /// Queues in the writer of this process.
    @inline(__always)
    private func queueHere(_ encode: (inout ByteWriter) -> EventEncoder.Outcome) -> Bool {
        generation == ForkGeneration.current ? queue(encode) : current.queue(encode)
    }

    @inline(__always)
    private func queue(_ encode: (inout ByteWriter) -> EventEncoder.Outcome) -> Bool {
        var isAccepted = false
        let isLine = unsafe EventEncoder.withLine(encode) { unsafe isAccepted = queue($0) }
        if !isLine { queued.withLock { $0.refuse() } }
        return isAccepted
    }

    private func queue(_ line: UnsafeRawBufferPointer) -> Bool {
        switch queued.withLock({ unsafe $0.add(line, policy: configuration.policy) }) {
        case .accepted(let next):
            schedule(next)
            return true
        case .dropped: return false
        case .full(let next):
            schedule(next)
            return unsafe queueWhenThereIsRoom(line)
        }
    }

    private func queueWhenThereIsRoom(_ line: UnsafeRawBufferPointer) -> Bool {
        let deadline = MonotonicTime.now.advanced(
            byMilliseconds: isForked ? 0 : configuration.limits.maxBlockMilliseconds)
        while room.wait(until: deadline) {
            switch queued.withLock({ unsafe $0.add(line, policy: configuration.policy) }) {
            case .accepted(let next):
                schedule(next)
                return true
            case .dropped: return false
            case .full(let next): schedule(next)
            }
        }
        queued.withLock { $0.stopWaiting() }
        return false
    }

    /// Writes the events together, without delay, and returns when they are as durable as
    /// configured.
    /// - Parameter identity: chosen by a client, so that a retry of the same events counts once.
    /// - Throws: when it is not known that all events are in the log. `LogError.mayBeRecorded` says
    ///   whether they may be, now or later; if not, none of them is.
    public func appendBatch(_ events: [Event], identity: FrameIdentity? = nil) throws(LogError) {
        try current.writeBatch(events, identity: identity)
    }

    private func writeBatch(_ events: [Event], identity: FrameIdentity?) throws(LogError) {
        let batch = try queue(events, identity)
        do throws(LogError) {
            try batch.answer.wait(milliseconds: configuration.limits.maxAnswerMilliseconds)
        } catch {
            guard case .noAnswer(let milliseconds) = error, batch.withdraw() else { throw error }
            queued.withLock { $0.remove(batch) }
            throw .withdrawn(milliseconds: milliseconds)
        }
        queued.withLock { $0.accept(events.count) }
    }

    /// As above, without waiting: the disk works while the caller goes on.
    /// - Parameter completion: called once with the error that the other one throws. On the
    ///   writer's queue, which waits for it, or before this returns if nothing was queued.
    package func appendBatch(
        _ events: [Event], identity: FrameIdentity?,
        completion: @escaping @Sendable ((any Error)?) -> Void
    ) {
        let writer = current
        do throws(LogError) {
            _ = try writer.queue(events, identity) { error in
                if error == nil { writer.queued.withLock { $0.accept(events.count) } }
                completion(error)
            }
        } catch {
            completion(error)
        }
    }

    package func append(
        _ lines: CheckedLines, identity: FrameIdentity?,
        completion: @escaping @Sendable ((any Error)?) -> Void
    ) {
        let writer = current
        let outcome = FrameOutcomes(of: lines.frames.count, completion)
        for (index, frame) in lines.frames.enumerated() {
            let own = identity.map { FrameIdentity(writer: $0.writer, seq: $0.seq + index) }
            let count = frame.events
            do throws(LogError) {
                _ = try writer.queue(frame, own) { error in
                    if error == nil { writer.queued.withLock { $0.accept(count) } }
                    outcome.add(error)
                }
            } catch {
                outcome.add(error)
            }
        }
    }

    /// - Parameter tell: see `Answer`.
    private func queue(
        _ events: [Event], _ identity: FrameIdentity?,
        tell: (@Sendable (LogError?) -> Void)? = nil
    ) throws(LogError) -> Batch {
        let lines = LineBuffer(headerRoom: headerRoom)
        for index in events.indices where !lines.append(events[index]) {
            throw .invalidEvent(index: index)
        }
        return try queue(lines, identity, tell: tell)
    }

    private func queue(
        _ lines: LineBuffer, _ identity: FrameIdentity?, tell: (@Sendable (LogError?) -> Void)?
    ) throws(LogError) -> Batch {
        if let identity, !identity.isValid { throw .invalidIdentity(identity) }
        let batch = Batch(lines: lines, identity: identity, tell: tell)
        let added = queued.withLock { queued in
            Result { () throws(LogError) in try queued.add(batch) }
        }
        let next = try added.get()
        if tell != nil, !isForked { answerLimit.add(batch, of: self) }
        schedule(next)
        return batch
    }

    func giveUp(_ batch: Batch) {
        let milliseconds = configuration.limits.maxAnswerMilliseconds
        guard batch.withdraw() else {
            return batch.answer.give(.noAnswer(milliseconds: milliseconds))
        }
        queued.withLock { $0.remove(batch) }
        batch.answer.give(.withdrawn(milliseconds: milliseconds))
    }

    /// Writes all queued events, and syncs them unless the level is `written`.
    /// - Throws: when that fails; `noAnswer` after `LogLimits.maxAnswerMilliseconds`.
    public func flush() throws(LogError) { try current.settle { _ in nil } }

    /// - Parameter end: what is done then, unless there was an error.
    private func settle(_ end: @escaping @Sendable (FrameWriter) -> LogError?) throws(LogError) {
        let answer = Answer()
        let work: @Sendable () -> Void = { [self] in
            drain()
            var error = core.value.settle()
            error = error ?? end(core.value)
            // `settle` may have written a frame.
            release(settleQueue())
            answer.give(error)
        }
        if isForked { queue.sync(execute: work) } else { onQueue(work) }
        try answer.wait(milliseconds: configuration.limits.maxAnswerMilliseconds)
    }

    /// Flushes, closes the segment and accepts no more events.
    public func close() throws(LogError) {
        let writer = current
        writer.queued.withLock { $0.close() }
        try writer.settle { $0.close() }
    }

    public var statistics: Statistics { current.queued.withLock { $0.statistics } }

    private func schedule(_ next: QueuedLines.Next) {
        if isForked { return queue.sync { drain() } }
        switch next {
        case .nothing: break
        case .drainNow:
            if let rounds { rounds.drain(self) } else { onQueue { [self] in drain() } }
        case .drainLater: setTimer()
        }
    }

    private func setTimer() {
        SharedTimer.shared.after(milliseconds: configuration.limits.targetFrameMilliseconds) {
            [self] in
            onQueue { [self] in drain(byTimer: true) }
        }
    }

    private func onQueue(_ work: @escaping @Sendable () -> Void) {
        queue.async { ForkGate.hold(work) }
    }

    /// Writes everything queued as frames. Runs on `queue`.
    private func drain(byTimer: Bool = false) {
        if core.value.lastGroup >= LogLimits.fewestGatheredBatches, !isForked {
            usleep(UInt32(LogLimits.gatherMicroseconds))
        }
        _ = writeQueued(byTimer: byTimer, most: .max)
        core.value.confirm()
        if !isForked { scheduleSync() }
    }

    func writeQueued(byTimer: Bool, most: Int) -> QueuedLines.Work {
        let work = queued.withLock { $0.take(byTimer: byTimer, mostBatchBytes: most) }
        core.value.write(work)
        release(settleQueue())
        if !isForked, core.value.hasBacklog, queued.withLock({ $0.wantsTimer() }) { setTimer() }
        return work
    }

    var frames: FrameWriter { core.value }

    private func release(_ waiting: Int) { for _ in 0..<waiting { room.signal() } }

    /// Reports to `queued` what was written. Runs on `queue`.
    private func settleQueue() -> Int {
        let core = core.value
        let (spent, leftover, written) = (core.takeSpent(), core.backlogBytes, core.written)
        return queued.withLock {
            $0.settle(
                leftover: leftover, spent: spent, frames: written.frames,
                frameBytes: written.bytes)
        }
    }

    private func scheduleSync() {
        guard configuration.durability == .interval else { return }
        if let rounds { return rounds.syncSoon(core.value) }
        guard core.value.wantsSync() else { return }
        SharedTimer.shared.after(milliseconds: configuration.limits.syncIntervalMilliseconds) {
            [self] in
            onQueue { [self] in
                core.value.syncIsScheduled = false
                if core.value.settle() != nil { scheduleSync() }
            }
        }
    }
}

/// Tells once, when the outcomes of all frames are known.
private final class FrameOutcomes: Sendable {
    private let state: Mutex<(missing: Int, error: LogError?)>
    private let completion: @Sendable ((any Error)?) -> Void

    init(of frames: Int, _ completion: @escaping @Sendable ((any Error)?) -> Void) {
        state = Mutex((frames, nil))
        self.completion = completion
        if frames == 0 { completion(nil) }
    }

    func add(_ error: LogError?) {
        let (isLast, first) = state.withLock { state in
            state.missing -= 1
            // Of several, one after which something may be in the log says more.
            if state.error?.mayBeRecorded != true { state.error = error ?? state.error }
            return (state.missing == 0, state.error)
        }
        if isLast { completion(first) }
    }
}
