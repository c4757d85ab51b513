import TrackerLog

/// The exclusive lock of every operation that moves or rewrites segments, and its clean-up.
enum Maintenance {
    static let temporaryEnding = ".tmp"

    /// Takes the lock and removes temporary files of interrupted runs.
    /// - Returns: the lock, held until it is released.
    /// - Throws: `UpkeepError.busy` while another process holds it.
    static func begin(_ storage: any Storage) throws(UpkeepError) -> any StorageFile {
        do throws(StorageError) {
            if let lock = try takeLock(storage) { return lock }
        } catch {
            throw .storage(error)
        }
        throw .busy
    }

    /// - Returns: `nil` while another process holds it.
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

    /// A free name in the folder: the name itself, else the name with the suffix `~2`, `~3` and so
    /// on. Ids and segment names never contain a `~`.
    static func freeName(
        _ name: String, in folder: StoragePath, _ storage: any Storage
    ) throws(StorageError) -> StoragePath {
        let taken = Set(try entries(folder, in: storage).map(\.name))
        guard taken.contains(name) else { return folder.appending(name) }
        var number = 2
        while taken.contains("\(name)~\(number)") { number += 1 }
        return folder.appending("\(name)~\(number)")
    }

    /// A missing folder has no entries.
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
