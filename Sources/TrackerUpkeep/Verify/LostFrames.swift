import TrackerIndexer
import TrackerLog

/// Finds the missing frames and the byte ranges where they must have been.
extension SessionVerification {
    mutating func findLosses(_ seen: SeenFrames) {
        let writers = WriterFiles(files)
        for (writer, ranges) in seen.sorted {
            var next = 0
            var before: SequenceRanges.Run?
            for run in ranges.runs {
                if run.first > next { addGap(writer, next, before, run, writers) }
                next = run.last + 1
                before = run
            }
        }
        for index in files.indices { findOpenEnd(index, seen, writers) }
    }

    private mutating func addGap(
        _ writer: String, _ first: Int, _ before: SequenceRanges.Run?, _ after: SequenceRanges.Run,
        _ writers: WriterFiles
    ) {
        gapCount += 1
        missingFrames = SaturatingCount.sum(missingFrames, after.first - first)
        guard gaps.count < VerifyLimits.maxListedGaps else { return }
        var gap = LostFrames(
            writer: writer, first: first, last: after.first - 1,
            after: before.map { listed($0.to) }, before: listed(after.from))
        for (file, bytes) in between(before?.to, after.from, writers[writer]) {
            for region in files[file].regions where bytes.overlaps(region.bytes) {
                gap.regionCount += 1
                gap.regionBytes += region.length
            }
        }
        gap.missingFiles = missingFiles(
            writer, before?.to.file, after.from.file, writers[writer])
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
        _ from: SequenceRanges.Position?, _ to: SequenceRanges.Position, _ own: [Int]
    ) -> [(file: Int, bytes: Range<Int>)] {
        if let from, from.file == to.file {
            return from.offset <= to.offset ? [(to.file, from.offset..<to.offset)] : []
        }
        var ranges: [(file: Int, bytes: Range<Int>)] = []
        if let from {
            ranges.append((from.file, from.offset..<max(from.offset, files[from.file].bytes)))
        }
        let after = from?.file ?? -1
        for index in own[own.partitioningIndex { $0 > after }...] {
            guard index < to.file else { break }
            ranges.append((index, 0..<files[index].bytes))
        }
        return ranges + [(to.file, 0..<to.offset)]
    }

    /// Names of the writer's missing segments, up to the file of the next frame.
    private func missingFiles(
        _ writer: String, _ from: Int?, _ to: Int, _ own: [Int]
    ) -> [String] {
        guard files[to].name.writer == writer else { return [] }
        let first = from.map { files[$0].name.writer == writer ? files[$0].name.number : 0 } ?? 0
        guard first + 1 < files[to].name.number else { return [] }
        // The writer's files are in order of their numbers.
        var missing: [Int] = []
        var next = first + 1
        for index in own[own.partitioningIndex { files[$0].name.number >= next }...] {
            let number = min(files[index].name.number, files[to].name.number)
            let room = VerifyLimits.maxListedConflicts - missing.count
            if next < number { missing += (next..<number).prefix(room) }
            next = max(next, number + 1)
            if number == files[to].name.number || room == 0 { break }
        }
        return missing.map { SegmentName(writer: writer, number: $0).fileName }
    }

    /// Damage after the last readable frame of the file's writer: the sequence numbers of the lost
    /// frames are unknown.
    private mutating func findOpenEnd(
        _ index: Int, _ seen: SeenFrames, _ writers: WriterFiles
    ) {
        let name = files[index].name
        guard name.writer != SegmentName.sharedWriter else { return }
        let last = seen[name.writer].runs.last
        let isNewest = writers.newest(name.writer) <= name.number
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

/// The files of each writer. Looking through all files for each of them would cost the square of
/// their number.
private struct WriterFiles {
    /// Indices in the listing, ascending, so in order of the segments' numbers.
    private var indices: [String: [Int]] = [:]
    /// The highest number of a file with frames.
    private var numbers: [String: Int] = [:]

    init(_ files: [FileVerification]) {
        for (index, file) in files.enumerated() {
            let name = file.name
            indices[name.writer, default: []].append(index)
            if file.frames > 0 {
                numbers[name.writer] = max(numbers[name.writer] ?? 0, name.number)
            }
        }
    }

    subscript(writer: String) -> [Int] { indices[writer] ?? [] }

    func newest(_ writer: String) -> Int { numbers[writer] ?? 0 }
}

extension BadRegion {
    var bytes: Range<Int> { offset..<offset + length }
}
