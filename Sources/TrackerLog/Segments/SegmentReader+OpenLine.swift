/// What follows a last line without its newline, once the file has grown.
public enum OpenLineEnd: Sendable {
    /// Blanks alone.
    case open
    case ended
    /// The line goes on: it is another one than the one that was read.
    case continued
}

extension SegmentReader {
    /// Looks at what was appended to a line without a newline.
    /// - Parameter offset: the end of the line so far.
    public func openLineEnd(
        of file: any StorageFile, at offset: Int, size: Int
    ) throws(StorageError) -> OpenLineEnd {
        let window = FileWindow(file: file, size: size)
        let bytes = try unsafe window.bytes(at: offset, wanted: LogLimits.maxLineBytes)
        guard let next = unsafe bytes.first(where: { !OpenLine.isBlank($0) }) else {
            return bytes.count < LogLimits.maxLineBytes ? .open : .continued
        }
        return next == 0x0A ? .ended : .continued
    }
}
