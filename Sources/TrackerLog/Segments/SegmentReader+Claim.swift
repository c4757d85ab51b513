extension SegmentReader {
    /// Reads the claim at the start of a compacted segment.
    /// - Returns: the claim and the length of its frame; `nil` when there is none, or not yet.
    package func claim(
        of file: any StorageFile, name: SegmentName, size: Int
    ) throws(StorageError) -> (claim: CompactionClaim, frameLength: Int)? {
        let scan = SegmentScan(
            window: FileWindow(file: file, size: size), endsFile: true,
            decompressor: decompressor, name: name, session: "",
            progress: SegmentProgress(offset: 0))
        guard size > 0,
            case .frame(let length, let content, true, _) = try scan.piece(at: 0),
            unsafe FrameHeader.isHeaderLine(content, at: 0),
            let end = unsafe firstIndex(of: 0x0A, in: content),
            case .header(let header) = unsafe FrameHeader.parse(
                UnsafeRawBufferPointer(rebasing: content[..<end])),
            let claim = header.claim
        else { return nil }
        return (claim, length)
    }

    /// Hashes the file's first bytes, once for each length.
    /// - Parameter lengths: ascending, none longer than the file.
    /// - Returns: fewer entries when the file has become shorter.
    package func prefixes(
        of file: any StorageFile, lengths: [Int]
    ) throws(StorageError) -> [CompactionClaim.Prefix] {
        var stream = XXHash64.Stream()
        var prefixes: [CompactionClaim.Prefix] = []
        let window = FileWindow(file: file, size: lengths.last ?? 0)
        for length in lengths {
            while stream.count < length {
                let bytes = try unsafe window.bytes(at: stream.count, wanted: 1)
                guard bytes.count > 0 else { return prefixes }
                unsafe stream.add(
                    UnsafeRawBufferPointer(rebasing: bytes.prefix(length - stream.count)))
            }
            prefixes.append(CompactionClaim.Prefix(length: length, hash: stream.hash))
        }
        return prefixes
    }
}
