package import TrackerLog

/// What may be compacted, and how.
package struct CompactionOptions: Sendable {
    /// Also segments that anybody may append to.
    package var includesShared = false
    /// How long a segment must not have been written to, where no newer one of its writer says
    /// that it is closed.
    package var quietSeconds = LogLimits.closedAfterSeconds
    /// Whether to tell only what would be done.
    package var isDryRun = false

    package init() {}
}

/// How far a compaction is.
package struct CompactionProgress: Sendable {
    package var sessionsDone: Int
    package var sessions: Int
    /// Bytes of the files packed so far.
    package var bytes: Int
}

/// What a compaction did with one session, or would do.
package struct SessionCompaction: Sendable {
    package var user: UserID
    package var session: SessionID
    package var segments: [CompactedSegment] = []
    /// Segments that stay, each with the reason.
    package var kept: [KeptSegment] = []
    /// Segments that an earlier, ended run had compacted and not moved to the trash yet.
    package var finished: [String] = []
    /// What went wrong; the log is as it was, or better.
    package var problem: UpkeepError?

    package init(user: UserID, session: SessionID) {
        self.user = user
        self.session = session
    }

    package struct KeptSegment: Sendable, Hashable {
        package var file: String
        package var reason: String
    }
}

/// One segment made from others.
package struct CompactedSegment: Sendable, Hashable {
    /// `nil` in a dry run.
    package var file: String?
    package var inputs: [String]
    package var framesBefore: Int
    package var framesAfter: Int
    package var bytesBefore: Int
    package var bytesAfter: Int
}
