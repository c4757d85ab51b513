import Glibc
import Synchronization
public import TrackerLog

/// A disk in memory, with locks, directories, inode numbers, a limit of space, and a durable plane:
/// `afterPowerCut` gives what a power cut leaves.
public final class MemoryStorage: Storage {
    private let tree: Mutex<MemoryTree>
    /// Whether one call syncs everything, as on most local disks.
    private let syncsTogether: Bool

    public init(capacityBytes: Int = .max, syncsTogether: Bool = true) {
        self.syncsTogether = syncsTogether
        var tree = MemoryTree()
        tree.capacityBytes = capacityBytes
        self.tree = Mutex(tree)
    }

    private init(_ tree: MemoryTree) {
        self.tree = Mutex(tree)
        syncsTogether = true
    }

    /// What a machine finds when it starts after a power cut now. This storage stays as it is.
    public func afterPowerCut(using generator: inout SeededGenerator) -> MemoryStorage {
        var random = generator
        defer { generator = random }
        return MemoryStorage(tree.withLock { $0.afterPowerCut(using: &random) })
    }

    /// How much all files together may hold from now on.
    public func setCapacity(bytes: Int) { tree.withLock { $0.capacityBytes = bytes } }

    /// What the disk's clock says from now on.
    public func setClock(_ time: Timestamp) {
        tree.withLock { $0.nowNs = Int64(clamping: Int(time.milliseconds) * 1_000_000) }
    }

    /// Puts a file with these bytes at the path, or in the place of the one there.
    ///
    /// - Parameter inode: the number it gets, for example one that was used before; a new one
    ///   otherwise.
    public func place(
        _ path: StoragePath, _ bytes: [UInt8], inode: UInt64? = nil
    ) throws(StorageError) {
        try createDirectory(path.parent)
        try locked { tree throws(StorageError) in
            let parent = try tree.directory(path.parent, .create)
            let inode = inode ?? tree.newInode()
            tree.files[inode] = MemoryTree.File(bytes: bytes, modifiedNs: tree.tick())
            tree.directories[parent]?.names[path.name] = inode
        }
    }

    /// Removes the directory with all that is in it.
    public func removeTree(_ path: StoragePath) throws(StorageError) {
        for entry in try list(path) {
            let inner = path.appending(entry.name)
            if entry.kind == .directory { try removeTree(inner) } else { try remove(inner) }
        }
        try remove(path)
    }

    /// A name that is no file and no directory, as somebody might have put it there.
    public func placeOther(_ path: StoragePath, kind: StorageEntry.Kind) throws(StorageError) {
        try locked { tree throws(StorageError) in
            let parent = try tree.directory(path.parent, .create)
            let inode = tree.newInode()
            tree.others[inode] = kind
            tree.directories[parent]?.names[path.name] = inode
        }
    }

    /// Runs a change under the lock. `Mutex.withLock` takes no typed throw out of some closures.
    fileprivate func locked<Value>(
        _ body: (inout MemoryTree) throws(StorageError) -> Value
    ) throws(StorageError) -> Value {
        var result: Result<Value, StorageError>?
        tree.withLock { tree in
            do throws(StorageError) {
                result = .success(try body(&tree))
            } catch {
                result = .failure(error)
            }
        }
        guard let result else { preconditionFailure("withLock ran its body") }
        return try result.get()
    }

    fileprivate func withTree<Value>(_ body: (inout MemoryTree) -> Value) -> Value {
        tree.withLock { body(&$0) }
    }

    /// Makes everything that is there now survive a power cut.
    public func syncAll() {
        withTree { $0.syncAll() }
    }

    public func list(_ directory: StoragePath) throws(StorageError) -> [StorageEntry] {
        try locked { tree throws(StorageError) in
            let inode = try tree.directory(directory, .list)
            let names = tree.directories[inode]?.names ?? [:]
            return names.map { name, inode in
                let kind: StorageEntry.Kind =
                    tree.directories[inode] != nil
                    ? .directory : tree.files[inode] != nil ? .file : tree.others[inode] ?? .other
                return StorageEntry(name: name, kind: kind, status: tree.status(inode))
            }
        }
    }

    public func openForReading(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        try open(path, creates: false, mustBeNew: false, .open)
    }

    public func create(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        try open(path, creates: true, mustBeNew: true, .create)
    }

    public func openOrCreate(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        try open(path, creates: true, mustBeNew: false, .create)
    }

    private func open(
        _ path: StoragePath, creates: Bool, mustBeNew: Bool, _ operation: StorageError.Operation
    ) throws(StorageError) -> any StorageFile {
        try locked { tree throws(StorageError) in
            let inode = try tree.openFile(
                path, creates: creates, mustBeNew: mustBeNew, operation)
            defer { tree.nextHandle += 1 }
            return MemoryFile(
                storage: self, inode: inode, handle: tree.nextHandle, path: path.description)
        }
    }

    public func createDirectory(_ path: StoragePath) throws(StorageError) {
        try locked { tree throws(StorageError) in try tree.makeDirectory(path, isDurable: true) }
    }

    public func makeDirectory(_ path: StoragePath) throws(StorageError) {
        try locked { tree throws(StorageError) in try tree.makeDirectory(path, isDurable: false) }
    }

    public var syncedDevice: UInt64? { syncsTogether ? 1 : nil }

    public func syncFileSystem() throws(StorageError) {
        try locked { tree throws(StorageError) in try tree.syncFileSystem() }
    }

    /// The sync of everything has failed: as `MemoryFile.syncFailed` for each file.
    public func fileSystemSyncFailed() { withTree { $0.loseUnsynced() } }

    public func rename(_ from: StoragePath, to: StoragePath) throws(StorageError) {
        try locked { tree throws(StorageError) in
            for path in [from, to] { try MemoryTree.check(path.name, path, .rename) }
            let (source, target) = (
                try tree.directory(from.parent, .rename), try tree.directory(to.parent, .rename)
            )
            guard let inode = try tree.lookUp(from, .rename) else {
                throw StorageError(operation: .rename, path: from.description, code: ENOENT)
            }
            tree.directories[source]?.names[from.name] = nil
            tree.directories[target]?.names[to.name] = inode
        }
    }

    public func move(_ from: StoragePath, to: StoragePath) throws(StorageError) {
        try locked { tree throws(StorageError) in try tree.move(from, to: to) }
    }

    public func remove(_ path: StoragePath) throws(StorageError) {
        try locked { tree throws(StorageError) in
            guard let inode = try tree.lookUp(path, .remove) else {
                throw StorageError(operation: .remove, path: path.description, code: ENOENT)
            }
            if let directory = tree.directories[inode], !directory.names.isEmpty {
                throw StorageError(operation: .remove, path: path.description, code: ENOTEMPTY)
            }
            let parent = try tree.directory(path.parent, .remove)
            tree.directories[parent]?.names[path.name] = nil
        }
    }

    public func syncDirectory(_ path: StoragePath) throws(StorageError) {
        try locked { tree throws(StorageError) in
            let inode = try tree.directory(path, .syncDirectory)
            guard let names = tree.directories[inode]?.names else { return }
            tree.directories[inode]?.durableNames = names
            tree.settleMoves(of: inode)
        }
    }
}

/// An open file of a `MemoryStorage`.
public final class MemoryFile: StorageFile {
    private let storage: MemoryStorage
    private let inode: UInt64
    private let handle: UInt64
    private let path: String
    private let isClosed = Atomic(false)

    fileprivate init(storage: MemoryStorage, inode: UInt64, handle: UInt64, path: String) {
        self.storage = storage
        self.inode = inode
        self.handle = handle
        self.path = path
    }

    deinit {
        // Another file may have the number by now; the handle is this one's alone.
        inTree { release(&$0) }
    }

    public func close() throws(StorageError) {
        if !isClosed.exchange(true, ordering: .relaxed) { inTree { release(&$0) } }
    }

    private func release(_ file: inout MemoryTree.File) {
        if file.exclusiveLock == handle { file.exclusiveLock = nil }
        file.sharedLocks.remove(handle)
    }

    @discardableResult
    private func inTree<Value>(_ body: (inout MemoryTree.File) -> Value) -> Value? {
        storage.withTree { tree in
            guard var file = tree.files[inode] else { return nil }
            tree.files[inode] = MemoryTree.File()
            defer { tree.files[inode] = file }
            return body(&file)
        }
    }

    private func checkOpen(_ operation: StorageError.Operation) throws(StorageError) {
        guard !isClosed.load(ordering: .relaxed) else {
            throw StorageError(operation: operation, path: path, code: EBADF)
        }
    }

    /// A sync or close of this file has failed: see the rules of the durable plane.
    public func syncFailed() {
        inTree { $0.lostFrom = min($0.lostFrom ?? .max, $0.durableBytes.count) }
    }

    /// The last `bytes` bytes do not reach the disk.
    public func writebackFailed(bytes: Int) {
        inTree { file in
            file.lostFrom = min(file.lostFrom ?? .max, file.bytes.count - bytes)
            file.owesWriteError = true
        }
    }

    public func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(StorageError) -> Int {
        try checkOpen(.read)
        return inTree { file in
            guard offset < file.bytes.count else { return 0 }
            let count = min(buffer.count, file.bytes.count - offset)
            unsafe buffer.copyBytes(from: file.bytes[offset..<offset + count])
            return count
        } ?? 0
    }

    public func append(_ bytes: UnsafeRawBufferPointer) throws(StorageError) -> Int {
        try checkOpen(.append)
        return try storage.locked { tree throws(StorageError) in
            let room = tree.capacityBytes - tree.usedBytes
            let count = min(bytes.count, max(0, room))
            guard count > 0 || bytes.count == 0 else {
                throw StorageError(operation: .append, path: path, code: ENOSPC)
            }
            let nowNs = tree.tick()
            unsafe tree.files[inode]?.bytes.append(contentsOf: bytes.prefix(count))
            tree.files[inode]?.modifiedNs = nowNs
            return count
        }
    }

    public func truncate(to size: Int) throws(StorageError) {
        try checkOpen(.truncate)
        inTree { file in
            if size < file.bytes.count {
                file.bytes.removeSubrange(size...)
            } else {
                file.bytes += [UInt8](repeating: 0, count: size - file.bytes.count)
            }
        }
    }

    public func sync() throws(StorageError) {
        try checkOpen(.sync)
        let isLost = inTree { file in
            defer { file.owesWriteError = false }
            file.durableBytes = Array(file.bytes.prefix(file.lostFrom ?? .max))
            return file.owesWriteError
        }
        if isLost == true { throw StorageError(operation: .sync, path: path, code: EIO) }
    }

    public func status() throws(StorageError) -> FileStatus {
        try checkOpen(.status)
        return storage.withTree { $0.status(inode) }
    }

    public func lockShared() throws(StorageError) -> Bool {
        try checkOpen(.lock)
        return inTree { file in
            guard file.exclusiveLock == nil || file.exclusiveLock == handle else { return false }
            file.exclusiveLock = nil
            file.sharedLocks.insert(handle)
            return true
        } ?? false
    }

    public func lockExclusive() throws(StorageError) -> Bool {
        try checkOpen(.lock)
        return inTree { file in
            let isFree = file.exclusiveLock == nil || file.exclusiveLock == handle
            guard isFree, file.sharedLocks.subtracting([handle]).isEmpty else { return false }
            file.sharedLocks.remove(handle)
            file.exclusiveLock = handle
            return true
        } ?? false
    }
}
