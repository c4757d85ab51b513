import Dispatch
import Synchronization
package import TrackerLog

/// The work of one index run. Sessions that hold a good part of the log are folded by all threads
/// together, one after another; then each thread takes one of the others, and the next.
final class IndexWork: Sendable {
    private let storage: any Storage
    private let sessions: [DataFolder.SessionKey]
    private let known: [DataFolder.SessionKey: CatalogRecord]
    private let threads: Int
    private let options: IndexRunOptions
    private let saves: Bool
    private let started = ContinuousClock.now
    private let next = Atomic(0)
    private let done = Mutex(Done())

    private struct Done {
        var records: [CatalogRecord] = []
        var problems: [String] = []
        var events = 0
        var isInterrupted = false
        var bytesDone = 0
        var bytes = 0
    }

    init(
        storage: any Storage, sessions: [DataFolder.SessionKey],
        known: [DataFolder.SessionKey: CatalogRecord], threads: Int, options: IndexRunOptions,
        saves: Bool
    ) {
        self.storage = storage
        self.sessions = sessions
        self.known = known
        self.threads = threads
        self.options = options
        self.saves = saves
    }

    var results: (records: [CatalogRecord], problems: [String], isInterrupted: Bool) {
        done.withLock {
            ($0.records.sorted(by: CatalogRecord.precedes), $0.problems.sorted(), $0.isInterrupted)
        }
    }

    func run() {
        let large = plan()
        for key in large {
            take(key, LargeSession(threads: threads, isStopped: options.isStopped))
        }
        DispatchQueue.concurrentPerform(iterations: min(threads, max(1, sessions.count))) { _ in
            let tools = FoldTools()
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < sessions.count else { return }
                guard !large.contains(sessions[index]) else { continue }
                take(sessions[index], tools)
            }
        }
    }

    /// How much there is to fold, where somebody wants to know.
    /// - Returns: sessions to fold by all threads together.
    private func plan() -> [DataFolder.SessionKey] {
        let isFew = threads > 1 && sessions.count <= IndexLimits.fewSessionsPerThread * threads
        guard options.progress != nil || isFew else { return [] }
        var sizes: [(key: DataFolder.SessionKey, bytes: Int, segments: Int)] = []
        for key in sessions {
            // try? is right here: who folds the session tells what is wrong with it.
            guard let listing = try? SessionListing(key.user, key.session, in: storage),
                options.rebuild || !isUpToDate(key, listing)
            else { continue }
            sizes.append((key, listing.bytes, listing.segments.count))
        }
        let total = sizes.reduce(0) { $0 + $1.bytes }
        done.withLock { $0.bytes = total }
        guard isFew else { return [] }
        let share = max(IndexLimits.fewestSharedBytes, total / (2 * threads))
        return sizes.filter { $0.segments > 1 && $0.bytes >= share }.map(\.key)
    }

    private func isUpToDate(_ key: DataFolder.SessionKey, _ listing: SessionListing) -> Bool {
        // A digest of 0 says that a server had not saved the session yet.
        guard let record = known[key] else { return false }
        return record.stamp == listing.stamp && record.digest != 0 && !record.entry.isRunning
    }

    private var isStopped: Bool { options.isStopped() }

    private func take(_ key: DataFolder.SessionKey, _ folder: some SessionFolder) {
        guard !isStopped else {
            // What is known of it stays: the next run looks again.
            return done.withLock { done in
                done.isInterrupted = true
                if let record = known[key] { done.records.append(record) }
            }
        }
        let (record, problems) = fold(key, folder)
        done.withLock { done in
            if let record { done.records.append(record) }
            done.problems += problems
        }
        tellProgress()
    }

    private func tellProgress(bytes: Int = 0, events: Int = 0) {
        guard let progress = options.progress else { return }
        let state = done.withLock { done in
            done.bytesDone += bytes
            done.events = Counting.sum(done.events, events)
            return IndexProgress(
                sessionsDone: done.records.count, sessions: sessions.count, events: done.events,
                bytesDone: done.bytesDone, bytes: done.bytes,
                seconds: (ContinuousClock.now - started) / .seconds(1))
        }
        progress(state)
    }

    private func fold(
        _ key: DataFolder.SessionKey, _ folder: some SessionFolder
    ) -> (CatalogRecord?, [String]) {
        do throws(StorageError) {
            let listing = try SessionListing(key.user, key.session, in: storage)
            if isUpToDate(key, listing), let record = known[key] { return (record, []) }
            let index =
                (options.rebuild
                    ? nil : Snapshot.load(user: key.user, session: key.session, from: storage))
                ?? SessionIndex(user: key.user, session: key.session)
            // What its snapshot holds is not to be folded in this run.
            done.withLock { $0.bytes -= min($0.bytes, index.foldedBytes) }
            var savedAt = ContinuousClock.now
            var problems: [String] = []
            while true {
                let before = (index.foldedBytes, index.unreadBytes)
                folder.fold(index, listing, in: storage) { tellProgress(bytes: $0, events: $1) }
                // A file that cannot be read does not keep the others from the page.
                guard index.unreadBytes > 0, before != (index.foldedBytes, index.unreadBytes)
                else { break }
                guard !isStopped else {
                    done.withLock { $0.isInterrupted = true }
                    break
                }
                if saves, ContinuousClock.now - savedAt > IndexPace.saveInterval {
                    problems += Self.save(index, index.state.encoded().text, storage)
                    savedAt = .now
                }
            }
            let encoded = index.state.encoded()
            problems += index.problem.map { ["\($0)"] } ?? []
            if saves { problems += Self.save(index, encoded.text, storage) }
            let record = index.record(
                stamp: listing.stamp, digest: encoded.contentHash, in: storage)
            return (record, problems)
        } catch {
            return (nil, error.code == ErrorCode.notFound ? [] : ["\(error)"])
        }
    }

    /// Without its snapshot the session is folded again next time; its numbers are right all the
    /// same.
    private static func save(
        _ index: SessionIndex, _ state: [UInt8], _ storage: any Storage
    ) -> [String] {
        do throws(StorageError) {
            try Snapshot.save(index, state: state, in: storage)
            return []
        } catch {
            return ["\(error)"]
        }
    }
}

/// Folds a part of what is new in a session; what is left stands in its `unreadBytes`.
package protocol SessionFolder {
    /// - Parameter folded: told how many bytes of the files, and how many events. Any thread.
    func fold(
        _ index: SessionIndex, _ listing: SessionListing, in storage: any Storage,
        folded: @Sendable (_ bytes: Int, _ events: Int) -> Void)
}

extension FoldTools: SessionFolder {
    package func fold(
        _ index: SessionIndex, _ listing: SessionListing, in storage: any Storage,
        folded: @Sendable (_ bytes: Int, _ events: Int) -> Void
    ) {
        let before = (index.foldedBytes, index.state.events)
        index.update(listing, in: storage, with: self, atMostBytes: IndexLimits.foldStepBytes)
        // Less than before: the log was shorter than its snapshot, so all of it was folded anew.
        let isAnew = index.foldedBytes < before.0 || index.state.events < before.1
        folded(
            index.foldedBytes - (isAnew ? 0 : before.0),
            index.state.events - (isAnew ? 0 : before.1))
    }
}

extension SessionListing {
    /// Of all segments, as far as the listing tells.
    var bytes: Int { segments.reduce(0) { $0 + ($1.status?.size ?? 0) } }
}
