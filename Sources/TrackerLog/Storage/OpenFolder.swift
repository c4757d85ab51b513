/// A storage in which one folder is open: to open its files takes no walk along their path. For as
/// long as the descriptor is open.
struct OpenFolder: ForwardingStorage {
    let base: PosixStorage
    let path: StoragePath
    let descriptor: Int32

    func openForReading(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        guard path.isValid, path.parent == self.path else {
            return try base.openForReading(path)
        }
        return try base.openForReading(path, in: descriptor)
    }
}
