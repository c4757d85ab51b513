import Dispatch
import Synchronization
package import TrackerLog

/// Keeps the index up to date while a server runs: folds on its own thread and publishes values.
///
/// File changes wake it. It also scans all sessions periodically, because watches can miss changes.
package final class LiveIndex: IndexReader, Sendable {
    private let storage: any Storage
    private let published = PublishedIndex()
    private let watcher: FolderWatcher
    private let queue = DispatchQueue(label: "tracker.index")
    private let control = Mutex(Control())
    private let firstPass = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    private struct Control {
        var isRunning = false
        var isStopping = false
        /// The number of `refresh` calls so far; it numbers the waiting ones.
        var requested = 0
        var waiting: [(request: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    /// - Parameter root: the path of the data folder, to watch it.
    package init(storage: any Storage, root: String) {
        self.storage = storage
        watcher = FolderWatcher(root: root)
    }

    package func catalog() -> Catalog { published.catalog() }

    package func changes() -> AsyncStream<Int> { published.changes() }

    package func session(user: UserID, session: SessionID) -> PublishedSession? {
        let key = DataFolder.SessionKey(user: user, session: session)
        if let known = published.session(key) { return known }
        guard published.contains(key) else { return nil }
        // Not in memory: loaded on the caller's thread.
        do throws(StorageError) {
            let load = SessionLoad(key, in: storage)
            load.foldAll(try SessionListing(user, session, in: storage), with: FoldTools())
            return published.cache(load.summary(), for: key)
        } catch {
            // Its folder is gone; the next scan removes its row.
            return nil
        }
    }

    /// Starts following the log, until `stop`.
    /// - Parameter waitingAtMostMs: how long to wait for the first pass. After it the current log
    ///   is published, unless there is a large backlog, which is published step by step.
    package func start(waitingAtMostMs: Int = 0) {
        let isFirst = control.withLock { control in
            defer { control.isRunning = true }
            return !control.isRunning
        }
        guard isFirst else { return }
        queue.async { [self] in
            let loop = LiveIndexLoop(storage: storage, published: published, watcher: watcher)
            loop.begin()
            while !control.withLock({ $0.isStopping }) {
                let changes = loop.awaitChanges()
                // Later requests may concern events that this pass does not see.
                let (request, isRequested) = control.withLock {
                    ($0.requested, !$0.waiting.isEmpty)
                }
                // Their wake-up may not have arrived yet: requests always get a full scan.
                loop.process(isRequested ? changes.union([.everything]) : changes)
                firstPass.signal()
                resumeWaiting(upTo: request)
            }
            loop.end()
            resumeWaiting(upTo: .max)
            ended.signal()
        }
        _ = firstPass.wait(timeout: .now() + .milliseconds(waitingAtMostMs))
    }

    /// Returns after everything that is in the log now has been folded and published.
    package func refresh() async {
        await withCheckedContinuation { continuation in
            let isServed = control.withLock { control in
                guard control.isRunning, !control.isStopping else { return false }
                control.requested += 1
                control.waiting.append((control.requested, continuation))
                return true
            }
            if isServed { watcher.wake() } else { continuation.resume() }
        }
    }

    /// Saves what is not saved yet and ends. Blocks until both are done.
    package func stop() {
        let wasRunning = control.withLock { control in
            defer { control.isStopping = true }
            return control.isRunning && !control.isStopping
        }
        guard wasRunning else { return }
        watcher.wake()
        ended.wait()
    }

    private func resumeWaiting(upTo request: Int) {
        let done = control.withLock { control in
            defer { control.waiting.removeAll { $0.request <= request } }
            return control.waiting.filter { $0.request <= request }
        }
        for waiting in done { waiting.continuation.resume() }
    }
}
