/// Bare `.jsonl` files, read in pieces of whole lines so that they are folded like frames.
extension SegmentScan {
    /// The size of a piece without a header.
    private static let pieceBytes = 256 << 10

    /// The next header with all its lines, or else the lines up to the next header. `.incomplete`
    /// while the last line has no newline.
    func plainPiece(at offset: Int) throws(StorageError) -> Piece {
        let bytes = try unsafe window.bytes(at: offset, wanted: Self.pieceBytes)
        if unsafe FrameHeader.isHeaderLine(bytes, at: 0) { return try headedPiece(at: offset) }
        var end = 0
        while end < bytes.count, end < Self.pieceBytes {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[end...])
            guard let newline = unsafe firstIndex(of: 0x0A, in: rest) else { break }
            end += newline + 1
            if unsafe FrameHeader.isHeaderLine(bytes, at: end) { break }
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
        return offset + bytes.count < window.size ? .invalid(.tooLarge) : .incomplete
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
            if unsafe FrameHeader.isHeaderLine(bytes, at: end) { break }
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[end...])
            guard let newline = unsafe firstIndex(of: 0x0A, in: rest) else {
                return offset + bytes.count < window.size ? .invalid(.tooLarge) : .incomplete
            }
            end += newline + 1
        }
        return unsafe plain(bytes, end)
    }

    private func plain(_ bytes: UnsafeRawBufferPointer, _ count: Int) -> Piece {
        unsafe .frame(
            length: count, content: UnsafeRawBufferPointer(rebasing: bytes[..<count]),
            isChecked: false, checksum: nil)
    }
}
