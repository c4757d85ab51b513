import Glibc
import TrackerLog

/// The files and directories of a `MemoryStorage`, and beside them the durable plane: what a power
/// cut leaves.
///
/// Rules of the durable plane:
/// - bytes of a file last up to the size at its last successful sync;
/// - after a failed sync, bytes that were not durable by then never become so: the kernel has
///   dropped them, and a later sync that succeeds proves nothing about them;
/// - a write that the disk lost is read back all the same, until the power goes; the next sync
///   reports it, once;
/// - a name lasts once its directory was synced after the name was made, moved or removed.
struct MemoryTree: Sendable {
    typealias Inode = UInt64

    struct Directory: Sendable {
        var names: [String: Inode] = [:]
        var durableNames: [String: Inode] = [:]
    }

    struct File: Sendable {
        var bytes: [UInt8] = []
        var durableBytes: [UInt8] = []
        /// Set by a failed sync: nothing beyond becomes durable any more.
        var lostFrom: Int?
        /// A write was lost, and nobody was told yet.
        var owesWriteError = false
        var modifiedNs: Int64 = 0
        var exclusiveLock: UInt64?
        var sharedLocks: Set<UInt64> = []
    }

    /// A move is one change, whichever of its directories is synced.
    struct Move: Sendable {
        var source: (directory: Inode, name: String)
        var target: (directory: Inode, name: String)
        var inode: Inode
    }

    static let rootInode: Inode = 1

    var directories: [Inode: Directory] = [rootInode: Directory()]
    var files: [Inode: File] = [:]
    /// Names that are neither files nor directories.
    var others: [Inode: StorageEntry.Kind] = [:]
    var nextInode: Inode = 2
    var nextHandle: UInt64 = 1
    /// Grows by one with every change: a clock without surprises.
    var nowNs: Int64 = 1
    /// Moves between directories that no sync covers yet.
    var moves: [Move] = []
    /// How many bytes all files together may hold.
    var capacityBytes = Int.max

    var usedBytes: Int { files.values.reduce(0) { $0 + $1.bytes.count } }

    mutating func newInode() -> Inode {
        defer { nextInode += 1 }
        return nextInode
    }

    /// The directory at the path; an error as `open(2)` gives it.
    func directory(
        _ path: StoragePath, _ operation: StorageError.Operation
    ) throws(StorageError) -> Inode {
        var inode = Self.rootInode
        for name in path.components {
            try Self.check(name, path, operation)
            guard let next = directories[inode]?.names[name] else {
                throw StorageError(operation: operation, path: path.description, code: ENOENT)
            }
            guard directories[next] != nil else {
                let code = others[next] == .symbolicLink ? ELOOP : ENOTDIR
                throw StorageError(operation: operation, path: path.description, code: code)
            }
            inode = next
        }
        return inode
    }

    /// The inode of an existing name; `nil` when there is none.
    func lookUp(
        _ path: StoragePath, _ operation: StorageError.Operation
    ) throws(StorageError) -> Inode? {
        try Self.check(path.name, path, operation)
        return directories[try directory(path.parent, operation)]?.names[path.name]
    }

    static func check(
        _ name: String, _ path: StoragePath, _ operation: StorageError.Operation
    ) throws(StorageError) {
        guard StoragePath(name).isValid, !path.components.isEmpty else {
            throw StorageError(operation: operation, path: path.description, code: EINVAL)
        }
        guard name.utf8.count <= 255 else {
            throw StorageError(operation: operation, path: path.description, code: ENAMETOOLONG)
        }
    }

    /// A regular file at the path, made when `creates` and missing.
    mutating func openFile(
        _ path: StoragePath, creates: Bool, mustBeNew: Bool, _ operation: StorageError.Operation
    ) throws(StorageError) -> Inode {
        let parent = try directory(path.parent, operation)
        if let inode = try lookUp(path, operation) {
            if mustBeNew {
                throw StorageError(operation: operation, path: path.description, code: EEXIST)
            }
            guard files[inode] != nil else {
                let code = others[inode] == .symbolicLink ? ELOOP : EINVAL
                throw StorageError(operation: operation, path: path.description, code: code)
            }
            return inode
        }
        guard creates else {
            throw StorageError(operation: operation, path: path.description, code: ENOENT)
        }
        let inode = newInode()
        files[inode] = File(modifiedNs: tick())
        directories[parent]?.names[path.name] = inode
        return inode
    }

    mutating func tick() -> Int64 {
        nowNs += 1
        return nowNs
    }

    mutating func syncAll() {
        for (inode, file) in files {
            files[inode] = File(
                bytes: file.bytes, durableBytes: file.bytes, modifiedNs: file.modifiedNs,
                exclusiveLock: file.exclusiveLock, sharedLocks: file.sharedLocks)
        }
        directories = directories.mapValues {
            Directory(names: $0.names, durableNames: $0.names)
        }
    }

    mutating func makeDirectory(
        _ path: StoragePath, isDurable: Bool
    ) throws(StorageError) {
        var parent = Self.rootInode
        for name in path.components {
            try Self.check(name, path, .createDirectory)
            let inode = directories[parent]?.names[name] ?? newDirectory(name, in: parent)
            guard directories[inode] != nil else {
                throw StorageError(
                    operation: .createDirectory, path: path.description, code: ENOTDIR)
            }
            if isDurable { directories[parent]?.durableNames[name] = inode }
            parent = inode
        }
    }

    private mutating func newDirectory(_ name: String, in parent: Inode) -> Inode {
        let inode = newInode()
        directories[inode] = Directory()
        directories[parent]?.names[name] = inode
        return inode
    }

    /// What no sync or close of each file has failed for lasts, and every name.
    mutating func syncFileSystem() throws(StorageError) {
        var isLost = false
        for (inode, var file) in files {
            isLost = isLost || file.owesWriteError
            file.owesWriteError = false
            file.durableBytes = Array(file.bytes.prefix(file.lostFrom ?? .max))
            files[inode] = file
        }
        for (inode, directory) in directories {
            directories[inode]?.durableNames = directory.names
            settleMoves(of: inode)
        }
        if isLost { throw StorageError(operation: .sync, path: "", code: EIO) }
    }

    /// A sync of everything has failed: see the rules of the durable plane. What is appended later
    /// to a file that was durable as a whole is not lost with it.
    mutating func loseUnsynced() {
        for (inode, file) in files where file.durableBytes.count < file.bytes.count {
            files[inode]?.lostFrom = min(file.lostFrom ?? .max, file.durableBytes.count)
        }
    }

    func status(_ inode: Inode) -> FileStatus {
        let file = files[inode] ?? File()
        return FileStatus(
            device: 1, inode: inode, size: file.bytes.count, modifiedNs: file.modifiedNs,
            isRemoved: !directories.values.contains { $0.names.values.contains(inode) })
    }
}

extension MemoryTree {
    /// What is left after a power cut: all that is durable, and of the rest whatever the seed says
    /// the kernel had written back by itself: nothing, a part, all, or a hole of zeros.
    func afterPowerCut(using generator: inout SeededGenerator) -> MemoryTree {
        var left = MemoryTree()
        left.nextInode = nextInode
        left.nowNs = nowNs
        left.keepDirectory(Self.rootInode, of: decidingMoves(using: &generator), &generator)
        return left
    }

    private mutating func keepDirectory(
        _ inode: Inode, of old: MemoryTree, _ generator: inout SeededGenerator
    ) {
        guard let directory = old.directories[inode] else { return }
        var names: [String: Inode] = [:]
        // In order, so that one seed gives one outcome.
        for name in Set(directory.names.keys).union(directory.durableNames.keys).sorted() {
            let (durable, current) = (directory.durableNames[name], directory.names[name])
            names[name] = durable == current || Bool.random(using: &generator) ? current : durable
        }
        directories[inode] = Directory(names: names, durableNames: names)
        for (_, child) in names.sorted(by: { $0.key < $1.key }) {
            if old.directories[child] != nil {
                keepDirectory(child, of: old, &generator)
            } else if let file = old.files[child] {
                let bytes = file.afterPowerCut(using: &generator)
                files[child] = File(bytes: bytes, durableBytes: bytes, modifiedNs: nowNs)
            } else {
                others[child] = old.others[child]
            }
        }
    }
}

extension MemoryTree.File {
    fileprivate func afterPowerCut(using generator: inout SeededGenerator) -> [UInt8] {
        guard bytes.count > durableBytes.count, bytes.starts(with: durableBytes) else {
            return Bool.random(using: &generator) ? durableBytes : bytes
        }
        let rest = bytes[durableBytes.count...]
        let kept = Int.random(in: 0...rest.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: return durableBytes
        case 1: return durableBytes + rest.prefix(kept)
        case 2:
            return durableBytes + rest.prefix(kept)
                + [UInt8](repeating: 0, count: rest.count - kept)
        default: return durableBytes + [UInt8](repeating: 0, count: kept) + rest.dropFirst(kept)
        }
    }
}
