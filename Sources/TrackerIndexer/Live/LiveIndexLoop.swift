import TrackerLog

/// One pass after the other of the live index: what to fold next, and what to publish. Used by its
/// thread only.
final class LiveIndexLoop {
    typealias Key = DataFolder.SessionKey
    typealias Instant = ContinuousClock.Instant

    /// What somebody asks of the index.
    enum Request: Sendable {
        /// To fold the log as it is now. Somebody waits for this number.
        case everything(id: Int)
        /// To fold a session in the next pass: it is looked at.
        case wanted(Key)
        /// To fold a session when its turn comes: this process has appended to it.
        case appended(Key)
    }

    private let storage: any Storage
    private let published: PublishedIndex
    private let watcher: FolderWatcher
    private let saver: LiveSaver
    private let sessions: LiveSessions
    private let budgets: Budgets
    private let appends: AppendMarks

    private var queue = FoldQueue()
    /// Requests for the whole log, each with the number of the scan that must have ended.
    private var waitingForScan: [(id: Int, scan: Int)] = []

    private var scan: FolderScan?
    /// The number of scans that have begun.
    private var scanCount = 0
    private var foundStale: [FoldQueue.Stale] = []
    private var foundRefreshes: [Key] = []
    /// The folders that the scan has listed, for the watches.
    private var foundFolders: [FoldQueue.Stale] = []
    /// The last complete scan: everything in the log at this time was seen by it.
    private var scannedAt: Timestamp?
    /// Whether every folder is watched, so that no change waits for the next scan.
    private var isWatchingAll = false
    private var nextScan = ContinuousClock.now
    /// When to look for new and missing folders, if something says that there are any.
    private var nextListing: Instant?
    /// The pause after a listing.
    private var earliestListing = ContinuousClock.now
    /// Message of the last scan's storage error.
    private var scanProblem: String?

    private var rootGeneration: Int

    private var nextSaveCheck = ContinuousClock.now
    private var nextCatalogSave = ContinuousClock.now

    /// Times for which one pass works. Tests set them to zero: then it takes one session or batch
    /// of each kind.
    struct Budgets {
        var wanted = LivePace.wantedBudget
        var scan = LivePace.scanBudget
        var fold = LivePace.foldBudget
        var backlogBatch = LivePace.backlogBatch
        /// Whether there is a pause between publications of many rows.
        var pausesPublications = true

        static let least = Budgets(
            wanted: .zero, scan: .zero, fold: .zero, backlogBatch: 1, pausesPublications: false)
    }

    init(
        storage: any Storage, published: PublishedIndex, watcher: FolderWatcher,
        appends: AppendMarks = AppendMarks(), budgets: Budgets = Budgets(),
        snapshots: SnapshotRule = .standard
    ) {
        self.appends = appends
        self.budgets = budgets
        self.storage = storage
        self.published = published
        self.watcher = watcher
        rootGeneration = storage.rootGeneration
        saver = LiveSaver(storage: storage, published: published)
        sessions = LiveSessions(
            storage: storage, published: published, saver: saver, snapshots: snapshots)
    }

    /// Publishes the rows of the catalogue, so that the session list is available at once.
    func begin() {
        let records = saver.begin()
        if !records.isEmpty { published.publish(records) }
        watcher.watch(DataLayout.log)
    }

    /// Saves everything.
    func end() {
        sessions.saveAll()
        saver.saveCatalog()
        saver.end()
    }

    /// Waits for a change, at most until something is due.
    func awaitChanges() -> Set<FolderWatcher.Change> {
        let now = ContinuousClock.now
        var wakeAt = min(scan == nil ? nextScan : now, nextSaveCheck)
        if let nextListing { wakeAt = min(wakeAt, nextListing) }
        if let next = queue.nextInstant(now: now) { wakeAt = min(wakeAt, next) }
        if let next = sessions.publicationDue { wakeAt = min(wakeAt, next) }
        let milliseconds = wakeAt <= now ? 0 : Int((wakeAt - now) / .milliseconds(1)) + 1
        return watcher.wait(atMostMs: milliseconds)
    }

    /// One pass: folds what is asked for, what has changed and a part of the rest, and publishes
    /// it.
    /// - Returns: the requests that are served.
    @discardableResult
    func process(
        _ changes: Set<FolderWatcher.Change>, requests: [Request] = []
    ) -> [Int] {
        let now = Timestamp.now
        note(changes)
        accept(requests)
        foldWanted()
        if scan == nil, ContinuousClock.now >= nextScan { beginScan() }
        if let nextListing, ContinuousClock.now >= nextListing { listNew() }
        continueScan()
        foldRest()
        // With the last row of a backlog the list is whole: it must not say so before.
        let isWhole = sessions.backlog == .none
        sessions.publishRows(atOnce: isWhole || !budgets.pausesPublications)
        save()
        let served = servedRequests()
        published.setFreshness(freshness(at: now))
        return served
    }

    private func note(_ changes: Set<FolderWatcher.Change>) {
        for change in changes {
            switch change {
            case .woken: break
            case .everything: nextScan = .now
            case .folder(let folder):
                guard let key = Key(folder: folder) else {
                    listSoon()
                    continue
                }
                scheduleFold(key)
            }
        }
    }

    private func scheduleFold(_ key: Key) {
        queue.schedule(key, at: max(sessions.nextPublication(key) ?? .now, .now))
    }

    /// One that this process appends to is stale in each scan, and is published no more often.
    private func scheduleStale(_ key: Key) {
        let waits = waitingForScan.isEmpty && appends.mark(key) > 0
        if waits { scheduleFold(key) } else { queue.schedule(key, at: .now) }
    }

    private func accept(_ requests: [Request]) {
        for request in requests {
            switch request {
            case .everything(let id):
                waitingForScan.append((id, scanCount + 1))
                nextScan = .now
            case .wanted(let key): queue.want(key)
            case .appended(let key): scheduleFold(key)
            }
        }
    }

    private func freshness(at now: Timestamp) -> Freshness {
        let backlog = sessions.backlog
        var problem = scanProblem ?? sessions.problem
        if problem == nil, let scan, scannedAt == nil {
            problem =
                "the log is being compared with the index: "
                + "\(scan.comparedCount) of \(scan.sessionCount) sessions"
        }
        return Freshness(
            indexedAt: isWatchingAll && !queue.hasBacklog ? now : scannedAt ?? .epoch,
            backlog: backlog, problem: problem ?? backlog.message ?? saver.problem)
    }

    // MARK: Fold

    private func foldWanted() {
        let started = ContinuousClock.now
        while let key = queue.nextWanted() {
            if fold(key, keepsLoaded: true) == .partial { queue.want(key) }
            guard ContinuousClock.now - started < budgets.wanted else { break }
        }
    }

    /// Folds what has changed, then the backlog, at least one session of each.
    private func foldRest() {
        let started = ContinuousClock.now
        var isLate: Bool { ContinuousClock.now - started >= budgets.fold }
        let due = queue.takeDue(at: started)
        for (index, key) in due.enumerated() {
            // The rest comes in the next pass.
            if index > 0, isLate {
                queue.schedule(key, at: started)
            } else {
                foldInTurn(key, keepsLoaded: true)
            }
        }
        var isFirst = true
        while isFirst || !isLate {
            let keys = queue.nextOfBacklog(atMost: budgets.backlogBatch)
            isFirst = false
            guard !keys.isEmpty else { break }
            foldBacklog(keys)
        }
        while let key = queue.nextPartial() {
            foldInTurn(key, keepsLoaded: false)
            if isLate { break }
        }
        while !isLate, let key = queue.nextRefresh() {
            foldInTurn(key, keepsLoaded: false, needsRefresh: true)
        }
    }

    private func foldBacklog(_ keys: [Key]) {
        // What this process has appended to is folded as far as it was acknowledged: see `fold`.
        let idle = keys.filter { appends.mark($0) == 0 }
        let folded = Set(idle).subtracting(sessions.foldSmall(idle))
        for key in keys where !folded.contains(key) { foldInTurn(key, keepsLoaded: false) }
    }

    private func foldInTurn(_ key: Key, keepsLoaded: Bool, needsRefresh: Bool = false) {
        let outcome = fold(key, keepsLoaded: keepsLoaded, needsRefresh: needsRefresh)
        if outcome == .partial { queue.continueLater(key) }
    }

    private func fold(
        _ key: Key, keepsLoaded: Bool, needsRefresh: Bool = false
    ) -> LiveSessions.Outcome {
        let mark = appends.mark(key)
        // What this process appends to will change again soon.
        let outcome = sessions.fold(
            key, keepsLoaded: keepsLoaded || mark > 0, needsRefresh: needsRefresh)
        if outcome == .unlisted { listSoon() }
        // Of a session that is gone, nothing will be folded.
        if outcome != .partial, appends.folded(key, upTo: mark) { scheduleFold(key) }
        return outcome
    }

    private func save() {
        let now = ContinuousClock.now
        guard now >= nextSaveCheck else { return }
        nextSaveCheck = now + LivePace.saveCheckInterval
        sessions.saveDue()
        guard now >= nextCatalogSave || saver.problem != nil else { return }
        nextCatalogSave = now + LivePace.saveInterval
        saver.saveCatalog()
    }

    // MARK: Requests

    /// Takes the requests that are served.
    private func servedRequests() -> [Int] {
        let now = ContinuousClock.now
        guard !queue.hasBacklog, !queue.isDue(at: now) else { return [] }
        let ended = scan == nil ? scanCount : scanCount - 1
        let served = waitingForScan.filter { $0.scan <= ended }.map(\.id)
        waitingForScan.removeAll { $0.scan <= ended }
        return served
    }

    // MARK: Scan

    private func listSoon() { nextListing = max(earliestListing, .now) }

    /// Lists all sessions, and forgets those that are gone.
    private func list() -> [Key]? {
        let started = ContinuousClock.now
        nextListing = nil
        followRoot()
        defer {
            earliestListing = .now + (ContinuousClock.now - started) * LivePace.pauseFactor
        }
        watcher.watch(DataLayout.log)
        let listing: DataFolder.Listing
        do throws(StorageError) {
            listing = try DataFolder.sessions(in: storage)
        } catch {
            scanProblem = "\(error)"
            return nil
        }
        scanProblem = nil
        for user in Set(listing.sessions.map(\.user)) {
            watcher.watch(DataLayout.log.appending(user.directoryName))
        }
        let gone = published.keys.subtracting(listing.sessions)
        sessions.forget(gone)
        queue.forget(gone)
        return listing.sessions
    }

    /// The watches are of the former folder's files.
    private func followRoot() {
        storage.followRoot()
        guard rootGeneration != storage.rootGeneration else { return }
        rootGeneration = storage.rootGeneration
        for folder in watcher.watchedFolders { watcher.unwatch(folder) }
    }

    /// Folds sessions that are new, before the next scan.
    private func listNew() {
        guard let keys = list() else { return }
        let known = published.keys
        for key in keys where !known.contains(key) {
            watcher.watch(DataLayout.sessionFolder(key.user, key.session))
            queue.schedule(key, at: .now)
        }
    }

    private func beginScan() {
        let startedAt = Timestamp.now
        // One that fails is counted too: nobody waits until the disk is well again.
        scanCount += 1
        guard let keys = list() else {
            nextScan = .now + LivePace.scanInterval
            return
        }
        (foundStale, foundRefreshes, foundFolders) = ([], [], [])
        scan = FolderScan(keys, startedAt: startedAt)
    }

    private func continueScan() {
        guard var current = scan.take() else { return }
        current.advance(until: .now + budgets.scan, in: storage) { key, listing in
            compare(key, listing)
        }
        guard current.isComplete else {
            scan = current
            return
        }
        scannedAt = current.startedAt
        nextScan = .now + max(LivePace.scanInterval, current.took * LivePace.pauseFactor)
        let unwatched = watchLatest()
        let isFew = foundStale.count <= LivePace.maxLoadedSessions
        if isFew { for stale in foundStale { scheduleStale(stale.key) } }
        queue.setBacklog(
            isFew ? [] : foundStale, refreshes: foundRefreshes, unwatched: unwatched)
    }

    private func compare(_ key: Key, _ listing: SessionListing) {
        let found = FoldQueue.Stale(key: key, modifiedNs: listing.modifiedNs)
        foundFolders.append(found)
        switch sessions.compare(key, listing) {
        case .upToDate: break
        case .stale:
            foundStale.append(found)
            // One that changes now is folded in a moment: it needs no mark.
            if !queue.isScheduled(key) { sessions.markUnread(key, listing) }
        case .needsRefresh: foundRefreshes.append(key)
        }
    }

    /// Watches the sessions that were modified last: the others rarely change.
    /// - Returns: those that were not watched before. They may have changed since the scan.
    private func watchLatest() -> [Key] {
        let latest = foundFolders.sorted { $0.modifiedNs > $1.modifiedNs }
            .prefix(LivePace.maxWatchedSessions)
            .map { (key: $0.key, folder: DataLayout.sessionFolder($0.key.user, $0.key.session)) }
        let wanted = Set(latest.map(\.folder))
        for folder in watcher.watchedFolders
        where Key(folder: folder) != nil && !wanted.contains(folder) {
            watcher.unwatch(folder)
        }
        let new = latest.filter { !watcher.isWatched($0.folder) }
        let isComplete = new.reduce(true) { watcher.watch($1.folder) && $0 }
        isWatchingAll = isComplete && latest.count == foundFolders.count
        foundFolders = []
        return isComplete ? new.map(\.key) : []
    }
}

extension DataFolder.SessionKey {
    /// - Parameter folder: `nil` results if it is not a session's folder.
    init?(folder: StoragePath) {
        guard folder.components.count == 3,
            let user = UserID(directoryName: folder.components[1]),
            let session = SessionID(directoryName: folder.components[2])
        else { return nil }
        self.init(user: user, session: session)
    }
}

extension Backlog {
    /// For display; `nil` if there is none.
    fileprivate var message: String? {
        guard sessions > 0 else { return nil }
        let rest = bytes >> 20 > 0 ? ", \(bytes >> 20) MiB" : ""
        let noun = sessions == 1 ? "session" : "sessions"
        return "the log is still being read: \(sessions) \(noun) left\(rest)"
    }
}
