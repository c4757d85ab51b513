/// The lines that one header covers, or those before the first header, which have no identity.
/// ```
/// content   bare lines   header   its lines   header   its lines
/// sections  ╰─ no id ─╯  ╰─── section ────╯  ╰─── section ────╯
/// ```
public struct FrameSection: Sendable {
    public var header: FrameHeader?
    /// The byte range of the lines, without the header line; each ends with `\n`.
    public var body: Range<Int>
    /// The number of the body's first line within the frame's content, from 1.
    public var firstLine: Int
    public var lineCount: Int
    /// The low half of XXH64 of the section, header line included; 0 without a header. Of one that
    /// was thinned: that of the section it was made from.
    public var contentHash: UInt32
}

extension FrameSection {
    /// Whether its lines had no header when they were written.
    package var isBare: Bool { header.map { $0.bareOf != nil } ?? true }

    /// The event of one of its lines, without its `\n`. Files that people make and join may have
    /// byte order marks before lines, what writers append has none.
    package func event(_ line: UnsafeRawBufferPointer) throws(LineError) -> Event {
        let mark = unsafe isBare ? ByteOrderMark.length(in: line) : 0
        return try unsafe EventParser.parse(UnsafeRawBufferPointer(rebasing: line[mark...]))
    }

    /// As above.
    package func event(_ line: [UInt8]) throws(LineError) -> Event {
        try EventParser.parse(isBare ? ByteOrderMark.removed(from: line) : line)
    }
}

/// A section that is not folded, and why.
public struct RefusedSection: Sendable {
    public var reason: BadRegion.Reason
    /// Its header, if that could be parsed.
    public var header: FrameHeader?
    /// The number of lines up to the next header.
    public var lineCount: Int
}

/// The sections of one frame.
struct FrameSections {
    var sections: [FrameSection] = []
    var refused: [RefusedSection] = []
    /// Sections of a newer format.
    var newer = 0

    /// - Parameters:
    ///   - content: the frame's whole content.
    ///   - session: the session whose folder holds the segment.
    ///   - frameChecksum: zstd's checksum of the content, if any: it equals the hash of a section
    ///     that fills the frame.
    init(_ content: UnsafeRawBufferPointer, session: String, frameChecksum: UInt32?) {
        guard unsafe content.last == 0x0A else {
            refused.append(RefusedSection(reason: .unterminated, header: nil, lineCount: 0))
            return
        }
        let (headers, lineCount) = unsafe HeaderLines.find(content)
        if headers.first?.lineOffset != 0 {
            let end = headers.first?.lineOffset ?? content.count
            let lines = headers.first.map { $0.line - 1 } ?? lineCount
            sections.append(
                FrameSection(
                    header: nil, body: 0..<end, firstLine: 1, lineCount: lines, contentHash: 0))
        }
        for (index, start) in headers.enumerated() {
            let next = index + 1 < headers.count ? headers[index + 1] : nil
            let end = next?.lineOffset ?? content.count
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
            let isThisSession = header.session.utf8.elementsEqual(session.utf8)
            guard isThisSession, header.events == lineCount else {
                let reason: BadRegion.Reason = isThisSession ? .count : .misplaced
                return refused.append(
                    RefusedSection(reason: reason, header: header, lineCount: lineCount))
            }
            let hash = unsafe checksum ?? UInt32(truncatingIfNeeded: XXHash64.hash(whole))
            sections.append(
                FrameSection(
                    header: header, body: start.offset + headerEnd + 1..<end,
                    firstLine: start.line + 1, lineCount: lineCount,
                    contentHash: header.thinned?.hash ?? hash))
        }
    }
}
