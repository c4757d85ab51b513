import TrackerIndexer
import TrackerLog

extension SessionCompactor {
    /// Consumes enough inputs for one segment and writes it under a temporary name. A dry run only
    /// counts.
    func pack(
        _ rest: inout ArraySlice<CompactionInput>, progress: (Int) -> Void
    ) throws(UpkeepError) -> PackedSegment {
        var packed = PackedSegment()
        var claimBytes = 0
        var known = FrameLedger()
        let body = options.isDryRun ? nil : try newFile(PackedSegment.bodyPath)
        let thins = options.thins
        var thinned = CompactionClaim.Thinned()
        let packer = SectionPacker(thins: thins) { frame throws(UpkeepError) in
            if let body { try append(frame, to: body, PackedSegment.bodyPath) }
        }
        while let input = rest.first {
            do throws(StorageError) {
                // Claims of the inputs are repeated, as far as a reader needs them.
                let replaced =
                    [try reader.replaced(input)]
                    + (input.claim?.replaced ?? []).filter(\.hasBareLines)
                let bytes = replaced.reduce(0) { $0 + $1.json.text.utf8.count + 1 }
                let isFull =
                    packed.inputs.count >= UpkeepLimits.maxCompactedInputs
                    || packer.bytes >= LogLimits.rotateAfterBytes
                    || claimBytes + bytes > UpkeepLimits.maxClaimBytes
                if isFull, !packed.inputs.isEmpty { break }
                rest = rest.dropFirst()
                // An input whose claim is too large is left as it is.
                guard bytes <= UpkeepLimits.maxClaimBytes else { continue }
                claimBytes += bytes
                packed.claim.replaced += replaced
            } catch {
                throw .storage(error)
            }
            packed.inputs.append(input)
            try reader.pack(input, &known) { header, section throws(UpkeepError) in
                guard thins, let histograms = SectionThinner.thin(header, section) else {
                    return try packer.add(section)
                }
                thinned.samples += histograms.samples
                thinned.histograms += histograms.histograms
                try packer.add(histograms.bytes)
            }
            progress(input.size)
        }
        try packer.flush()
        packed.claim.restBytes = packer.bytes
        if thins { packed.claim.thinned = thinned }
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

    /// Writes the claim, then the body, and syncs.
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
