package import TrackerLog

/// Which lines of a segment count in another one.
package struct SegmentRule: Sendable, Hashable {
    /// Lines without a header that end before this offset count in the compacted segment that took
    /// them over.
    package var replacedBytes = 0
    /// Of a compacted segment that is not whole: files that are there themselves. Their lines count
    /// there.
    var ceded: Set<String> = []
    /// What a compacted segment lacks of its length.
    package var missingBytes = 0
    /// In bare lines an offset may lie within what is read in one piece.
    package var isPlain = false

    package static let everything = SegmentRule()

    /// The same in every program: a snapshot keeps it.
    var hash: UInt64 {
        let text = ceded.sorted().reduce("\(replacedBytes)") { "\($0)/\($1)" }
        return XXHash64.hash(Array(text.utf8))
    }

    /// What of the section counts here; `nil` when nothing does.
    package func part(of section: FrameSection, in frame: FrameContent) -> FrameSection? {
        if let header = section.header {
            // A claim is no frame of a writer.
            if header.claim != nil { return nil }
            return header.bareOf.map(ceded.contains) ?? false ? nil : section
        }
        guard isPlain else {
            return frame.offset + frame.length > replacedBytes ? section : nil
        }
        let cut = replacedBytes - frame.offset
        guard cut > section.body.lowerBound else { return section }
        guard cut < section.body.upperBound else { return nil }
        // A line that only begins before counts.
        let before = unsafe frame.bytes[section.body.lowerBound..<cut]
        guard let end = unsafe before.lastIndex(of: 0x0A) else { return section }
        var part = section
        part.body = end + 1..<section.body.upperBound
        return part
    }
}
