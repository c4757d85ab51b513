import TrackerLog

/// The folding part of the live index. Used by its thread only.
final class LiveIndexLoop {
    private let storage: any Storage
    private let published: PublishedIndex
    private let watcher: FolderWatcher
    private let tools = FoldTools(stepBytes: LivePace.stepBytes)
    private var lock: (any StorageFile)?

    private var followed: [DataFolder.SessionKey: FollowedSession] = [:]
    /// Keys of the followed sessions that are loaded, least recently used first.
    private var loaded: [DataFolder.SessionKey] = []
    private var nextScan = ContinuousClock.now
    private var nextSave = ContinuousClock.now
    /// Message of the last scan's storage error.
    private var scanProblem: String?
    /// Message of the last save's storage error.
    private var savingProblem: String?
    private var catalog = CatalogFile()
    /// Sessions that are gone but still have a row in the catalogue's file.
    private var gone: Set<DataFolder.SessionKey> = []

    init(storage: any Storage, published: PublishedIndex, watcher: FolderWatcher) {
        self.storage = storage
        self.published = published
        self.watcher = watcher
    }

    /// Publishes the rows of the catalogue, so that the session list is available at once.
    func begin() {
        lock = IndexLock.acquire(storage)
        let records = catalog.load(from: storage)
        if !records.isEmpty { published.publish(records) }
        watcher.watch(DataLayout.log)
    }

    /// Saves everything.
    func end() {
        save()
        lock = nil
    }

    /// Waits for a change, at most until a session, a scan or a save is due.
    func awaitChanges() -> Set<FolderWatcher.Change> {
        let now = ContinuousClock.now
        let wakeAt = followed.values.reduce(min(nextScan, nextSave)) { min($0, $1.due ?? $0) }
        let milliseconds = wakeAt <= now ? 0 : Int((wakeAt - now) / .milliseconds(1)) + 1
        return watcher.wait(atMostMs: milliseconds)
    }

    /// One pass: folds what has changed and what is due, and publishes it.
    func process(_ changes: Set<FolderWatcher.Change>) {
        var needsScan = false
        for change in changes {
            switch change {
            case .everything, .woken: needsScan = true
            case .folder(let folder):
                if let key = Self.sessionKey(of: folder) {
                    markDue(key)
                } else {
                    needsScan = true
                }
            }
        }
        if needsScan || ContinuousClock.now >= nextScan { scan() }
        foldDue()
        if ContinuousClock.now >= nextSave { save() }
        let problem = scanProblem ?? sessionProblem ?? backlog ?? savingProblem
        published.setFreshness(Freshness(indexedAt: .now, problem: problem))
    }

    private var sessionProblem: String? {
        followed.filter { $0.value.problem != nil }.min { $0.key < $1.key }?.value.problem
    }

    /// Message about the part of the log that is not folded yet; `nil` if there is none.
    private var backlog: String? {
        var sessions = 0
        var bytes = 0
        for (key, session) in followed {
            bytes += session.unreadBytes
            guard session.due != nil else { continue }
            if session.unreadBytes > 0 || published.record(key) == nil { sessions += 1 }
        }
        guard sessions > 0 else { return nil }
        let rest = bytes >> 20 > 0 ? ", \(bytes >> 20) MiB left in those that have started" : ""
        return "the log is still being read: \(sessions) sessions left\(rest)"
    }

    private static func sessionKey(of folder: StoragePath) -> DataFolder.SessionKey? {
        guard folder.components.count == 3,
            let user = UserID(directoryName: folder.components[1]),
            let session = SessionID(directoryName: folder.components[2])
        else { return nil }
        return DataFolder.SessionKey(user: user, session: session)
    }

    private func markDue(_ key: DataFolder.SessionKey) {
        var session = followed[key] ?? FollowedSession()
        let earliest = session.lastPublished.map { $0 + LivePace.publishInterval } ?? .now
        session.schedule(
            at: max(earliest, .now), modifiedNs: Int64(Timestamp.now.milliseconds) * 1_000_000)
        followed[key] = session
    }

    /// Compares the files of all sessions with their rows. Takes at most a twentieth of the time.
    private func scan() {
        let started = ContinuousClock.now
        defer {
            let took = ContinuousClock.now - started
            let pause = max(LivePace.scanInterval, took * LivePace.scanPauseFactor)
            nextScan = ContinuousClock.now + pause
        }
        let listing: DataFolder.Listing
        do throws(StorageError) {
            listing = try DataFolder.sessions(in: storage)
        } catch {
            scanProblem = "\(error)"
            return
        }
        scanProblem = nil
        watcher.watch(DataLayout.log)
        forget(published.keys.subtracting(listing.sessions))
        followed = followed.filter { !$0.value.isIdle }
        for key in listing.sessions {
            watcher.watch(DataLayout.log.appending(key.user.directoryName))
            watcher.watch(DataLayout.sessionFolder(key.user, key.session))
        }
        for part in DataFolder.batches(of: listing.sessions) {
            let keys = Array(listing.sessions[part])
            // try? is right here: the next scan finds that the folder is gone.
            try? DataFolder.listEach(keys, in: storage) { index, result in
                if case .success(let entries) = result {
                    compare(keys[index], SessionListing(entries))
                }
            }
        }
    }

    private func compare(_ key: DataFolder.SessionKey, _ current: SessionListing) {
        var session = followed[key] ?? FollowedSession()
        let row = published.record(key)
        if (session.unsettledStamp ?? row?.stamp) != current.stamp {
            session.schedule(at: .now, modifiedNs: current.modifiedNs)
        } else if session.unsettledStamp != nil || row?.entry.isRunning ?? false,
            session.isUnpublished(for: LivePace.refreshInterval)
        {
            session.due = .now
            session.needsRefresh = true
        } else {
            return
        }
        followed[key] = session
    }

    private func forget(_ keys: Set<DataFolder.SessionKey>) {
        guard !keys.isEmpty else { return }
        published.remove(Array(keys))
        loaded.removeAll(where: keys.contains)
        for key in keys {
            followed[key] = nil
            if lock != nil { storage.removeIfThere(DataLayout.snapshot(key.user, key.session)) }
        }
        gone.formUnion(keys)
    }

    private func foldDue() {
        let started = ContinuousClock.now
        let ready = followed.filter { $0.value.due.map { $0 <= started } ?? false }
            .sorted { a, b in
                let (a, b) = (a.value, b.value)
                guard (a.unreadBytes > 0) == (b.unreadBytes > 0) else { return a.unreadBytes == 0 }
                return (a.modifiedNs ?? 0) > (b.modifiedNs ?? 0)
            }
            .map(\.key)
        // New events come first; a backlog is folded step by step, one or more per pass.
        for key in ready {
            guard ContinuousClock.now - started < LivePace.foldBudget || key == ready.last else {
                continue
            }
            // Taken out of the dictionary, so that it is changed without a copy.
            guard var session = followed.removeValue(forKey: key) else { continue }
            session.due = nil
            session.modifiedNs = nil
            fold(key, &session)
            followed[key] = session
            closeLeastUsed()
        }
    }

    private func fold(_ key: DataFolder.SessionKey, _ session: inout FollowedSession) {
        // try? is right here: the scan that follows handles a folder that is gone.
        guard let listing = try? SessionListing(key.user, key.session, in: storage) else {
            nextScan = .now
            return
        }
        let known = published.record(key)
        let needsRefresh = session.needsRefresh
        session.needsRefresh = false
        let foldedStamp = session.unsettledStamp ?? known?.stamp
        guard needsRefresh || foldedStamp != listing.stamp else { return }
        let load = open(key, &session)
        let hasChanged = load.step(listing, with: tools)
        session.problem = load.index.problem.map { "\($0)" }
        session.unreadBytes = load.index.unreadBytes
        session.isSnapshotStale = true
        if session.unreadBytes > 0 {
            session.due = .now
            guard session.isUnpublished(for: LivePace.scanInterval) else { return }
        }
        let summary = load.summary()
        var record = load.record(of: summary, listing, digest: known?.digest)
        let isUnsettled = load.index.isWhole && !load.index.isSettled(summary)
        session.unsettledStamp = isUnsettled ? listing.stamp : nil
        if hasChanged || known?.entry != record.entry { record.digest = nil }
        published.publish(record, summary, hasChanged: hasChanged)
        session.lastPublished = .now
        session.isRowStale = true
    }

    private func open(
        _ key: DataFolder.SessionKey, _ session: inout FollowedSession
    ) -> SessionLoad {
        loaded.removeAll { $0 == key }
        loaded.append(key)
        let load = session.load ?? SessionLoad(key, in: storage)
        session.load = load
        return load
    }

    private func closeLeastUsed() {
        guard loaded.count > LivePace.maxLoadedSessions else { return }
        let key = loaded.removeFirst()
        saveSession(key)
        followed[key]?.load = nil
    }

    private func save() {
        nextSave = ContinuousClock.now + LivePace.saveInterval
        savingProblem = nil
        for key in loaded { saveSession(key) }
        guard lock != nil else { return }
        let rows = followed.filter(\.value.isRowStale).keys
        let changes =
            rows.compactMap { published.record($0).map(CatalogChange.row) }
            + gone.filter { published.record($0) == nil }.map(CatalogChange.gone)
        guard !changes.isEmpty else { return }
        do throws(StorageError) {
            try catalog.save(changes, all: { published.records }, in: storage)
            for key in rows { followed[key]?.isRowStale = false }
            gone = []
        } catch {
            reportSaving(error)
        }
    }

    private func saveSession(_ key: DataFolder.SessionKey) {
        guard lock != nil, let session = followed[key], session.isSnapshotStale,
            let saved = session.load?.save()
        else { return }
        if let problem = saved.problem {
            reportSaving(problem)
        } else {
            followed[key]?.isSnapshotStale = false
        }
        guard var record = published.record(key) else { return }
        record.digest = saved.digest
        published.publish([record])
        followed[key]?.isRowStale = true
    }

    private func reportSaving(_ error: StorageError) {
        savingProblem = "the index is not saved: \(error)"
    }
}
