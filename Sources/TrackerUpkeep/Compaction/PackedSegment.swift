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

extension SessionCompactor {
    /// Takes as many of the inputs as make one segment, and writes it without its name; in a dry
    /// run it only counts.
    func pack(
        _ rest: inout ArraySlice<CompactionInput>, progress: (Int) -> Void
    ) throws(UpkeepError) -> PackedSegment {
        var packed = PackedSegment()
        var claimBytes = 0
        var known = FrameLedger()
        let body = options.isDryRun ? nil : try newFile(PackedSegment.bodyPath)
        let packer = SectionPacker { frame throws(UpkeepError) in
            if let body { try append(frame, to: body, PackedSegment.bodyPath) }
        }
        while let input = rest.first {
            do throws(StorageError) {
                // What inputs say that they replace stays said, as far as a reader needs it.
                let replaced =
                    [try reader.replaced(input)]
                    + (input.claim?.replaced ?? []).filter(\.hasBareLines)
                let bytes = replaced.reduce(0) { $0 + $1.json.text.utf8.count + 1 }
                let isFull =
                    packed.inputs.count >= IndexLimits.maxCompactedInputs
                    || packer.bytes >= LogLimits.rotateAfterBytes
                    || claimBytes + bytes > IndexLimits.maxClaimBytes
                if isFull, !packed.inputs.isEmpty { break }
                rest = rest.dropFirst()
                // One that says too much of others stays as it is.
                guard bytes <= IndexLimits.maxClaimBytes else { continue }
                claimBytes += bytes
                packed.claim.replaced += replaced
            } catch {
                throw .storage(error)
            }
            packed.inputs.append(input)
            try reader.pack(input, &known, into: packer)
            progress(input.size)
        }
        try packer.flush()
        packed.claim.restBytes = packer.bytes
        packed.frames = packer.frames + 1
        let claimFrame = try packed.claimFrame(session: key.session)
        packed.bytes = claimFrame.count + packer.bytes
        if let body, packed.isWorthwhile { try assemble(claimFrame, body) }
        return packed
    }

    private func newFile(_ path: StoragePath) throws(UpkeepError) -> any StorageFile {
        do throws(StorageError) {
            storage.removeIfThere(path)
            return try storage.create(path)
        } catch {
            throw .storage(error)
        }
    }

    private func append(
        _ bytes: [UInt8], to file: any StorageFile, _ path: StoragePath
    ) throws(UpkeepError) {
        do throws(StorageError) {
            try file.appendAll(bytes[...], path: path.description)
        } catch {
            throw .storage(error)
        }
    }

    /// The claim, then the body, synced.
    private func assemble(
        _ claimFrame: [UInt8], _ body: any StorageFile
    ) throws(UpkeepError) {
        let file = try newFile(PackedSegment.path)
        try append(claimFrame, to: file, PackedSegment.path)
        do throws(StorageError) {
            var at = 0
            while true {
                let piece = try body.readBytes(at: at, count: Self.copyBytes)
                guard !piece.isEmpty else { break }
                try file.appendAll(piece[...], path: PackedSegment.path.description)
                at += piece.count
            }
            try file.sync()
            try file.close()
            storage.removeIfThere(PackedSegment.bodyPath)
        } catch {
            throw .storage(error)
        }
    }

    private static let copyBytes = 1 << 20
}
