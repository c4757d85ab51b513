package import TrackerLog

/// Damage to a session's data, with positions.
package struct SessionHealth: Sendable, Hashable {
    /// Byte ranges of segment files that could not be read.
    package var badRegions: [BadRegion]
    package var badRegionCount: Int
    package var badRegionBytes: Int
    /// Lines inside good frames that are not events.
    package var badLines: [BadLine]
    package var badLineCount: Int
    /// Missing sequence numbers.
    package var gaps: [Gap]
    package var missingFrames: Int
    /// Frames without a checksum; they were read all the same.
    package var uncheckedFrames: Int
    /// Repeated frames; each was counted once.
    package var duplicateFrames: Int
    /// Frames with the identity of another one and different content; both were counted.
    package var conflictingFrames: Int
    /// Frames of a newer format: kept in the log, not folded.
    package var newerFrames: Int
    /// About how much that makes.
    package var lost = LostRecords()
    /// Bytes of the frames that were read.
    package var wholeBytes = 0
    /// Events dropped by writers, because a disk or a queue was full.
    package var droppedEvents: Int
    /// Bytes at the end of segments that are not a complete frame yet.
    package var pendingBytes: Int
    /// Files in the session's folder that are not segments; they were not read.
    package var ignoredFiles: [String]
    /// The same with the reasons.
    package var ignored: [IgnoredFile] = []
    /// Events without a plausible time: counted, but not used for dates.
    package var implausibleTimes: Int
    /// Whether no event has another: then they are shown as they are.
    package var hasNoPlausibleTime = false
    /// Samples that are in the log as histograms only: see `SectionThinner`.
    package var thinned = CompactionClaim.Thinned()
    /// Fields of `metrics` that were not valid: what they should say is not known.
    package var ignoredMetricFields = 0
    /// Whether more metrics were declared than `IndexLimits.maxDeclaredMetrics`.
    package var hasExcludedMetrics = false

    /// Unreadable bytes that may have been events of this session.
    var lostRegionBytes: Int {
        let others = badRegions.filter { $0.reason == .misplaced }
        return badRegionBytes - others.reduce(0) { $0 + $1.length }
    }

    package var isWhole: Bool {
        badRegionCount == 0 && badLineCount == 0 && missingFrames == 0 && conflictingFrames == 0
            && droppedEvents == 0
    }

    package init(
        badRegions: [BadRegion],
        badRegionCount: Int,
        badRegionBytes: Int,
        badLines: [BadLine],
        badLineCount: Int,
        gaps: [Gap],
        missingFrames: Int,
        uncheckedFrames: Int,
        duplicateFrames: Int,
        conflictingFrames: Int,
        newerFrames: Int,
        droppedEvents: Int,
        pendingBytes: Int,
        ignoredFiles: [String],
        implausibleTimes: Int = 0
    ) {
        self.badRegions = badRegions
        self.badRegionCount = badRegionCount
        self.badRegionBytes = badRegionBytes
        self.badLines = badLines
        self.badLineCount = badLineCount
        self.gaps = gaps
        self.missingFrames = missingFrames
        self.uncheckedFrames = uncheckedFrames
        self.duplicateFrames = duplicateFrames
        self.conflictingFrames = conflictingFrames
        self.newerFrames = newerFrames
        self.droppedEvents = droppedEvents
        self.pendingBytes = pendingBytes
        self.ignoredFiles = ignoredFiles
        self.implausibleTimes = implausibleTimes
    }
}

/// Missing sequence numbers of one writer, `first` to `last` inclusive.
package struct Gap: Sendable, Hashable {
    package var writer: String
    package var first: Int
    package var last: Int
    /// Events in a frame of the writer, on average.
    package var eventsPerFrame = 1.0
    /// The latest event of the frame before, and the earliest of the frame behind; `nil` when there
    /// is no such frame, or no plausible time in it.
    package var afterMs: Double?
    package var beforeMs: Double?

    /// Missing numbers.
    package var frames: Int { last - first + 1 }

    package init(writer: String, first: Int, last: Int) {
        self.writer = writer
        self.first = first
        self.last = last
    }
}
