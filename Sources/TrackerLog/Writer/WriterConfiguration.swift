/// How much an acknowledged event survives. See `docs/RELIABILITY.md`.
public enum Durability: String, Sendable, Hashable, CaseIterable {
    /// `write(2)` took the frame: survives kill -9.
    case written
    /// The same, and `fdatasync` within `LogLimits.syncIntervalMilliseconds`: a power cut costs at
    /// most that.
    case interval
    /// `fdatasync` returned: survives a power cut.
    case durable
}

/// What a full queue does to the caller.
public enum QueuePolicy: Sendable, Hashable {
    /// Waits for room, at most `LogLimits.maxBlockMilliseconds`; then drops and counts. Until there
    /// is room again, later events are dropped at once.
    case block
    /// Drops the event at once and counts it.
    case dropAndCount
}

/// How a `SessionWriter` treats what it is given.
public struct WriterConfiguration: Sendable {
    public var durability: Durability
    public var policy: QueuePolicy
    /// The wall clock, Unix milliseconds.
    public var nowMs: @Sendable () -> Double
    /// Told of a trouble of the disk, once when it begins and once when it ends. Called on the
    /// writer's queue: what takes long there makes the queue fill.
    public var onNotice: (@Sendable (WriterNotice) -> Void)?
    package var limits = WriterLimits()

    public init(
        durability: Durability = .interval, policy: QueuePolicy = .block,
        nowMs: @escaping @Sendable () -> Double = WallClock.nowMs,
        onNotice: (@Sendable (WriterNotice) -> Void)? = nil
    ) {
        self.durability = durability
        self.policy = policy
        self.nowMs = nowMs
        self.onNotice = onNotice
    }
}

/// What a `SessionWriter` did so far.
public struct WriterStatistics: Sendable, Hashable {
    /// Events taken into the queue, and those of batches that were written.
    public var accepted = 0
    /// Events that found the queue full, or were none.
    public var dropped = 0
    public var framesWritten = 0
    /// Compressed.
    public var bytesWritten = 0

    package init() {}
}
