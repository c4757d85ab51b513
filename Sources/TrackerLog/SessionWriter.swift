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
