import Glibc
import Synchronization
import TrackerLog

/// The storage as one question sees it.
protocol QuestionStorage: Storage {
    /// Whether a file was asked for when the time of the question was over.
    var hasRefused: Bool { get }
}

/// Once a question has taken as long as it may, it opens no further file. What takes long reads
/// many sessions.
struct ReadBudget<Base: Storage>: ForwardingStorage, QuestionStorage {
    let base: Base
    private let isSpent: @Sendable () -> Bool
    private let refusals = Refusals()

    init(_ base: Base, isSpent: @escaping @Sendable () -> Bool) {
        self.base = base
        self.isSpent = isSpent
    }

    func openForReading(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        guard !isSpent() else {
            refusals.count.add(1, ordering: .relaxed)
            throw StorageError(operation: .open, path: path.description, code: ETIME)
        }
        return try base.openForReading(path)
    }

    func listEach(
        _ names: ArraySlice<String>, in directory: StoragePath,
        _ body: (Int, Result<[StorageEntry], StorageError>, any Storage) -> Void
    ) throws(StorageError) {
        try base.listEach(names, in: directory) { index, entries, _ in
            body(index, entries, self)
        }
    }

    func syncFileSystem() throws(StorageError) { try base.syncFileSystem() }
    var syncedDevice: UInt64? { base.syncedDevice }

    var hasRefused: Bool { refusals.count.load(ordering: .relaxed) > 0 }

    /// - Returns: what the work makes, of all that it asked for.
    /// - Throws: `QuestionTooLong` where it did not get all, whatever the work made of that.
    func spend<Value>(_ work: (any QuestionStorage) throws -> Value) throws -> Value {
        guard !isSpent() else { throw QuestionTooLong() }
        let result = Result { try work(self) }
        guard !hasRefused else { throw QuestionTooLong() }
        return try result.get()
    }
}

private final class Refusals: Sendable {
    let count = Atomic(0)
}

/// A question about several sessions took longer than `WebLimits.maxQuestionTime`, with its wait
/// for those before it.
struct QuestionTooLong: Error {}
