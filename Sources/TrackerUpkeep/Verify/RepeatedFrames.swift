import TrackerIndexer
import TrackerLog

/// Frames whose number came more than once: the same again, or another content?
///
/// Found by reading the session once more, and more often when there are more of them than memory
/// should hold.
struct RepeatedFrames {
    fileprivate struct Contents {
        var hash: UInt32
        var place: SequenceRanges.Place
    }

    /// Numbers to compare now.
    fileprivate struct Batch {
        var ranges: [ExactText: [(first: Int, contents: [Contents?])]] = [:]
        /// Every content of identities that have several.
        var several: [FrameIdentity: [Contents]] = [:]
    }

    private let rules: [String: SegmentRule]
    private var rest: [(writer: ExactText, range: ClosedRange<Int>)]

    /// - Parameter rules: which lines count, by file.
    init(_ seen: SeenFrames, _ rules: [String: SegmentRule]) {
        self.rules = rules
        rest = seen.writers.filter { !$0.value.repeated.isEmpty }
            .sorted { $0.key < $1.key }
            .flatMap { writer, ranges in ranges.repeated.map { (writer, $0) } }
    }

    var isEmpty: Bool { rest.isEmpty }

    mutating func run(
        _ result: inout SessionVerification, in storage: any Storage, with tools: VerifyTools
    ) {
        var conflicts: [Conflict] = []
        while !rest.isEmpty {
            var batch = nextBatch()
            compare(&batch, &result, storage, tools)
            for (identity, contents) in batch.several {
                result.conflictCount += contents.count - 1
                let places = contents.map {
                    LostFrames.Place(
                        file: result.files[$0.place.file].name.fileName, offset: $0.place.offset)
                }
                conflicts.append(Conflict(identity: identity, places: places))
            }
        }
        conflicts.sort {
            (ExactText($0.identity.writer), $0.identity.seq)
                < (ExactText($1.identity.writer), $1.identity.seq)
        }
        result.conflicts = Array(conflicts.prefix(VerifyLimits.maxListedConflicts))
    }

    private mutating func nextBatch() -> Batch {
        var batch = Batch()
        var room = VerifyLimits.maxComparedFrames
        while room > 0, let next = rest.first {
            rest.removeFirst()
            let last = min(next.range.upperBound, next.range.lowerBound + room - 1)
            if last < next.range.upperBound {
                rest.insert((next.writer, last + 1...next.range.upperBound), at: 0)
            }
            let count = last - next.range.lowerBound + 1
            room -= count
            batch.ranges[next.writer, default: []].append(
                (next.range.lowerBound, [Contents?](repeating: nil, count: count)))
        }
        return batch
    }

    private func compare(
        _ batch: inout Batch, _ result: inout SessionVerification, _ storage: any Storage,
        _ tools: VerifyTools
    ) {
        let folder = DataLayout.sessionFolder(result.key.user, result.key.session)
        var work = (batch: batch, result: result)
        for (place, known) in result.files.enumerated() {
            let rule = rules[known.name.fileName] ?? .everything
            do throws(StorageError) {
                let file = try storage.openForReading(folder.appending(known.name.fileName))
                _ = try tools.reader.read(
                    file, name: known.name, session: result.key.session, from: 0,
                    size: known.bytes
                ) { frame in
                    for section in frame.sections {
                        guard let section = rule.part(of: section, in: frame),
                            let header = section.header
                        else { continue }
                        let at = SequenceRanges.Place(file: place, offset: frame.offset)
                        let content = Contents(hash: section.contentHash, place: at)
                        if work.batch.isRepeat(header.identity, content) {
                            work.result.countRepeat(header, frame, section, place, tools)
                        }
                    }
                }
            } catch {
                work.result.problems.append(error)
            }
        }
        (batch, result) = work
    }
}

extension RepeatedFrames.Batch {
    /// Notes the content; says whether the same was there before.
    fileprivate mutating func isRepeat(
        _ identity: FrameIdentity, _ content: RepeatedFrames.Contents
    ) -> Bool {
        let writer = ExactText(identity.writer)
        guard let ranges = ranges[writer] else { return false }
        // Ascending, so the last that begins at or before the number.
        let place = ranges.partitioningIndex { $0.first > identity.seq } - 1
        guard place >= 0 else { return false }
        let index = identity.seq - ranges[place].first
        guard index < ranges[place].contents.count else { return false }
        guard let known = ranges[place].contents[index] else {
            self.ranges[writer]?[place].contents[index] = content
            return false
        }
        if known.hash == content.hash { return true }
        var contents = several[identity] ?? [known]
        if contents.contains(where: { $0.hash == content.hash }) { return true }
        contents.append(content)
        several[identity] = contents
        return false
    }
}

extension SessionVerification {
    /// The frame is there a second time: what it holds counts once.
    fileprivate mutating func countRepeat(
        _ header: FrameHeader, _ frame: FrameContent, _ section: FrameSection, _ place: Int,
        _ tools: VerifyTools
    ) {
        repeatedFrames += 1
        files[place].repeatedFrames += 1
        droppedEvents -= header.dropped
        repeatedEvents += tools.lines.count(frame, section) { _ in repeatedBadLines += 1 }
    }
}
