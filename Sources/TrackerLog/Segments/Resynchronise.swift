/// Finds the next good frame after damage.
extension SegmentScan {
    /// Searches for a whole frame with a checksum anywhere after the failed offset, even when the
    /// failed frame only looks incomplete: after a full disk, good frames follow a torn one.
    /// ```
    /// … good │ failed frame       │ good …    reading continues at the second good frame
    ///        ╰─── bad region ─────╯
    /// ```
    ///
    /// - Returns: whether reading continues; the bytes skipped are then a bad region. On `false`
    ///   the rest is pending.
    mutating func resynchronise() throws(StorageError) -> Bool {
        var budget = Budget()
        var at = progress.offset + 1
        while let candidate = try nextCandidate(from: at) {
            guard budget.takeCandidate() else { return giveUp(at: candidate) }
            decompressor.effort = 0
            if case .frame(_, let content, let isChecked, _) = try piece(at: candidate) {
                if isChecked || name.encoding == .plain {
                    let reason = try reasonForDamage(upTo: candidate)
                    addRegion(length: candidate - progress.offset, reason)
                    progress.offset = candidate
                    return true
                }
                guard budget.take(bytes: content.count) else { return giveUp(at: candidate) }
            }
            guard budget.take(bytes: decompressor.effort) else { return giveUp(at: candidate) }
            at = candidate + 1
        }
        return false
    }

    /// Whether a magic number occurs inside the current frame. Compressed text almost never
    /// contains one.
    ///
    /// Runs for every frame, so it examines only the frame itself and a magic number that starts in
    /// its last bytes.
    func hidesMagic(_ length: Int) throws(StorageError) -> Bool {
        guard name.encoding != .plain else { return false }
        let mark = mark
        let wanted = length - 1 + mark.count - 1
        let bytes = try unsafe window.bytes(at: progress.offset + 1, wanted: wanted)
        let inside = unsafe UnsafeRawBufferPointer(rebasing: bytes.prefix(wanted))
        return unsafe Self.firstIndex(of: mark, in: inside) != nil
    }

    /// What was found inside the current frame.
    enum Hidden {
        case nothing
        /// A frame with a checksum; the bytes before it are a bad region. If the outer frame has no
        /// checksum, it was torn and its length swallowed what was appended later. If it has one,
        /// it was crafted: a reader that saw the file end in the middle has read the inner frame,
        /// so every reader does.
        case frame
        /// Undecided until more bytes have been written.
        case unknown
    }

    mutating func hiddenFrame(
        inFrameOf length: Int, isChecked: Bool
    ) throws(StorageError) -> Hidden {
        var budget = Budget()
        let end = progress.offset + length
        var at = progress.offset + 1
        while let candidate = try nextCandidate(from: at), candidate < end {
            decompressor.effort = 0
            switch try piece(at: candidate, before: isChecked ? end : nil) {
            case .frame(_, _, true, _):
                // The same region as when the outer frame looked incomplete.
                let reason = isChecked ? try reasonForDamage(upTo: candidate) : .torn
                addRegion(length: candidate - progress.offset, reason)
                progress.offset = candidate
                return .frame
            case .incomplete where !isChecked: return .unknown
            case .frame, .invalid, .incomplete: break
            }
            let isWithin = budget.takeCandidate() && budget.take(bytes: decompressor.effort)
            guard isWithin else {
                // A good frame is never given up because of its content.
                return isChecked ? .nothing : giveUp(at: candidate) ? .frame : .unknown
            }
            at = candidate + 1
        }
        return .nothing
    }

    private struct Budget {
        private var bytes = LogLimits.resynchroniseBudgetBytes
        private var candidates = LogLimits.resynchroniseBudgetCandidates

        mutating func takeCandidate() -> Bool {
            candidates -= 1
            return candidates > 0
        }

        mutating func take(bytes count: Int) -> Bool {
            bytes -= count
            return bytes > 0
        }
    }

    /// Gives up, as a bad region, everything up to where a frame at the last candidate could end.
    /// Every candidate examined ends before that, so a larger file gives the same region. Until the
    /// file is that long, the rest is pending.
    private mutating func giveUp(at candidate: Int) -> Bool {
        let end = candidate + LogLimits.maxFrameBytes
        guard end <= window.size else { return false }
        addRegion(length: end - progress.offset, .budget)
        progress.offset = end
        return true
    }

    /// The magic number of a frame or gzip member; for plain lines, the newline that ends the line
    /// before.
    private var mark: [UInt8] {
        switch name.encoding {
        case .zstd: MagicBytes.zstd
        case .gzip: MagicBytes.gzip
        case .plain: Self.plainMark
        }
    }

    private static let plainMark: [UInt8] = [0x0A]

    /// The next offset where a frame could begin; `nil` when there is none before the end.
    private func nextCandidate(from start: Int) throws(StorageError) -> Int? {
        let mark = mark
        var at = start
        while at + mark.count <= window.size {
            let bytes = try unsafe window.bytes(at: at, wanted: FileWindow.readAheadBytes)
            if let found = unsafe Self.firstIndex(of: mark, in: bytes) {
                // A line begins after the newline, a frame at its magic number.
                let candidate = at + found + (name.encoding == .plain ? 1 : 0)
                return candidate < window.size ? candidate : nil
            }
            let looked = bytes.count - mark.count + 1
            guard looked > 0 else { return nil }
            at += looked
        }
        return nil
    }

    private static func firstIndex(of mark: [UInt8], in bytes: UnsafeRawBufferPointer) -> Int? {
        var from = 0
        while from + mark.count <= bytes.count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[from...])
            guard let found = unsafe TrackerLog.firstIndex(of: mark[0], in: rest),
                from + found + mark.count <= bytes.count
            else { return nil }
            if unsafe zip(rest[found...], mark).allSatisfy({ $0 == $1 }) { return from + found }
            from += found + 1
        }
        return nil
    }

    /// Why the bytes before `end` are not a frame. Decided from these bytes alone, so that the
    /// reason does not depend on how much of the file was written when it was read.
    private func reasonForDamage(upTo end: Int) throws(StorageError) -> BadRegion.Reason {
        guard name.encoding != .plain else { return .tooLarge }
        return try refusal(upTo: end) ?? .torn
    }

    /// Why the bytes from the current offset to `end` can never be a frame, whatever follows them;
    /// `nil` when they may be the beginning of one.
    func refusal(upTo end: Int) throws(StorageError) -> BadRegion.Reason? {
        guard name.encoding != .plain else { return try plainRefusal() }
        switch try piece(at: progress.offset, before: end) {
        case .invalid(let reason): return reason
        case .frame: return .corrupt
        case .incomplete:
            guard name.encoding == .zstd else { return nil }
            let length = end - progress.offset
            let bytes = try unsafe window.bytes(
                at: progress.offset, wanted: min(length, LogLimits.maxFrameBytes))
            return unsafe decompressor.refusal(
                ofZstdBeginning: UnsafeRawBufferPointer(rebasing: bytes.prefix(length)))
        }
    }
}
