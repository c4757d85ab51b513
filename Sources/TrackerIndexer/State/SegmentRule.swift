package import TrackerLog

/// Which lines of a segment are skipped because they count in another segment. This concerns lines
/// without a header only; others count once by the identity of their frame.
///
/// ```
/// original     ├── contained in the compacted segment ──┼── appended later ──┤
///                                                 replacedBytes
/// counted in   the compacted segment                      the original
/// or, while the compacted segment is incomplete,
/// counted in   the original: see `ceded`                  the original
/// ```
package struct SegmentRule: Sendable, Hashable {
    /// Lines without a header that end before this offset count in the compacted segment that
    /// contains them.
    package var replacedBytes = 0
    /// Of an incomplete compacted segment: the originals that still exist. Their lines count there.
    var ceded: Set<String> = []
    /// Bytes that a compacted segment lacks of its stated length.
    package var missingBytes = 0
    /// Plain text: `replacedBytes` may lie inside a frame, which is just the piece read at a time.
    package var isPlain = false

    package static let everything = SegmentRule()

    /// Stable across processes: snapshots store it.
    var hash: UInt64 {
        if replacedBytes == 0, ceded.isEmpty { return Self.hashOfNothing }
        let text = (["\(replacedBytes)"] + ceded.sorted()).joined(separator: "/")
        return XXHash64.hash(Array(text.utf8))
    }

    private static let hashOfNothing = XXHash64.hash(Array("0".utf8))

    /// The part of the section that counts here; `nil` when nothing does.
    package func part(of section: FrameSection, in frame: FrameContent) -> FrameSection? {
        if let header = section.header {
            // A claim is not a frame of a writer.
            if header.claim != nil { return nil }
            return header.bareOf.map(ceded.contains) ?? false ? nil : section
        }
        guard isPlain else {
            return frame.offset + frame.length > replacedBytes ? section : nil
        }
        let cut = replacedBytes - frame.offset
        guard cut > section.body.lowerBound else { return section }
        guard cut < section.body.upperBound else { return nil }
        // A line that begins before the cut and ends behind it counts.
        let before = unsafe frame.bytes[section.body.lowerBound..<cut]
        guard let end = unsafe before.lastIndex(of: 0x0A) else { return section }
        var part = section
        let skipped = unsafe before.count { $0 == 0x0A }
        part.body = end + 1..<section.body.upperBound
        part.firstLine += skipped
        part.lineCount -= skipped
        return part
    }
}
