package import TrackerLog

/// Which segments may be compacted.
package struct CompactionOptions: Sendable {
    /// Also segments of the writer `shared`, which any program may append to.
    package var includesShared = false
    /// How long a segment must be unchanged when no newer segment of its writer shows that it is
    /// closed.
    package var quietSeconds = LogLimits.closedAfterSeconds
    /// Only report what would be done.
    package var isDryRun = false
    /// Also makes histograms of samples, of all closed segments: see `SectionThinner`.
    package var thins = false

    package init() {}
}

/// Progress of a compaction.
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
    /// Segments left as they are, each with the reason.
    package var kept: [KeptSegment] = []
    /// Segments that an earlier run had compacted, but had not moved to the trash when it ended.
    package var finished: [String] = []
    /// What went wrong. The log is intact: segments published before the failure stay.
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

/// One new segment and its inputs.
package struct CompactedSegment: Sendable, Hashable {
    /// `nil` in a dry run.
    package var file: String?
    package var inputs: [String]
    package var framesBefore: Int
    package var framesAfter: Int
    package var bytesBefore: Int
    package var bytesAfter: Int
    /// What became histograms.
    package var thinned: CompactionClaim.Thinned?
}
