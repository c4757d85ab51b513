package import TrackerLog

/// `trash/sessions/<user>/<session>`: pruned sessions, unchanged.
package struct SessionTrash {
    private let storage: any Storage

    package init(_ storage: any Storage) { self.storage = storage }

    /// A session in the trash.
    package struct Entry: Sendable, Hashable {
        package var key: DataFolder.SessionKey
        /// Name of its folder in the trash: the session's, followed by `~` and a number when there
        /// are several.
        package var folderName: String
        package var files: Int
        package var bytes: Int
        /// Whether the session is in the log, and the trash has the samples that `tracker prune
        /// --keep-size` made histograms of.
        package var isThinned = false

        var path: StoragePath {
            DataLayout.prunedSessions.appending(key.user.directoryName).appending(folderName)
        }
    }

    /// Whether a program holds the lock of one of the session's segments.
    static func isHeld(
        _ key: DataFolder.SessionKey, in storage: any Storage
    ) throws(StorageError) -> Bool {
        try isHeld(DataLayout.sessionFolder(key.user, key.session), in: storage)
    }

    private static func isHeld(
        _ folder: StoragePath, in storage: any Storage
    ) throws(StorageError) -> Bool {
        for entry in try storage.list(folder)
        where entry.kind == .file && SegmentName(fileName: entry.name) != nil {
            if try Maintenance.isHeld(folder.appending(entry.name), in: storage) { return true }
        }
        return false
    }

    /// The sessions in the trash, ordered by user and session.
    package func entries() throws(StorageError) -> [Entry] {
        var found: [Entry] = []
        let root = DataLayout.prunedSessions
        for user in try Maintenance.entries(root, in: storage) where user.kind == .directory {
            guard let userID = UserID(directoryName: user.name) else { continue }
            let folder = root.appending(user.name)
            for entry in try storage.list(folder) where entry.kind == .directory {
                let name = entry.name.split(separator: "~", omittingEmptySubsequences: false)[0]
                guard let session = SessionID(directoryName: String(name)) else { continue }
                let files = try storage.list(folder.appending(entry.name))
                found.append(
                    Entry(
                        key: DataFolder.SessionKey(user: userID, session: session),
                        folderName: entry.name, files: files.count,
                        bytes: files.reduce(0) { $0 + ($1.status?.size ?? 0) }))
            }
        }
        for key in try compactedSessions() {
            guard let files = try thinnedFiles(key) else { continue }
            found.append(
                Entry(
                    key: key, folderName: key.session.directoryName, files: files.count,
                    bytes: files.reduce(0) { $0 + $1.bytes }, isThinned: true))
        }
        return found.sorted {
            if $0.key != $1.key { return $0.key < $1.key }
            if $0.isThinned != $1.isThinned { return !$0.isThinned }
            return $0.folderName < $1.folderName
        }
    }

    private func thinnedFiles(
        _ key: DataFolder.SessionKey
    ) throws(StorageError) -> [CompactedTrash.File]? {
        do throws(StorageError) {
            return try ThinnedRestoring(key, in: storage).files()
        } catch {
            // The session is not in the log.
            guard error.code == ErrorCode.notFound else { throw error }
            return nil
        }
    }

    /// Moves a session to the trash with one rename.
    /// - Throws: `UpkeepError.session` when a program writes to it; it is then not moved.
    package func take(_ key: DataFolder.SessionKey) throws(UpkeepError) {
        let lock = try Maintenance.begin(storage)
        defer { _ = lock }
        let name = "\(key.user.value)/\(key.session.value)"
        let folder = DataLayout.sessionFolder(key.user, key.session)
        let trash = DataLayout.prunedSessions.appending(key.user.directoryName)
        var isHeld = false
        do throws(StorageError) {
            isHeld = try Self.isHeld(folder, in: storage)
            if !isHeld {
                try storage.createDirectory(trash)
                let path = try moveToFreeName(folder, in: trash)
                // A program that opened a segment meanwhile still writes to the moved file.
                isHeld = try Self.isHeld(path, in: storage)
                if isHeld { try storage.move(path, to: folder) }
                try storage.syncDirectory(trash)
                try storage.syncDirectory(folder.parent)
            }
        } catch {
            throw .storage(error)
        }
        if isHeld { throw .session("\(name) kept: a writer has it open; stop that program first") }
    }

    /// Lists the trash only when the name is taken: it may hold many sessions.
    private func moveToFreeName(
        _ folder: StoragePath, in trash: StoragePath
    ) throws(StorageError) -> StoragePath {
        let path = trash.appending(folder.name)
        if try Maintenance.moves(folder, to: path, in: storage) { return path }
        var names = try FreeNames(in: trash, storage)
        let free = names.take(folder.name)
        try storage.move(folder, to: free)
        return free
    }

    /// Restores a session. When the log has a new session of that name, the files are moved into
    /// it; none is overwritten, and a segment whose name a different file has gets another name.
    package func restore(_ entry: Entry) throws(UpkeepError) -> RestoredSession {
        let lock = try Maintenance.begin(storage)
        defer { _ = lock }
        let folder = DataLayout.sessionFolder(entry.key.user, entry.key.session)
        do throws(StorageError) {
            if entry.isThinned { return try ThinnedRestoring(entry.key, in: storage).run() }
            try storage.createDirectory(folder.parent)
            if try Maintenance.moves(entry.path, to: folder, in: storage) {
                try storage.syncDirectory(folder.parent)
                try storage.syncDirectory(entry.path.parent)
                return RestoredSession(files: entry.files)
            }
            var work = SessionRestoring(entry.key, from: entry.path, in: storage)
            try work.run()
            return work.result
        } catch {
            throw .storage(error)
        }
    }

    /// What `empty()` would remove: sessions and compaction inputs together.
    package func content() throws(StorageError) -> (files: Int, bytes: Int) {
        var found = (files: 0, bytes: 0)
        for root in [DataLayout.prunedSessions, DataLayout.compactedInputs] {
            try count(root, &found)
        }
        return found
    }

    private func count(
        _ folder: StoragePath, _ found: inout (files: Int, bytes: Int)
    ) throws(StorageError) {
        for entry in try Maintenance.entries(folder, in: storage) {
            if entry.kind == .directory {
                try count(folder.appending(entry.name), &found)
            } else {
                found.files += 1
                found.bytes += entry.status?.size ?? 0
            }
        }
    }

    /// Deletes what is in the trash: sessions and compaction inputs. Files that a program still
    /// writes to, or wrote to since they were compacted, are kept.
    ///
    /// - Returns: number of deleted files and their bytes.
    package func empty() throws(UpkeepError) -> (files: Int, bytes: Int) {
        let lock = try Maintenance.begin(storage)
        defer { _ = lock }
        var gone = (files: 0, bytes: 0)
        do throws(StorageError) {
            for key in try compactedSessions() {
                var names: FreeNames?
                _ = try CompactedTrash.bringBackGrown(key, free: &names, in: storage)
            }
            for root in [DataLayout.prunedSessions, DataLayout.compactedInputs] {
                try empty(root, &gone)
            }
        } catch {
            throw .storage(error)
        }
        return gone
    }

    private func compactedSessions() throws(StorageError) -> [DataFolder.SessionKey] {
        var keys: [DataFolder.SessionKey] = []
        let root = DataLayout.compactedInputs
        for user in try Maintenance.entries(root, in: storage) {
            guard let userID = UserID(directoryName: user.name) else { continue }
            for entry in try Maintenance.entries(root.appending(user.name), in: storage) {
                guard let session = SessionID(directoryName: entry.name) else { continue }
                keys.append(DataFolder.SessionKey(user: userID, session: session))
            }
        }
        return keys
    }

    private func empty(
        _ folder: StoragePath, _ gone: inout (files: Int, bytes: Int)
    ) throws(StorageError) {
        var isEmpty = true
        for entry in try Maintenance.entries(folder, in: storage) {
            let path = folder.appending(entry.name)
            if entry.kind == .directory {
                try empty(path, &gone)
                continue
            }
            if entry.kind == .file {
                let file = try storage.openForReading(path)
                // The lock first: nobody who asks for it writes from here on.
                let isHeld = try !file.lockExclusive()
                let size = try file.status().size
                let known = CompactedTrash.parse(entry.name)?.size ?? size
                if isHeld || size > known {
                    isEmpty = false
                    continue
                }
                gone.bytes += size
            }
            try storage.remove(path)
            gone.files += 1
        }
        try storage.syncDirectoryIfThere(folder)
        let isRoot = folder == DataLayout.prunedSessions || folder == DataLayout.compactedInputs
        if isEmpty, !isRoot, try storage.list(folder).isEmpty { try storage.remove(folder) }
    }
}

extension Storage {
    fileprivate func syncDirectoryIfThere(_ path: StoragePath) throws(StorageError) {
        do throws(StorageError) {
            try syncDirectory(path)
        } catch {
            guard error.code == ErrorCode.notFound else { throw error }
        }
    }
}
