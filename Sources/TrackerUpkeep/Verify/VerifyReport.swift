package import TrackerLog

/// What `verify` found in one session.
package struct SessionVerification: Sendable {
    package var key: DataFolder.SessionKey
    /// By name.
    package var files: [FileVerification] = []
    /// Frames whose number never came; the first `VerifyLimits.maxListedGaps`.
    package var gaps: [LostFrames] = []
    package var gapCount = 0
    package var missingFrames = 0
    /// Damage behind the last frame of a writer: what stood there has no number that is known.
    package var openEnds: [OpenEnd] = []
    /// Same identity, other content; the first `VerifyLimits.maxListedConflicts`.
    package var conflicts: [Conflict] = []
    package var conflictCount = 0
    /// Frames that were there already, and what stood in them: information, no damage.
    package var repeatedFrames = 0
    package var repeatedEvents = 0
    package var repeatedBadLines = 0
    /// Events that writers said they could not keep, repeated frames counted once.
    package var droppedEvents = 0
    /// Names in the folder that are no segments.
    package var ignoredFiles: [String] = []
    /// What could not be read: then nothing is known of the rest of that file.
    package var problems: [StorageError] = []

    package init(key: DataFolder.SessionKey) { self.key = key }

    /// Events, each frame counted once: what the index counts.
    package var events: Int { sum(\.events) - repeatedEvents }
    package var badLines: Int { sum(\.badLineCount) - repeatedBadLines }
    package var badRegions: Int { sum(\.regionCount) }
    package var pendingBytes: Int { sum(\.pendingBytes) }

    package func sum(_ number: KeyPath<FileVerification, Int>) -> Int {
        files.reduce(0) { $0 + $1[keyPath: number] }
    }

    /// Nothing is damaged, nothing is missing.
    package var isWhole: Bool {
        badRegions == 0 && badLines == 0 && gapCount == 0 && conflictCount == 0
            && droppedEvents == 0
    }
}

/// What was found in one segment file.
package struct FileVerification: Sendable {
    package var name: SegmentName
    /// As far as it was looked at.
    package var bytes: Int
    /// Somebody may still append to it.
    package var isOpen: Bool
    /// Whole frames; in a bare file, headers.
    package var frames = 0
    /// Frames that no checksum vouches for.
    package var uncheckedFrames = 0
    /// Sections of a newer format.
    package var newerSections = 0
    /// Lines that were read, without header lines.
    package var lines = 0
    /// Those of them that are events.
    package var events = 0
    package var badLineCount = 0
    /// The first `LogLimits.maxListedBadLines`.
    package var badLines: [BadLinePlace] = []
    package var regionCount = 0
    /// The first `LogLimits.maxListedRegions`.
    package var regions: [BadRegion] = []
    /// Bytes in bad regions, each counted once.
    package var lostBytes = 0
    /// Sections that were not taken although their frame is good, neighbours as one.
    package var refusals: [Refusal] = []
    /// At the end, not a whole frame yet, and not damage as long as the file is open.
    package var pendingBytes = 0
    /// Frames that another place of the log has as well.
    package var repeatedFrames = 0
    /// The writer that all headers name, when it is not the one in the file's name and looks like
    /// the name of a segment: the file was probably renamed. Information, no damage.
    package var otherWriter: String?
    /// What the file's first bytes say it is, when its name says otherwise.
    package var otherEncoding: SegmentName.Encoding?

    /// Bytes that were read for good.
    package var goodBytes: Int { bytes - lostBytes - pendingBytes }

    init(name: SegmentName, bytes: Int, isOpen: Bool) {
        self.name = name
        self.bytes = bytes
        self.isOpen = isOpen
    }
}

/// A line inside a good frame that is no event.
package struct BadLinePlace: Sendable, Hashable {
    /// Where its frame begins; in a bare file, where the line does.
    package var frameOffset: Int
    /// Within the frame's content, from 1 (the header is a line as well); 1 in a bare file.
    package var line: Int
    /// In bytes, without its `\n`.
    package var length: Int
    package var reason: LineError
}

/// Sections of good frames that were not taken: `misplaced`, `count`, `header`.
package struct Refusal: Sendable, Hashable {
    package var reason: BadRegion.Reason
    /// From the first frame's beginning to the last one's end.
    package var bytes: Range<Int>
    package var sections = 1
    /// Lines that are there.
    package var lines: Int
    /// Lines that the headers promise.
    package var claimedEvents: Int
    /// What the headers say, where they read as such.
    package var session: String?
    package var writer: String?
    package var seqs: ClosedRange<Int>?
}

/// Numbers of one writer that are missing below its highest.
package struct LostFrames: Sendable, Hashable {
    package var writer: String
    package var first: Int
    package var last: Int
    /// Where the frame before ends; `nil` when the first numbers are missing.
    package var after: Place?
    /// Where the next frame begins.
    package var before: Place
    /// Damage in the files between these two places.
    package var regionCount = 0
    package var regionBytes = 0
    /// Segments of the writer that are not there, between the two files.
    package var missingFiles: [String] = []

    package var count: Int { last - first + 1 }

    package struct Place: Sendable, Hashable {
        package var file: String
        package var offset: Int
    }
}

/// Damage behind the last frame of the writer whose file it is.
package struct OpenEnd: Sendable, Hashable {
    package var file: String
    package var writer: String
    /// The first number that may be lost; how many is not known.
    package var from: Int
    package var bytes: Range<Int>
}

/// Frames of one identity with different contents; all of them count.
package struct Conflict: Sendable, Hashable {
    package var identity: FrameIdentity
    /// One place for each content, in the order of reading.
    package var places: [LostFrames.Place]
}
