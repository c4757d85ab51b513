package import TrackerIndexer
package import TrackerLog

/// The findings of `verify` for one session.
package struct SessionVerification: Sendable {
    package var key: DataFolder.SessionKey
    /// Sorted by name.
    package var files: [FileVerification] = []
    /// Missing frames; the first `VerifyLimits.maxListedGaps`.
    package var gaps: [LostFrames] = []
    package var gapCount = 0
    package var missingFrames = 0
    /// Damage after a writer's last readable frame: the numbers of the lost frames are unknown.
    package var openEnds: [OpenEnd] = []
    /// Frames of one identity with different contents; the first
    /// `VerifyLimits.maxListedConflicts`.
    package var conflicts: [Conflict] = []
    package var conflictCount = 0
    /// Repeated frames and the events in them: information, not damage.
    package var repeatedFrames = 0
    package var repeatedEvents = 0
    package var repeatedBadLines = 0
    /// Events that writers report as dropped; repeated frames are counted once.
    package var droppedEvents = 0
    /// Files in the folder that are not segments.
    package var ignored: [IgnoredFile] = []
    package var ignoredFiles: [String] { ignored.map(\.name) }
    /// Events without a plausible time by their header, each frame counted as often as it is there:
    /// information, not damage.
    package var implausibleTimes: Int { sum(\.implausibleTimes) }
    /// Read errors: nothing is known about the rest of that file.
    package var problems: [StorageError] = []

    package init(key: DataFolder.SessionKey) { self.key = key }

    /// Events, each frame counted once, as in the index.
    package var events: Int { sum(\.events) - repeatedEvents }
    package var badLines: Int { sum(\.badLineCount) - repeatedBadLines }
    package var badRegions: Int { sum(\.regionCount) }
    package var pendingBytes: Int { sum(\.pendingBytes) }

    package func sum(_ number: KeyPath<FileVerification, Int>) -> Int {
        files.reduce(0) { $0 + $1[keyPath: number] }
    }

    /// Whether nothing is damaged or missing.
    package var isWhole: Bool {
        badRegions == 0 && badLines == 0 && gapCount == 0 && conflictCount == 0
            && droppedEvents == 0
    }
}

/// The findings for one segment file.
package struct FileVerification: Sendable {
    package var name: SegmentName
    /// Size when the file was read.
    package var bytes: Int
    /// A program may still append to it.
    package var isOpen: Bool
    /// Complete frames; in a bare file, headers.
    package var frames = 0
    /// Frames without checksum.
    package var uncheckedFrames = 0
    /// Sections of a newer format.
    package var newerSections = 0
    /// Lines read, without header lines.
    package var lines = 0
    /// Lines that are events.
    package var events = 0
    /// Events without a plausible time by their header.
    package var implausibleTimes = 0
    package var badLineCount = 0
    /// The first `LogLimits.maxListedBadLines`.
    package var badLines: [BadLinePosition] = []
    package var regionCount = 0
    /// The first `LogLimits.maxListedRegions`.
    package var regions: [BadRegion] = []
    /// Bytes in bad regions, each counted once.
    package var lostBytes = 0
    /// Sections refused although their frame is intact; consecutive ones are joined.
    package var refusals: [Refusal] = []
    /// Bytes at the end of an open file that may become a frame: not damage.
    package var pendingBytes = 0
    /// Frames that occur elsewhere in the log as well.
    package var repeatedFrames = 0
    /// The writer that all headers name, when it is a valid writer id and not the one in the file's
    /// name: the file was probably renamed. Information, not damage.
    package var otherWriter: String?
    /// The encoding that the first bytes show, when it is not that of the file's name.
    package var otherEncoding: SegmentName.Encoding?

    /// Bytes that are neither lost nor pending.
    package var goodBytes: Int { bytes - lostBytes - pendingBytes }

    init(name: SegmentName, bytes: Int, isOpen: Bool) {
        self.name = name
        self.bytes = bytes
        self.isOpen = isOpen
    }
}

/// The position of a line in an intact frame that is not an event.
package struct BadLinePosition: Sendable, Hashable {
    /// File offset of its frame; in a bare file, of the line.
    package var frameOffset: Int
    /// Line number within the frame's content, from 1, headers included; 1 in a bare file.
    package var line: Int
    /// In bytes, without its `\n`.
    package var length: Int
    package var reason: LineError
}

/// Refused sections of intact frames: `misplaced`, `count` or `header`.
package struct Refusal: Sendable, Hashable {
    package var reason: BadRegion.Reason
    /// From the start of the first frame to the end of the last.
    package var bytes: Range<Int>
    package var sections = 1
    /// Lines present.
    package var lines: Int
    /// Lines that the headers claim.
    package var claimedEvents: Int
    /// From the headers; `nil` when they are unreadable.
    package var session: String?
    package var writer: String?
    package var seqs: ClosedRange<Int>?
}

/// A gap: consecutive missing numbers of one writer, below its highest.
package struct LostFrames: Sendable, Hashable {
    package var writer: String
    package var first: Int
    package var last: Int
    /// End of the frame before the gap; `nil` when the gap begins at number 0.
    package var after: Position?
    /// Start of the frame after the gap.
    package var before: Position
    /// Damage in the files between these two positions.
    package var regionCount = 0
    package var regionBytes = 0
    /// Missing segments of the writer between the two files.
    package var missingFiles: [String] = []

    package var count: Int { last - first + 1 }

    package struct Position: Sendable, Hashable {
        package var file: String
        package var offset: Int
    }
}

/// Damage after the last readable frame of the file's writer.
package struct OpenEnd: Sendable, Hashable {
    package var file: String
    package var writer: String
    /// The first number that may be lost; their count is unknown.
    package var from: Int
    package var bytes: Range<Int>
}

/// Frames of one identity with different contents; all of them count.
package struct Conflict: Sendable, Hashable {
    package var identity: FrameIdentity
    /// One position for each content, in the order of reading.
    package var positions: [LostFrames.Position]
}
