/// A byte range of a segment file that could not be read, and why.
public struct BadRegion: Sendable, Hashable {
    /// The file's name within its session folder.
    public var file: String
    public var offset: Int
    public var length: Int
    public var reason: Reason

    public init(file: String, offset: Int, length: Int, reason: Reason) {
        self.file = file
        self.offset = offset
        self.length = length
        self.reason = reason
    }

    /// The raw value is what commands print.
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        /// Not the first bytes of what the file's ending names: a zstd frame, a gzip member, or a
        /// line of JSON.
        case notAFrame = "not-a-frame"
        /// Lines of JSON that end with carriage returns alone.
        case carriageReturns = "carriage-returns"
        /// A frame that stops before its end, with good frames after it.
        case torn
        /// A frame whose content does not decompress.
        case corrupt
        /// A frame whose content does not match its checksum.
        case checksum
        /// Larger than the format allows, compressed or not.
        case tooLarge = "too-large"
        /// Needs a larger window than `LogLimits.maxWindowBytes`, as of `zstd --long`.
        case window
        /// Needs a dictionary.
        case dictionary
        /// A skippable frame: it has no lines.
        case skippable
        /// A frame of zstd before version 0.8.
        case legacy
        /// The decompressor could not begin: there was no memory for it.
        case unsupported
        /// The content's last line has no newline.
        case unterminated
        /// A header line that cannot be parsed.
        case header
        /// The header's `events` is not the number of lines.
        case count
        /// The header names another session.
        case misplaced
        /// The end of a closed segment that never became a frame.
        case tail
        /// The search for the next good frame exceeded its budget.
        case budget
    }
}

/// A line in a good frame that is not an event, and why.
public struct BadLine: Sendable, Hashable {
    /// The file's name within its session folder.
    public var file: String
    /// The offset of the line's frame in the file.
    public var frameOffset: Int
    /// The line's number within the frame's content, from 1; header lines count.
    public var line: Int
    public var reason: LineError

    public init(file: String, frameOffset: Int, line: Int, reason: LineError) {
        self.file = file
        self.frameOffset = frameOffset
        self.line = line
        self.reason = reason
    }
}
