import Dispatch
import Synchronization

/// Appends events to a session from inside a program: thread-safe, never traps, never blocks
/// without a bound.
///
/// Events are queued, and written as one frame about every `LogLimits.targetFrameEvents` events or
/// `LogLimits.targetFrameMilliseconds`. A disk without room keeps them queued; when the queue is
/// full the policy decides, and what is dropped is counted in the next frame's header.
///
/// A data folder whose `tracker.json` names a newer format is refused before anything is written.
///
/// In a child of `fork(2)` it goes on under an id of its own. There it has no thread beside the
/// caller's: each append is written, and at level `interval` synced, before it returns.
public final class SessionWriter: Sendable {
    public typealias Configuration = WriterConfiguration
    public typealias Statistics = WriterStatistics

    public let user: UserID
    public let session: SessionID
    private let ownWriterID: String
    private let configuration: Configuration
    private let storage: any Storage
    private let queue: DispatchQueue
    private let queued: Mutex<QueuedLines>
    private let headerRoom: Int
    private let room = DispatchSemaphore(value: 0)
    /// Touched on `queue` only.
    private let core: Confined<FrameWriter>
    /// Which process made this one: see `current`.
    private let generation: Int
    private let afterFork = AtomicLazyReference<SessionWriter>()

    /// Nothing is created on disk before the first event.
    public init(
        storage: any Storage, user: UserID, session: SessionID,
        configuration: Configuration = Configuration()
    ) {
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
        queue = DispatchQueue(label: "tracker.writer.\(writerID)")
        core = Confined(
            FrameWriter(
                appender: SegmentAppender(
                    storage: storage, folder: DataLayout.sessionFolder(user, session),
                    writerID: writerID, keepsUnsynced: configuration.durability != .written,
                    limits: configuration.limits),
                session: session.value, configuration: configuration))
    }

    /// 16 hex digits, new for every writer, and new in a forked child.
    public var writerID: String { current.ownWriterID }

    /// The writer of this process: in a forked child another one, made at its first use, because
    /// the numbers, the queue and the files of this one stay the parent's.
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

    /// No thread but the caller's: GCD's are not there in a forked child.
    private var isForked: Bool { generation != 0 }

    private static func randomWriterID() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Queues one event.
    /// - Returns: `false` when it was dropped and counted: the queue was full, the writer closed,
    ///   or the event none that the format has a place for.
    @discardableResult
    public func append(_ event: Event) -> Bool {
        queueHere { EventEncoder.encode(event, to: &$0) }
    }

    /// Queues one sample. See `append(_: Event)`.
    @discardableResult
    public func append(_ sample: Sample) -> Bool {
        queueHere { EventEncoder.encode(sample, to: &$0) }
    }

    /// Queues one sample of a series: the quickest way. See `append(_: Event)`.
    /// - Parameters:
    ///   - value: a finite number.
    ///   - timestampMs: Unix milliseconds.
    ///   - ok: whether the request succeeded; `nil` leaves the decision to the label `status`.
    @discardableResult
    public func append(
        _ value: Double, at timestampMs: Double, to series: Series, ok: Bool? = nil
    ) -> Bool {
        queueHere { EventEncoder.encode(value, at: timestampMs, ok: ok, series, to: &$0) }
    }

    /// In the writer of this process.
    @inline(__always)
    private func queueHere(_ encode: (inout ByteWriter) -> EventEncoder.Outcome) -> Bool {
        generation == ForkGeneration.current ? queue(encode) : current.queue(encode)
    }

    @inline(__always)
    private func queue(_ encode: (inout ByteWriter) -> EventEncoder.Outcome) -> Bool {
        var isTaken = false
        let isLine = unsafe EventEncoder.withLine(encode) { unsafe isTaken = queue($0) }
        if !isLine { queued.withLock { $0.refuse() } }
        return isTaken
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
        let deadline =
            DispatchTime.now()
            + .milliseconds(isForked ? 0 : configuration.limits.maxBlockMilliseconds)
        while room.wait(timeout: deadline) == .success {
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

    /// Writes events at once and together, and returns when they are as durable as configured.
    /// - Parameter identity: given by a client, so that a retry of the same events counts once.
    /// - Throws: when they are not accepted: nothing of them is in the log, or it counts once when
    ///   repeated. `noAnswer` after `LogLimits.maxAnswerMilliseconds`: they may still be written.
    public func appendBatch(_ events: [Event], identity: FrameIdentity? = nil) throws(LogError) {
        try current.writeBatch(events, identity: identity)
    }

    private func writeBatch(_ events: [Event], identity: FrameIdentity?) throws(LogError) {
        if let identity, !identity.isValid { throw .invalidIdentity(identity) }
        let lines = LineBuffer(headerRoom: headerRoom)
        for index in events.indices where !lines.append(events[index]) {
            throw .invalidEvent(index: index)
        }
        let batch = Batch(lines: lines, identity: identity)
        let added = queued.withLock { queued in
            Result { () throws(LogError) in try queued.add(batch) }
        }
        schedule(try added.get())
        try batch.answer.wait(milliseconds: configuration.limits.maxAnswerMilliseconds)
        queued.withLock { $0.accept(events.count) }
    }

    /// Writes what is queued, and syncs it unless the level is `written`.
    /// - Throws: what keeps it from that; `noAnswer` after `LogLimits.maxAnswerMilliseconds`.
    public func flush() throws(LogError) { try current.settle() }

    /// - Parameter closes: also lets go of the segment, unless something is not as it should be.
    private func settle(closes: Bool = false) throws(LogError) {
        let answer = Answer()
        let work: @Sendable () -> Void = { [self] in
            drain()
            var error = core.value.settle()
            if closes, error == nil { error = core.value.close() }
            // What it was that settled may have been a frame.
            release(settleQueue())
            answer.give(error)
        }
        if isForked { queue.sync(execute: work) } else { onQueue(work) }
        try answer.wait(milliseconds: configuration.limits.maxAnswerMilliseconds)
    }

    /// Flushes, closes the segment, and takes no more events.
    public func close() throws(LogError) {
        let writer = current
        writer.queued.withLock { $0.close() }
        try writer.settle(closes: true)
    }

    public var statistics: Statistics { current.queued.withLock { $0.statistics } }

    private func schedule(_ next: QueuedLines.Next) {
        if isForked { return queue.sync { drain() } }
        switch next {
        case .nothing: break
        case .drainNow: onQueue { [self] in drain() }
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

    /// Moves everything queued into frames. On `queue`.
    private func drain(byTimer: Bool = false) {
        let work = queued.withLock { $0.take(byTimer: byTimer) }
        core.value.write(work)
        release(settleQueue())
        guard !isForked else { return }
        if core.value.hasHeld, queued.withLock({ $0.wantsTimer() }) { setTimer() }
        scheduleSync()
    }

    private func release(_ waiting: Int) { for _ in 0..<waiting { room.signal() } }

    /// Tells the queue what was written. On `queue`.
    private func settleQueue() -> Int {
        let core = core.value
        let (spent, leftover, written) = (core.takeSpent(), core.heldBytes, core.written)
        return queued.withLock {
            $0.settle(
                leftover: leftover, spent: spent, frames: written.frames,
                frameBytes: written.bytes)
        }
    }

    private func scheduleSync() {
        guard configuration.durability == .interval, core.value.wantsSync() else { return }
        SharedTimer.shared.after(milliseconds: configuration.limits.syncIntervalMilliseconds) {
            [self] in
            onQueue { [self] in
                core.value.syncIsScheduled = false
                if core.value.settle() != nil { scheduleSync() }
            }
        }
    }
}

/// A value that only one queue touches: the compiler cannot see that, the owner's comment says it.
struct Confined<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
