import Glibc
import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport
import TrackerUpkeep

/// Sessions in a storage, and what compacting them does.
enum CompactionHarness {
    static let user = "Ann"

    /// The session of a generated log, every file whole, its segments in order of their names.
    static func filled(
        _ log: GeneratedLog, _ storage: MemoryStorage = MemoryStorage()
    ) throws -> FoldHarness {
        let harness = try FoldHarness(storage)
        for file in log.files { try place(file, harness) }
        try storage.createDirectory(harness.folder)
        try storage.syncDirectory(harness.folder)
        return harness
    }

    /// Appends and syncs, so that a power cut keeps it.
    static func place(_ file: GeneratedLog.File, _ harness: FoldHarness) throws {
        try harness.append(file.bytes, to: file.name)
        let path = harness.folder.appending(file.name)
        try harness.storage.openOrCreate(path).sync()
        try harness.storage.syncDirectory(harness.folder)
    }

    /// Everything, also what anybody may append to.
    static var options: CompactionOptions {
        var options = CompactionOptions()
        options.includesShared = true
        return options
    }

    @discardableResult
    static func compact(
        _ storage: any Storage, _ options: CompactionOptions = options
    ) throws(UpkeepError) -> [SessionCompaction] {
        let keys: [DataFolder.SessionKey]
        do throws(StorageError) {
            keys = try DataFolder.sessions(in: storage).sessions
        } catch {
            throw .storage(error)
        }
        return try Compactor(storage: storage, options: options).run(keys)
    }

    static func names(_ harness: FoldHarness) throws -> [String] {
        try harness.storage.list(harness.folder).map(\.name).sorted()
    }

    /// Names below a folder, with theirs before each.
    static func all(_ storage: any Storage, _ folder: StoragePath) throws -> [String] {
        var names: [String] = []
        let entries: [StorageEntry]
        do throws(StorageError) {
            entries = try storage.list(folder)
        } catch {
            guard error.code == ENOENT else { throw error }
            return []
        }
        for entry in entries.sorted(by: { $0.name < $1.name }) {
            let path = folder.appending(entry.name)
            if entry.kind == .file { names.append(path.description) }
            if entry.kind == .directory { names += try Self.all(storage, path) }
        }
        return names
    }
}
