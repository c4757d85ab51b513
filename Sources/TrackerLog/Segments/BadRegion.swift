/// A stretch of a segment file that could not be read, and why.
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
        /// Not the first bytes of a zstd frame.
        case notAFrame = "not-a-frame"
        /// A frame that stops before its end, with good frames after it.
        case torn
        /// A frame whose content does not decompress.
        case corrupt
        /// A frame whose content does not match its checksum.
        case checksum
        /// Larger than the format allows, compressed or not.
        case tooLarge = "too-large"
        /// Needs a dictionary, or a larger window, or is a skippable or legacy frame.
        case unsupported
        /// The content's last line has no end.
        case unterminated
        /// A header line that does not read as one.
        case header
        /// The header's `events` is not the number of lines.
        case count
        /// The header names another session.
        case misplaced
        /// The end of a closed segment that never became a frame.
        case tail
        /// Looking for the next good frame took more than the budget.
        case budget
    }
}

/// A line inside a good frame that is no event, and why.
public struct BadLine: Sendable, Hashable {
    /// The file's name within its session folder.
    public var file: String
    /// Where the line's frame begins.
    public var frameOffset: Int
    /// The line within the frame's content, from 1 (the header is a line as well).
    public var line: Int
    public var reason: LineError

    public init(file: String, frameOffset: Int, line: Int, reason: LineError) {
        self.file = file
        self.frameOffset = frameOffset
        self.line = line
        self.reason = reason
    }
}
