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

    /// Moves a file or directory, without replacing anything.
    /// - Returns: `false` when the new name is taken.
    static func moves(
        _ path: StoragePath, to target: StoragePath, in storage: any Storage
    ) throws(StorageError) -> Bool {
        do throws(StorageError) {
            try storage.move(path, to: target)
            return true
        } catch {
            guard error.code == ErrorCode.exists else { throw error }
            return false
        }
    }
}

/// The free names of a folder. It is listed once, however many files are moved into it: listing it
/// for each file would cost the square of their number.
struct FreeNames {
    private let folder: StoragePath
    private var taken: Set<String>
    /// The highest suffix given to each name.
    private var numbers: [String: Int] = [:]

    /// - Parameters:
    ///   - known: of the same folder; `nil` before the first use.
    ///   - folder: the caller holds the lock, so nobody else adds names to it.
    init(
        _ known: FreeNames? = nil, in folder: StoragePath, _ storage: any Storage
    ) throws(StorageError) {
        if let known {
            self = known
            return
        }
        self.folder = folder
        taken = Set(try Maintenance.entries(folder, in: storage).map(\.name))
    }

    /// A free path: the name itself, else the name with the suffix `~2`, `~3` and so on. It is
    /// taken from now on. Ids and segment names never contain a `~`.
    mutating func take(_ name: String) -> StoragePath {
        var free = name
        while !taken.insert(free).inserted {
            let number = numbers[name, default: 1] + 1
            numbers[name] = number
            free = "\(name)~\(number)"
        }
        return folder.appending(free)
    }
}
