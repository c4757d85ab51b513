import TrackerIndexer
import TrackerLog

/// Frames whose sequence number occurs more than once: decides whether the contents are the same.
///
/// Reads the session once more for each batch of `VerifyLimits.maxComparedFrames` numbers.
struct RepeatedFrames {
    fileprivate struct Contents {
        var hash: UInt32
        var position: SequenceRanges.Position
    }

    /// The numbers compared in one pass.
    fileprivate struct Batch {
        var ranges: [ExactText: [(first: Int, contents: [Contents?])]] = [:]
        /// All contents of each identity that has more than one.
        var several: [FrameIdentity: Several] = [:]
    }

    fileprivate struct Several {
        var contents: [Contents]
        var hashes: Set<UInt32>

        init(_ first: Contents) {
            contents = [first]
            hashes = [first.hash]
        }
    }

    private let rules: [String: SegmentRule]
    private var rest: ArraySlice<(writer: ExactText, range: ClosedRange<Int>)>

    /// - Parameter rules: which lines count, by file name.
    init(_ seen: SeenFrames, _ rules: [String: SegmentRule]) {
        self.rules = rules
        rest =
            seen.writers.filter { !$0.value.repeated.isEmpty }
            .sorted { $0.key < $1.key }
            .flatMap { writer, ranges in ranges.repeated.map { (writer, $0) } }[...]
    }

    var isEmpty: Bool { rest.isEmpty }

    mutating func run(
        _ result: inout SessionVerification, in storage: any Storage, with tools: VerifyTools
    ) {
        var conflicts: [Conflict] = []
        while !rest.isEmpty {
            var batch = nextBatch()
            compare(&batch, &result, storage, tools)
            for (identity, several) in batch.several {
                result.conflictCount += several.contents.count - 1
                let positions = several.contents.map {
                    LostFrames.Position(
                        file: result.files[$0.position.file].name.fileName,
                        offset: $0.position.offset)
                }
                conflicts.append(Conflict(identity: identity, positions: positions))
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
            let last = min(next.range.upperBound, next.range.lowerBound + room - 1)
            if last < next.range.upperBound {
                rest[rest.startIndex].range = last + 1...next.range.upperBound
            } else {
                rest = rest.dropFirst()
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
        for (fileIndex, known) in result.files.enumerated() {
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
                        let position = SequenceRanges.Position(
                            file: fileIndex, offset: frame.offset)
                        let content = Contents(hash: section.contentHash, position: position)
                        if work.batch.isRepeat(header.identity, content) {
                            work.result.countRepeat(header, frame, section, fileIndex, tools)
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
    /// Records the content.
    /// - Returns: whether the same content was seen before.
    fileprivate mutating func isRepeat(
        _ identity: FrameIdentity, _ content: RepeatedFrames.Contents
    ) -> Bool {
        let writer = ExactText(identity.writer)
        guard let ranges = ranges[writer] else { return false }
        // Ranges are ascending: the last one that begins at or before the number.
        let range = ranges.partitioningIndex { $0.first > identity.seq } - 1
        guard range >= 0 else { return false }
        let index = identity.seq - ranges[range].first
        guard index < ranges[range].contents.count else { return false }
        guard let known = ranges[range].contents[index] else {
            self.ranges[writer]?[range].contents[index] = content
            return false
        }
        if known.hash == content.hash { return true }
        guard
            several[identity, default: RepeatedFrames.Several(known)].hashes.insert(content.hash)
                .inserted
        else { return true }
        several[identity]?.contents.append(content)
        return false
    }
}

extension SessionVerification {
    /// Counts a repeated frame, whose events count once.
    fileprivate mutating func countRepeat(
        _ header: FrameHeader, _ frame: FrameContent, _ section: FrameSection, _ fileIndex: Int,
        _ tools: VerifyTools
    ) {
        repeatedFrames += 1
        files[fileIndex].repeatedFrames += 1
        droppedEvents -= header.dropped
        repeatedEvents += tools.lines.count(
            frame, section, times: { _ in }, refused: { _ in repeatedBadLines += 1 })
    }
}
