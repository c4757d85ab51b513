import Glibc
import Synchronization

/// The file system below one directory.
///
/// Each component of a path is opened with `O_NOFOLLOW`, relative to the descriptor of its parent:
/// a symbolic link is an error and cannot lead outside.
public final class PosixStorage: Storage {
    /// The path as given by the caller; for messages only.
    public let rootPath: String
    let root: Int32
    /// The same from the root of the file system; `nil` when it was not to be found. A relative
    /// path would lead elsewhere when the program changes its own folder.
    private let wholePath: String?
    private let generation = Atomic(0)

    /// - Parameter create: whether to create a missing folder (mode 0700).
    /// - Throws: when the folder cannot be opened.
    public init(root path: String, create: Bool) throws(StorageError) {
        rootPath = path
        if create, unsafe mkdir(path, 0o700) != 0, errno != EEXIST {
            throw StorageError(operation: .createDirectory, path: path, code: errno)
        }
        // The root itself may be a link: the user chose it.
        root = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard root >= 0 else { throw StorageError(operation: .open, path: path, code: errno) }
        wholePath = Self.whole(path)
    }

    deinit { _ = Glibc.close(root) }

    private static func whole(_ path: String) -> String? {
        if path.utf8.first == UInt8(ascii: "/") { return path }
        guard let here = unsafe getcwd(nil, 0) else { return nil }
        defer { unsafe free(here) }
        return unsafe String(cString: here) + "/" + path
    }

    public var rootGeneration: Int { generation.load(ordering: .acquiring) }

    /// The new folder must be the same user's: who may only put a folder there gets nothing.
    public func followRoot() {
        guard let wholePath else { return }
        var (there, held) = (stat(), stat())
        guard unsafe stat(wholePath, &there) == 0, unsafe fstat(root, &held) == 0,
            !Self.isSame(there, held)
        else { return }
        let found = unsafe open(wholePath, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard found >= 0 else { return }
        defer { _ = Glibc.close(found) }
        guard unsafe fstat(found, &there) == 0, there.st_uid == held.st_uid else { return }
        leaveRoot()
        // In one step: other threads use the descriptor meanwhile.
        guard dup2(found, root) == root else { return }
        _ = fcntl(root, F_SETFD, FD_CLOEXEC)
        generation.add(1, ordering: .releasing)
    }

    private static func isSame(_ a: stat, _ b: stat) -> Bool {
        a.st_dev == b.st_dev && a.st_ino == b.st_ino
    }

    public func openForReading(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        // O_NONBLOCK: opening a FIFO must not wait for its other end.
        try openFile(path, flags: O_RDONLY | O_NONBLOCK, operation: .open)
    }

    /// - Parameter parent: the directory that contains the file.
    func openForReading(
        _ path: StoragePath, in parent: Int32
    ) throws(StorageError) -> any StorageFile {
        try openFile(path, in: parent, flags: O_RDONLY | O_NONBLOCK, operation: .open)
    }

    public func create(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        try openFile(path, flags: O_RDWR | O_APPEND | O_CREAT | O_EXCL, operation: .create)
    }

    public func openOrCreate(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        try openFile(path, flags: O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK, operation: .create)
    }

    public func openForAppending(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        try openFile(path, flags: O_RDWR | O_APPEND | O_NONBLOCK, operation: .open)
    }

    /// In one call, because each append asks: a link on the way is followed, but nothing is opened.
    public func isMissing(_ path: StoragePath) -> Bool {
        var status = stat()
        let name = path.components.joined(separator: "/")
        guard unsafe fstatat(root, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            return errno == ENOENT || errno == ENOTDIR
        }
        return status.st_mode & S_IFMT != S_IFREG
    }

    public func createDirectory(_ path: StoragePath) throws(StorageError) {
        try check(path, .createDirectory)
        var made = StoragePath.root
        for name in path.components {
            let parent = try openDirectory(made, for: .createDirectory)
            defer { _ = Glibc.close(parent) }
            made = made.appending(name)
            guard unsafe mkdirat(parent, name, 0o700) == 0 || errno == EEXIST else {
                throw failure(.createDirectory, made)
            }
            // Also when it exists: its creator may have crashed before the sync, or not have
            // reached it yet.
            guard fsync(parent) == 0 else { throw failure(.syncDirectory, made.parent) }
        }
    }

    public func rename(_ from: StoragePath, to: StoragePath) throws(StorageError) {
        try check(from, .rename)
        try check(to, .rename)
        let source = try openDirectory(from.parent, for: .rename)
        defer { _ = Glibc.close(source) }
        let isSame = from.parent == to.parent
        let destination = isSame ? source : try openDirectory(to.parent, for: .rename)
        defer { if !isSame { _ = Glibc.close(destination) } }
        guard unsafe renameat(source, from.nameBytes, destination, to.nameBytes) == 0 else {
            throw failure(.rename, from)
        }
    }

    public func move(_ from: StoragePath, to: StoragePath) throws(StorageError) {
        try check(from, .rename)
        try check(to, .rename)
        let source = try openDirectory(from.parent, for: .rename)
        defer { _ = Glibc.close(source) }
        let destination = try openDirectory(to.parent, for: .rename)
        defer { _ = Glibc.close(destination) }
        // Unlike a rename, a hard link never replaces an existing file.
        if unsafe linkat(source, from.nameBytes, destination, to.nameBytes, 0) == 0 {
            let removed = unsafe unlinkat(source, from.nameBytes, 0)
            guard removed == 0 else { throw failure(.rename, from) }
            return
        }
        // Directories, and file systems without hard links.
        let mayRename = errno != ENOENT && errno != EEXIST && errno != EXDEV
        guard mayRename else { throw failure(.rename, errno == EEXIST ? to : from) }
        var status = stat()
        guard unsafe fstatat(destination, to.nameBytes, &status, AT_SYMLINK_NOFOLLOW) != 0 else {
            throw StorageError(operation: .rename, path: to.description, code: EEXIST)
        }
        guard unsafe renameat(source, from.nameBytes, destination, to.nameBytes) == 0 else {
            throw failure(.rename, from)
        }
    }

    public func remove(_ path: StoragePath) throws(StorageError) {
        try check(path, .remove)
        let parent = try openDirectory(path.parent, for: .remove)
        defer { _ = Glibc.close(parent) }
        if unsafe unlinkat(parent, path.nameBytes, 0) == 0 { return }
        let isDirectory = errno == EISDIR || errno == EPERM
        guard isDirectory, unsafe unlinkat(parent, path.nameBytes, AT_REMOVEDIR) == 0 else {
            throw failure(.remove, path)
        }
    }

    public func syncDirectory(_ path: StoragePath) throws(StorageError) {
        let descriptor = try openDirectory(path, for: .syncDirectory)
        defer { _ = Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(.syncDirectory, path) }
    }

    func check(
        _ path: StoragePath, _ operation: StorageError.Operation
    ) throws(StorageError) {
        guard path.isValid else {
            throw StorageError(operation: operation, path: path.description, code: EINVAL)
        }
    }

    func failure(_ operation: StorageError.Operation, _ path: StoragePath) -> StorageError {
        StorageError(operation: operation, path: path.description, code: errno)
    }

    /// Opens the directory. The caller closes the descriptor.
    func openDirectory(
        _ path: StoragePath, for operation: StorageError.Operation
    ) throws(StorageError) -> Int32 {
        try check(path, operation)
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW
        let first = path.components.first ?? "."
        var descriptor = Interrupted.repeated {
            unsafe openat(root, FileNameBytes.of(first), flags)
        }
        for name in path.components.dropFirst() where descriptor >= 0 {
            let parent = descriptor
            let next = Interrupted.repeated {
                unsafe openat(parent, FileNameBytes.of(name), flags)
            }
            let code = errno
            _ = Glibc.close(descriptor)
            errno = code
            descriptor = next
        }
        guard descriptor >= 0 else { throw failure(operation, path) }
        return descriptor
    }

    private func openFile(
        _ path: StoragePath, flags: Int32, operation: StorageError.Operation
    ) throws(StorageError) -> any StorageFile {
        try check(path, operation)
        let parent = try openDirectory(path.parent, for: operation)
        defer { _ = Glibc.close(parent) }
        return try openFile(path, in: parent, flags: flags, operation: operation)
    }

    private func openFile(
        _ path: StoragePath, in parent: Int32, flags: Int32, operation: StorageError.Operation
    ) throws(StorageError) -> any StorageFile {
        let descriptor = Interrupted.repeated {
            unsafe openat(parent, path.nameBytes, flags | O_NOFOLLOW | O_CLOEXEC, 0o600)
        }
        guard descriptor >= 0 else { throw failure(operation, path) }
        let file = PosixFile(descriptor: descriptor, path: path.description)
        guard file.isOwnRegularFile else {
            throw StorageError(operation: operation, path: path.description, code: EINVAL)
        }
        return file
    }
}

extension FileStatus {
    init(_ status: stat) {
        self.init(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int(status.st_size),
            modifiedNs: Int64(status.st_mtim.tv_sec) * 1_000_000_000
                + Int64(status.st_mtim.tv_nsec),
            isRemoved: status.st_nlink == 0)
    }
}

/// System calls that a signal interrupted before they did anything.
package enum Interrupted {
    /// Repeats the call while it fails with `EINTR`. Not for `close` and `fdatasync`: the state of
    /// the file is unknown after they fail.
    @inline(__always)
    package static func repeated<Value: BinaryInteger>(_ call: () -> Value) -> Value {
        while true {
            let value = call()
            if value >= 0 || errno != EINTR { return value }
        }
    }
}

/// An open descriptor of a regular file.
final class PosixFile: StorageFile {
    /// -1 once closed.
    private let openDescriptor: Atomic<Int32>
    private let path: String

    init(descriptor: Int32, path: String) {
        openDescriptor = Atomic(descriptor)
        self.path = path
    }

    deinit {
        let descriptor = descriptor
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
    }

    private var descriptor: Int32 { openDescriptor.load(ordering: .relaxed) }

    func close() throws(StorageError) {
        let descriptor = openDescriptor.exchange(-1, ordering: .relaxed)
        // Never retried, not even after EINTR: another thread may have reused the descriptor.
        guard descriptor < 0 || Glibc.close(descriptor) == 0 else { throw failure(.close) }
    }

    /// A hard link to another user's file, which could be any file of theirs.
    static func isForeignLink(_ status: stat) -> Bool {
        status.st_nlink > 1 && status.st_uid != geteuid()
    }

    fileprivate var isOwnRegularFile: Bool {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFREG && !Self.isForeignLink(status)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(StorageError)
        -> Int
    {
        let count = Interrupted.repeated {
            unsafe pread(descriptor, buffer.baseAddress, buffer.count, offset)
        }
        guard count >= 0 else { throw failure(.read) }
        return count
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(StorageError) -> Int {
        let count = Interrupted.repeated {
            unsafe write(descriptor, bytes.baseAddress, bytes.count)
        }
        guard count >= 0 else { throw failure(.append) }
        return count
    }

    func truncate(to size: Int) throws(StorageError) {
        guard Interrupted.repeated({ ftruncate(descriptor, size) }) == 0 else {
            throw failure(.truncate)
        }
    }

    func sync() throws(StorageError) {
        // Never retried after a failure: the kernel reports the error once and may have dropped the
        // page.
        guard fdatasync(descriptor) == 0 else { throw failure(.sync) }
    }

    func status() throws(StorageError) -> FileStatus {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw failure(.status) }
        return FileStatus(status)
    }

    func lockShared() throws(StorageError) -> Bool { try lock(LOCK_SH) }
    func lockExclusive() throws(StorageError) -> Bool { try lock(LOCK_EX) }

    private func lock(_ kind: Int32) throws(StorageError) -> Bool {
        if Interrupted.repeated({ flock(descriptor, kind | LOCK_NB) }) == 0 { return true }
        guard errno == EWOULDBLOCK else { throw failure(.lock) }
        return false
    }

    private func failure(_ operation: StorageError.Operation) -> StorageError {
        StorageError(operation: operation, path: path, code: errno)
    }
}
