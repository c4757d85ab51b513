/// Searches a bad region for whole lines.
///
/// A reader must make progress and give the same result at any time, so it refuses a damaged frame
/// as a whole and searches with a small budget. Salvage may take longer. It never writes.
package struct RegionSalvage {
    private let file: any StorageFile
    private let name: SegmentName
    private let window: FileWindow

    /// - Parameter size: the size of the file.
    package init(_ file: any StorageFile, name: SegmentName, size: Int) {
        self.file = file
        self.name = name
        window = FileWindow(file: file, size: size)
    }

    /// Passes every section found in the region to `visit`, in file order.
    /// - Returns: `false` when the search exceeded its limit and was given up.
    package func sections(
        in region: BadRegion, _ visit: @escaping (SalvagedSection) -> Void
    ) throws(StorageError) -> Bool {
        let end = min(region.offset + region.length, window.size)
        guard region.offset < end else { return true }
        guard name.encoding != .plain else {
            try bareLines(region.offset..<end, visit)
            return true
        }
        var at = region.offset
        var cut: (offset: Int, kind: StreamedFrame.Kind)?
        var wasted = 0
        while let found = try nextFrame(from: at, to: end) {
            // Text at the start of the region, before the first possible frame.
            if at == region.offset, found.offset > at {
                try bareLines(at..<found.offset, visit)
            }
            let frame = StreamedFrame(file: file, kind: found.kind, bytes: found.offset..<end)
            let reading = try unsafe frame.read { _ in }
            switch reading.end {
            case .whole(let length, let isChecked)
            where isChecked || found.offset == region.offset:
                // The cut frame ended at the latest where this one begins.
                if let started = cut {
                    try collect(started.kind, started.offset..<found.offset, nil, visit)
                }
                cut = nil
                try collect(found.kind, found.offset..<found.offset + length, isChecked, visit)
                at = found.offset + length
            case .cut:
                if cut == nil { cut = found }
                at = found.offset + 1
            case .whole, .failed:
                at = found.offset + 1
            }
            if case .whole = reading.end { continue }
            wasted += reading.effort
            guard wasted <= SalvageLimits.maxWastedBytes else { return false }
        }
        if at == region.offset { try bareLines(region.offset..<end, visit) }
        if let cut { try collect(cut.kind, cut.offset..<end, nil, visit) }
        return true
    }

    /// - Parameter isChecked: `nil` for a frame whose end is missing.
    private func collect(
        _ kind: StreamedFrame.Kind, _ bytes: Range<Int>, _ isChecked: Bool?,
        _ visit: @escaping (SalvagedSection) -> Void
    ) throws(StorageError) {
        var collector = SectionCollector(
            offset: bytes.lowerBound, isChecked: isChecked ?? false, emit: visit)
        _ = try unsafe StreamedFrame(file: file, kind: kind, bytes: bytes).read { piece in
            unsafe collector.add(piece)
        }
        collector.finish(isCut: isChecked == nil)
    }

    private func bareLines(
        _ bytes: Range<Int>, _ visit: @escaping (SalvagedSection) -> Void
    ) throws(StorageError) {
        var collector = SectionCollector(
            offset: bytes.lowerBound, isChecked: false, emit: visit)
        var at = bytes.lowerBound
        while at < bytes.upperBound {
            let read = try unsafe window.bytes(at: at, wanted: 1)
            guard read.count > 0 else { break }
            let piece = unsafe read.prefix(bytes.upperBound - at)
            unsafe collector.add(UnsafeRawBufferPointer(rebasing: piece))
            unsafe at += piece.count
        }
        // The last line of a file may lack only its newline.
        collector.finish(isCut: false)
    }

    /// The next offset where a frame of either kind could begin.
    private func nextFrame(
        from start: Int, to end: Int
    ) throws(StorageError) -> (offset: Int, kind: StreamedFrame.Kind)? {
        var at = start
        while at < end {
            let read = try unsafe window.bytes(at: at, wanted: 4)
            let bytes = unsafe UnsafeRawBufferPointer(rebasing: read.prefix(end - at))
            for index in bytes.indices {
                let first = unsafe bytes[index]
                if first == 0x28, unsafe Self.begins(MagicBytes.zstd, bytes, index) {
                    return (at + index, .zstd)
                }
                if first == 0x1F, unsafe Self.begins(MagicBytes.gzip, bytes, index) {
                    return (at + index, .gzip)
                }
            }
            // A magic number may begin in the last three bytes.
            guard bytes.count > 3 else { return nil }
            at += bytes.count - 3
        }
        return nil
    }

    private static func begins(
        _ mark: [UInt8], _ bytes: UnsafeRawBufferPointer, _ index: Int
    ) -> Bool {
        guard index + mark.count <= bytes.count else { return false }
        return unsafe MagicBytes.mayBegin(UnsafeRawBufferPointer(rebasing: bytes[index...]), mark)
    }
}
