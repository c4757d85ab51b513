import Glibc

/// The only interface between the log and the disk: all reads and writes go through it.
///
/// `PosixStorage` is the real one; tests use memory or a faulty disk instead. Paths are relative to
/// the storage's root. Symbolic links are never followed.
public protocol Storage: Sendable {
    /// The entries of a directory, unordered, without `.` and `..`.
    func list(_ directory: StoragePath) throws(StorageError) -> [StorageEntry]
    /// The same, but `status` may be missing, and another user's hard-linked file may be reported
    /// as `file`.
    func listKinds(_ directory: StoragePath) throws(StorageError) -> [StorageEntry]
    /// The entries of several subdirectories of one directory.
    /// - Parameter body: called with the index of each name, the result of `list` for it, and this
    ///   storage, in which that subdirectory may be open as long as the call takes.
    /// - Throws: when the parent directory cannot be opened.
    func listEach(
        _ names: ArraySlice<String>, in directory: StoragePath,
        _ body: (
            _ index: Int, Result<[StorageEntry], StorageError>, _ opened: any Storage
        ) -> Void
    ) throws(StorageError)
    /// Opens an existing regular file for reading.
    func openForReading(_ path: StoragePath) throws(StorageError) -> any StorageFile
    /// Creates a file that must not exist, for appending. Mode 0600.
    func create(_ path: StoragePath) throws(StorageError) -> any StorageFile
    /// Opens a file for locking and appending, creating it if missing. Mode 0600.
    func openOrCreate(_ path: StoragePath) throws(StorageError) -> any StorageFile
    /// Opens an existing file for appending.
    func openForAppending(_ path: StoragePath) throws(StorageError) -> any StorageFile
    /// Whether the path certainly leads to no regular file.
    func isMissing(_ path: StoragePath) -> Bool
    /// Creates the directory and its parents, mode 0700, and syncs each parent. Existing
    /// directories are not an error.
    func createDirectory(_ path: StoragePath) throws(StorageError)
    /// The same without the syncs: a power cut may take what was created.
    func makeDirectory(_ path: StoragePath) throws(StorageError)
    /// Replaces `to` by `from` atomically. Both are in the same directory.
    func rename(_ from: StoragePath, to: StoragePath) throws(StorageError)
    /// Moves a file or directory to a new path in any directory; fails with `EEXIST` when the path
    /// is taken. After a power cut it is at one of the two paths; a file may be at both.
    func move(_ from: StoragePath, to: StoragePath) throws(StorageError)
    func remove(_ path: StoragePath) throws(StorageError)
    /// Makes created, renamed and removed entries of the directory durable.
    func syncDirectory(_ path: StoragePath) throws(StorageError)
    /// Makes durable what was written before on the file system of the root: files, also closed
    /// ones, and names. A failure is reported once, and may be that of any of its files.
    func syncFileSystem() throws(StorageError)
    /// The device that `syncFileSystem` covers; `nil` where it would not report every failure.
    var syncedDevice: UInt64? { get }
    /// Goes on with the folder that the root's path names now, if that is another one: it was
    /// removed and made again, or replaced. Open files stay those of the former.
    func followRoot()
    /// How often the root has become another folder.
    var rootGeneration: Int { get }
}

extension Storage {
    /// For storages whose root cannot be replaced.
    public func followRoot() {}
    public var rootGeneration: Int { 0 }

    /// For storages in which nobody creates the file meanwhile.
    public func openForAppending(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        try openForReading(path).close()
        return try openOrCreate(path)
    }

    /// For storages whose files nobody moves.
    public func isMissing(_ path: StoragePath) -> Bool { false }

    public func makeDirectory(_ path: StoragePath) throws(StorageError) {
        try createDirectory(path)
    }

    /// For storages that sync file by file only.
    public var syncedDevice: UInt64? { nil }
    public func syncFileSystem() throws(StorageError) {
        throw StorageError(operation: .sync, path: "", code: ENOTSUP)
    }

    public func listKinds(_ directory: StoragePath) throws(StorageError) -> [StorageEntry] {
        try list(directory)
    }

    public func listEach(
        _ names: ArraySlice<String>, in directory: StoragePath,
        _ body: (
            _ index: Int, Result<[StorageEntry], StorageError>, _ opened: any Storage
        ) -> Void
    ) throws(StorageError) {
        for (index, name) in zip(names.indices, names) {
            let path = directory.appending(name)
            body(index, Result { () throws(StorageError) in try list(path) }, self)
        }
    }
}

/// An open file. Releasing the last reference closes it too, but then errors of the close are lost:
/// a writer must call `close()`.
public protocol StorageFile: AnyObject, Sendable {
    /// One `pread(2)`: reads up to `buffer.count` bytes from `offset`; 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(StorageError)
        -> Int
    /// One `write(2)` at the end of the file. It may take fewer bytes than given.
    func append(_ bytes: UnsafeRawBufferPointer) throws(StorageError) -> Int
    /// Truncates the file. Allowed only for its sole writer.
    func truncate(to size: Int) throws(StorageError)
    /// `fdatasync(2)`.
    func sync() throws(StorageError)
    func status() throws(StorageError) -> FileStatus
    /// `flock(2)`, shared, without waiting. - Returns: whether the lock was acquired.
    func lockShared() throws(StorageError) -> Bool
    /// `flock(2)`, exclusive, without waiting. - Returns: whether the lock was acquired.
    func lockExclusive() throws(StorageError) -> Bool
    /// `close(2)`, which also releases the lock. Later calls fail with `EBADF`, except another
    /// `close()`, which does nothing.
    ///
    /// - Throws: errors of earlier writes that the system reports only now, as network file systems
    ///   do: bytes not covered by a successful `sync()` may be lost. The file is closed anyway.
    func close() throws(StorageError)
}

/// A path below a storage's root: a list of names. None may be empty, `.` or `..`, or contain a
/// slash. Names are bytes, as for the system: spellings that look alike are different names.
public struct StoragePath: Sendable, Hashable, CustomStringConvertible {
    public let components: [String]

    public static let root = StoragePath(components: [])

    public init(_ components: String...) { self.components = components }
    public init(components: [String]) { self.components = components }

    public func appending(_ name: String) -> StoragePath {
        StoragePath(components: components + [name])
    }

    /// Whether every name is valid, so that the path stays below the root. Storages refuse other
    /// paths with `EINVAL`.
    public var isValid: Bool {
        components.allSatisfy { name in
            !name.isEmpty && name != "." && name != ".."
                && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == 0 }
        }
    }

    /// The directory that contains it; the root is its own parent.
    public var parent: StoragePath { StoragePath(components: Array(components.dropLast())) }
    public var name: String { components.last ?? "" }
    /// The name as the system takes it.
    var nameBytes: [CChar] { FileNameBytes.of(name) }
    public var description: String {
        components.map(FileNameBytes.shown).joined(separator: "/")
    }

    public static func == (a: StoragePath, b: StoragePath) -> Bool {
        a.components.elementsEqual(b.components) { $0.isExactly($1) }
    }

    public func hash(into hasher: inout Hasher) {
        for name in components { hasher.combine(ExactText(name)) }
    }
}

/// One name in a directory.
public struct StorageEntry: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case file, directory, symbolicLink
        /// A FIFO, socket or device, or a hard link to another user's file.
        case other
    }

    public var name: String
    public var kind: Kind
    /// Status of the entry itself, if the listing includes it.
    public var status: FileStatus?

    public init(name: String, kind: Kind, status: FileStatus? = nil) {
        self.name = name
        self.kind = kind
        self.status = status
    }
}

/// The result of `fstat(2)`.
public struct FileStatus: Sendable, Hashable {
    public var device: UInt64
    public var inode: UInt64
    public var size: Int
    /// Unix nanoseconds.
    public var modifiedNs: Int64
    /// The file has been unlinked: writes to it are lost once it is closed.
    public var isRemoved: Bool

    public init(
        device: UInt64, inode: UInt64, size: Int, modifiedNs: Int64, isRemoved: Bool = false
    ) {
        self.device = device
        self.inode = inode
        self.size = size
        self.modifiedNs = modifiedNs
        self.isRemoved = isRemoved
    }
}

/// A system call that failed.
public struct StorageError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Operation: String, Sendable, Hashable {
        case list, open, create, read, append, truncate, sync, status, lock, close
        case createDirectory = "create directory"
        case rename, remove
        case syncDirectory = "sync directory"
    }

    public var operation: Operation
    /// Relative to the storage's root.
    public var path: String
    /// `errno`.
    public var code: Int32

    public init(operation: Operation, path: String, code: Int32) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    public var description: String {
        let target = path.isEmpty ? "the data folder" : path
        return "cannot \(operation.rawValue) \(target): \(systemMessage(code))"
    }
}
