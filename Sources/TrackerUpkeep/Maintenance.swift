import TrackerLog

/// What moves and rewrites segments has the folder for itself, and leaves nothing behind.
enum Maintenance {
    static let temporaryEnding = ".tmp"

    /// - Returns: the lock, held until it is let go. What an ended run has left is removed.
    /// - Throws: `UpkeepError.busy` while somebody else has it.
    static func begin(_ storage: any Storage) throws(UpkeepError) -> any StorageFile {
        do throws(StorageError) {
            if let lock = try takeLock(storage) { return lock }
        } catch {
            throw .storage(error)
        }
        throw .busy
    }

    /// - Returns: `nil` while somebody else has it.
    private static func takeLock(
        _ storage: any Storage
    ) throws(StorageError) -> (any StorageFile)? {
        try storage.createDirectory(DataLayout.maintenance)
        let lock = try storage.openOrCreate(DataLayout.maintenanceLock)
        guard try lock.lockExclusive() else { return nil }
        for entry in try storage.list(DataLayout.maintenance)
        where entry.kind == .file && entry.name.hasSuffix(temporaryEnding) {
            try storage.remove(DataLayout.maintenance.appending(entry.name))
        }
        return lock
    }

    /// Whether a writer holds the segment's lock.
    static func isHeld(_ path: StoragePath, in storage: any Storage) throws(StorageError) -> Bool {
        let file = try storage.openForReading(path)
        return try !file.lockExclusive()
    }

    /// A name in the folder that nothing has yet: the name itself, else with `~2`, `~3` and so on
    /// behind it. No id and no segment has a `~` in its name.
    static func freeName(
        _ name: String, in folder: StoragePath, _ storage: any Storage
    ) throws(StorageError) -> StoragePath {
        let taken = Set(try entries(folder, in: storage).map(\.name))
        guard taken.contains(name) else { return folder.appending(name) }
        var number = 2
        while taken.contains("\(name)~\(number)") { number += 1 }
        return folder.appending("\(name)~\(number)")
    }

    /// A folder that is not there has no entries.
    static func entries(
        _ folder: StoragePath, in storage: any Storage
    ) throws(StorageError) -> [StorageEntry] {
        do throws(StorageError) {
            return try storage.list(folder)
        } catch {
            guard error.code == ErrorCode.notFound else { throw error }
            return []
        }
    }
}
