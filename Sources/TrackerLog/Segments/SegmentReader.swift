/// One frame of a segment: decompressed, verified and split into sections.
@safe public struct FrameContent {
    /// Whole lines with their `\n`. Valid only during the visit, followed by `LineScanner.padding`
    /// readable bytes.
    public let bytes: UnsafeRawBufferPointer
    /// The sections that may be folded.
    public let sections: [FrameSection]
    /// The damaged sections; each is also reported as a bad region with the frame's byte range.
    public let refused: [RefusedSection]
    /// The number of sections of a newer format: kept in the log, not folded.
    public let newerSections: Int
    /// The frame's byte range in the file.
    public let offset: Int
    public let length: Int
    /// Whether the content was verified by a checksum.
    public let isChecked: Bool

    /// A copy of the section's lines, each with its `\n`.
    public func lines(of section: FrameSection) -> [UInt8] { unsafe Array(bytes[section.body]) }
}

/// The result of one reading.
public struct SegmentProgress: Sendable, Hashable {
    /// Everything before is final. The next reading resumes here.
    public var offset: Int
    /// Damage between the start of the reading and `offset`.
    public var badRegions: [BadRegion] = []
    /// Bytes from `offset` to the given size that are not a whole frame yet.
    public var pendingBytes = 0
    /// Whether the bytes end at `offset` with a line without its newline, which was read: see
    /// `SegmentReader.openLineEnd`.
    public var hasOpenLine = false
    /// Why the pending bytes can never become a frame, whatever is appended; `nil` while they may.
    /// How far the damage reaches is known only once a good frame follows it.
    public var pendingReason: BadRegion.Reason?
    /// A disk error at `offset`: everything before was read, the rest can be retried.
    public var failure: StorageError?

    public init(offset: Int) { self.offset = offset }
}

/// Reads segments and resumes where it stopped: "not yet" is an outcome, not an error.
///
/// Invariant: the result depends on the file's bytes alone, not on how often or when they were
/// read. Use a reader from one thread; it may read many files in turn.
public final class SegmentReader {
    let decompressor = FrameDecoder()

    public init() {}

    /// Reads whole frames from `offset` up to `size` and passes each to `visit`, in order.
    /// - Parameters:
    ///   - size: the file size to read up to; bytes appended meanwhile are left for the next
    ///     reading.
    ///   - session: the session whose folder holds the file; sections of another are reported as
    ///     misplaced.
    ///   - endsFile: whether the file ends at `size`: a whole last line needs no newline then.
    /// - Throws: on a disk error. The caller must then discard what `visit` received: see
    ///   `readAvailable`.
    public func read(
        _ file: any StorageFile, name: SegmentName, session: SessionID, from offset: Int, size: Int,
        endsFile: Bool = true, visit: (FrameContent) -> Void
    ) throws(StorageError) -> SegmentProgress {
        let progress = readAvailable(
            file, name: name, session: session, from: offset, size: size, endsFile: endsFile,
            visit: visit)
        if let failure = progress.failure { throw failure }
        return progress
    }

    /// The same, but a disk error ends the reading: `visit` has received everything before the
    /// result's `offset`, and `failure` is set.
    public func readAvailable(
        _ file: any StorageFile, name: SegmentName, session: SessionID, from offset: Int, size: Int,
        endsFile: Bool = true, visit: (FrameContent) -> Void
    ) -> SegmentProgress {
        var scan = SegmentScan(
            window: FileWindow(file: file, size: size), endsFile: endsFile,
            decompressor: decompressor, name: name, session: session.value,
            progress: SegmentProgress(offset: offset))
        do throws(StorageError) {
            try scan.run(visit)
        } catch {
            scan.progress.failure = error
        }
        return scan.progress
    }
}

/// The state of one reading of one file.
struct SegmentScan {
    let window: FileWindow
    /// Whether nothing follows what the window shows.
    let endsFile: Bool
    let decompressor: FrameDecoder
    let name: SegmentName
    let session: String
    var progress: SegmentProgress

    /// What begins at one offset of the file.
    @safe enum Piece {
        case frame(length: Int, content: UnsafeRawBufferPointer, isChecked: Bool, checksum: UInt32?)
        /// May become a frame when more is written.
        case incomplete
        case invalid(BadRegion.Reason)
    }

    mutating func run(_ visit: (FrameContent) -> Void) throws(StorageError) {
        while progress.offset < window.size {
            switch try piece(at: progress.offset) {
            case .frame(let length, _, let isChecked, let checksum) where try hidesMagic(length):
                switch try hiddenFrame(inFrameOf: length, isChecked: isChecked) {
                case .nothing:
                    // Decompress again: the search has reused the buffer.
                    guard case .frame(_, let content, _, _) = try piece(at: progress.offset) else {
                        return leaveRestPending()
                    }
                    unsafe show(
                        content, length: length, isChecked: isChecked, checksum: checksum, visit)
                case .frame: break
                case .unknown: return leaveRestPending()
                }
            case .frame(let length, let content, let isChecked, let checksum):
                unsafe show(
                    content, length: length, isChecked: isChecked, checksum: checksum, visit)
            case .incomplete where name.encoding == .plain:
                // Lines that a header announced, or a newline, are still missing.
                return leaveRestPending(try refusal(upTo: window.size))
            case .incomplete, .invalid:
                guard try resynchronise() else {
                    return leaveRestPending(try refusal(upTo: window.size))
                }
            }
        }
    }

    private mutating func leaveRestPending(_ reason: BadRegion.Reason? = nil) {
        progress.pendingBytes = window.size - progress.offset
        progress.pendingReason = reason
    }

    private mutating func show(
        _ content: UnsafeRawBufferPointer, length: Int, isChecked: Bool, checksum: UInt32?,
        _ visit: (FrameContent) -> Void
    ) {
        let content = unsafe ended(content)
        if name.encoding == .plain { progress.hasOpenLine = content.count > length }
        let parts = unsafe FrameSections(content, session: session, frameChecksum: checksum)
        for refused in parts.refused { addRegion(length: length, refused.reason) }
        unsafe visit(
            FrameContent(
                bytes: content, sections: parts.sections, refused: parts.refused,
                newerSections: parts.newer, offset: progress.offset, length: length,
                isChecked: isChecked))
        progress.offset += length
    }

    /// The content of a frame or member of lines without a header, with a newline where only that
    /// is missing. A writer with headers ends each line: what lacks it was cut off.
    private func ended(_ content: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard name.encoding != .plain, let last = unsafe content.last, last != 0x0A else {
            return unsafe content
        }
        let lineStart = unsafe (content.lastIndex(of: 0x0A) ?? -1) + 1
        let line = unsafe UnsafeRawBufferPointer(rebasing: content[lineStart...])
        guard unsafe OpenLine.isWhole(line), unsafe HeaderLines.find(content).headers.isEmpty else {
            return unsafe content
        }
        return unsafe decompressor.contentWithNewline(content.count)
    }

    mutating func addRegion(length: Int, _ reason: BadRegion.Reason) {
        progress.badRegions.append(
            BadRegion(
                file: name.fileName, offset: progress.offset, length: length, reason: reason))
    }

    /// - Parameter end: bytes from here on are ignored; by default the end of the file.
    func piece(at offset: Int, before end: Int? = nil) throws(StorageError) -> Piece {
        switch name.encoding {
        case .zstd: try zstdPiece(at: offset, before: end ?? window.size)
        case .gzip: try gzipPiece(at: offset, before: end ?? window.size)
        case .plain: try plainPiece(at: offset)
        }
    }

    private func zstdPiece(at offset: Int, before end: Int) throws(StorageError) -> Piece {
        var wanted = Self.firstLookBytes
        while true {
            let read = try unsafe window.bytes(at: offset, wanted: wanted)
            let bytes = unsafe UnsafeRawBufferPointer(rebasing: read.prefix(end - offset))
            var blocks = 0
            let extent = unsafe ZstdFrame.extent(of: bytes, walking: &blocks)
            decompressor.effort = blocks * Self.effortPerBlock
            switch extent {
            case .invalid(let reason): return .invalid(reason)
            case .incomplete(let needed):
                // The window has returned everything, and the frame needs more.
                guard bytes.count >= wanted, offset + needed <= end else {
                    return .incomplete
                }
                // Double the range each time: a frame of tiny blocks is then walked a few times,
                // not a million.
                wanted = max(needed, 2 * bytes.count)
            case .whole(let frame):
                let raw = unsafe UnsafeRawBufferPointer(rebasing: bytes[..<frame.length])
                switch unsafe decompressor.zstdContent(of: raw) {
                case .failed(let reason): return .invalid(reason)
                case .content(let content):
                    let checksum =
                        unsafe frame.hasChecksum
                        ? raw.loadUnaligned(fromByteOffset: frame.length - 4, as: UInt32.self)
                            .littleEndian : nil
                    return unsafe .frame(
                        length: frame.length, content: content, isChecked: frame.hasChecksum,
                        checksum: checksum)
                }
            }
        }
    }

    private func gzipPiece(at offset: Int, before end: Int) throws(StorageError) -> Piece {
        var wanted = FileWindow.readAheadBytes
        while true {
            let read = try unsafe window.bytes(at: offset, wanted: wanted)
            // Never more than the limit, whatever the window holds: the result must depend on the
            // bytes alone.
            let bytes = unsafe UnsafeRawBufferPointer(
                rebasing: read.prefix(min(LogLimits.maxFrameBytes, end - offset)))
            switch unsafe decompressor.gzipMember(at: bytes) {
            case .whole(let length, let content):
                return unsafe .frame(
                    length: length, content: content, isChecked: true, checksum: nil)
            case .invalid(let reason): return .invalid(reason)
            case .incomplete:
                guard wanted < LogLimits.maxFrameBytes, offset + bytes.count < end else {
                    return offset + bytes.count < end ? .invalid(.tooLarge) : .incomplete
                }
                wanted = LogLimits.maxFrameBytes
            }
        }
    }

    /// The budget charged for each block header walked, in bytes.
    private static let effortPerBlock = 16
    /// Enough for the headers of most frames; the window reads ahead anyway.
    private static let firstLookBytes = 4 << 10
}
