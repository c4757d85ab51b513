import Glibc
import TrackerAnalysis
import TrackerLog

/// The storage as one question sees it.
protocol QuestionStorage: Storage {
    /// Whether a file was asked for, or a loop stopped, when the time of the question was over.
    var hasRefused: Bool { get }
}

/// Once a question has taken as long as it may, it opens no further file, and its loops stop: see
/// `WorkBudget`. What takes long reads many sessions, or compares many runs.
struct ReadBudget<Base: Storage>: ForwardingStorage, QuestionStorage {
    let base: Base
    private let budget: WorkBudget

    init(_ base: Base, isSpent: @escaping @Sendable () -> Bool) {
        self.base = base
        budget = WorkBudget(isSpent: isSpent)
    }

    func openForReading(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        guard !budget.isOver() else {
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

    var hasRefused: Bool { budget.hasStopped }

    /// - Returns: what the work makes, of all that it asked for.
    /// - Throws: `QuestionTooLong` where it did not get all, whatever the work made of that.
    func spend<Value>(_ work: (any QuestionStorage) throws -> Value) throws -> Value {
        guard !budget.isOver() else { throw QuestionTooLong() }
        let result = WorkBudget.$current.withValue(budget) { Result { try work(self) } }
        guard !hasRefused else { throw QuestionTooLong() }
        return try result.get()
    }
}

/// A question about several sessions took longer than `WebLimits.maxQuestionTime`, with its wait
/// for those before it.
struct QuestionTooLong: Error {}
