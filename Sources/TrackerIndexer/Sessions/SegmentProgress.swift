import TrackerLog

/// One segment file as far as it is folded, and how to know it again.
struct IndexedSegment {
    var name: SegmentName
    /// When it was last looked at.
    var status: FileStatus
    /// Everything before is folded.
    var offset = 0
    /// Of the first bytes, and of the last ones before `offset`: inode numbers are used again, so
    /// the content decides whether it is still the same file.
    var head = Fingerprint()
    var tail = Fingerprint()
    var pendingBytes = 0
    var frames = 0
    var uncheckedFrames = 0
    var newerFrames = 0
    /// The first ones, for showing; counted in full below.
    var badRegions: [BadRegion] = []
    var badRegionCount = 0
    var badRegionBytes = 0
    var badLines: [BadLine] = []
    /// Whether lines without a header were met, here or where they were compacted from: then
    /// another rule gives another state.
    var hasBareLines = false
    /// Of the `SegmentRule` that it was folded by.
    var ruleHash = SegmentRule.everything.hash
    /// What a compacted segment still lacks of the length that it says it has.
    var missingBytes = 0

    init(name: SegmentName, status: FileStatus) {
        self.name = name
        self.status = status
    }

    /// No file's time: the next look opens the file again.
    static let unknownTime: Int64 = -1

    /// The hash of a stretch of the file.
    struct Fingerprint: Hashable {
        var offset = 0
        var length = 0
        var hash: UInt64 = 0

        /// Enough that a frame's own checksum is within, little enough to read at every look.
        static let maxBytes = 4 << 10
    }

    mutating func add(_ region: BadRegion) {
        badRegionCount += 1
        badRegionBytes += region.length
        if badRegions.count < LogLimits.maxListedRegions { badRegions.append(region) }
    }

    mutating func count(_ frame: FrameContent) {
        // How many bare lines come at once depends on when a file is read; headers among them do
        // not.
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

    /// Remembers how to know the file again, after folding up to `offset`.
    mutating func updateFingerprints(_ file: any StorageFile) throws(StorageError) {
        let length = min(offset, Fingerprint.maxBytes)
        guard head.length < length || tail.offset + tail.length < offset else { return }
        if head.length < length { head = try Self.fingerprint(file, at: 0, length) }
        tail = try Self.fingerprint(file, at: offset - length, length)
    }

    /// Whether the file still begins and goes on as it did when it was folded.
    func matches(_ file: any StorageFile, _ status: FileStatus) throws(StorageError) -> Bool {
        guard status.size >= offset else { return false }
        let sameHead = try Self.fingerprint(file, at: head.offset, head.length) == head
        guard sameHead else { return false }
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
