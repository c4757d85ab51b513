import TrackerLog

/// `index/lock`: one indexer at a time writes.
enum IndexLock {
    /// - Returns: the lock, held until it is let go; `nil` when somebody else has it or it cannot
    ///   be made.
    static func take(_ storage: any Storage) -> (any StorageFile)? {
        do throws(StorageError) {
            try storage.createDirectory(DataLayout.index)
            let file = try storage.openOrCreate(DataLayout.indexLock)
            return try file.lockExclusive() ? file : nil
        } catch {
            return nil
        }
    }
}

/// The snapshots in `index/`.
enum IndexFolder {
    /// Removes snapshots of sessions that are gone. They are derived: nothing is lost.
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

    /// Removes what commands keep for a target: the index is made from nothing.
    static func removeDerived(in storage: any Storage) {
        for entry in entries(DataLayout.index, storage)
        where entry.kind == .file && entry.name.hasPrefix(DataLayout.targetFilePrefix) {
            storage.removeIfThere(DataLayout.index.appending(entry.name))
        }
    }
}
