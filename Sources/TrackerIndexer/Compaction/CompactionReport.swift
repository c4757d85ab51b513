public import TrackerLog

/// What may be compacted, and how.
public struct CompactionOptions: Sendable {
    /// Also segments that anybody may append to.
    public var includesShared = false
    /// How long a segment must not have been written to, where no newer one of its writer says
    /// that it is closed.
    public var quietSeconds = LogLimits.closedAfterSeconds
    /// Whether to tell only what would be done.
    public var isDryRun = false

    public init() {}
}

/// How far a compaction is.
public struct CompactionProgress: Sendable {
    public var sessionsDone: Int
    public var sessions: Int
    /// Bytes of the files packed so far.
    public var bytes: Int
}

/// What a compaction did with one session, or would do.
public struct SessionCompaction: Sendable {
    public var user: UserID
    public var session: SessionID
    public var segments: [CompactedSegment] = []
    /// Segments that stay, each with the reason.
    public var kept: [KeptSegment] = []
    /// Segments that an earlier, ended run had compacted and not moved to the trash yet.
    public var finished: [String] = []
    /// What went wrong; the log is as it was, or better.
    public var problem: TidyError?

    public init(user: UserID, session: SessionID) {
        self.user = user
        self.session = session
    }

    public struct KeptSegment: Sendable, Hashable {
        public var file: String
        public var reason: String
    }
}

/// One segment made from others.
public struct CompactedSegment: Sendable, Hashable {
    /// `nil` in a dry run.
    public var file: String?
    public var inputs: [String]
    public var framesBefore: Int
    public var framesAfter: Int
    public var bytesBefore: Int
    public var bytesAfter: Int
}
