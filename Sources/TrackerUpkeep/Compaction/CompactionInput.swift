import TrackerIndexer
import TrackerLog

/// One candidate segment, as it was found.
struct CompactionInput {
    let name: SegmentName
    let path: StoragePath
    /// Bytes copied. The file must still have this size when it is moved to the trash.
    let size: Int
    let rule: SegmentRule
    /// The claim of a segment that is itself compacted: the new segment repeats it.
    var claim: CompactionClaim?
    var frames = 0
    var contentBytes = 0
    var hasBareLines = false
    /// Why it cannot be compacted.
    var problem: String?

    var fileName: String { name.fileName }

    /// Whether the mean frame content is large enough for fast reading.
    var isWellFilled: Bool {
        name.encoding == .zstd
            && contentBytes / max(1, frames) >= UpkeepLimits.wellFilledFrameContentBytes
    }

    /// Whether rewriting it alone could save space.
    var gainsAlone: Bool { !isWellFilled && claim == nil }

    /// Whether there is nothing to gain, not even from joining it with others.
    var isDone: Bool { isWellFilled && size >= UpkeepLimits.largeSegmentBytes }
}

/// Reads segments one section at a time, each with its header line.
struct CompactionReader {
    let storage: any Storage
    let session: SessionID
    let reader: SegmentReader

    /// Reads a closed segment once from start to end.
    /// - Returns: `nil` when it is empty or no longer exists.
    func inspect(
        _ name: SegmentName, in folder: StoragePath, rule: SegmentRule
    ) throws(StorageError) -> CompactionInput? {
        let path = folder.appending(name.fileName)
        let file: any StorageFile
        do throws(StorageError) {
            file = try storage.openForReading(path)
        } catch {
            guard error.code == ErrorCode.notFound else { throw error }
            return nil
        }
        let size = try file.status().size
        guard size > 0 else { return nil }
        var input = CompactionInput(name: name, path: path, size: size, rule: rule)
        if name.isCompacted {
            input.claim = try reader.claim(of: file, name: name, size: size)?.claim
        }
        if rule.missingBytes > 0 {
            input.problem = "it is incomplete: \(rule.missingBytes) bytes are missing"
            return input
        }
        var hasNewer = false
        var isTooLarge = false
        let progress = try reader.read(file, name: name, session: session, from: 0, size: size) {
            frame in
            input.frames += name.encoding == .plain ? frame.sections.count : 1
            input.contentBytes += frame.contentBytes
            if frame.newerSections > 0 { hasNewer = true }
            for section in frame.sections where section.header == nil { input.hasBareLines = true }
            if frame.contentBytes > LogLimits.maxFrameBytes, !hasNewer {
                Self.sections(of: frame) { section, bytes in
                    // Bare lines get a header, which has to fit as well.
                    let room = section.header == nil ? LogLimits.maxLineBytes : 0
                    isTooLarge =
                        isTooLarge || bytes.count + room > LogLimits.maxFrameContentBytes
                        || !SectionPacker.fits(bytes)
                }
            }
        }
        input.problem = Self.problem(progress, hasNewer: hasNewer, isTooLarge: isTooLarge)
        return input
    }

    private static func problem(
        _ progress: SegmentProgress, hasNewer: Bool, isTooLarge: Bool
    ) -> String? {
        let end = progress.pendingReason.map { ($0, progress.offset) }
        if let (reason, offset) = progress.badRegions.first.map({ ($0.reason, $0.offset) }) ?? end {
            return "it is damaged (\(reason.rawValue) at \(offset)):"
                + " `tracker verify` shows where, `tracker repair` copies what is readable"
        }
        if progress.pendingBytes > 0 {
            return "its last \(progress.pendingBytes) bytes are not a complete frame:"
                + " `tracker verify` shows details, `tracker repair` copies what is readable"
        }
        if progress.hasOpenLine {
            return "its last line has no newline, so that something may follow in it: append one"
        }
        if hasNewer { return "a newer tracker wrote to it: compact it with that version" }
        return isTooLarge ? "one of its sections does not fit into a frame" : nil
    }

    /// Visits each section with all its bytes, header line included.
    /// - Precondition: every section of the frame is readable.
    static func sections(
        of frame: FrameContent, visit: (FrameSection, [UInt8]) -> Void
    ) {
        var start = 0
        for section in frame.sections {
            let end = section.body.upperBound
            visit(section, unsafe Array(frame.bytes[start..<end]))
            start = end
        }
    }

    /// Adds the input's counted sections to the packer, except those that it already has.
    func pack(
        _ input: CompactionInput, _ known: inout FrameLedger,
        add packed: (FrameHeader, [UInt8]) throws(UpkeepError) -> Void
    ) throws(UpkeepError) {
        var failure: UpkeepError?
        func add(_ header: FrameHeader, _ section: [UInt8]) {
            guard failure == nil else { return }
            do throws(UpkeepError) { try packed(header, section) } catch { failure = error }
        }
        do throws(StorageError) {
            let file = try storage.openForReading(input.path)
            let start = try reader.prefixes(of: file, lengths: [min(input.size, 64)])
            var bare = BareLines(
                session: session.value, file: input.fileName, start: start.first?.hash ?? 0,
                from: input.rule.replacedBytes)
            let isPlain = input.name.encoding == .plain
            let progress = try reader.read(
                file, name: input.name, session: session, from: 0, size: input.size
            ) { frame in
                Self.sections(of: frame) { section, bytes in
                    guard let header = section.header else {
                        guard let part = input.rule.part(of: section, in: frame) else { return }
                        let lines = frame.lines(of: part)
                        let position = isPlain ? frame.offset + part.body.lowerBound : 0
                        bare.add(lines, at: position, emit: add)
                        if !isPlain { bare.end(emit: add) }
                        return
                    }
                    bare.end(emit: add)
                    guard header.claim == nil else { return }
                    let insertion = known.insert(header.identity, hash: section.contentHash)
                    if insertion != .duplicate { add(header, bytes) }
                }
            }
            bare.end(emit: add)
            if !progress.badRegions.isEmpty || progress.pendingBytes > 0
                || progress.hasOpenLine
            {
                failure = failure ?? .notTheSame(file: input.fileName)
            }
        } catch {
            throw .storage(error)
        }
        if let failure { throw failure }
    }

    /// The claim's entry for the input.
    func replaced(_ input: CompactionInput) throws(StorageError) -> CompactionClaim.Replaced {
        let file = try storage.openForReading(input.path)
        let lengths =
            input.hasBareLines ? CompactionClaim.prefixLengths(of: input.size) : [input.size]
        return CompactionClaim.Replaced(
            file: input.fileName, hasBareLines: input.hasBareLines,
            prefixes: try reader.prefixes(of: file, lengths: lengths))
    }
}

extension FrameContent {
    fileprivate var contentBytes: Int { unsafe bytes.count }
}
