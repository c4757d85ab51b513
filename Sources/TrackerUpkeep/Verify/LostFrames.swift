import TrackerIndexer
import TrackerLog

/// What is missing, and where it must have stood.
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
        for place in files.indices { findOpenEnd(place, seen) }
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

    private func listed(_ place: SequenceRanges.Place) -> LostFrames.Place {
        LostFrames.Place(file: files[place.file].name.fileName, offset: place.offset)
    }

    /// The stretches of files in which frames between the two places must have stood: the rest of
    /// the first file, the writer's own files between, and the second up to the place.
    private func between(
        _ from: SequenceRanges.Place?, _ to: SequenceRanges.Place, _ writer: String
    ) -> [(file: Int, bytes: Range<Int>)] {
        if let from, from.file == to.file {
            return from.offset <= to.offset ? [(to.file, from.offset..<to.offset)] : []
        }
        var stretches: [(file: Int, bytes: Range<Int>)] = []
        if let from {
            stretches.append((from.file, from.offset..<max(from.offset, files[from.file].bytes)))
        }
        for (place, file) in files.enumerated() where file.name.writer == writer {
            let isBehind = from.map { $0.file < place } ?? true
            if isBehind, place < to.file { stretches.append((place, 0..<file.bytes)) }
        }
        return stretches + [(to.file, 0..<to.offset)]
    }

    /// Segment numbers of the writer that no file has, up to the file of the next frame.
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

    /// Damage at the end of what the file's own writer left: its numbers are not known.
    private mutating func findOpenEnd(_ place: Int, _ seen: SeenFrames) {
        let name = files[place].name
        guard name.writer != SegmentName.sharedWriter else { return }
        let last = seen[name.writer].runs.last
        let isNewest = !files.contains {
            $0.name.writer == name.writer && $0.name.number > name.number && $0.frames > 0
        }
        // Frames behind the damage, in this file or a later one, say which numbers are missing.
        guard isNewest, last.map({ $0.to.file <= place }) ?? true else { return }
        let begin = last.map { $0.to.file == place ? $0.to.offset : 0 } ?? 0
        let behind = files[place].regions.filter {
            $0.offset >= begin && ![.misplaced, .header, .count].contains($0.reason)
        }
        guard let first = behind.first, let end = behind.last else { return }
        openEnds.append(
            OpenEnd(
                file: name.fileName, writer: name.writer, from: (last?.last ?? -1) + 1,
                bytes: first.offset..<end.offset + end.length))
    }
}

extension BadRegion {
    var bytes: Range<Int> { offset..<offset + length }
}
