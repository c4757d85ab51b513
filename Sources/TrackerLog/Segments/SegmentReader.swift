/// One frame of a segment, read, decompressed, checked and divided.
@safe public struct FrameContent {
    /// Whole lines with their `\n`. Valid during the visit only, `LineScanner.padding` bytes beyond
    /// may be read.
    public let bytes: UnsafeRawBufferPointer
    /// Those that may be folded.
    public let sections: [FrameSection]
    /// Those that are damage; each is a bad region of the frame's place as well.
    public let refused: [RefusedSection]
    /// Sections of a newer format, kept in the log and not folded.
    public let newerSections: Int
    /// Where the frame begins in the file, and how long it is.
    public let offset: Int
    public let length: Int
    /// Whether a checksum vouches for the content.
    public let isChecked: Bool

    /// A copy of the section's lines, each with its `\n`.
    public func lines(of section: FrameSection) -> [UInt8] { unsafe Array(bytes[section.body]) }
}

/// How far a reading came.
public struct SegmentProgress: Sendable, Hashable {
    /// Everything before is read for good. The next reading goes on here.
    public var offset: Int
    /// Damage between where the reading began and `offset`.
    public var badRegions: [BadRegion] = []
    /// Bytes from `offset` to the size that are not a whole frame yet.
    public var pendingBytes = 0
    /// The disk failed at `offset`: everything before is read, the rest can be tried again.
    public var failure: StorageError?

    public init(offset: Int) { self.offset = offset }
}

/// Reads segments, and goes on where it stopped: "not yet" is an outcome, not an error.
///
/// Invariant: what is delivered depends on the file's bytes alone, not on how often or when it was
/// read. A reader is used by one thread; it may read many files, one after the other.
public final class SegmentReader {
    let decompressor = FrameDecoder()

    public init() {}

    /// Reads whole frames from `offset` up to `size` and shows each to `visit`, in order.
    /// - Parameters:
    ///   - size: of the file as seen before; what is appended meanwhile is read next time.
    ///   - session: whose folder the file is in; frames of another are reported as misplaced.
    /// - Throws: what the disk says. What was shown to `visit` is then of no use: see
    ///   `readAvailable`.
    public func read(
        _ file: any StorageFile, name: SegmentName, session: SessionID, from offset: Int, size: Int,
        visit: (FrameContent) -> Void
    ) throws(StorageError) -> SegmentProgress {
        let progress = readAvailable(
            file, name: name, session: session, from: offset, size: size, visit: visit)
        if let failure = progress.failure { throw failure }
        return progress
    }

    /// The same, but a disk that fails in the middle ends the reading there: what was shown to
    /// `visit` is all before `offset` of the result, and its `failure` is set.
    public func readAvailable(
        _ file: any StorageFile, name: SegmentName, session: SessionID, from offset: Int, size: Int,
        visit: (FrameContent) -> Void
    ) -> SegmentProgress {
        var scan = SegmentScan(
            window: FileWindow(file: file, size: size), decompressor: decompressor, name: name,
            session: session.value, progress: SegmentProgress(offset: offset))
        do throws(StorageError) {
            try scan.run(visit)
        } catch {
            scan.progress.failure = error
        }
        return scan.progress
    }
}

/// One reading of one file.
struct SegmentScan {
    let window: FileWindow
    let decompressor: FrameDecoder
    let name: SegmentName
    let session: String
    var progress: SegmentProgress

    /// What stands at one place of the file.
    @safe enum Piece {
        case frame(length: Int, content: UnsafeRawBufferPointer, isChecked: Bool, checksum: UInt32?)
        /// Could still become a frame when more is written.
        case incomplete
        case invalid(BadRegion.Reason)
    }

    mutating func run(_ visit: (FrameContent) -> Void) throws(StorageError) {
        while progress.offset < window.size {
            switch try piece(at: progress.offset) {
            case .frame(let length, _, let isChecked, let checksum) where try hidesMagic(length):
                switch try whatHides(inFrameOf: length, isChecked: isChecked) {
                case .nothing:
                    // Once more, because looking inside has used the buffer.
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
                // Lines that a header promised, or a line's end, are still to come.
                return leaveRestPending()
            case .incomplete, .invalid:
                guard try resynchronise() else { return leaveRestPending() }
            }
        }
    }

    private mutating func leaveRestPending() {
        progress.pendingBytes = window.size - progress.offset
    }

    private mutating func show(
        _ content: UnsafeRawBufferPointer, length: Int, isChecked: Bool, checksum: UInt32?,
        _ visit: (FrameContent) -> Void
    ) {
        let parts = unsafe FrameSections(content, session: session, frameChecksum: checksum)
        for refused in parts.refused { addRegion(length: length, refused.reason) }
        unsafe visit(
            FrameContent(
                bytes: content, sections: parts.sections, refused: parts.refused,
                newerSections: parts.newer, offset: progress.offset, length: length,
                isChecked: isChecked))
        progress.offset += length
    }

    mutating func addRegion(length: Int, _ reason: BadRegion.Reason) {
        progress.badRegions.append(
            BadRegion(
                file: name.fileName, offset: progress.offset, length: length, reason: reason))
    }

    /// - Parameter end: what stands behind is not looked at; the end of the file otherwise.
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
                // The window gave all there is, and it is not enough.
                guard bytes.count >= wanted, offset + needed <= end else {
                    return .incomplete
                }
                // Twice as far each time: a frame of tiny blocks is walked a few times, not a
                // million.
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
            // Never more than the limit, whatever the window holds: the verdict is the bytes'
            // alone.
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

    /// Walking over one block's header, in the bytes of a budget.
    private static let effortPerBlock = 16
    /// Enough for the headers of most frames; the window reads further ahead by itself.
    private static let firstLookBytes = 4 << 10
}
