/// The one seam between the log and a disk: everything that is read or written goes through here.
///
/// `PosixStorage` is the real one; tests put a memory or a faulty disk in its place. Every path is
/// relative to the root that the storage was opened on, and no symbolic link is ever followed.
public protocol Storage: Sendable {
    /// The entries of a directory, in no order, without `.` and `..`.
    func list(_ directory: StoragePath) throws(StorageError) -> [StorageEntry]
    /// The same, which may leave out `status`; a file of several names may count as one of ours.
    func listKinds(_ directory: StoragePath) throws(StorageError) -> [StorageEntry]
    /// The entries of many directories within one.
    /// - Parameter body: is given the index of each name, and what `list` gives for it.
    /// - Throws: when the directory above cannot be opened.
    func listEach(
        _ names: ArraySlice<String>, in directory: StoragePath,
        _ body: (_ index: Int, Result<[StorageEntry], StorageError>) -> Void
    ) throws(StorageError)
    /// Opens an existing regular file for reading.
    func openForReading(_ path: StoragePath) throws(StorageError) -> any StorageFile
    /// Creates a file that must not exist, for appending. Mode 0600.
    func create(_ path: StoragePath) throws(StorageError) -> any StorageFile
    /// Opens a file for locking and appending, and creates it where it is missing. Mode 0600.
    func openOrCreate(_ path: StoragePath) throws(StorageError) -> any StorageFile
    /// Creates the directory and those above it, mode 0700, and syncs each parent. One that exists
    /// is no error.
    func createDirectory(_ path: StoragePath) throws(StorageError)
    /// Replaces `to` by `from` in one step. Both in the same directory.
    func rename(_ from: StoragePath, to: StoragePath) throws(StorageError)
    /// Moves a file or directory, with all that is in it, to a name in any directory that no entry
    /// has yet; `EEXIST` otherwise. After a power cut it is at one of the two places; a file may be
    /// at both.
    func move(_ from: StoragePath, to: StoragePath) throws(StorageError)
    func remove(_ path: StoragePath) throws(StorageError)
    /// Makes created, renamed and removed names of the directory last through a power cut.
    func syncDirectory(_ path: StoragePath) throws(StorageError)
}

extension Storage {
    public func listKinds(_ directory: StoragePath) throws(StorageError) -> [StorageEntry] {
        try list(directory)
    }

    public func listEach(
        _ names: ArraySlice<String>, in directory: StoragePath,
        _ body: (_ index: Int, Result<[StorageEntry], StorageError>) -> Void
    ) throws(StorageError) {
        for (index, name) in zip(names.indices, names) {
            let path = directory.appending(name)
            body(index, Result { () throws(StorageError) in try list(path) })
        }
    }
}

/// An open file. Letting go of the last reference closes it as well, and then nobody hears what
/// close reports: who has written calls `close()`.
public protocol StorageFile: AnyObject, Sendable {
    /// One `pread(2)`: reads up to `buffer.count` bytes from `offset`; 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(StorageError)
        -> Int
    /// One `write(2)` at the end of the file. It may take fewer bytes than given.
    func append(_ bytes: UnsafeRawBufferPointer) throws(StorageError) -> Int
    /// Cuts the file. Only its sole writer may.
    func truncate(to size: Int) throws(StorageError)
    /// `fdatasync(2)`.
    func sync() throws(StorageError)
    func status() throws(StorageError) -> FileStatus
    /// `flock(2)`, shared, without waiting. - Returns: whether the lock was had.
    func lockShared() throws(StorageError) -> Bool
    /// `flock(2)`, exclusive, without waiting. - Returns: whether the lock was had.
    func lockExclusive() throws(StorageError) -> Bool
    /// `close(2)`, and with it the end of the lock. Every later call fails with `EBADF`, but for
    /// another `close()`, which does nothing.
    ///
    /// - Throws: what the system reports only now of earlier writes, as network file systems do:
    ///   what no successful `sync()` covers is not known to be on the disk. The file is closed all
    ///   the same.
    func close() throws(StorageError)
}

/// A path below a storage's root: names, none of them empty, `.`, `..` or with a slash.
public struct StoragePath: Sendable, Hashable, CustomStringConvertible {
    public let components: [String]

    public static let root = StoragePath(components: [])

    public init(_ components: String...) { self.components = components }
    public init(components: [String]) { self.components = components }

    public func appending(_ name: String) -> StoragePath {
        StoragePath(components: components + [name])
    }

    /// Whether every name is one: nothing that leads elsewhere. Storages refuse others with
    /// `EINVAL`.
    public var isValid: Bool {
        components.allSatisfy { name in
            !name.isEmpty && name != "." && name != ".."
                && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == 0 }
        }
    }

    /// The directory it is in; the root's is the root.
    public var parent: StoragePath { StoragePath(components: Array(components.dropLast())) }
    public var name: String { components.last ?? "" }
    public var description: String { components.joined(separator: "/") }
}

/// One name in a directory.
public struct StorageEntry: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case file, directory, symbolicLink
        /// A FIFO, socket or device, or a file that belongs to somebody else as well (a hard link
        /// of another owner).
        case other
    }

    public var name: String
    public var kind: Kind
    /// Of the entry itself, where listing tells it.
    public var status: FileStatus?

    public init(name: String, kind: Kind, status: FileStatus? = nil) {
        self.name = name
        self.kind = kind
        self.status = status
    }
}

/// What `fstat(2)` says of a file.
public struct FileStatus: Sendable, Hashable {
    public var device: UInt64
    public var inode: UInt64
    public var size: Int
    /// Unix nanoseconds.
    public var modifiedNs: Int64
    /// No name leads to the file any more: what is written to it is lost once it is closed.
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
    /// Below the storage's root.
    public var path: String
    /// `errno`.
    public var code: Int32

    public init(operation: Operation, path: String, code: Int32) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    public var description: String {
        let place = path.isEmpty ? "the data folder" : path
        return "cannot \(operation.rawValue) \(place): \(systemMessage(code))"
    }
}
