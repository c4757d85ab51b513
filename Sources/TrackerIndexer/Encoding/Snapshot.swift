package import TrackerLog

/// The file that a session's index is kept in: derived, and never trusted beyond what can be
/// checked.
///
/// One checksummed zstd frame of JSON, `SnapshotRow`, whose columns `docs/INDEX_FILES.md` lists. A
/// snapshot that is missing, damaged, newer or does not match its files is no error: the session
/// is folded again.
package enum Snapshot {
    /// Of the snapshot and of the fold: a reader that folds differently must not go on from an
    /// older state.
    package static let version = 4

    /// - Parameters:
    ///   - state: as `SessionState.encoded` gives it.
    ///   - isAlone: whether nobody else saves the same session meanwhile: whoever holds the lock
    ///     of the index alone.
    package static func save(
        _ index: SessionIndex, state: [UInt8], in storage: any Storage, isAlone: Bool = true
    ) throws(StorageError) {
        let path = DataLayout.snapshot(index.user, index.session)
        guard let bytes = ZstdText.compress(text(of: index, state: state)) else {
            throw StorageError(operation: .create, path: path.description, code: ErrorCode.noSpace)
        }
        let mark = isAlone ? "" : ".\(UInt64.random(in: 0 ... .max))"
        try storage.replace(path, with: bytes, mark: mark)
    }

    /// - Returns: `nil` when there is none that can be used.
    package static func load(
        user: UserID, session: SessionID, from storage: any Storage
    ) -> SessionIndex? {
        let path = DataLayout.snapshot(user, session)
        // try? is right here: without a snapshot the session is folded again.
        guard let bytes = try? storage.readAll(path, limit: IndexLimits.maxIndexFileBytes),
            let text = ZstdText.decompress(bytes, limit: IndexLimits.maxIndexTextBytes)
        else { return nil }
        do throws(ColumnError) {
            return try index(from: text, of: user, session)
        } catch {
            // It is derived: folding again makes a good one.
            return nil
        }
    }

    /// - Throws: which column is not what it should be.
    package static func index(
        from text: [UInt8], of user: UserID, _ session: SessionID
    ) throws(ColumnError) -> SessionIndex {
        guard let value = JSONValue.parsed(text) else {
            throw ColumnError("", "is no JSON")
        }
        var row = SnapshotRow()
        // The columns of another version may be others.
        guard value[SnapshotRow.versionColumn]?.intValue == version else {
            throw ColumnError(SnapshotRow.versionColumn, "is not \(version)")
        }
        try TextColumnReader.read(value, .named) { reader throws(ColumnError) in
            try row.columns(&reader)
        }
        guard row.user == user.value, row.session == session.value else {
            throw ColumnError("session", "is not \(user)/\(session)")
        }
        row.state.duplicateFrames = row.duplicates
        return SessionIndex(user: user, session: session, state: row.state, inputs: row.inputs)
    }

    package static func text(of index: SessionIndex, state: [UInt8]) -> [UInt8] {
        var row = SnapshotRow(
            user: index.user.value, session: index.session.value,
            inputs: index.inputs.sorted { $0.key < $1.key }.map(\.value),
            duplicates: index.state.duplicateFrames, stateText: state)
        return TextColumnWriter.text(.named) { writer throws(ColumnError) in
            try row.columns(&writer)
        }
    }

    /// The columns, for the page about them.
    package static var columns: [ColumnList.Column] {
        var row = SnapshotRow()
        return ColumnList.of { list throws(ColumnError) in try row.columns(&list) }
    }
}

/// The one row of a snapshot.
private struct SnapshotRow {
    var version = Snapshot.version
    var user = ""
    var session = ""
    var inputs: [IndexedSegment] = []
    var duplicates = 0
    /// The state as `SessionState.encoded` gives it, to be written.
    var stateText: [UInt8] = []
    /// The one that is read.
    var state = SessionState()

    static let versionColumn = "snapshot"

    mutating func columns<Coder: StateCoder>(_ coder: inout Coder) throws(ColumnError) {
        try coder.count(Self.versionColumn, &version)
        try coder.text("user", &user)
        try coder.text("session", &session)
        try coder.rows(
            "inputs", &inputs, .named, empty: .unread
        ) { coder, input throws(ColumnError) in
            try input.columns(&coder, isOfOneMachine: true)
        }
        try coder.count("duplicates", &duplicates)
        let state = state
        try coder.row("state", text: stateText) { coder throws(ColumnError) in
            try state.columns(&coder)
        }
    }
}
