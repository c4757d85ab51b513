/// Bare `.jsonl` files, read in pieces of whole lines so that they are folded like frames.
extension SegmentScan {
    /// The size of a piece without a header.
    private static let pieceBytes = 256 << 10

    /// The next header with all its lines, or else the lines up to the next header. `.incomplete`
    /// while the last line has no newline, unless it is whole: see `OpenLine`.
    func plainPiece(at offset: Int) throws(StorageError) -> Piece {
        let bytes = try unsafe window.bytes(at: offset, wanted: Self.pieceBytes)
        if unsafe FrameHeader.beginsLine(bytes, at: 0) { return try headedPiece(at: offset) }
        var end = 0
        while end < bytes.count, end < Self.pieceBytes {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[end...])
            guard let newline = unsafe firstIndex(of: 0x0A, in: rest) else { break }
            end += newline + 1
            if unsafe FrameHeader.beginsLine(bytes, at: end) { break }
        }
        if end == 0 { return try longLine(at: offset) }
        return unsafe plain(bytes, end)
    }

    /// A line longer than one piece.
    private func longLine(at offset: Int) throws(StorageError) -> Piece {
        let bytes = try unsafe window.bytes(at: offset, wanted: LogLimits.maxFrameContentBytes)
        if let newline = unsafe firstIndex(of: 0x0A, in: bytes) {
            return unsafe plain(bytes, newline + 1)
        }
        guard offset + bytes.count >= window.size else { return .invalid(.tooLarge) }
        guard endsFile, unsafe OpenLine.isWhole(bytes) else { return .incomplete }
        return unsafe .frame(
            length: bytes.count, content: window.bytesWithNewline(from: offset), isChecked: false,
            checksum: nil)
    }

    private func headedPiece(at offset: Int) throws(StorageError) -> Piece {
        let bytes = try unsafe window.bytes(at: offset, wanted: LogLimits.maxFrameContentBytes)
        guard let headerEnd = unsafe firstIndex(of: 0x0A, in: bytes) else {
            return offset + bytes.count < window.size ? .invalid(.tooLarge) : .incomplete
        }
        let headerLine = unsafe UnsafeRawBufferPointer(rebasing: bytes[..<headerEnd])
        let promised: Int
        switch unsafe FrameHeader.parse(headerLine) {
        case .header(let header): promised = header.events
        // Lines of a newer format are not folded; they stay in one piece with the header if it
        // counts them.
        case .newer(let events): promised = events ?? 0
        case .invalid: promised = 0
        }
        var end = headerEnd + 1
        for _ in 0..<promised {
            // Fewer lines than promised before the next header: the piece is reported as `count`.
            if unsafe FrameHeader.beginsLine(bytes, at: end) { break }
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[end...])
            guard let newline = unsafe firstIndex(of: 0x0A, in: rest) else {
                return offset + bytes.count < window.size ? .invalid(.tooLarge) : .incomplete
            }
            end += newline + 1
        }
        return unsafe plain(bytes, end)
    }

    /// Why the bytes at the current offset can never become a line, or a header with its lines;
    /// `nil` while they may.
    /// - Precondition: the piece there is not whole.
    func plainRefusal() throws(StorageError) -> BadRegion.Reason? {
        let bytes = try unsafe window.bytes(
            at: progress.offset, wanted: LogLimits.maxLineBytes + 1)
        guard let lineEnd = unsafe firstIndex(of: 0x0A, in: bytes) else {
            if let reason = unsafe Self.refusal(ofLine: bytes) { return reason }
            return bytes.count <= LogLimits.maxLineBytes ? nil : .tooLarge
        }
        let line = unsafe UnsafeRawBufferPointer(rebasing: bytes[..<lineEnd])
        switch unsafe FrameHeader.parse(line) {
        case .header(let header) where !header.session.utf8.elementsEqual(session.utf8):
            return .misplaced
        case .header(let header) where header.events > LogLimits.maxFrameContentBytes:
            return .tooLarge
        case .header, .newer, .invalid: return nil
        }
    }

    /// Why the bytes are not the beginning of a line of JSON, whatever follows them: an object
    /// without the control characters that JSON excludes everywhere. `nil` while they may be.
    private static func refusal(ofLine bytes: UnsafeRawBufferPointer) -> BadRegion.Reason? {
        let mark = unsafe ByteOrderMark.matched(bytes)
        if mark > 0, mark < min(ByteOrderMark.length, bytes.count) { return .notAFrame }
        var object = ObjectEnd()
        var hasReturn = false
        for index in mark..<bytes.count {
            let byte = unsafe bytes[index]
            switch byte {
            case 0x20, 0x09: break
            case 0x0D: hasReturn = hasReturn || object.isEnded
            case ..<0x20: return .notAFrame
            // What begins another object after a carriage return is the next of such lines. What
            // else follows makes it a line that is refused, once it ends.
            case _ where object.isEnded:
                return hasReturn && byte == UInt8(ascii: "{") ? .carriageReturns : nil
            default: if !object.take(byte) { return .notAFrame }
            }
        }
        return nil
    }

    private func plain(_ bytes: UnsafeRawBufferPointer, _ count: Int) -> Piece {
        unsafe .frame(
            length: count, content: UnsafeRawBufferPointer(rebasing: bytes[..<count]),
            isChecked: false, checksum: nil)
    }
}
