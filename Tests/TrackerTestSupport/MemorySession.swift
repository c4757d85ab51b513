public import TrackerLog

/// A session on a disk in memory.
public struct MemorySession: Sendable {
    public let storage = MemoryStorage()
    public let user: UserID
    public let session: SessionID

    public init() throws {
        user = try UserID("u")
        session = try SessionID("s")
    }

    /// What a reader finds in it now.
    public func recovered() throws -> RecoveredSession {
        try RecoveredSession(storage, user, session)
    }
}
