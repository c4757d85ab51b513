import TrackerLog

/// A segment as a row of a snapshot or of a state file.
extension IndexedSegment {
    /// The value that a reader replaces.
    static let unread = IndexedSegment(
        name: SegmentName(writer: "", number: 0),
        status: FileStatus(device: 0, inode: 0, size: 0, modifiedNs: 0))

    /// Far above any count of a segment of 64 MiB, and sums over all inputs of a snapshot do not
    /// overflow.
    private static let maxCount = 1 << 40

    /// - Parameter isLocal: includes what is only valid on one machine: device, inode, size and
    ///   time of the file, pending and missing bytes. A state file omits them.
    mutating func columns<Coder: ColumnCoder>(
        _ coder: inout Coder, isLocal: Bool
    ) throws(ColumnError) {
        try coder.mapped(
            "name", &name, to: { $0.fileName }, from: { SegmentName(fileName: $0) })
        if isLocal {
            try coder.unsigned("device", &status.device)
            try coder.unsigned("inode", &status.inode)
            try coder.count("size", &status.size, upTo: Self.maxCount)
            var modifiedNs = isReadToEnd ? status.modifiedNs : nil
            try coder.signed("modified_ns", &modifiedNs)
            isReadToEnd = modifiedNs != nil
            status.modifiedNs = modifiedNs ?? 0
        }
        try coder.count(
            "offset", &offset, upTo: isLocal ? status.size : Self.maxCount)
        if !isLocal { status.size = offset }
        try coder.row("head", .positional) { coder throws(ColumnError) in
            try head.columns(&coder)
        }
        try coder.check(
            "head", head.offset == 0 && head.length <= offset,
            "is not at the start of the folded bytes")
        try coder.row("tail", .positional) { coder throws(ColumnError) in
            try tail.columns(&coder)
        }
        try coder.check(
            "tail", tail.offset <= offset - tail.length, "is outside the folded bytes")
        if isLocal {
            try coder.count("pending", &pendingBytes, upTo: Self.maxCount)
            try coder.optional(
                "pending_reason", &pendingReason, empty: .tail
            ) { coder, reason throws(ColumnError) in
                try coder.mapped(
                    "pending_reason", &reason, to: \.rawValue,
                    from: { BadRegion.Reason(rawValue: $0) })
            }
        }
        try coder.count("frames", &frames, upTo: Self.maxCount)
        try coder.count("unchecked", &uncheckedFrames, upTo: Self.maxCount)
        try coder.count("newer", &newerFrames, upTo: Self.maxCount)
        try damageColumns(&coder)
        try coder.flag("bare", &hasBareLines)
        try coder.flag("open_line", &hasOpenLine)
        if isLocal { try coder.count("missing", &missingBytes, upTo: Self.maxCount) }
        try coder.unsigned("rule", &ruleHash)
    }

    private mutating func damageColumns<Coder: ColumnCoder>(
        _ coder: inout Coder
    ) throws(ColumnError) {
        let noRegion = BadRegion(file: "", offset: 0, length: 0, reason: .tail)
        try coder.rows(
            "regions", &badRegions, .named, empty: noRegion
        ) { coder, region throws(ColumnError) in
            try coder.text("file", &region.file)
            try coder.count("offset", &region.offset)
            try coder.count("length", &region.length)
            try coder.mapped(
                "reason", &region.reason, to: \.rawValue, from: { BadRegion.Reason(rawValue: $0) })
        }
        try coder.count("region_count", &badRegionCount, upTo: Self.maxCount)
        try coder.count("region_bytes", &badRegionBytes, upTo: Self.maxCount)
        let noLine = BadLine(file: "", frameOffset: 0, line: 0, reason: .empty)
        try coder.rows(
            "lines", &badLines, .named, empty: noLine
        ) { coder, line throws(ColumnError) in
            try coder.text("file", &line.file)
            try coder.count("offset", &line.frameOffset)
            try coder.count("line", &line.line)
            try coder.mapped(
                "reason", &line.reason, to: \.rawValue, from: { LineError(rawValue: $0) })
        }
    }
}

extension IndexedSegment.Fingerprint {
    fileprivate mutating func columns<Coder: ColumnCoder>(
        _ coder: inout Coder
    ) throws(ColumnError) {
        try coder.count("offset", &offset)
        try coder.count("length", &length, upTo: Self.maxBytes)
        try coder.unsigned("hash", &hash)
    }
}
