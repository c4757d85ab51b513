import TrackerLog

/// Writes the files of the live index. Used by its thread only.
final class LiveSaver {
    typealias Key = DataFolder.SessionKey

    private let storage: any Storage
    private let published: PublishedIndex
    /// `nil` if another process writes the index, or none may write it.
    private var lock: (any StorageFile)?
    private var catalog = CatalogFile()
    /// Sessions whose row in the catalogue's file is older than the published one.
    private var changedRows: Set<Key> = []
    /// Sessions that are gone but still have a row in the catalogue's file.
    private var gone: Set<Key> = []
    /// Of the root in which it was taken.
    private var lockGeneration = 0
    /// Why this process may not write the index, unless another one writes it.
    private var lockProblem: String?
    /// Why the last snapshots, and the catalogue, could not be written.
    private var snapshotProblem: StorageError?
    private var catalogProblem: StorageError?

    init(storage: any Storage, published: PublishedIndex) {
        self.storage = storage
        self.published = published
    }

    /// Message about what could not be saved.
    var problem: String? {
        ((snapshotProblem ?? catalogProblem).map { "\($0)" } ?? lockProblem)
            .map { "the index is not saved: \($0)" }
    }

    /// - Returns: the rows of the catalogue's file.
    func begin() -> [CatalogRecord] {
        takeLock()
        return catalog.load(from: storage)
    }

    private func takeLock() {
        (lock, lockProblem) = (nil, nil)
        lockGeneration = storage.rootGeneration
        switch IndexLock.attempt(storage) {
        case .success(let file): lock = file
        case .failure(let failure):
            if case .failed(let reason) = failure.reason { lockProblem = reason }
        }
    }

    /// Takes the lock if there was none, or if its file is no longer there: the process that had it
    /// may have ended, or the folder is another one.
    private func renewLock() {
        // try? is right here: a lock of which nothing is known is taken again.
        let isGone = (try? lock?.status())?.isRemoved ?? true
        guard isGone || lockGeneration != storage.rootGeneration else { return }
        takeLock()
        guard lock != nil else { return }
        // Another process may have written it meanwhile.
        _ = catalog.load(from: storage)
        changedRows.formUnion(published.keys)
    }

    func end() { lock = nil }

    /// The published row differs from the catalogue's file.
    func rowChanged(_ key: Key) { changedRows.insert(key) }

    func forget(_ keys: Set<Key>) {
        for key in keys {
            changedRows.remove(key)
            if lock != nil { storage.removeIfThere(DataLayout.snapshot(key.user, key.session)) }
        }
        gone.formUnion(keys)
    }

    /// Writes a snapshot. Without the lock it only computes the digest.
    func save(_ load: SessionLoad) -> SessionLoad.Saved {
        let saved = load.save(writes: lock != nil)
        if let problem = saved.problem { snapshotProblem = problem }
        return saved
    }

    /// Snapshots that could not be written are about to be written again.
    func retrySnapshots() { snapshotProblem = nil }

    /// Writes the rows that have changed.
    func saveCatalog() {
        renewLock()
        guard lock != nil else { return }
        let changes =
            changedRows.compactMap { published.record($0) }
            .filter { !$0.isUnread }.map(CatalogChange.row)
            + gone.filter { published.record($0) == nil }.map(CatalogChange.gone)
        guard !changes.isEmpty else { return }
        do throws(StorageError) {
            try catalog.save(
                changes, all: { published.records.filter { !$0.isUnread } }, in: storage)
            changedRows = []
            gone = []
            catalogProblem = nil
        } catch {
            catalogProblem = error
        }
    }
}
