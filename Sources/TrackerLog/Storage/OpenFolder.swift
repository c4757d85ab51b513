/// A storage in which one folder is open: to open its files takes no walk along their path. For as
/// long as the descriptor is open.
struct OpenFolder: Storage {
    let storage: PosixStorage
    let path: StoragePath
    let descriptor: Int32

    func openForReading(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        guard path.isValid, path.parent == self.path else {
            return try storage.openForReading(path)
        }
        return try storage.openForReading(path, in: descriptor)
    }

    func list(_ directory: StoragePath) throws(StorageError) -> [StorageEntry] {
        try storage.list(directory)
    }

    func listKinds(_ directory: StoragePath) throws(StorageError) -> [StorageEntry] {
        try storage.listKinds(directory)
    }

    func create(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        try storage.create(path)
    }

    func openOrCreate(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        try storage.openOrCreate(path)
    }

    func openForAppending(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        try storage.openForAppending(path)
    }

    func makeDirectory(_ path: StoragePath) throws(StorageError) {
        try storage.makeDirectory(path)
    }

    func createDirectory(_ path: StoragePath) throws(StorageError) {
        try storage.createDirectory(path)
    }

    func rename(_ from: StoragePath, to: StoragePath) throws(StorageError) {
        try storage.rename(from, to: to)
    }

    func move(_ from: StoragePath, to: StoragePath) throws(StorageError) {
        try storage.move(from, to: to)
    }

    func remove(_ path: StoragePath) throws(StorageError) { try storage.remove(path) }

    var rootGeneration: Int { storage.rootGeneration }

    func followRoot() { storage.followRoot() }

    func syncDirectory(_ path: StoragePath) throws(StorageError) {
        try storage.syncDirectory(path)
    }
}
