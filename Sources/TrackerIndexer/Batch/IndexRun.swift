import Dispatch
import Synchronization
import TrackerLog

/// Folds the stale sessions of one index run.
///
/// Small sessions are folded as soon as they are found, while their folder is open. Of the others
/// the large ones come first, one at a time, each folded by all threads. Then every thread takes
/// one of the remaining sessions at a time.
final class IndexRun: Sendable {
    private let storage: any Storage
    private let sessions: [IndexedSession]
    private let threads: Int
    private let options: IndexRunOptions
    private let saves: Bool
    private let snapshots: SnapshotRule
    private let started = ContinuousClock.now
    private let next = Atomic(0)
    private let done = Mutex(Done())

    private struct Done {
        var changes: [CatalogChange] = []
        var problems: [String] = []
        /// Those about what could not be saved.
        var unsaved: [String] = []
        var events = 0
        var isInterrupted = false
        var sessions = 0
        var bytesDone = 0
        var bytes = 0
    }

    /// - Parameters:
    ///   - sessions: ordered by key.
    ///   - saves: whether this run holds the lock and writes snapshots.
    init(
        storage: any Storage, sessions: [IndexedSession], threads: Int, options: IndexRunOptions,
        saves: Bool, snapshots: SnapshotRule
    ) {
        self.storage = storage
        self.sessions = sessions
        self.threads = threads
        self.options = options
        self.saves = saves
        self.snapshots = snapshots
    }

    /// What `run` did, once it has returned.
    struct Results {
        var changes: [CatalogChange]
        var problems: [String]
        /// Those of the problems that kept a snapshot from being saved.
        var unsaved: [String]
        var isInterrupted: Bool
    }

    var results: Results {
        done.withLock {
            Results(
                changes: $0.changes, problems: $0.problems.sorted(), unsaved: $0.unsaved.sorted(),
                isInterrupted: $0.isInterrupted)
        }
    }

    func run() {
        let stale = StaleSessions(storage: storage, sessions: sessions, threads: threads)
            .stale(all: options.rebuild) { session, listing, opened, tools in
                guard snapshots.isSmall(listing) else { return false }
                done.withLock { $0.bytes += session.bytes }
                process(session, tools, listing, in: opened)
                return true
            }
        let total = stale.reduce(0) { $0 + $1.bytes }
        done.withLock {
            $0.bytes += total
            $0.sessions = sessions.count - stale.count
        }
        let large = large(of: stale, total)
        for session in stale where large.contains(session.key) {
            process(session, ParallelFold(threads: threads, isStopped: options.isStopped))
        }
        let others = stale.filter { !large.contains($0.key) }
        guard !others.isEmpty else { return }
        DispatchQueue.concurrentPerform(iterations: min(threads, others.count)) { _ in
            let tools = FoldTools()
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < others.count else { return }
                process(others[index], tools)
            }
        }
    }

    /// The sessions that all threads fold together: in a run of few sessions, those with a large
    /// part of the bytes.
    private func large(of stale: [StaleSessions.Stale], _ total: Int) -> Set<DataFolder.SessionKey>
    {
        guard threads > 1, stale.count <= IndexLimits.fewSessionsPerThread * threads else {
            return []
        }
        let share = max(IndexLimits.fewestSharedBytes, total / (2 * threads))
        return Set(stale.filter { $0.segments > 1 && $0.bytes >= share }.map(\.key))
    }

    private var isStopped: Bool { options.isStopped() }

    /// - Parameters:
    ///   - listing: of its folder; `nil` lists it.
    ///   - opened: a storage in which its folder is open.
    private func process(
        _ session: StaleSessions.Stale, _ strategy: some FoldStrategy,
        _ listing: SessionListing? = nil, in opened: (any Storage)? = nil
    ) {
        // Its row stays as it is; the next run checks it again.
        guard !isStopped else { return done.withLock { $0.isInterrupted = true } }
        let (record, problems, unsaved) = fold(
            session, strategy, listing, in: opened ?? storage)
        done.withLock { done in
            if let record {
                if record != session.known { done.changes.append(.row(record)) }
            } else if session.known != nil {
                done.changes.append(.gone(session.key))
            }
            done.problems += problems + unsaved
            done.unsaved += unsaved
            done.sessions += 1
        }
        reportProgress()
    }

    private func reportProgress(bytes: Int = 0, events: Int = 0) {
        guard let progress = options.progress else { return }
        let state = done.withLock { done in
            done.bytesDone += bytes
            done.events = SaturatingCount.sum(done.events, events)
            return IndexProgress(
                sessionsDone: done.sessions, sessions: sessions.count, events: done.events,
                bytesDone: done.bytesDone, bytes: done.bytes,
                seconds: (ContinuousClock.now - started) / .seconds(1))
        }
        progress(state)
    }

    private func fold(
        _ session: StaleSessions.Stale, _ strategy: some FoldStrategy,
        _ known: SessionListing?, in storage: any Storage
    ) -> (CatalogRecord?, problems: [String], unsaved: [String]) {
        let key = session.key
        let listing: SessionListing
        do throws(StorageError) {
            if let known {
                listing = known
            } else {
                listing = try SessionListing(key.user, key.session, in: storage)
            }
        } catch {
            return (nil, error.code == ErrorCode.notFound ? [] : ["\(error)"], [])
        }
        let load = SessionLoad(
            key, listing, known: session.known, rebuild: options.rebuild, snapshots: snapshots,
            in: storage)
        // The snapshot's part is not folded in this run.
        done.withLock { $0.bytes -= min($0.bytes, load.index.foldedBytes) }
        var nextSave = ContinuousClock.now + LivePace.saveInterval
        load.foldAll(
            listing, with: strategy, progress: { reportProgress(bytes: $0, events: $1) },
            shouldContinue: {
                guard !isStopped else {
                    done.withLock { $0.isInterrupted = true }
                    return false
                }
                let begun = ContinuousClock.now
                if saves, begun > nextSave {
                    // What fails here is tried again, and reported if it fails then.
                    _ = load.save()
                    let took = ContinuousClock.now - begun
                    nextSave = .now + max(LivePace.saveInterval, took * LivePace.savePauseFactor)
                }
                return true
            })
        let saved = load.save(writes: saves)
        var record = load.record(
            of: load.summary(withSeries: false), listing, digest: saved.digest)
        // Without a snapshot the next run must not take the session for saved.
        if saved.problem != nil { record.stamp = nil }
        return (
            record, load.index.problem.map { ["\($0)"] } ?? [],
            saved.problem.map { ["\($0)"] } ?? []
        )
    }
}

extension SessionListing {
    /// Total size of the segments whose size the storage lists.
    var bytes: Int { segments.reduce(0) { $0 + ($1.status?.size ?? 0) } }
}
