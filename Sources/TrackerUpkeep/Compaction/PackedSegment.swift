import TrackerIndexer
import TrackerLog

/// A new segment before it has its name.
struct PackedSegment {
    var inputs: [CompactionInput] = []
    var claim = CompactionClaim(restBytes: 0, replaced: [])
    var frames = 0
    var bytes = 0

    /// The frames, and then the segment that begins with the claim: only then is it known what
    /// follows the claim.
    static let bodyPath = DataLayout.maintenance.appending("body" + Maintenance.temporaryEnding)
    static let path = DataLayout.maintenance.appending("segment" + Maintenance.temporaryEnding)

    var bytesBefore: Int { inputs.reduce(0) { $0 + $1.size } }
    var framesBefore: Int { inputs.reduce(0) { $0 + $1.frames } }

    /// Whether there is less than before, of files or of bytes; never the same over again.
    var isWorthwhile: Bool {
        guard let first = inputs.first else { return false }
        return inputs.count > 1 || (first.gainsAlone && bytes < first.size)
    }

    /// Its id follows from what it is made from: the same inputs give the same name.
    var writer: String {
        var text: [UInt8] = []
        for one in claim.replaced {
            text += Array("\(one.file) \(one.size) \(one.prefixes.last?.hash ?? 0)\n".utf8)
        }
        let digits = XXHash64.hex(XXHash64.hash(text))
        return SegmentName.compactedPrefix
            + digits.dropFirst(SegmentName.compactedPrefix.utf8.count)
    }

    /// The frame that it begins with.
    func claimFrame(session: SessionID) throws(UpkeepError) -> [UInt8] {
        var header = FrameHeader(
            session: session.value, identity: FrameIdentity(writer: writer, seq: 0), events: 0)
        header.claim = claim
        var line: [UInt8] = []
        header.write(to: &line)
        do throws(LogError) {
            return try FrameEncoder().frame(of: line)
        } catch {
            throw .session("cannot compact: \(error)")
        }
    }
}
