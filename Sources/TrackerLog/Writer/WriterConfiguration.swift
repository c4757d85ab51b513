/// What an acknowledged event survives. See `docs/RELIABILITY.md`.
public enum Durability: String, Sendable, Hashable, CaseIterable {
    /// `write(2)` has returned: survives `kill -9`.
    case written
    /// The same, and `fdatasync` follows within `LogLimits.syncIntervalMilliseconds`: a power cut
    /// loses at most that.
    case interval
    /// `fdatasync` has returned: survives a power cut.
    case durable
}

/// What happens to an event when the queue is full.
public enum QueuePolicy: Sendable, Hashable {
    /// Waits for room, at most `LogLimits.maxBlockMilliseconds`; then drops and counts. Until there
    /// is room again, later events are dropped at once.
    case block
    /// Drops the event at once and counts it.
    case dropAndCount
}

/// The settings of a `SessionWriter`.
public struct WriterConfiguration: Sendable {
    public var durability: Durability
    public var policy: QueuePolicy
    /// The wall clock. It only stamps frames: what takes time is measured by clocks that nobody
    /// sets.
    public var now: @Sendable () -> Timestamp
    /// Notified of a disk problem when it begins and when it ends. Called on the writer's queue: a
    /// slow callback makes the queue fill up.
    public var onNotice: (@Sendable (WriterNotice) -> Void)?
    package var limits = WriterLimits()
    /// Measures the age of a segment.
    package var monotonicNow: @Sendable () -> ContinuousClock.Instant = { .now }

    public init(
        durability: Durability = .interval, policy: QueuePolicy = .block,
        now: @escaping @Sendable () -> Timestamp = { .now },
        onNotice: (@Sendable (WriterNotice) -> Void)? = nil
    ) {
        self.durability = durability
        self.policy = policy
        self.now = now
        self.onNotice = onNotice
    }
}

/// The counters of a `SessionWriter`.
public struct WriterStatistics: Sendable, Hashable {
    /// Events accepted into the queue, and events of batches that were written.
    public var accepted = 0
    /// Events dropped because the queue was full, the writer closed or the event invalid.
    public var dropped = 0
    public var framesWritten = 0
    /// Bytes of compressed frames.
    public var bytesWritten = 0

    package init() {}
}
