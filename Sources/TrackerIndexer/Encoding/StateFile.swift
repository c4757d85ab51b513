package import TrackerLog

/// The file that `tracker fold` writes, and `tracker merge` reads and writes: the folded states of
/// segments, side by side. Its layout is in `docs/FORMAT.md` section 9.
///
/// Each segment keeps a state of its own until a snapshot is made. So joining files is choosing
/// between copies, and has the laws of a set: any order, any grouping, any repetition.
package enum StateFile {
    /// Of the layout of the file; what the states mean has the number of `Snapshot.version`.
    package static let version = 1

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
            if let other = furthest[segment.address] {
                guard segment.isOfSameFile(as: other) else { throw .twoFiles(segment.address) }
                if segment.foldedBytes <= other.foldedBytes { continue }
            }
            furthest[segment.address] = segment
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
            var session = SessionLine(
                user: first.user, session: first.session, segments: own.count)
            try append(
                try frame(
                    of: TextColumnWriter.text(.named) { writer throws(ColumnError) in
                        try session.columns(&writer)
                    }))
            for segment in own {
                try append(try frame(of: segment.line))
                try append(try segment.stateFrame.bytes())
            }
        }
    }

    /// Of one line.
    private static func frame(of text: [UInt8]) throws(StorageError) -> [UInt8] {
        guard let frame = ZstdText.compress(text + [0x0A]) else {
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
        let start = offset
        guard let header = try line(), let version = header[SessionLine.versionColumn]?.intValue
        else {
            if start == 0 { throw .foreign(source, "it does not begin as one") }
            throw damaged("no state file goes on")
        }
        guard version == StateFile.version else {
            throw .foreign(source, "it has layout \(version), this program knows 1")
        }
        let fold = header["fold"]?.intValue
        if let fold, fold != Snapshot.version { throw .otherFold(source, fold) }
        var row = SessionLine()
        try read(header, from: start) { reader throws(ColumnError) in try row.columns(&reader) }
        guard let user = row.user, let session = row.session else {
            throw damaged("its header says too little")
        }
        var segments: [FoldedSegment] = []
        while segments.count < row.segments { segments.append(try segment(user, session)) }
        return segments
    }

    /// - Parameter start: where the line's frame begins, for the error.
    private func read(
        _ line: JSONValue, from start: Int,
        _ columns: (inout TextColumnReader) throws(ColumnError) -> Void
    ) throws(StateFileError) {
        do throws(ColumnError) {
            try TextColumnReader.read(line, .named, columns)
        } catch {
            throw .damaged(source, "at byte \(start) of \(size) \(error)")
        }
    }

    private mutating func segment(
        _ user: UserID, _ session: SessionID
    ) throws(StateFileError) -> FoldedSegment {
        let start = offset
        guard let header = try line() else { throw damaged("no segment stands there") }
        var row = SegmentLine()
        try read(header, from: start) { reader throws(ColumnError) in try row.columns(&reader) }
        guard (1...IndexLimits.maxIndexTextBytes).contains(row.stateBytes),
            row.frameBytes >= 1, row.frameBytes <= size - offset
        else { throw damaged("it ends too early") }
        let segment = FoldedSegment(
            user: user, session: session, input: row.input, duplicateFrames: row.duplicates,
            stateBytes: row.stateBytes, stateHash: row.stateHash,
            stateFrame: .stretch(file, offset: offset, length: row.frameBytes))
        _ = try segment.stateText(from: source)
        offset += row.frameBytes
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
    package var address: SegmentAddress { SegmentAddress(user: user, session: session, name: name) }

    /// The line before its state.
    fileprivate var line: [UInt8] {
        var line = SegmentLine(
            input: input, duplicates: duplicateFrames, stateBytes: stateBytes,
            stateHash: stateHash, frameBytes: stateFrame.count)
        return TextColumnWriter.text(.named) { writer throws(ColumnError) in
            try line.columns(&writer)
        }
    }

    /// Whether one may be an earlier or later state of the other's file, as far as the fingerprints
    /// tell. Whether it is the file in the log is looked at when a snapshot is made.
    func isOfSameFile(as other: FoldedSegment) -> Bool {
        if foldedBytes == other.foldedBytes { return line == other.line }
        return input.head.length != other.input.head.length || input.head == other.input.head
    }
}

/// The first line of a session.
private struct SessionLine {
    var version = StateFile.version
    var fold = Snapshot.version
    var user: UserID?
    var session: SessionID?
    var segments = 0

    static let versionColumn = "tracker_state"

    mutating func columns<Coder: ColumnCoder>(_ coder: inout Coder) throws(ColumnError) {
        try coder.count(Self.versionColumn, &version)
        try coder.count("fold", &fold)
        try coder.mapped("user", required: &user, to: \.value, from: { UserID(valid: $0) })
        try coder.mapped("session", required: &session, to: \.value, from: { SessionID(valid: $0) })
        try coder.count("segments", &segments)
    }
}

/// The line before the state of a segment.
private struct SegmentLine {
    var input = IndexedSegment.unread
    var duplicates = 0
    /// Of the state's text: its length and XXH64.
    var stateBytes = 0
    var stateHash: UInt64 = 0
    /// Of the frame that holds it.
    var frameBytes = 0

    mutating func columns<Coder: ColumnCoder>(_ coder: inout Coder) throws(ColumnError) {
        try coder.row("input", .named) { coder throws(ColumnError) in
            try input.columns(&coder, isOfOneMachine: false)
        }
        try coder.count("duplicates", &duplicates)
        try coder.count("state_bytes", &stateBytes)
        try coder.unsigned("state_hash", &stateHash)
        try coder.count("frame_bytes", &frameBytes)
    }
}

extension StateFile {
    /// The columns of the two kinds of lines, for the page about them.
    package static var columns: (session: [ColumnList.Column], segment: [ColumnList.Column]) {
        var session = SessionLine()
        var segment = SegmentLine()
        return (
            ColumnList.of { list throws(ColumnError) in try session.columns(&list) },
            ColumnList.of { list throws(ColumnError) in try segment.columns(&list) }
        )
    }
}
