import TrackerIndexer
import TrackerLog

/// Finds the missing frames and the byte ranges where they must have been.
extension SessionVerification {
    mutating func findLosses(_ seen: SeenFrames) {
        for (writer, ranges) in seen.sorted {
            var next = 0
            var before: SequenceRanges.Run?
            for run in ranges.runs {
                if run.first > next { addGap(writer, next, before, run) }
                next = run.last + 1
                before = run
            }
        }
        for index in files.indices { findOpenEnd(index, seen) }
    }

    private mutating func addGap(
        _ writer: String, _ first: Int, _ before: SequenceRanges.Run?, _ after: SequenceRanges.Run
    ) {
        gapCount += 1
        missingFrames = SaturatingCount.sum(missingFrames, after.first - first)
        guard gaps.count < VerifyLimits.maxListedGaps else { return }
        var gap = LostFrames(
            writer: writer, first: first, last: after.first - 1,
            after: before.map { listed($0.to) }, before: listed(after.from))
        for (file, bytes) in between(before?.to, after.from, writer) {
            for region in files[file].regions where bytes.overlaps(region.bytes) {
                gap.regionCount += 1
                gap.regionBytes += region.length
            }
        }
        gap.missingFiles = missingFiles(writer, before?.to.file, after.from.file)
        gaps.append(gap)
    }

    private func listed(_ position: SequenceRanges.Position) -> LostFrames.Position {
        LostFrames.Position(file: files[position.file].name.fileName, offset: position.offset)
    }

    /// The byte ranges in which frames between the two positions must have been:
    ///
    /// ```text
    /// from.file           from.offset ..< its size
    /// files in between    0 ..< size, only files named after the writer
    /// to.file             0 ..< to.offset
    /// ```
    private func between(
        _ from: SequenceRanges.Position?, _ to: SequenceRanges.Position, _ writer: String
    ) -> [(file: Int, bytes: Range<Int>)] {
        if let from, from.file == to.file {
            return from.offset <= to.offset ? [(to.file, from.offset..<to.offset)] : []
        }
        var ranges: [(file: Int, bytes: Range<Int>)] = []
        if let from {
            ranges.append((from.file, from.offset..<max(from.offset, files[from.file].bytes)))
        }
        for (index, file) in files.enumerated() where file.name.writer == writer {
            let isAfter = from.map { $0.file < index } ?? true
            if isAfter, index < to.file { ranges.append((index, 0..<file.bytes)) }
        }
        return ranges + [(to.file, 0..<to.offset)]
    }

    /// Names of the writer's missing segments, up to the file of the next frame.
    private func missingFiles(_ writer: String, _ from: Int?, _ to: Int) -> [String] {
        guard files[to].name.writer == writer else { return [] }
        let own = files.filter { $0.name.writer == writer }.map(\.name)
        let numbers = Set(own.map(\.number))
        let first = from.map { files[$0].name.writer == writer ? files[$0].name.number : 0 } ?? 0
        guard first + 1 < files[to].name.number else { return [] }
        return (first + 1..<files[to].name.number).filter { !numbers.contains($0) }
            .prefix(VerifyLimits.maxListedConflicts)
            .map { SegmentName(writer: writer, number: $0).fileName }
    }

    /// Damage after the last readable frame of the file's writer: the sequence numbers of the lost
    /// frames are unknown.
    private mutating func findOpenEnd(_ index: Int, _ seen: SeenFrames) {
        let name = files[index].name
        guard name.writer != SegmentName.sharedWriter else { return }
        let last = seen[name.writer].runs.last
        let isNewest = !files.contains {
            $0.name.writer == name.writer && $0.name.number > name.number && $0.frames > 0
        }
        // Frames after the damage, in this file or a later one, show which numbers are missing.
        guard isNewest, last.map({ $0.to.file <= index }) ?? true else { return }
        let begin = last.map { $0.to.file == index ? $0.to.offset : 0 } ?? 0
        let damage = files[index].regions.filter {
            $0.offset >= begin && ![.misplaced, .header, .count].contains($0.reason)
        }
        guard let first = damage.first, let end = damage.last else { return }
        openEnds.append(
            OpenEnd(
                file: name.fileName, writer: name.writer, from: (last?.last ?? -1) + 1,
                bytes: first.offset..<end.offset + end.length))
    }
}

extension BadRegion {
    var bytes: Range<Int> { offset..<offset + length }
}
