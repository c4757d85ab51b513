package import TrackerLog

/// A file of segment states: written by `tracker fold`, read and written by `tracker merge`.
///
///     file    = session…
///     session = session line | segment…
///     segment = segment line | state
///
/// A line is a checksummed zstd frame of one JSON object and a newline; a state is a frame of the
/// text of `SessionState.encoded`. A segment line gives the lengths and the hash of its state. See
/// `docs/FORMAT.md` section 9; `docs/INDEX_FILES.md` lists the columns.
///
/// Segments are not merged in the file. So joining files only chooses between copies, and gives the
/// same result in any order, grouping and repetition.
package enum StateFile {
    /// Version of the file's layout. The states have the version of the fold, `Snapshot.version`.
    package static let version = 1

    /// Reads one or more concatenated state files.
    /// - Parameter source: the file's name in errors.
    /// - Returns: all segments in the order of the file. Their states are checked but stay in the
    ///   file, and are read again on demand.
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

    /// Joins segments of any number of state files. Of two states of one segment, it keeps the one
    /// that covers more of the file.
    /// - Returns: each segment once, ordered by user, session and name.
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

    /// Atomically replaces the file with a state file of these segments.
    /// - Parameters:
    ///   - segments: the result of `joined`. Their states may be in the file that is replaced.
    ///   - path: in an existing folder of the storage.
    package static func save(
        _ segments: [FoldedSegment], to path: StoragePath, in storage: any Storage
    ) throws(StorageError) {
        let mark = ".\(UInt64.random(in: 0 ... .max))"
        try storage.replace(path, mark: mark) { append throws(StorageError) in
            try write(segments, to: append)
        }
    }

    /// Writes a state file of these segments, frame by frame.
    /// - Parameter segments: the result of `joined`.
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

    /// The frame of one line.
    private static func frame(of text: [UInt8]) throws(StorageError) -> [UInt8] {
        guard let frame = ZstdText.compress(text + [0x0A]) else {
            throw StorageError(operation: .create, path: "a state", code: ErrorCode.noSpace)
        }
        return frame
    }
}

/// Reads a state file frame by frame.
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
            if start == 0 { throw .foreign(source, "it does not start with a session line") }
            throw damaged("there should be a session line")
        }
        guard version == StateFile.version else {
            let known = StateFile.version
            throw .foreign(source, "it has layout \(version), this program reads \(known)")
        }
        let fold = header["fold"]?.intValue
        if let fold, fold != Snapshot.version { throw .otherFold(source, fold) }
        var row = SessionLine()
        try read(header, from: start) { reader throws(ColumnError) in try row.columns(&reader) }
        guard let user = row.user, let session = row.session else {
            throw damaged("the session line has no user or session")
        }
        var segments: [FoldedSegment] = []
        while segments.count < row.segments { segments.append(try segment(user, session)) }
        return segments
    }

    /// - Parameter start: offset of the line's frame, for errors.
    private func read(
        _ line: JSONValue, from start: Int,
        _ columns: (inout TextColumnReader) throws(ColumnError) -> Void
    ) throws(StateFileError) {
        do throws(ColumnError) {
            try TextColumnReader.read(line, .named, columns)
        } catch {
            throw .damaged(source, "at byte \(start) of \(size): \(error)")
        }
    }

    private mutating func segment(
        _ user: UserID, _ session: SessionID
    ) throws(StateFileError) -> FoldedSegment {
        let start = offset
        guard let header = try line() else { throw damaged("there should be a segment line") }
        var row = SegmentLine()
        try read(header, from: start) { reader throws(ColumnError) in try row.columns(&reader) }
        guard (1...IndexLimits.maxIndexTextBytes).contains(row.stateBytes),
            row.frameBytes >= 1, row.frameBytes <= size - offset
        else { throw damaged("the state is truncated or has an invalid length") }
        let segment = FoldedSegment(
            user: user, session: session, input: row.input, duplicateFrames: row.duplicates,
            stateBytes: row.stateBytes, stateHash: row.stateHash,
            stateFrame: .inFile(file, offset: offset, length: row.frameBytes))
        _ = try segment.stateText(from: source)
        offset += row.frameBytes
        return segment
    }

    /// Most lines are shorter. A longer one is read again.
    private static let usualLineBytes = 16 << 10

    /// The next frame as JSON.
    /// - Returns: `nil` if the next bytes are not a frame of one line of JSON.
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
        .damaged(source, "at byte \(offset) of \(size): \(what)")
    }
}

extension FoldedSegment {
    package var address: SegmentAddress { SegmentAddress(user: user, session: session, name: name) }

    /// Its segment line.
    fileprivate var line: [UInt8] {
        var line = SegmentLine(
            input: input, duplicates: duplicateFrames, stateBytes: stateBytes,
            stateHash: stateHash, frameBytes: stateFrame.count)
        return TextColumnWriter.text(.named) { writer throws(ColumnError) in
            try line.columns(&writer)
        }
    }

    /// Whether both may be states of the same file at different times, according to their
    /// fingerprints. The file in the log is compared when a snapshot is made.
    func isOfSameFile(as other: FoldedSegment) -> Bool {
        if foldedBytes == other.foldedBytes { return line == other.line }
        return input.head.length != other.input.head.length || input.head == other.input.head
    }
}

/// The line before the segments of a session.
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
    /// Length of the state's text.
    var stateBytes = 0
    /// XXH64 of the state's text.
    var stateHash: UInt64 = 0
    /// Length of the state's frame.
    var frameBytes = 0

    mutating func columns<Coder: ColumnCoder>(_ coder: inout Coder) throws(ColumnError) {
        try coder.row("input", .named) { coder throws(ColumnError) in
            try input.columns(&coder, isLocal: false)
        }
        try coder.count("duplicates", &duplicates)
        try coder.count("state_bytes", &stateBytes)
        try coder.unsigned("state_hash", &stateHash)
        try coder.count("frame_bytes", &frameBytes)
    }
}

extension StateFile {
    /// The columns of both kinds of lines, for the test of `docs/INDEX_FILES.md`.
    package static var columns: (session: [ColumnList.Column], segment: [ColumnList.Column]) {
        var session = SessionLine()
        var segment = SegmentLine()
        return (
            ColumnList.of { list throws(ColumnError) in try session.columns(&list) },
            ColumnList.of { list throws(ColumnError) in try segment.columns(&list) }
        )
    }
}
