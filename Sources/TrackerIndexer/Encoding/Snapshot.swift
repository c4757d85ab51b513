package import TrackerLog

/// `index/<user>/<session>.snap`: the folded state of a session, and how far each file is folded.
///
///     one checksummed zstd frame of
///     {"snapshot":…,"user":…,"session":…,"inputs":[segment,…],"duplicates":…,"state":{…}}
///
/// `docs/INDEX_FILES.md` lists the columns. A snapshot is derived and not trusted: if it is
/// missing, damaged, of another version or does not match its files, the session is folded again,
/// without an error.
package enum Snapshot {
    /// Version of both the file and the fold: a program that folds differently must not continue
    /// from this state.
    package static let version = 16

    /// - Parameters:
    ///   - state: the result of `SessionState.encoded`.
    ///   - isAlone: whether the caller holds the lock of the index exclusively, so that no other
    ///     process saves the same session. Otherwise the temporary file gets a unique name.
    package static func save(
        _ index: SessionIndex, state: [UInt8], in storage: any Storage, isAlone: Bool = true
    ) throws(StorageError) {
        let path = DataLayout.snapshot(index.user, index.session)
        guard let bytes = ZstdText.compress(text(of: index, state: state)) else {
            throw StorageError(operation: .create, path: path.description, code: ErrorCode.noSpace)
        }
        let mark = isAlone ? "" : ".\(UInt64.random(in: 0 ... .max))"
        try storage.replaceDerived(path, with: bytes, mark: mark)
    }

    /// - Returns: `nil` if there is no usable snapshot.
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
            // An invalid snapshot is replaced after the session is folded again.
            return nil
        }
    }

    /// - Throws: the first invalid column.
    package static func index(
        from text: [UInt8], of user: UserID, _ session: SessionID
    ) throws(ColumnError) -> SessionIndex {
        guard let value = JSONValue.parsed(text) else {
            throw ColumnError("", "is not JSON")
        }
        var row = SnapshotRow()
        // Checked first: another version may have other columns.
        guard value[SnapshotRow.versionColumn]?.intValue == version else {
            throw ColumnError(SnapshotRow.versionColumn, "is not \(version)")
        }
        try TextColumnReader.read(value, .named) { reader throws(ColumnError) in
            try row.columns(&reader)
        }
        guard row.user.isExactly(user.value), row.session.isExactly(session.value) else {
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

    /// The columns, for the test of `docs/INDEX_FILES.md`.
    package static var columns: [ColumnList.Column] {
        var row = SnapshotRow()
        return ColumnList.of { list throws(ColumnError) in try row.columns(&list) }
    }
}

/// The only row of a snapshot.
private struct SnapshotRow {
    var version = Snapshot.version
    var user = ""
    var session = ""
    var inputs: [IndexedSegment] = []
    var duplicates = 0
    /// The encoded state to write.
    var stateText: [UInt8] = []
    /// The state that is read.
    var state = SessionState()

    static let versionColumn = "snapshot"

    mutating func columns<Coder: StateCoder>(_ coder: inout Coder) throws(ColumnError) {
        try coder.count(Self.versionColumn, &version)
        try coder.text("user", &user)
        try coder.text("session", &session)
        try coder.rows(
            "inputs", &inputs, .named, empty: .unread
        ) { coder, input throws(ColumnError) in
            try input.columns(&coder, isLocal: true)
        }
        try coder.count("duplicates", &duplicates)
        let state = state
        try coder.row("state", text: stateText) { coder throws(ColumnError) in
            try state.columns(&coder)
        }
    }
}
