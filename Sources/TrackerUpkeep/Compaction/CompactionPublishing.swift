import TrackerIndexer
import TrackerLog

extension SessionCompactor {
    /// Reads the new segment back, renames it to its final name and moves its inputs to the trash.
    mutating func publish(_ packed: PackedSegment) throws(UpkeepError) -> CompactedSegment {
        var done = CompactedSegment(
            file: nil, inputs: packed.inputs.map(\.fileName), framesBefore: packed.framesBefore,
            framesAfter: packed.frames, bytesBefore: packed.bytesBefore, bytesAfter: packed.bytes,
            thinned: packed.claim.thinned)
        guard !options.isDryRun else { return done }
        try verify(packed)
        do throws(StorageError) {
            done.file = try moveToFreeName(packed.writer).fileName
            try storage.syncDirectory(folder)
            try storage.syncDirectory(DataLayout.maintenance)
        } catch {
            throw .storage(error)
        }
        try retire(packed.inputs)
        return done
    }

    /// Tries names instead of listing the folder, which would be listed for each new segment. The
    /// writer id is a hash of the inputs, so nearly always the first name is free.
    private func moveToFreeName(_ writer: String) throws(StorageError) -> SegmentName {
        var name = SegmentName(writer: writer, number: 1)
        while true {
            let path = folder.appending(name.fileName)
            if try Maintenance.moves(PackedSegment.path, to: path, in: storage) { return name }
            name.number += 1
        }
    }

    /// Checks that the new segment folds to the state of its inputs, and that folding the inputs
    /// after it changes nothing.
    private func verify(_ packed: PackedSegment) throws(UpkeepError) {
        let before = SessionState()
        for input in packed.inputs
        where try !fold(input.path, input.name, upTo: input.size, rule: input.rule, into: before) {
            throw .notTheSame(file: input.fileName)
        }
        let expected = before.encoded().contentHash
        let name = SegmentName(writer: packed.writer, number: 1)
        let after = SessionState()
        guard
            try fold(PackedSegment.path, name, upTo: packed.bytes, rule: .everything, into: after),
            after.encoded().contentHash == expected, try !adds(packed.inputs, to: after)
        else { throw .notTheSame(file: name.fileName) }
    }

    /// Whether folding the inputs after the compacted segment changes the state.
    private func adds(
        _ inputs: [CompactionInput], to state: SessionState
    ) throws(UpkeepError) -> Bool {
        let before = XXHash64.hash(state.encoded().text)
        for input in inputs {
            var rule = input.rule
            rule.replacedBytes = input.size
            rule.isPlain = input.name.encoding == .plain
            guard try fold(input.path, input.name, upTo: input.size, rule: rule, into: state) else {
                return true
            }
        }
        return XXHash64.hash(state.encoded().text) != before
    }

    /// - Returns: whether the whole file was readable.
    private func fold(
        _ path: StoragePath, _ name: SegmentName, upTo size: Int, rule: SegmentRule,
        into state: SessionState
    ) throws(UpkeepError) -> Bool {
        do throws(StorageError) {
            let file = try storage.openForReading(path)
            let progress = try tools.reader.read(
                file, name: name, session: key.session, from: 0, size: size
            ) { frame in
                state.fold(frame, rule: rule, scanner: tools.scanner) { _, _, _ in }
            }
            return progress.offset == size && progress.badRegions.isEmpty
        } catch {
            throw .storage(error)
        }
    }

    /// Moves segments to the trash whose lines are in a compacted one. A segment that has grown or
    /// is open again stays: only its new lines count there.
    private mutating func retire(_ inputs: [CompactionInput]) throws(UpkeepError) {
        let trash = CompactedTrash.folder(key)
        var moved: [String] = []
        do throws(StorageError) {
            try storage.createDirectory(trash)
            var names = try FreeNames(trashNames, in: trash, storage)
            defer { trashNames = names }
            for input in inputs {
                let size = try storage.openForReading(input.path).status().size
                let isHeld = try Maintenance.isHeld(input.path, in: storage)
                guard size == input.size, !isHeld else {
                    keepGrown(input.fileName)
                    continue
                }
                let path = names.take(CompactedTrash.Name(file: input.name, size: size).text)
                try storage.move(input.path, to: path)
                moved.append(path.name)
            }
            // The trash first: a power cut must not leave a file in neither folder.
            try storage.syncDirectory(trash)
            try storage.syncDirectory(folder)
        } catch {
            throw .storage(error)
        }
        try bringBackGrown(among: moved)
    }

    /// Moves segments back from the trash that a program has appended to since.
    /// - Parameter names: of the trash's files to look at; `nil`: all of them.
    mutating func bringBackGrown(among names: [String]? = nil) throws(UpkeepError) {
        do throws(StorageError) {
            let grown = try CompactedTrash.bringBackGrown(
                key, among: names, free: &trashNames, in: storage)
            for name in grown.back { keepGrown(name) }
            for (file, newName) in grown.copied {
                result.kept.append(
                    SessionCompaction.KeptSegment(
                        file: newName,
                        reason: "it has what a program wrote to \(file) in the trash: another file"
                            + " has that name, so stop that program"))
            }
        } catch {
            throw .storage(error)
        }
    }

    private mutating func keepGrown(_ fileName: String) {
        result.kept.append(
            SessionCompaction.KeptSegment(
                file: fileName,
                reason: "it was written to meanwhile: its new lines still count"))
    }

    /// Retires segments that a compacted one replaces and that still exist: an earlier run ended
    /// before it moved them, or a copy brought them back.
    mutating func finishEarlierRuns() throws(UpkeepError) {
        let (listing, rules) = try list()
        var present = Dictionary(
            listing.segments.map { ($0.name.fileName, $0.name) },
            uniquingKeysWith: { one, _ in one })
        for segment in listing.segments
        where segment.name.isCompacted && present[segment.name.fileName] != nil {
            let inputs: [CompactionInput]
            let size: Int
            do throws(StorageError) {
                let path = folder.appending(segment.name.fileName)
                let file = try storage.openForReading(path)
                size = try file.status().size
                guard
                    let (claim, length) = try tools.reader.claim(
                        of: file, name: segment.name, size: size),
                    length + claim.restBytes <= size
                else { continue }
                inputs = try leftInputs(of: claim, present: present, rules)
            } catch {
                throw .storage(error)
            }
            guard !inputs.isEmpty else { continue }
            let state = SessionState()
            // When the compacted segment is damaged, the inputs are the only good copy.
            let isWhole = try fold(
                folder.appending(segment.name.fileName), segment.name, upTo: size,
                rule: .everything, into: state)
            guard isWhole, try !adds(inputs, to: state) else { continue }
            result.finished += inputs.map(\.fileName)
            for input in inputs { present[input.fileName] = nil }
            try retire(inputs)
        }
    }

    private func leftInputs(
        of claim: CompactionClaim, present: [String: SegmentName], _ rules: [String: SegmentRule]
    ) throws(StorageError) -> [CompactionInput] {
        var inputs: [CompactionInput] = []
        for replaced in claim.replaced {
            guard let name = present[replaced.file], let last = replaced.prefixes.last else {
                continue
            }
            let path = folder.appending(replaced.file)
            let file = try storage.openForReading(path)
            guard try file.status().size == last.length,
                try tools.reader.prefixes(of: file, lengths: [last.length]) == [last]
            else { continue }
            inputs.append(
                CompactionInput(
                    name: name, path: path, size: last.length,
                    rule: rules[replaced.file] ?? .everything))
        }
        return inputs
    }
}
