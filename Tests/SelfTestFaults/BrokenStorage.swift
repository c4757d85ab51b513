import Glibc
import Synchronization
import TrackerLog

/// A folder on a disk that breaks one promise: what `tracker selftest` must find.
struct BrokenStorage: ForwardingStorage {
    enum Fault: String, CaseIterable {
        /// Each append goes where the end was a moment ago.
        case noAppend = "no-append"
        /// An append is two writes.
        case split
        /// Some appends are acknowledged and not written.
        case lost
        /// A lock is had and not held.
        case noLock = "no-lock"
        /// A file is written in its place, not replaced.
        case inPlace = "in-place"
    }

    let base: PosixStorage
    private let fault: Fault

    init(_ base: PosixStorage, _ fault: Fault) {
        self.base = base
        self.fault = fault
    }

    func openOrCreate(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        BrokenFile(try base.openOrCreate(path), at: "\(base.rootPath)/\(path)", fault)
    }

    /// The new version of a file goes into the old one, and the rename that should put it there
    /// does nothing.
    func create(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        guard fault == .inPlace, path.name.hasSuffix(".tmp") else { return try base.create(path) }
        let replaced = path.parent.appending(String(path.name.dropLast(".tmp".utf8.count)))
        let file = try base.openOrCreate(replaced)
        try file.truncate(to: 0)
        return BrokenFile(file, at: "\(base.rootPath)/\(replaced)", .split)
    }

    func rename(_ from: StoragePath, to: StoragePath) throws(StorageError) {
        if fault != .inPlace { try base.rename(from, to: to) }
    }

    func openForAppending(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        try base.openForReading(path).close()
        return try openOrCreate(path)
    }
}

private final class BrokenFile: StorageFile {
    private let base: any StorageFile
    private let path: String
    private let fault: BrokenStorage.Fault
    private let appends = Atomic<Int>(0)

    init(_ base: any StorageFile, at path: String, _ fault: BrokenStorage.Fault) {
        self.base = base
        self.path = path
        self.fault = fault
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(StorageError) -> Int {
        switch fault {
        case .noAppend:
            unsafe overwrite(bytes)
            return bytes.count
        case .split:
            let half = bytes.count / 2
            let first = unsafe try base.append(UnsafeRawBufferPointer(rebasing: bytes[..<half]))
            sched_yield()
            return unsafe try first
                + base.append(UnsafeRawBufferPointer(rebasing: bytes[half...]))
        case .lost where appends.add(1, ordering: .relaxed).oldValue % 8 == 7: return bytes.count
        default: return unsafe try base.append(bytes)
        }
    }

    /// As on a descriptor without `O_APPEND`.
    private func overwrite(_ bytes: UnsafeRawBufferPointer) {
        let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
        defer { Glibc.close(descriptor) }
        let end = lseek(descriptor, 0, SEEK_END)
        sched_yield()
        _ = unsafe pwrite(descriptor, bytes.baseAddress, bytes.count, end)
    }

    func lockShared() throws(StorageError) -> Bool {
        if fault == .noLock { return true }
        return try base.lockShared()
    }

    func lockExclusive() throws(StorageError) -> Bool { try base.lockExclusive() }

    func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(StorageError) -> Int {
        unsafe try base.read(into: buffer, at: offset)
    }

    func truncate(to size: Int) throws(StorageError) { try base.truncate(to: size) }
    func sync() throws(StorageError) { try base.sync() }
    func status() throws(StorageError) -> FileStatus { try base.status() }
    func close() throws(StorageError) { try base.close() }
}
