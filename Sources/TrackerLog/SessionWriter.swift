import Dispatch
import Synchronization

/// How much an acknowledged event survives. See `docs/RELIABILITY.md`.
public enum Durability: String, Sendable, Hashable, CaseIterable {
    /// `write(2)` took the frame: survives kill -9.
    case written
    /// The same, and `fdatasync` within `LogLimits.syncIntervalMilliseconds`: a power cut costs at most that.
    case interval
    /// `fdatasync` returned: survives a power cut.
    case durable
}

/// What a full queue does to the caller.
public enum QueuePolicy: Sendable, Hashable {
    /// Waits for room, at most `LogLimits.maxBlockMilliseconds`; then drops and counts.
    case block
    /// Drops the event at once and counts it.
    case dropAndCount
}

extension SessionWriter {
    public struct Configuration: Sendable {
        public var durability: Durability
        public var policy: QueuePolicy
        /// The wall clock, Unix milliseconds.
        public var nowMs: @Sendable () -> Double

        public init(
            durability: Durability = .interval, policy: QueuePolicy = .block,
            nowMs: @escaping @Sendable () -> Double = WallClock.nowMs
        ) {
            self.durability = durability
            self.policy = policy
            self.nowMs = nowMs
        }
    }

    public struct Statistics: Sendable, Hashable {
        /// Events taken into the queue or written as a batch.
        public var accepted = 0
        /// Events that found the queue full, or were none.
        public var dropped = 0
        public var framesWritten = 0
        /// Compressed.
        public var bytesWritten = 0
    }
}

/// Appends events to a session from inside a program: thread-safe, never traps, never blocks without a bound.
///
/// Events are queued, and written as one frame about every `LogLimits.targetFrameEvents` events or
/// `LogLimits.targetFrameMilliseconds`. A disk without room keeps them queued; when the queue is full the
/// policy decides, and what is dropped is counted in the next frame's header.
public final class SessionWriter: Sendable {
    public let user: UserID
    public let session: SessionID
    /// 16 hex digits, new for every writer.
    public let writerID: String
    private let configuration: Configuration
    private let queue: DispatchQueue
    private let queued = Mutex(QueuedLines())
    private let room = DispatchSemaphore(value: 0)
    /// Touched on `queue` only.
    private let core: Confined<WriterCore>

    /// Nothing is created on disk before the first event.
    public init(
        storage: any Storage, user: UserID, session: SessionID,
        configuration: Configuration = Configuration()
    ) {
        self.user = user
        self.session = session
        self.configuration = configuration
        writerID = Self.randomWriterID()
        queue = DispatchQueue(label: "tracker.writer.\(writerID)")
        core = Confined(
            WriterCore(
                appender: SegmentAppender(
                    storage: storage, folder: DataLayout.sessionFolder(user, session),
                    writerID: writerID, keepsUnsynced: configuration.durability != .written),
                session: session.value, durability: configuration.durability,
                nowMs: configuration.nowMs))
    }

    private static func randomWriterID() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Queues one event.
    /// - Returns: `false` when it was dropped and counted: the queue was full, the writer closed, or the
    ///   event none that the format has a place for.
    @discardableResult
    public func append(_ event: Event) -> Bool {
        let deadline = DispatchTime.now() + .milliseconds(LogLimits.maxBlockMilliseconds)
        while true {
            switch queued.withLock({ $0.add(event, policy: configuration.policy) }) {
            case .accepted(let next):
                schedule(next)
                return true
            case .dropped: return false
            case .full:
                schedule(.drainNow)
                if room.wait(timeout: deadline) == .timedOut {
                    queued.withLock { $0.stopWaiting() }
                    return false
                }
            }
        }
    }

    /// Queues one sample. See `append(_: Event)`.
    @discardableResult
    public func append(_ sample: Sample) -> Bool { append(.sample(sample)) }

    /// Writes events at once and together, and returns when they are as durable as configured.
    /// - Parameter identity: given by a client, so that a retry of the same events counts once.
    /// - Throws: when they are not accepted: nothing of them is in the log, or it counts once when repeated.
    public func appendBatch(_ events: [Event], identity: FrameIdentity? = nil) throws(LogError) {
        var lines: [UInt8] = []
        for (index, event) in events.enumerated() {
            guard EventEncoder.append(event, to: &lines) else { throw .invalidEvent(index: index) }
        }
        let batch = Batch(lines: lines, events: events.count, identity: identity)
        guard queued.withLock({ $0.add(batch) }) else { throw .closed }
        queue.async { [self] in drain() }
        batch.finished.wait()
        if let error = batch.error { throw error }
    }

    /// Writes what is queued, and syncs it unless the level is `written`.
    public func flush() throws(LogError) {
        let error = queue.sync { () -> LogError? in
            drain()
            return core.value.settle()
        }
        if let error { throw error }
    }

    /// Flushes, and takes no more events.
    public func close() throws(LogError) {
        queued.withLock { $0.isClosed = true }
        try flush()
    }

    public var statistics: Statistics {
        let (accepted, dropped) = queued.withLock { ($0.accepted, $0.dropped) }
        let written = queue.sync { core.value.written }
        return Statistics(
            accepted: accepted, dropped: dropped, framesWritten: written.frames,
            bytesWritten: written.bytes)
    }

    private func schedule(_ next: QueuedLines.Next) {
        switch next {
        case .nothing: break
        case .drainNow: queue.async { [self] in drain() }
        case .drainLater:
            queue.asyncAfter(
                deadline: .now() + .milliseconds(LogLimits.targetFrameMilliseconds)
            ) { [self] in drain() }
        }
    }

    /// Moves everything queued into frames. On `queue`.
    private func drain() {
        let work = queued.withLock { $0.take() }
        core.value.write(work)
        let waiting = queued.withLock { $0.settle(leftover: core.value.heldBytes) }
        for _ in 0..<waiting { room.signal() }
        if core.value.hasHeld { schedule(.drainLater) }
        scheduleSync()
    }

    private func scheduleSync() {
        guard configuration.durability == .interval, core.value.wantsSync() else { return }
        queue.asyncAfter(
            deadline: .now() + .milliseconds(LogLimits.syncIntervalMilliseconds)
        ) { [self] in
            core.value.syncIsScheduled = false
            if core.value.settle() != nil { scheduleSync() }
        }
    }
}

/// A value that only one queue touches: the compiler cannot see that, the owner's comment says it.
struct Confined<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
