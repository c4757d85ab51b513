import TrackerLog

/// `index/lock`: only one process at a time writes the index.
enum IndexLock {
    /// - Returns: the lock, held until it is released; or why there is none: another process holds
    ///   it, its file cannot be created, or the data folder has a format that this program must not
    ///   write.
    static func attempt(_ storage: any Storage) -> Result<any StorageFile, Failure> {
        do throws(DataFolderError) {
            try DataFolder.check(storage)
        } catch {
            return .failure(Failure(reason: .failed("\(error)")))
        }
        do throws(StorageError) {
            try storage.createDirectory(DataLayout.index)
            let file = try storage.openOrCreate(DataLayout.indexLock)
            return try file.lockExclusive() ? .success(file) : .failure(Failure(reason: .held))
        } catch {
            let hint = isNoFile(error) ? ": it must be a file of this account, remove it" : ""
            return .failure(Failure(reason: .failed("\(error)\(hint)")))
        }
    }

    /// A folder, a link, a FIFO, a socket or a device is in the place of the lock.
    private static func isNoFile(_ error: StorageError) -> Bool {
        let codes = [
            ErrorCode.invalid, ErrorCode.isDirectory, ErrorCode.isLink, ErrorCode.noDevice,
        ]
        return error.path == DataLayout.indexLock.description && codes.contains(error.code)
    }

    struct Failure: Error {
        var reason: IndexReport.Unsaved
    }
}

/// Removes derived files from `index/`. Nothing is lost: all of them can be rebuilt from the log.
enum IndexFolder {
    /// Removes all snapshots except those of the given sessions.
    static func removeAll(except sessions: Set<DataFolder.SessionKey>, in storage: any Storage) {
        let kept = Set(sessions.map { DataLayout.snapshot($0.user, $0.session) })
        for user in entries(DataLayout.index, storage) where user.kind == .directory {
            let folder = DataLayout.index.appending(user.name)
            for entry in entries(folder, storage) where entry.kind == .file {
                let path = folder.appending(entry.name)
                if !kept.contains(path) { storage.removeIfThere(path) }
            }
        }
    }

    private static func entries(_ path: StoragePath, _ storage: any Storage) -> [StorageEntry] {
        do throws(StorageError) { return try storage.listKinds(path) } catch { return [] }
    }

    /// Removes the caches of targets, `index/target-<hash>.snap`, before a rebuild.
    static func removeDerived(in storage: any Storage) {
        for entry in entries(DataLayout.index, storage)
        where entry.kind == .file && entry.name.hasPrefix(DataLayout.targetFilePrefix) {
            storage.removeIfThere(DataLayout.index.appending(entry.name))
        }
    }
}
