import TrackerLog

/// How far one segment file is folded, and fingerprints to recognise it again.
///
/// ```
/// ├─ head ─┤              ├─ tail ─┤
/// ├───────────── folded ───────────┼── pending ──┤
/// 0                              offset      status.size
/// ```
struct IndexedSegment {
    var name: SegmentName
    /// As of the last look at the file.
    var status: FileStatus
    /// `false` after an error, or if the last step ended before the file did: the next step opens
    /// the file again even if it has not changed.
    var isReadToEnd = true
    /// All bytes before it are folded.
    var offset = 0
    /// Hashes of the first bytes and of the last ones before `offset`. Inode numbers are reused, so
    /// the content decides whether it is still the same file.
    var head = Fingerprint()
    var tail = Fingerprint()
    /// Whether the line before `offset` has no newline yet: see `SegmentProgress.hasOpenLine`.
    var hasOpenLine = false
    var pendingBytes = 0
    /// See `SegmentProgress.pendingReason`.
    var pendingReason: BadRegion.Reason?
    var frames = 0
    var uncheckedFrames = 0
    var newerFrames = 0
    /// The first `LogLimits.maxListedRegions`; `badRegionCount` counts all.
    var badRegions: [BadRegion] = []
    var badRegionCount = 0
    var badRegionBytes = 0
    var badLines: [BadLine] = []
    /// Whether the segment has lines without a header, or sections compacted from such lines. Only
    /// then does the state depend on the rule.
    var hasBareLines = false
    /// The hash of the `SegmentRule` that it was folded by.
    var ruleHash = SegmentRule.everything.hash
    /// Bytes that a compacted segment lacks of its stated length.
    var missingBytes = 0

    init(name: SegmentName, status: FileStatus) {
        self.name = name
        self.status = status
    }

    /// Whether nothing of the file is unread, as of `status` and this rule.
    func isUpToDate(_ status: FileStatus?, _ rule: SegmentRule) -> Bool {
        isReadToEnd && self.status == status && ruleHash == rule.hash
    }

    /// Records where a reading stopped.
    mutating func stop(at progress: SegmentProgress) {
        offset = progress.offset
        hasOpenLine = progress.hasOpenLine
        pendingBytes = progress.pendingBytes
        pendingReason = progress.pendingReason
    }

    /// The bytes after `offset` are unread, or there are none.
    mutating func forgetPending() {
        pendingBytes = 0
        pendingReason = nil
    }

    /// What follows the folded bytes.
    var end: SegmentEnd {
        SegmentEnd(
            offset: offset, pendingBytes: pendingBytes, missingBytes: missingBytes,
            reason: pendingReason)
    }

    /// The hash of a byte range of the file.
    struct Fingerprint: Hashable {
        var offset = 0
        var length = 0
        var hash: UInt64 = 0

        /// Large enough to contain a frame's checksum, small enough to read at every look.
        static let maxBytes = 4 << 10
    }

    mutating func add(_ region: BadRegion) {
        badRegionCount += 1
        badRegionBytes += region.length
        if badRegions.count < LogLimits.maxListedRegions { badRegions.append(region) }
    }

    mutating func count(_ frame: FrameContent) {
        // In plain text the number of frames depends on when the file is read, the number of
        // headers does not.
        let number =
            name.encoding == .plain ? frame.sections.count(where: { $0.header != nil }) : 1
        frames += number
        hasBareLines =
            hasBareLines
            || frame.sections.contains { $0.header == nil || $0.header?.bareOf != nil }
        newerFrames += frame.newerSections
        if !frame.isChecked { uncheckedFrames += number }
    }

    /// - Parameters:
    ///   - number: of the line within its frame.
    ///   - offset: where it begins in the frame's content.
    mutating func addBadLine(
        _ number: Int, _ offset: Int, of frame: FrameContent, _ reason: LineError
    ) {
        guard badLines.count < LogLimits.maxListedBadLines else { return }
        let isPlain = name.encoding == .plain
        badLines.append(
            BadLine(
                file: name.fileName, frameOffset: isPlain ? frame.offset + offset : frame.offset,
                line: isPlain ? 1 : number, reason: reason))
    }

    /// Updates the fingerprints after folding up to `offset`.
    mutating func updateFingerprints(_ file: any StorageFile) throws(StorageError) {
        let length = min(offset, Fingerprint.maxBytes)
        guard head.length < length || tail.offset + tail.length < offset else { return }
        if head.length < length { head = try Self.fingerprint(file, at: 0, length) }
        // Of a small file both are the whole of it.
        let isSame = length == offset && head.length == length
        tail = isSame ? head : try Self.fingerprint(file, at: offset - length, length)
    }

    /// Whether the file still has the bytes at `head` and `tail` that it had when it was folded.
    func matches(_ file: any StorageFile, _ status: FileStatus) throws(StorageError) -> Bool {
        guard status.size >= offset else { return false }
        let sameHead = try Self.fingerprint(file, at: head.offset, head.length) == head
        guard sameHead, tail != head else { return sameHead }
        return try Self.fingerprint(file, at: tail.offset, tail.length) == tail
    }

    private static func fingerprint(
        _ file: any StorageFile, at offset: Int, _ length: Int
    ) throws(StorageError) -> Fingerprint {
        guard length > 0 else { return Fingerprint() }
        let result = unsafe withUnsafeTemporaryAllocation(byteCount: length, alignment: 8) {
            buffer in
            Result { () throws(StorageError) -> Fingerprint in
                let count = try unsafe file.read(into: buffer, at: offset)
                let bytes = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<count])
                return unsafe Fingerprint(offset: offset, length: count, hash: XXHash64.hash(bytes))
            }
        }
        return try result.get()
    }
}
