import TrackerLog

/// The folding half of the live index. Everything here happens on its one thread.
final class LiveIndexLoop {
    private let storage: any Storage
    private let published: PublishedIndex
    private let watcher: FolderWatcher
    private let tools = FoldTools()
    private var lock: (any StorageFile)?

    /// Sessions that are being written to, ready to fold further; least recently changed first.
    private var open: [(key: DataFolder.SessionKey, index: SessionIndex)] = []
    private var unsaved: Set<DataFolder.SessionKey> = []
    /// Sessions to look at again, and when: a busy one is published a few times a second, not for
    /// each frame.
    private var due: [DataFolder.SessionKey: ContinuousClock.Instant] = [:]
    private var lastPublished: [DataFolder.SessionKey: ContinuousClock.Instant] = [:]
    private var nextScan = ContinuousClock.now
    private var nextSave = ContinuousClock.now
    /// Sessions of which only a part is folded, and how many bytes are left.
    private var unread: [DataFolder.SessionKey: Int] = [:]
    /// Sessions to publish again although their files have not changed: time has passed.
    private var aged: Set<DataFolder.SessionKey> = []
    /// What was folded of sessions with an end that somebody may still finish: see `isSettled`.
    private var unfinished: [DataFolder.SessionKey: UInt64] = [:]
    /// When each was last written to, as far as is known: who was written to last is folded first.
    private var written: [DataFolder.SessionKey: Int64] = [:]
    private var problems: [DataFolder.SessionKey: String] = [:]
    /// What the last look at the whole log, and the last saving, could not do.
    private var scanProblem: String?
    private var savingProblem: String?
    private var catalog = CatalogFile()
    /// Sessions whose rows are not saved, those that are gone among them.
    private var unsavedRows: Set<DataFolder.SessionKey> = []

    init(storage: any Storage, published: PublishedIndex, watcher: FolderWatcher) {
        self.storage = storage
        self.published = published
        self.watcher = watcher
    }

    /// Publishes what the catalogue says, so that pages are there at once.
    func begin() {
        lock = IndexLock.take(storage)
        let records = catalog.load(from: storage)
        if !records.isEmpty { published.publish(records) }
        watcher.watch(DataLayout.log)
    }

    /// Saves everything.
    func end() {
        save()
        lock = nil
    }

    /// Waits for a change, at most until something is due.
    func awaitChanges() -> Set<FolderWatcher.Change> {
        let now = ContinuousClock.now
        let wakeAt = due.values.reduce(min(nextScan, nextSave)) { min($0, $1) }
        let milliseconds = wakeAt <= now ? 0 : Int((wakeAt - now) / .milliseconds(1)) + 1
        return watcher.wait(atMostMs: milliseconds)
    }

    /// Folds what has changed, and whatever is due.
    func look(at changes: Set<FolderWatcher.Change>) {
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
        let problem =
            scanProblem ?? problems.min { $0.key < $1.key }?.value ?? backlog ?? savingProblem
        published.setFreshness(Freshness(indexedAtMs: WallClock.nowMs(), problem: problem))
    }

    /// What is in the log and not in the index yet, when it takes a while.
    private var backlog: String? {
        let waiting = due.keys.filter { published.record($0) == nil || unread[$0] != nil }
        guard !waiting.isEmpty else { return nil }
        let megabytes = unread.values.reduce(0, +) >> 20
        let rest = megabytes > 0 ? ", \(megabytes) MiB of those begun" : ""
        return "the log is still being read: \(waiting.count) sessions to go\(rest)"
    }

    private static func sessionKey(of folder: StoragePath) -> DataFolder.SessionKey? {
        guard folder.components.count == 3,
            let user = UserID(directoryName: folder.components[1]),
            let session = SessionID(directoryName: folder.components[2])
        else { return nil }
        return DataFolder.SessionKey(user: user, session: session)
    }

    private func markDue(_ key: DataFolder.SessionKey) {
        let earliest = lastPublished[key].map { $0 + LivePace.publishInterval } ?? .now
        due[key] = min(due[key] ?? earliest, max(earliest, .now))
        written[key] = .max
    }

    /// Looks at the sizes of all files. Takes at most a twentieth of the time.
    private func scan() {
        let started = ContinuousClock.now
        defer {
            let took = ContinuousClock.now - started
            nextScan = ContinuousClock.now + max(LivePace.scanInterval, took * LivePace.scanShare)
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
        let gone = published.keys.subtracting(listing.sessions)
        if !gone.isEmpty { forget(gone) }
        for key in listing.sessions {
            watcher.watch(DataLayout.log.appending(key.user.directoryName))
            watcher.watch(DataLayout.sessionFolder(key.user, key.session))
        }
        for part in DataFolder.stretches(of: listing.sessions) {
            let keys = Array(listing.sessions[part])
            // try? is right here: a folder that went away meanwhile is missed by the next scan.
            try? DataFolder.listEach(keys, in: storage) { index, result in
                if case .success(let entries) = result {
                    compare(keys[index], SessionListing(entries))
                }
            }
        }
    }

    private func compare(_ key: DataFolder.SessionKey, _ current: SessionListing) {
        if foldedStamp(key) != current.stamp {
            due[key] = .now
            written[key] = max(current.modifiedNs, written[key] ?? 0)
        } else if unfinished[key] != nil || published.record(key)?.entry.isRunning ?? false,
            isOld(key)
        {
            due[key] = .now
            aged.insert(key)
        }
    }

    private func foldedStamp(_ key: DataFolder.SessionKey) -> UInt64? {
        unfinished[key] ?? published.record(key)?.stamp
    }

    private func isOld(_ key: DataFolder.SessionKey) -> Bool {
        lastPublished[key].map { ContinuousClock.now - $0 > LivePace.agedAfter } ?? true
    }

    private func forget(_ keys: Set<DataFolder.SessionKey>) {
        published.remove(Array(keys))
        open.removeAll { keys.contains($0.key) }
        for key in keys {
            unsaved.remove(key)
            due[key] = nil
            lastPublished[key] = nil
            problems[key] = nil
            unread[key] = nil
            written[key] = nil
            aged.remove(key)
            unfinished[key] = nil
            if lock != nil { storage.removeIfThere(DataLayout.snapshot(key.user, key.session)) }
            unsavedRows.insert(key)
        }
    }

    private func foldDue() {
        let started = ContinuousClock.now
        let ready = due.filter { $0.value <= started }.keys.sorted { a, b in
            guard (unread[a] == nil) == (unread[b] == nil) else { return unread[a] == nil }
            return (written[a] ?? 0) > (written[b] ?? 0)
        }
        // What was just written is folded first; of a backlog a little at each look.
        for key in ready {
            guard ContinuousClock.now - started < LivePace.foldTime || key == ready.last else {
                continue
            }
            due[key] = nil
            written[key] = nil
            fold(key)
        }
    }

    private func fold(_ key: DataFolder.SessionKey) {
        // try? is right here: the scan that follows tells what became of the folder.
        guard let listing = try? SessionListing(key.user, key.session, in: storage) else {
            nextScan = .now
            return
        }
        let stamp = listing.stamp
        guard aged.remove(key) != nil || foldedStamp(key) != stamp else { return }
        let index = openIndex(key)
        let hasChanged = index.update(
            listing, in: storage, with: tools, atMostBytes: LivePace.stepBytes)
        problems[key] = index.problem.map { "\($0)" }
        unread[key] = index.unreadBytes > 0 ? index.unreadBytes : nil
        unsaved.insert(key)
        if index.unreadBytes > 0 {
            due[key] = .now
            guard isPublishedLongAgo(key) else { return }
        }
        let summary = index.summary(nowMs: WallClock.nowMs(), in: storage)
        let isSettled = index.isSettled(summary)
        var record = CatalogRecord(
            entry: CatalogEntry(summary), stamp: isSettled ? stamp : 0, digest: 0,
            segments: index.segments, frames: index.frames)
        record.digest = published.record(key)?.digest ?? 0
        unfinished[key] = index.isWhole && !isSettled ? stamp : nil
        if hasChanged || published.record(key)?.entry != record.entry { record.digest = 0 }
        published.publish(record, summary, hasChanged: hasChanged)
        lastPublished[key] = .now
        unsavedRows.insert(key)
    }

    private func isPublishedLongAgo(_ key: DataFolder.SessionKey) -> Bool {
        lastPublished[key].map { ContinuousClock.now - $0 > LivePace.scanInterval } ?? true
    }

    private func openIndex(_ key: DataFolder.SessionKey) -> SessionIndex {
        if let at = open.firstIndex(where: { $0.key == key }) {
            let entry = open.remove(at: at)
            open.append(entry)
            return entry.index
        }
        let index =
            Snapshot.load(user: key.user, session: key.session, from: storage)
            ?? SessionIndex(user: key.user, session: key.session)
        open.append((key, index))
        if open.count > LivePace.maxOpenSessions {
            let oldest = open.removeFirst()
            if unsaved.contains(oldest.key) { saveSession(oldest.key, oldest.index) }
        }
        return index
    }

    private func save() {
        nextSave = ContinuousClock.now + LivePace.saveInterval
        savingProblem = nil
        for (key, index) in open where unsaved.contains(key) { saveSession(key, index) }
        guard lock != nil, !unsavedRows.isEmpty else { return }
        let changes = unsavedRows.map { key in
            published.record(key).map(CatalogChange.row) ?? .gone(key)
        }
        do throws(StorageError) {
            try catalog.save(changes, all: { published.records }, in: storage)
            unsavedRows = []
        } catch {
            reportSaving(error)
        }
    }

    private func saveSession(_ key: DataFolder.SessionKey, _ index: SessionIndex) {
        guard lock != nil else { return }
        let encoded = index.state.encoded()
        do throws(StorageError) {
            try Snapshot.save(index, state: encoded.text, in: storage)
            unsaved.remove(key)
        } catch {
            // The log is the truth: without the snapshot the next start folds again.
            reportSaving(error)
        }
        guard var record = published.record(key) else { return }
        record.digest = encoded.contentHash
        published.publish([record])
        unsavedRows.insert(key)
    }

    private func reportSaving(_ error: StorageError) {
        savingProblem = "the index is not saved: \(error)"
    }
}
