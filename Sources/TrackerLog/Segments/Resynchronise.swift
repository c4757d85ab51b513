/// Finding the next good frame behind damage.
extension SegmentScan {
    /// Looks for a whole, checked frame anywhere after the failed place, also when the failed frame
    /// merely looks incomplete: a torn one is followed by good ones on a disk that was full.
    ///
    /// - Returns: whether the reading goes on; the bytes before are then a bad region. `false`
    ///   leaves the rest pending.
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

    /// Whether the frame at hand has bytes inside that begin a frame: lines of text never do.
    ///
    /// Asked of every frame: looks at no more of the window than the frame, and a mark that begins
    /// with its last bytes.
    func hidesMagic(_ length: Int) throws(StorageError) -> Bool {
        guard name.encoding != .plain else { return false }
        let mark = mark
        let wanted = length - 1 + mark.count - 1
        let bytes = try unsafe window.bytes(at: progress.offset + 1, wanted: wanted)
        let inside = unsafe UnsafeRawBufferPointer(rebasing: bytes.prefix(wanted))
        return unsafe Self.firstIndex(of: mark, in: inside) != nil
    }

    /// What stands inside a frame.
    enum Hidden {
        case nothing
        /// A checked frame. Without a checksum the one at hand was torn, and its length took in
        /// what was written behind. With one it was made so; whoever read the file when it ended
        /// in the middle took the inner one, and now so do all. The bytes before are a bad region.
        case frame
        /// More has to be written before that is known.
        case unknown
    }

    mutating func whatHides(
        inFrameOf length: Int, isChecked: Bool
    ) throws(StorageError) -> Hidden {
        var budget = Budget()
        let end = progress.offset + length
        var at = progress.offset + 1
        while let candidate = try nextCandidate(from: at), candidate < end {
            decompressor.effort = 0
            switch try piece(at: candidate, before: isChecked ? end : nil) {
            case .frame(_, _, true, _):
                // The same region as when the frame at hand looked incomplete.
                let reason = isChecked ? try reasonForDamage(upTo: candidate) : .torn
                addRegion(length: candidate - progress.offset, reason)
                progress.offset = candidate
                return .frame
            case .incomplete where !isChecked: return .unknown
            case .frame, .invalid, .incomplete: break
            }
            let isWithin = budget.takeCandidate() && budget.take(bytes: decompressor.effort)
            guard isWithin else {
                // A good frame is not given up for what it holds.
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

    /// A stretch of the file is given up, and said to be: as far as a frame at the last candidate
    /// could reach. What was looked at is then settled by the bytes before, and a larger file gives
    /// the same region. Until the file reaches so far, the rest is pending.
    private mutating func giveUp(at candidate: Int) -> Bool {
        let end = candidate + LogLimits.maxFrameBytes
        guard end <= window.size else { return false }
        addRegion(length: end - progress.offset, .budget)
        progress.offset = end
        return true
    }

    /// What a frame or a gzip member begins with; of plain lines, what the one before ends with.
    private var mark: [UInt8] {
        switch name.encoding {
        case .zstd: MagicBytes.zstd
        case .gzip: MagicBytes.gzip
        case .plain: Self.plainMark
        }
    }

    private static let plainMark: [UInt8] = [0x0A]

    /// Where something begins that could be a frame; `nil` when nothing does before the end.
    private func nextCandidate(from start: Int) throws(StorageError) -> Int? {
        let mark = mark
        var at = start
        while at + mark.count <= window.size {
            let bytes = try unsafe window.bytes(at: at, wanted: FileWindow.readAheadBytes)
            if let found = unsafe Self.firstIndex(of: mark, in: bytes) {
                // A line begins behind the newline, a frame at its mark.
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

    /// Why the bytes before `end` are no frame, told from these bytes alone: so that it does not
    /// depend on how much of the file had been written when it was read.
    private func reasonForDamage(upTo end: Int) throws(StorageError) -> BadRegion.Reason {
        let length = end - progress.offset
        guard name.encoding == .zstd else { return name.encoding == .gzip ? .corrupt : .tooLarge }
        let bytes = try unsafe window.bytes(
            at: progress.offset, wanted: min(length, LogLimits.maxFrameBytes))
        let region = unsafe UnsafeRawBufferPointer(rebasing: bytes.prefix(length))
        switch unsafe ZstdFrame.extent(of: region) {
        case .invalid(let reason): return reason
        case .incomplete: return .torn
        case .whole(let frame):
            let raw = unsafe UnsafeRawBufferPointer(rebasing: region[..<frame.length])
            if case .failed(let reason) = unsafe decompressor.zstdContent(of: raw) { return reason }
            return .corrupt
        }
    }
}
