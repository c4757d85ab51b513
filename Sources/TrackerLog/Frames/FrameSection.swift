/// The lines that one header speaks for; or the lines before the first header, which have no
/// identity.
public struct FrameSection: Sendable {
    public var header: FrameHeader?
    /// The lines without the header line, each with its `\n`.
    public var body: Range<Int>
    /// The number of the body's first line within the frame's content, from 1.
    public var firstLine: Int
    public var lineCount: Int
    /// The low half of XXH64 over the section with its header line; 0 when it has no header.
    public var contentHash: UInt32
}

/// A section that is not folded, and why.
public struct RefusedSection: Sendable {
    public var reason: BadRegion.Reason
    /// What its header says, where it reads as one.
    public var header: FrameHeader?
    /// The lines that follow, up to the next header.
    public var lineCount: Int
}

/// What the content of a frame divides into.
struct FrameSections {
    var sections: [FrameSection] = []
    var refused: [RefusedSection] = []
    /// Sections of a newer format.
    var newer = 0

    /// - Parameters:
    ///   - content: the frame's whole content.
    ///   - session: whose folder the segment is in.
    ///   - frameChecksum: zstd's checksum of the content, where the frame has one: it is the hash
    ///     of a section that fills the frame.
    init(_ content: UnsafeRawBufferPointer, session: String, frameChecksum: UInt32?) {
        guard unsafe content.last == 0x0A else {
            refused.append(RefusedSection(reason: .unterminated, header: nil, lineCount: 0))
            return
        }
        let (headers, lineCount) = unsafe HeaderLines.find(content)
        if headers.first?.offset != 0 {
            let end = headers.first?.offset ?? content.count
            let lines = headers.first.map { $0.line - 1 } ?? lineCount
            sections.append(
                FrameSection(
                    header: nil, body: 0..<end, firstLine: 1, lineCount: lines, contentHash: 0))
        }
        for (index, start) in headers.enumerated() {
            let next = index + 1 < headers.count ? headers[index + 1] : nil
            let end = next?.offset ?? content.count
            let lines = (next?.line ?? lineCount + 1) - start.line - 1
            let isWhole = start.offset == 0 && end == content.count
            unsafe add(
                content, start: start, end: end, lineCount: lines, session: session,
                checksum: isWhole ? frameChecksum : nil)
        }
    }

    private mutating func add(
        _ content: UnsafeRawBufferPointer, start: HeaderLines.Start, end: Int, lineCount: Int,
        session: String, checksum: UInt32?
    ) {
        let whole = unsafe UnsafeRawBufferPointer(rebasing: content[start.offset..<end])
        let headerEnd = unsafe firstIndex(of: 0x0A, in: whole) ?? whole.count
        switch unsafe FrameHeader.parse(UnsafeRawBufferPointer(rebasing: whole[..<headerEnd])) {
        case .newer: newer += 1
        case .invalid:
            refused.append(RefusedSection(reason: .header, header: nil, lineCount: lineCount))
        case .header(let header):
            let isOurs = header.session.utf8.elementsEqual(session.utf8)
            guard isOurs, header.events == lineCount else {
                let reason: BadRegion.Reason = isOurs ? .count : .misplaced
                return refused.append(
                    RefusedSection(reason: reason, header: header, lineCount: lineCount))
            }
            let hash = unsafe checksum ?? UInt32(truncatingIfNeeded: XXHash64.hash(whole))
            sections.append(
                FrameSection(
                    header: header, body: start.offset + headerEnd + 1..<end,
                    firstLine: start.line + 1, lineCount: lineCount, contentHash: hash))
        }
    }
}
