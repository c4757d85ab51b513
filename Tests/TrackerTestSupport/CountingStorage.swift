import Synchronization
public import TrackerLog

/// A storage that counts what is asked of another one. A listing counts once, and once more for
/// each entry: that is what it costs on a disk.
public final class CountingStorage: Storage {
    private let base: any Storage
    private let counts = Mutex(Counts())

    public struct Counts: Sendable {
        public var all = 0
        /// Files opened for reading.
        public var opens = 0
    }

    public init(_ base: any Storage) { self.base = base }

    public var count: Counts { counts.withLock { $0 } }

    fileprivate func add(_ operations: Int = 1) { counts.withLock { $0.all += operations } }

    private func wrap(_ file: any StorageFile) -> any StorageFile { CountingFile(file, self) }

    public func list(_ directory: StoragePath) throws(StorageError) -> [StorageEntry] {
        let entries = try base.list(directory)
        add(1 + entries.count)
        return entries
    }

    public func openForReading(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        add()
        counts.withLock { $0.opens += 1 }
        return wrap(try base.openForReading(path))
    }

    public func create(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        add()
        return wrap(try base.create(path))
    }

    public func openOrCreate(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        add()
        return wrap(try base.openOrCreate(path))
    }

    public func openForAppending(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        add()
        return wrap(try base.openForAppending(path))
    }

    public func makeDirectory(_ path: StoragePath) throws(StorageError) {
        add()
        try base.makeDirectory(path)
    }

    public var syncedDevice: UInt64? { base.syncedDevice }

    public func syncFileSystem() throws(StorageError) {
        add()
        try base.syncFileSystem()
    }

    public func createDirectory(_ path: StoragePath) throws(StorageError) {
        add()
        try base.createDirectory(path)
    }

    public func rename(_ from: StoragePath, to: StoragePath) throws(StorageError) {
        add()
        try base.rename(from, to: to)
    }

    public func move(_ from: StoragePath, to: StoragePath) throws(StorageError) {
        add()
        try base.move(from, to: to)
    }

    public func remove(_ path: StoragePath) throws(StorageError) {
        add()
        try base.remove(path)
    }

    public func syncDirectory(_ path: StoragePath) throws(StorageError) {
        add()
        try base.syncDirectory(path)
    }
}

/// A file of a `CountingStorage`.
private final class CountingFile: StorageFile {
    private let base: any StorageFile
    private let storage: CountingStorage

    init(_ base: any StorageFile, _ storage: CountingStorage) {
        self.base = base
        self.storage = storage
    }

    func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(StorageError) -> Int {
        storage.add()
        return unsafe try base.read(into: buffer, at: offset)
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(StorageError) -> Int {
        storage.add()
        return unsafe try base.append(bytes)
    }

    func truncate(to size: Int) throws(StorageError) {
        storage.add()
        try base.truncate(to: size)
    }

    func sync() throws(StorageError) {
        storage.add()
        try base.sync()
    }

    func status() throws(StorageError) -> FileStatus {
        storage.add()
        return try base.status()
    }

    func close() throws(StorageError) {
        storage.add()
        try base.close()
    }

    func lockShared() throws(StorageError) -> Bool {
        storage.add()
        return try base.lockShared()
    }

    func lockExclusive() throws(StorageError) -> Bool {
        storage.add()
        return try base.lockExclusive()
    }
}
