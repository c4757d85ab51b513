import Glibc
import Synchronization
public import TrackerLog

/// A storage that passes calls on to another and lets some of them go wrong, as a plan says.
///
/// Over a `MemoryStorage`, a failed sync or close and a lost write also tell the durable plane.
public final class FaultyStorage: Storage {
    private let base: any Storage
    private let state: Mutex<State>

    private struct State: Sendable {
        var plan: FaultPlan
        var calls: [StorageCall] = []
        var occurrences: [StorageError.Operation: Int] = [:]
        var faults: [StorageCall] = []
        var hasCrashed = false
    }

    public init(_ base: any Storage, plan: FaultPlan = .none) {
        self.base = base
        state = Mutex(State(plan: plan))
    }

    /// What goes wrong from now on. The call numbers go on.
    public func setPlan(_ plan: FaultPlan) { state.withLock { $0.plan = plan } }
    /// Ends all faults. A writer whose disk never recovers tries again for as long as the process
    /// runs, and thousands of them keep its timer from the tests that come later.
    public func recover() {
        state.withLock {
            $0.plan = .none
            $0.hasCrashed = false
        }
    }
    // Copied within the lock: what keeps a shared array from being written to is its reference
    // count, and ThreadSanitizer does not see that.
    /// All calls so far.
    public var calls: [StorageCall] { state.withLock { $0.calls.map { $0 } } }
    /// The calls that went wrong.
    public var faults: [StorageCall] { state.withLock { $0.faults.map { $0 } } }
    public var hasCrashed: Bool { state.withLock { $0.hasCrashed } }

    /// Counts the call. - Returns: the fault that an append must act on itself.
    fileprivate func enter(
        _ operation: StorageError.Operation, _ path: String, byteCount: Int = 0
    ) throws(StorageError) -> Fault? {
        let (fault, hasCrashed) = state.withLock { state -> (Fault?, Bool) in
            let occurrence = state.occurrences[operation, default: 0]
            state.occurrences[operation] = occurrence + 1
            let call = StorageCall(
                number: state.calls.count, operation: operation, occurrence: occurrence, path: path,
                byteCount: byteCount)
            state.calls.append(call)
            if state.hasCrashed { return (nil, true) }
            let fault = state.plan.fault(call)
            if fault != nil { state.faults.append(call) }
            if case .crash = fault { state.hasCrashed = true }
            return (fault, false)
        }
        // What a crashed process would have done is not done; any error keeps it from happening.
        if hasCrashed { throw StorageError(operation: operation, path: path, code: EIO) }
        switch fault {
        case .error(let code): throw StorageError(operation: operation, path: path, code: code)
        case .crash where operation != .append:
            throw StorageError(operation: operation, path: path, code: EIO)
        default: return fault
        }
    }

    private func pass(_ operation: StorageError.Operation, _ path: StoragePath) throws(StorageError)
    {
        _ = try enter(operation, path.description)
    }

    private func wrap(_ file: any StorageFile, _ path: StoragePath) -> any StorageFile {
        FaultyFile(file, path: path.description, storage: self)
    }

    public func list(_ directory: StoragePath) throws(StorageError) -> [StorageEntry] {
        try pass(.list, directory)
        return try base.list(directory)
    }

    public func openForReading(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        try pass(.open, path)
        return wrap(try base.openForReading(path), path)
    }

    public func create(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        try pass(.create, path)
        return wrap(try base.create(path), path)
    }

    public func openOrCreate(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        try pass(.create, path)
        return wrap(try base.openOrCreate(path), path)
    }

    public func openForAppending(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        try pass(.open, path)
        return wrap(try base.openForAppending(path), path)
    }

    public func makeDirectory(_ path: StoragePath) throws(StorageError) {
        try pass(.createDirectory, path)
        try base.makeDirectory(path)
    }

    public var syncedDevice: UInt64? { base.syncedDevice }

    public func syncFileSystem() throws(StorageError) {
        do throws(StorageError) {
            try pass(.sync, .root)
        } catch {
            (base as? MemoryStorage)?.fileSystemSyncFailed()
            throw error
        }
        try base.syncFileSystem()
    }

    public func createDirectory(_ path: StoragePath) throws(StorageError) {
        try pass(.createDirectory, path)
        try base.createDirectory(path)
    }

    public func rename(_ from: StoragePath, to: StoragePath) throws(StorageError) {
        try pass(.rename, from)
        try base.rename(from, to: to)
    }

    public func move(_ from: StoragePath, to: StoragePath) throws(StorageError) {
        try pass(.rename, from)
        try base.move(from, to: to)
    }

    public func remove(_ path: StoragePath) throws(StorageError) {
        try pass(.remove, path)
        try base.remove(path)
    }

    public func syncDirectory(_ path: StoragePath) throws(StorageError) {
        try pass(.syncDirectory, path)
        try base.syncDirectory(path)
    }
}

/// A file of a `FaultyStorage`.
private final class FaultyFile: StorageFile {
    private let base: any StorageFile
    private let path: String
    private let storage: FaultyStorage

    init(_ base: any StorageFile, path: String, storage: FaultyStorage) {
        self.base = base
        self.path = path
        self.storage = storage
    }

    func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(StorageError) -> Int {
        _ = try storage.enter(.read, path)
        return unsafe try base.read(into: buffer, at: offset)
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(StorageError) -> Int {
        let fault = try storage.enter(.append, path, byteCount: bytes.count)
        switch fault {
        case .lost:
            let count = unsafe try base.append(bytes)
            (base as? MemoryFile)?.writebackFailed(bytes: count)
            return count
        case .short(let count):
            return unsafe try appendPart(bytes, min(count, bytes.count - 1))
        case .crash(let count):
            _ = unsafe try appendPart(bytes, min(count, bytes.count))
            throw StorageError(operation: .append, path: path, code: EIO)
        default: return unsafe try base.append(bytes)
        }
    }

    private func appendPart(
        _ bytes: UnsafeRawBufferPointer, _ count: Int
    ) throws(StorageError) -> Int {
        guard count > 0 else { return 0 }
        return unsafe try base.append(UnsafeRawBufferPointer(rebasing: bytes.prefix(count)))
    }

    func truncate(to size: Int) throws(StorageError) {
        _ = try storage.enter(.truncate, path)
        try base.truncate(to: size)
    }

    func sync() throws(StorageError) {
        do throws(StorageError) {
            _ = try storage.enter(.sync, path)
        } catch {
            (base as? MemoryFile)?.syncFailed()
            throw error
        }
        try base.sync()
    }

    func status() throws(StorageError) -> FileStatus {
        _ = try storage.enter(.status, path)
        return try base.status()
    }

    /// A close that reports an error closes all the same.
    func close() throws(StorageError) {
        do throws(StorageError) {
            _ = try storage.enter(.close, path)
        } catch {
            if !storage.hasCrashed { (base as? MemoryFile)?.syncFailed() }
            try base.close()
            throw error
        }
        try base.close()
    }

    func lockShared() throws(StorageError) -> Bool {
        _ = try storage.enter(.lock, path)
        return try base.lockShared()
    }

    func lockExclusive() throws(StorageError) -> Bool {
        _ = try storage.enter(.lock, path)
        return try base.lockExclusive()
    }
}
