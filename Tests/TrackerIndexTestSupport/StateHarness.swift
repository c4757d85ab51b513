package import TrackerIndexer
package import TrackerLog
import TrackerTestSupport

/// Segments folded one by one, as `tracker fold` does, and their state files in memory.
package enum StateHarness {
    package static func file(_ bytes: [UInt8]) throws -> any StorageFile {
        let storage = MemoryStorage()
        try storage.place(StoragePath("file"), bytes)
        return try storage.openForReading(StoragePath("file"))
    }

    /// The state of a file of this name in the session of `FoldHarness`.
    package static func fold(_ bytes: [UInt8], _ name: String) throws -> [FoldedSegment] {
        guard let name = SegmentName(fileName: name) else { return [] }
        let address = SegmentAddress(
            user: try UserID("Ann"), session: try SessionID(GeneratedLog.session), name: name)
        return [try FoldedSegment.fold(try file(bytes), as: address, with: FoldTools()).segment]
    }

    package static func bytes(_ segments: [FoldedSegment]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try StateFile.write(segments) { bytes += $0 }
        return bytes
    }

    package static func read(_ bytes: [UInt8]) throws(StateFileError) -> [FoldedSegment] {
        // try? is right here: memory does not fail.
        guard let file = try? file(bytes) else { throw .unreadable("memory") }
        return try StateFile.read(file, source: "test")
    }

    /// What the states say, by segment.
    package static func texts(_ segments: [FoldedSegment]) throws(StateFileError) -> [String:
        String]
    {
        var texts: [String: String] = [:]
        for segment in segments {
            let text = try segment.stateText(from: "test")
            texts["\(segment.address)"] = String(decoding: text, as: UTF8.self)
        }
        return texts
    }
}

extension FoldHarness {
    package func publish(
        _ segments: [FoldedSegment], in storage: (any Storage)? = nil
    ) throws -> PublishedStates {
        try StatePublishing.publish(
            segments, user, session, in: storage ?? self.storage, with: tools)
    }

    package func snapshotBytes() throws -> [UInt8] {
        try storage.readAll(DataLayout.snapshot(user, session), limit: 1 << 30)
    }
}

/// A segment that bare lines of another one were compacted into.
package enum CompactedSegment {
    package static func bytes(of lines: [UInt8], in file: String) throws -> [UInt8] {
        let writer = "c0ac7e0000000001"
        func header(_ seq: Int, events: Int) -> FrameHeader {
            FrameHeader(
                session: GeneratedLog.session, identity: FrameIdentity(writer: writer, seq: seq),
                events: events)
        }
        var section = header(1, events: lines.count { $0 == 0x0A })
        section.bareOf = file
        var content: [UInt8] = []
        section.write(to: &content)
        let rest = SegmentBuilder.frame(content + lines)
        let prefixes = try SegmentReader().prefixes(
            of: StateHarness.file(lines), lengths: CompactionClaim.prefixLengths(of: lines.count))
        var first = header(0, events: 0)
        first.claim = CompactionClaim(
            restBytes: rest.count,
            replaced: [.init(file: file, hasBareLines: true, prefixes: prefixes)])
        content = []
        first.write(to: &content)
        return SegmentBuilder.frame(content) + rest
    }
}
