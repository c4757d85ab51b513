import Dispatch
import Synchronization
package import TrackerLog

/// Keeps the index up to date while a server runs: folds on its own thread and publishes values.
///
/// File changes wake it. It also scans all sessions periodically, because watches can miss changes.
package final class LiveIndex: IndexReader, Sendable {
    private let storage: any Storage
    private let snapshots: SnapshotRule
    private let published = PublishedIndex()
    private let watcher: FolderWatcher
    private let queue = DispatchQueue(label: "tracker.index")
    private let control = Mutex(Control())
    private let appends = AppendMarks()
    private let firstPass = MonotonicSemaphore()
    private let ended = MonotonicSemaphore()

    private struct Control {
        var isRunning = false
        var isStopping = false
        /// The number of `refresh` calls so far; it numbers them.
        var requested = 0
        /// Requests that the index has not taken yet.
        var requests: [LiveIndexLoop.Request] = []
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        /// Sessions that somebody looks at.
        var wanted: Set<DataFolder.SessionKey> = []
        /// Sessions that this process has appended to.
        var appended: [DataFolder.SessionKey] = []
    }

    private final class LoadingLock: Sendable {
        private let mutex = Mutex(())

        func withLock<Result: Sendable>(_ body: () -> Result) -> Result {
            mutex.withLock { _ in body() }
        }
    }

    /// More than a machine has cores: two sessions rarely share one.
    private let loadingLocks = (0..<64).map { _ in LoadingLock() }

    /// - Parameters:
    ///   - root: the path of the data folder, to watch it.
    ///   - snapshots: which sessions get a snapshot.
    package init(storage: any Storage, root: String, snapshots: SnapshotRule = .standard) {
        self.storage = storage
        self.snapshots = snapshots
        watcher = FolderWatcher(root: root)
    }

    package func catalog() -> Catalog { published.catalog() }

    package func digest() -> String? { published.digest() }

    package func changes() -> AsyncStream<Int> { published.changes() }

    package func session(user: UserID, session: SessionID) -> PublishedSession? {
        let key = DataFolder.SessionKey(user: user, session: session)
        if var known = published.session(key) {
            known.unreadReports = appends.unfolded(key)
            // What is looked at is folded first.
            if known.unreadBytes > 0 { want(key) }
            return known
        }
        return loading(key).withLock {
            if let known = published.session(key) { return known }
            return load(key)
        }
    }

    /// Folds a session that is not in memory on the caller's thread, whether or not it is in the
    /// list already.
    private func load(_ key: DataFolder.SessionKey) -> PublishedSession? {
        do throws(StorageError) {
            let listing = try SessionListing(key.user, key.session, in: storage)
            let load = SessionLoad(
                key, listing, known: published.record(key), snapshots: snapshots, in: storage)
            load.foldAll(listing, with: FoldTools())
            let row = published.record(key)
            if row == nil || row?.entry.unreadBytes ?? 0 > 0 { want(key) }
            return published.cache(
                load.summary(), foldedBytes: load.index.foldedBytes,
                unreadBytes: load.index.unreadBytes, for: key)
        } catch {
            // There is no such session, or no longer.
            return nil
        }
    }

    /// Requests for one session that is not in memory wait for the first of them to load it.
    private func loading(_ key: DataFolder.SessionKey) -> LoadingLock {
        loadingLocks[Int(UInt(bitPattern: key.hashValue) % UInt(loadingLocks.count))]
    }

    /// Has the index fold the session in its next pass.
    private func want(_ key: DataFolder.SessionKey) {
        let isNew = control.withLock { control in
            control.isRunning && !control.isStopping && control.wanted.insert(key).inserted
        }
        if isNew { watcher.wake() }
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
            let loop = LiveIndexLoop(
                storage: storage, published: published, watcher: watcher, appends: appends,
                snapshots: snapshots)
            loop.begin()
            while !control.withLock({ $0.isStopping }) {
                let changes = loop.awaitChanges()
                let requests = takeRequests()
                let (started, before) = (ContinuousClock.now, appends.total)
                let served = loop.process(changes, requests: requests)
                firstPass.signal()
                resume(served)
                if appends.total != before { pause(after: .now - started) }
            }
            loop.end()
            appends.end()
            resume(control.withLock { Array($0.waiting.keys) })
            ended.signal()
        }
        _ = firstPass.wait(milliseconds: waitingAtMostMs)
    }

    private func takeRequests() -> [LiveIndexLoop.Request] {
        control.withLock { control in
            defer { (control.requests, control.wanted, control.appended) = ([], [], []) }
            return control.requests + control.wanted.map { .wanted($0) }
                + control.appended.map { .appended($0) }
        }
    }

    /// Leaves the processor to those who send, until somebody waits for the index.
    private func pause(after pass: Duration) {
        let pause = min(pass * LivePace.intakePauseFactor, LivePace.maxIntakePause)
        let deadline = ContinuousClock.now + pause
        while !isAwaited, ContinuousClock.now < deadline {
            let left = deadline - .now
            watcher.waitForWake(atMostMs: Int(left / .milliseconds(1)) + 1)
        }
        // It may have been for a session that was appended to.
        watcher.wake()
    }

    private var isAwaited: Bool {
        control.withLock { $0.isStopping || !$0.wanted.isEmpty || !$0.requests.isEmpty }
    }

    /// Returns after everything that is in the log now has been folded and published.
    package func refresh() async {
        await withCheckedContinuation { continuation in
            let isAccepted = control.withLock { control in
                guard control.isRunning, !control.isStopping else { return false }
                control.requested += 1
                control.requests.append(.everything(id: control.requested))
                control.waiting[control.requested] = continuation
                return true
            }
            if isAccepted { watcher.wake() } else { continuation.resume() }
        }
    }

    package func appended(to key: DataFolder.SessionKey) {
        guard appends.add(key) else { return }
        let isFollowed = control.withLock { control in
            guard control.isRunning, !control.isStopping else { return false }
            control.appended.append(key)
            return true
        }
        if isFollowed { watcher.wake() }
    }

    package func catchUp(_ scope: ReadScope) async {
        let keys = behind(in: scope)
        guard !keys.isEmpty, control.withLock({ $0.isRunning && !$0.isStopping }) else { return }
        for key in keys { want(key) }
        await appends.wait(for: keys, atMost: LivePace.maxReaderWait)
    }

    /// The sessions that a reader has to wait for.
    private func behind(in scope: ReadScope) -> [DataFolder.SessionKey] {
        switch scope {
        case .session(let key): appends.unfolded(key) > 0 ? [key] : []
        case .user(let user): appends.behind { $0.user == user }
        case .list:
            behindInList(appends.behind { _ in true })
        }
    }

    /// Of very many sessions, only those whose row is missing.
    private func behindInList(_ keys: [DataFolder.SessionKey]) -> [DataFolder.SessionKey] {
        keys.count <= LivePace.fewRows ? keys : keys.filter { published.record($0) == nil }
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

    private func resume(_ served: [Int]) {
        guard !served.isEmpty else { return }
        let done = control.withLock { control in
            served.compactMap { control.waiting.removeValue(forKey: $0) }
        }
        for continuation in done { continuation.resume() }
    }
}
