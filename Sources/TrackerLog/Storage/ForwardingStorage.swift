/// A storage that passes on to another one what it does not do itself.
package protocol ForwardingStorage: Storage {
    associatedtype Base: Storage
    var base: Base { get }
}

extension ForwardingStorage {
    package func list(_ directory: StoragePath) throws(StorageError) -> [StorageEntry] {
        try base.list(directory)
    }

    package func listKinds(_ directory: StoragePath) throws(StorageError) -> [StorageEntry] {
        try base.listKinds(directory)
    }

    package func openForReading(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        try base.openForReading(path)
    }

    package func create(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        try base.create(path)
    }

    package func openOrCreate(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        try base.openOrCreate(path)
    }

    package func openForAppending(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        try base.openForAppending(path)
    }

    package func isMissing(_ path: StoragePath) -> Bool { base.isMissing(path) }

    package func createDirectory(_ path: StoragePath) throws(StorageError) {
        try base.createDirectory(path)
    }

    package func makeDirectory(_ path: StoragePath) throws(StorageError) {
        try base.makeDirectory(path)
    }

    package func rename(_ from: StoragePath, to: StoragePath) throws(StorageError) {
        try base.rename(from, to: to)
    }

    package func move(_ from: StoragePath, to: StoragePath) throws(StorageError) {
        try base.move(from, to: to)
    }

    package func remove(_ path: StoragePath) throws(StorageError) { try base.remove(path) }

    package func syncDirectory(_ path: StoragePath) throws(StorageError) {
        try base.syncDirectory(path)
    }

    package func followRoot() { base.followRoot() }

    package var rootGeneration: Int { base.rootGeneration }
}
