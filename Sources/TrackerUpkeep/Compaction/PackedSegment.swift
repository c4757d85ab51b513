import TrackerIndexer
import TrackerLog

/// A new segment before it has its final name.
struct PackedSegment {
    var inputs: [CompactionInput] = []
    var claim = CompactionClaim(restBytes: 0, replaced: [])
    var frames = 0
    var bytes = 0

    /// Two temporary files, because the claim comes first and holds the size of what follows it:
    ///
    /// ```text
    /// body.tmp      frame, frame, …
    /// segment.tmp   claim frame (rest = size of body.tmp), then body.tmp
    /// ```
    static let bodyPath = DataLayout.maintenance.appending("body" + Maintenance.temporaryEnding)
    static let path = DataLayout.maintenance.appending("segment" + Maintenance.temporaryEnding)

    var bytesBefore: Int { inputs.reduce(0) { $0 + $1.size } }
    var framesBefore: Int { inputs.reduce(0) { $0 + $1.frames } }

    /// Whether it means fewer files or fewer bytes. Otherwise each run would rewrite the same data.
    var isWorthwhile: Bool {
        guard let first = inputs.first else { return false }
        if claim.thinned != nil {
            return bytes <= bytesBefore / 100 * UpkeepLimits.percentThatThinningLeaves
        }
        return inputs.count > 1 || (first.gainsAlone && bytes < first.size)
    }

    /// The writer id, a hash of the inputs: the same inputs give the same name.
    var writer: String {
        // A machine that only compacts the same inputs makes another file.
        var text: [UInt8] = claim.thinned == nil ? [] : Array("thinned\n".utf8)
        for one in claim.replaced {
            text += Array("\(one.file) \(one.size) \(one.prefixes.last?.hash ?? 0)\n".utf8)
        }
        let digits = XXHash64.hex(XXHash64.hash(text))
        return SegmentName.compactedPrefix
            + digits.dropFirst(SegmentName.compactedPrefix.utf8.count)
    }

    /// The segment's first frame: a header with the claim, and no lines.
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
