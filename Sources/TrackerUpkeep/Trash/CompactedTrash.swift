import TrackerLog

/// Segments whose lines are in a compacted one, with the number of bytes that were compacted:
///
/// ```text
/// trash/compacted/<user>/<session>/<segment>~<size>
/// trash/compacted/<user>/<session>/<segment>~<size>~2     the name was taken
/// ```
enum CompactedTrash {
    static func folder(_ key: DataFolder.SessionKey) -> StoragePath {
        DataLayout.compactedInputs.appending(key.user.directoryName)
            .appending(key.session.directoryName)
    }

    static func name(_ file: String, size: Int) -> String { "\(file)~\(size)" }

    /// - Returns: `nil` unless the name has the form that `name` makes, with or without a number
    ///   after it.
    static func parse(_ name: String) -> (file: String, size: Int)? {
        let parts = name.split(separator: "~", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3, SegmentName(fileName: String(parts[0])) != nil,
            let size = Int(parts[1])
        else { return nil }
        return (String(parts[0]), size)
    }

    /// Moves segments back that have grown since they were moved here: a program had them open
    /// without a lock. Compacted lines still count once.
    /// - Returns: the names moved back, and those that cannot be because their name is taken.
    static func bringBackGrown(
        _ key: DataFolder.SessionKey, in storage: any Storage
    ) throws(StorageError) -> (back: [String], taken: [String]) {
        let trash = folder(key)
        let session = DataLayout.sessionFolder(key.user, key.session)
        var names: [String] = []
        var taken: [String] = []
        for entry in try Maintenance.entries(trash, in: storage) where entry.kind == .file {
            guard let (file, size) = parse(entry.name) else { continue }
            let path = trash.appending(entry.name)
            guard try storage.openForReading(path).status().size > size else { continue }
            try storage.createDirectory(session)
            do throws(StorageError) {
                try storage.move(path, to: session.appending(file))
                names.append(file)
            } catch {
                guard error.code == ErrorCode.exists else { throw error }
                taken.append(file)
            }
        }
        guard !names.isEmpty else { return ([], taken) }
        try storage.syncDirectory(session)
        try storage.syncDirectory(trash)
        return (names, taken)
    }
}
