package import TrackerLog

/// The file that `tracker fold` writes, and `tracker merge` reads and writes: the folded states of
/// segments, side by side. Its layout is in `docs/FORMAT.md` section 9.
///
/// Each segment keeps a state of its own until a snapshot is made. So joining files is choosing
/// between copies, and has the laws of a set: any order, any grouping, any repetition.
package enum StateFile {
    /// Of the layout of the file; what the states mean has the number of `Snapshot.version`.
    static let version = 1

    /// Reads state files that stand one behind the other in one file.
    /// - Parameter source: what the file is called in errors.
    /// - Returns: all segments in the order of the file. Their states are checked, but stay in the
    ///   file until they are wanted.
    package static func read(
        _ file: any StorageFile, source: String
    ) throws(StateFileError) -> [FoldedSegment] {
        let size: Int
        do throws(StorageError) {
            size = try file.status().size
        } catch {
            throw .unreadable("\(source): \(error)")
        }
        guard size > 0 else { throw .foreign(source, "it is empty") }
        var reader = StateFileReader(file: file, size: size, source: source)
        var segments: [FoldedSegment] = []
        while reader.offset < size { segments += try reader.session() }
        return segments
    }

    /// The one set of segments that all of these make: of two states of one segment the one that
    /// goes further. By user, session and name.
    package static func joined(
        _ segments: [FoldedSegment]
    ) throws(StateFileError) -> [FoldedSegment] {
        var furthest: [SegmentAddress: FoldedSegment] = [:]
        for segment in segments {
            if let other = furthest[segment.place] {
                guard segment.isOfSameFile(as: other) else { throw .twoFiles(segment.place) }
                if segment.foldedBytes <= other.foldedBytes { continue }
            }
            furthest[segment.place] = segment
        }
        return furthest.values.sorted {
            ($0.user, $0.session, $0.name) < ($1.user, $1.session, $1.name)
        }
    }

    /// Replaces the file by a state file of these segments, in one step.
    /// - Parameters:
    ///   - segments: as `joined` gives them. They may stand in the very file that is replaced.
    ///   - path: in an existing folder of the storage.
    package static func save(
        _ segments: [FoldedSegment], to path: StoragePath, in storage: any Storage
    ) throws(StorageError) {
        let mark = ".\(UInt64.random(in: 0 ... .max))"
        try storage.replace(path, mark: mark) { append throws(StorageError) in
            try write(segments, to: append)
        }
    }

    /// Gives a state file of these segments, piece by piece.
    package static func write(
        _ segments: [FoldedSegment], to append: ([UInt8]) throws(StorageError) -> Void
    ) throws(StorageError) {
        var rest = segments[...]
        while let first = rest.first {
            let own = rest.prefix { $0.user == first.user && $0.session == first.session }
            rest = rest.dropFirst(own.count)
            try append(try frame(of: header(of: first, segments: own.count)))
            for segment in own {
                try append(try frame(of: segment.header))
                try append(try segment.stateFrame.bytes())
            }
        }
    }

    private static func header(of segment: FoldedSegment, segments: Int) -> JSONValue {
        .object([
            .init("tracker_state", .integer(version)), .init("fold", .integer(Snapshot.version)),
            .init("user", .string(segment.user.value)),
            .init("session", .string(segment.session.value)),
            .init("segments", .integer(segments)),
        ])
    }

    private static func frame(of line: JSONValue) throws(StorageError) -> [UInt8] {
        var text: [UInt8] = []
        line.write(to: &text)
        text.append(0x0A)
        guard let frame = ZstdText.compress(text) else {
            throw StorageError(operation: .create, path: "a state", code: ErrorCode.noSpace)
        }
        return frame
    }
}

/// Goes through a state file, frame by frame.
private struct StateFileReader {
    let file: any StorageFile
    let size: Int
    let source: String
    private(set) var offset = 0

    init(file: any StorageFile, size: Int, source: String) {
        self.file = file
        self.size = size
        self.source = source
    }

    /// The segments of the next session.
    mutating func session() throws(StateFileError) -> [FoldedSegment] {
        let isFirst = offset == 0
        guard let header = try line(), let version = header["tracker_state"]?.intValue else {
            if isFirst { throw .foreign(source, "it does not begin as one") }
            throw damaged("no state file goes on")
        }
        guard version == StateFile.version else {
            throw .foreign(source, "it has layout \(version), this program knows 1")
        }
        guard let fold = header["fold"]?.intValue,
            let user = header["user"]?.stringValue.flatMap(UserID.init(valid:)),
            let session = header["session"]?.stringValue.flatMap(SessionID.init(valid:)),
            let count = header["segments"]?.intValue
        else { throw damaged("its header says too little") }
        guard fold == Snapshot.version else { throw .otherFold(source, fold) }
        var segments: [FoldedSegment] = []
        while segments.count < count { segments.append(try segment(user, session)) }
        return segments
    }

    private mutating func segment(
        _ user: UserID, _ session: SessionID
    ) throws(StateFileError) -> FoldedSegment {
        guard let header = try line(),
            let input = header["input"].flatMap(IndexedSegment.init(folded:)),
            let duplicates = header["duplicates"]?.intValue,
            (0...SaturatingCount.most).contains(duplicates),
            let stateBytes = header["state_bytes"]?.intValue,
            let stateHash = header["state_hash"]?.unsignedValue,
            let frameBytes = header["frame_bytes"]?.intValue
        else { throw damaged("no segment stands there") }
        guard (1...IndexLimits.maxIndexTextBytes).contains(stateBytes),
            frameBytes >= 1, frameBytes <= size - offset
        else { throw damaged("it ends too early") }
        let segment = FoldedSegment(
            user: user, session: session, input: input, duplicateFrames: duplicates,
            stateBytes: stateBytes, stateHash: stateHash,
            stateFrame: .stretch(file, offset: offset, length: frameBytes))
        _ = try segment.stateText(from: source)
        offset += frameBytes
        return segment
    }

    /// Most lines are shorter; who needs more reads again.
    private static let usualLineBytes = 16 << 10

    /// The next frame as JSON. - Returns: `nil` when no such frame begins here.
    private mutating func line() throws(StateFileError) -> JSONValue? {
        for wanted in [Self.usualLineBytes, IndexLimits.maxStateFileLineBytes] {
            let bytes: [UInt8]
            do throws(StorageError) {
                bytes = try file.readBytes(at: offset, count: wanted)
            } catch {
                throw .unreadable("\(source): \(error)")
            }
            let length = unsafe bytes.withUnsafeBytes { unsafe ZstdText.frameLength($0) }
            guard let length else { continue }
            let limit = IndexLimits.maxStateFileLineBytes
            let frame = Array(bytes[..<length])
            guard let text = ZstdText.decompress(frame, limit: limit), text.last == 0x0A else {
                return nil
            }
            offset += length
            return JSONValue.parsed(text.dropLast())
        }
        return nil
    }

    private func damaged(_ what: String) -> StateFileError {
        .damaged(source, "at byte \(offset) of \(size) \(what)")
    }
}

extension FoldedSegment {
    package var place: SegmentAddress { SegmentAddress(user: user, session: session, name: name) }

    /// The line before its state.
    var header: JSONValue {
        .object([
            .init("input", input.foldedJSON), .init("duplicates", .integer(duplicateFrames)),
            .init("state_bytes", .integer(stateBytes)), .init("state_hash", .integer(stateHash)),
            .init("frame_bytes", .integer(stateFrame.count)),
        ])
    }

    /// Whether one may be an earlier or later state of the other's file, as far as the fingerprints
    /// tell. Whether it is the file in the log is looked at when a snapshot is made.
    func isOfSameFile(as other: FoldedSegment) -> Bool {
        if foldedBytes == other.foldedBytes { return header == other.header }
        return input.head.length != other.input.head.length || input.head == other.input.head
    }
}

extension IndexedSegment {
    /// What is true of the file on every machine.
    var foldedJSON: JSONValue {
        .object((json.objectValue ?? []).filter { !Self.ofOneMachine.contains($0.key) })
    }

    init?(folded json: JSONValue) {
        guard let members = json.objectValue, let offset = json["offset"] else { return nil }
        let unknown: [JSONValue.Member] = [
            .init("device", .integer(0)), .init("inode", .integer(0)), .init("size", offset),
            .init("modified_ns", .integer(Self.unknownTime)), .init("pending", .integer(0)),
            .init("missing", .integer(0)),
        ]
        self.init(json: .object(members + unknown))
    }

    /// Which file it is there, and how much of it was waiting or still to come when it was looked
    /// at.
    private static let ofOneMachine: Set<String> = [
        "device", "inode", "size", "modified_ns", "pending", "missing",
    ]
}
