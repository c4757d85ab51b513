import Dispatch
import Synchronization
package import TrackerLog

/// The index kept up to date beside a running server: folds on its own thread, publishes values.
///
/// File changes wake it; it also looks at everything from time to time, because a watch is only a
/// hint.
package final class LiveIndex: IndexReader, Sendable {
    private let storage: any Storage
    private let published = PublishedIndex()
    private let watcher: FolderWatcher
    private let queue = DispatchQueue(label: "tracker.index")
    private let control = Mutex(Control())
    private let firstLook = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    private struct Control {
        var isRunning = false
        var isStopping = false
        /// Looks asked for, and looks that began after.
        var asked = 0
        var waiting: [(asked: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    /// - Parameter root: the data folder's path, for watching it.
    package init(storage: any Storage, root: String) {
        self.storage = storage
        watcher = FolderWatcher(root: root)
    }

    package func catalog() -> Catalog { published.catalog() }

    package func changes() -> AsyncStream<Int> { published.changes() }

    package func session(user: UserID, session: SessionID) -> PublishedSession? {
        let key = DataFolder.SessionKey(user: user, session: session)
        if let known = published.session(key) { return known }
        guard published.knows(key) else { return nil }
        // Not in memory: loaded here and now, on the caller's thread.
        do throws(StorageError) {
            let load = SessionLoad(key, in: storage)
            load.foldAll(try SessionListing(user, session, in: storage), with: FoldTools())
            return published.remember(load.summary(), for: key)
        } catch {
            // Its folder is gone, and soon its row.
            return nil
        }
    }

    /// Begins to read the log, and goes on until `stop`.
    /// - Parameter waitingAtMostMs: how long to wait for the first look at the log: what is there
    ///   is then published. A large log that was never indexed takes longer, and comes bit by bit.
    package func start(waitingAtMostMs: Int = 0) {
        let isFirst = control.withLock { control in
            defer { control.isRunning = true }
            return !control.isRunning
        }
        guard isFirst else { return }
        queue.async { [self] in
            let keeper = LiveIndexLoop(storage: storage, published: published, watcher: watcher)
            keeper.begin()
            while !control.withLock({ $0.isStopping }) {
                let changes = keeper.awaitChanges()
                // Whoever asks from here on may have written what this look does not see.
                let (asked, isAsked) = control.withLock { ($0.asked, !$0.waiting.isEmpty) }
                // Its wake-up may still be under way: whoever waits is owed a look at everything.
                keeper.look(at: isAsked ? changes.union([.everything]) : changes)
                firstLook.signal()
                answer(upTo: asked)
            }
            keeper.end()
            answer(upTo: .max)
            ended.signal()
        }
        _ = firstLook.wait(timeout: .now() + .milliseconds(waitingAtMostMs))
    }

    /// Folds what is in the log now, and returns when it is published.
    package func refresh() async {
        await withCheckedContinuation { continuation in
            let isServed = control.withLock { control in
                guard control.isRunning, !control.isStopping else { return false }
                control.asked += 1
                control.waiting.append((control.asked, continuation))
                return true
            }
            if isServed { watcher.wake() } else { continuation.resume() }
        }
    }

    /// Saves what is not saved, and ends. Blocks until it has.
    package func stop() {
        let wasRunning = control.withLock { control in
            defer { control.isStopping = true }
            return control.isRunning && !control.isStopping
        }
        guard wasRunning else { return }
        watcher.wake()
        ended.wait()
    }

    private func answer(upTo asked: Int) {
        let done = control.withLock { control in
            defer { control.waiting.removeAll { $0.asked <= asked } }
            return control.waiting.filter { $0.asked <= asked }
        }
        for waiting in done { waiting.continuation.resume() }
    }
}
