public import TrackerLog

/// What `verify` found in one session.
public struct SessionVerification: Sendable {
    public var key: DataFolder.SessionKey
    /// By name.
    public var files: [FileVerification] = []
    /// Frames whose number never came; the first `VerifyLimits.maxListedGaps`.
    public var gaps: [LostFrames] = []
    public var gapCount = 0
    public var missingFrames = 0
    /// Damage behind the last frame of a writer: what stood there has no number that is known.
    public var openEnds: [OpenEnd] = []
    /// Same identity, other content; the first `VerifyLimits.maxListedConflicts`.
    public var conflicts: [Conflict] = []
    public var conflictCount = 0
    /// Frames that were there already, and what stood in them: information, no damage.
    public var repeatedFrames = 0
    public var repeatedEvents = 0
    public var repeatedBadLines = 0
    /// Events that writers said they could not keep, repeated frames counted once.
    public var droppedEvents = 0
    /// Names in the folder that are no segments.
    public var ignoredFiles: [String] = []
    /// What could not be read: then nothing is known of the rest of that file.
    public var problems: [StorageError] = []

    public init(key: DataFolder.SessionKey) { self.key = key }

    /// Events, each frame counted once: what the index counts.
    public var events: Int { sum(\.events) - repeatedEvents }
    public var badLines: Int { sum(\.badLineCount) - repeatedBadLines }
    public var badRegions: Int { sum(\.regionCount) }
    public var pendingBytes: Int { sum(\.pendingBytes) }

    public func sum(_ number: KeyPath<FileVerification, Int>) -> Int {
        files.reduce(0) { $0 + $1[keyPath: number] }
    }

    /// Nothing is damaged, nothing is missing.
    public var isWhole: Bool {
        badRegions == 0 && badLines == 0 && gapCount == 0 && conflictCount == 0
            && droppedEvents == 0
    }
}

/// What was found in one segment file.
public struct FileVerification: Sendable {
    public var name: SegmentName
    /// As far as it was looked at.
    public var bytes: Int
    /// Somebody may still append to it.
    public var isOpen: Bool
    /// Whole frames; in a bare file, headers.
    public var frames = 0
    /// Frames that no checksum vouches for.
    public var uncheckedFrames = 0
    /// Sections of a newer format.
    public var newerSections = 0
    /// Lines that were read, without header lines.
    public var lines = 0
    /// Those of them that are events.
    public var events = 0
    public var badLineCount = 0
    /// The first `LogLimits.maxListedBadLines`.
    public var badLines: [BadLinePlace] = []
    public var regionCount = 0
    /// The first `LogLimits.maxListedRegions`.
    public var regions: [BadRegion] = []
    /// Bytes in bad regions, each counted once.
    public var lostBytes = 0
    /// Sections that were not taken although their frame is good, neighbours as one.
    public var refusals: [Refusal] = []
    /// At the end, not a whole frame yet, and not damage as long as the file is open.
    public var pendingBytes = 0
    /// Frames that another place of the log has as well.
    public var repeatedFrames = 0
    /// The writer that all headers name, when it is not the one in the file's name and looks like
    /// the name of a segment: the file was probably renamed. Information, no damage.
    public var otherWriter: String?
    /// What the file's first bytes say it is, when its name says otherwise.
    public var otherEncoding: SegmentName.Encoding?

    /// Bytes that were read for good.
    public var goodBytes: Int { bytes - lostBytes - pendingBytes }

    init(name: SegmentName, bytes: Int, isOpen: Bool) {
        self.name = name
        self.bytes = bytes
        self.isOpen = isOpen
    }
}

/// A line inside a good frame that is no event.
public struct BadLinePlace: Sendable, Hashable {
    /// Where its frame begins; in a bare file, where the line does.
    public var frameOffset: Int
    /// Within the frame's content, from 1 (the header is a line as well); 1 in a bare file.
    public var line: Int
    /// In bytes, without its `\n`.
    public var length: Int
    public var reason: LineError
}

/// Sections of good frames that were not taken: `misplaced`, `count`, `header`.
public struct Refusal: Sendable, Hashable {
    public var reason: BadRegion.Reason
    /// From the first frame's beginning to the last one's end.
    public var bytes: Range<Int>
    public var sections = 1
    /// Lines that are there.
    public var lines: Int
    /// Lines that the headers promise.
    public var claimedEvents: Int
    /// What the headers say, where they read as such.
    public var session: String?
    public var writer: String?
    public var seqs: ClosedRange<Int>?
}

/// Numbers of one writer that are missing below its highest.
public struct LostFrames: Sendable, Hashable {
    public var writer: String
    public var first: Int
    public var last: Int
    /// Where the frame before ends; `nil` when the first numbers are missing.
    public var after: Place?
    /// Where the next frame begins.
    public var before: Place
    /// Damage in the files between these two places.
    public var regionCount = 0
    public var regionBytes = 0
    /// Segments of the writer that are not there, between the two files.
    public var missingFiles: [String] = []

    public var count: Int { last - first + 1 }

    public struct Place: Sendable, Hashable {
        public var file: String
        public var offset: Int
    }
}

/// Damage behind the last frame of the writer whose file it is.
public struct OpenEnd: Sendable, Hashable {
    public var file: String
    public var writer: String
    /// The first number that may be lost; how many is not known.
    public var from: Int
    public var bytes: Range<Int>
}

/// Frames of one identity with different contents; all of them count.
public struct Conflict: Sendable, Hashable {
    public var identity: FrameIdentity
    /// One place for each content, in the order of reading.
    public var places: [LostFrames.Place]
}
