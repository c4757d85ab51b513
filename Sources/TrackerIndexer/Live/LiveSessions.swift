import TrackerLog

/// The sessions that the live index follows: folds them, publishes the results and saves them.
/// Used by its thread only.
final class LiveSessions {
    typealias Key = DataFolder.SessionKey
    typealias Instant = ContinuousClock.Instant

    /// How far a fold came.
    enum Outcome {
        /// All files are read to their end.
        case complete
        /// The step ended before the files did.
        case partial
        /// The folder cannot be listed: usually the session is gone.
        case unlisted
    }

    private let storage: any Storage
    private let published: PublishedIndex
    private let saver: LiveSaver
    private let snapshots: SnapshotRule
    private let tools = FoldTools(stepBytes: LivePace.stepBytes)
    private let smallFolds: SmallFolds
    private var followed: [Key: FollowedSession] = [:]
    /// Keys of the followed sessions that are loaded, least recently used first.
    private var loaded: [Key] = []
    /// Rows that are not published yet.
    private var rows: [Key: CatalogRecord] = [:]
    private var nextPublication = ContinuousClock.now
    /// Bytes of each session that are known to be in its files and are not folded.
    private var unread: [Key: Int] = [:]
    private var unreadTotal = 0

    init(
        storage: any Storage, published: PublishedIndex, saver: LiveSaver, snapshots: SnapshotRule
    ) {
        self.storage = storage
        self.snapshots = snapshots
        self.published = published
        self.saver = saver
        smallFolds = SmallFolds(
            storage: storage, snapshots: snapshots, threads: LivePace.backlogThreads)
    }

    /// The part of the log that is known not to be folded.
    var backlog: Backlog { Backlog(sessions: unread.count, bytes: unreadTotal) }

    /// Message of a storage error of any session, the first by key.
    var problem: String? {
        followed.filter { $0.value.problem != nil }.min { $0.key < $1.key }?.value.problem
    }

    /// When it may be published again; `nil` for at once.
    func nextPublication(_ key: Key) -> Instant? { followed[key]?.nextPublication }

    /// The result of comparing a session's folder with its row.
    enum Comparison {
        case upToDate
        case stale
        /// The files are the same, but the numbers depend on the time.
        case needsRefresh
    }

    func compare(_ key: Key, _ listing: SessionListing) -> Comparison {
        let session = followed[key]
        let row = row(key)
        guard (session?.unsettledStamp ?? row?.stamp) == listing.stamp else { return .stale }
        guard session?.unsettledStamp != nil || row?.entry.isRunning ?? false,
            session?.isUnpublished(for: LivePace.refreshInterval) ?? true
        else { return .upToDate }
        return .needsRefresh
    }

    /// Marks a session whose files differ from its row, wherever it is shown.
    func markUnread(_ key: Key, _ listing: SessionListing) {
        var record = row(key) ?? CatalogRecord(unread: key)
        let more = listing.bytes - record.entry.foldedBytes
        // A file that was replaced or touched has to be read again as a whole.
        record.entry.unreadBytes = max(1, more > 0 ? more : listing.bytes)
        setUnread(key, record.entry.unreadBytes)
        rows[key] = record
    }

    /// Folds one step of a session.
    /// - Parameters:
    ///   - keepsLoaded: the session is likely to change again soon. Otherwise it is saved and
    ///     closed once it is complete.
    ///   - needsRefresh: makes the summary again although the files have not changed.
    func fold(_ key: Key, keepsLoaded: Bool, needsRefresh: Bool = false) -> Outcome {
        // try? is right here: the listing of all sessions that follows handles a missing folder.
        guard let listing = try? SessionListing(key.user, key.session, in: storage) else {
            return .unlisted
        }
        // Taken out of the dictionary, so that it is changed without a copy.
        var session = followed.removeValue(forKey: key) ?? FollowedSession()
        defer { followed[key] = session.isIdle ? nil : session }
        let known = row(key)
        guard
            needsRefresh || known?.entry.unreadBytes ?? 0 > 0
                || (session.unsettledStamp ?? known?.stamp) != listing.stamp
        else { return .complete }
        let started = ContinuousClock.now
        defer { session.lastCost = .now - started }
        let load =
            session.load
            ?? SessionLoad(key, listing, known: known, snapshots: snapshots, in: storage)
        let before = load.index.foldedBytes
        let hasChanged = load.step(listing, with: tools)
        session.problem = load.index.problem.map { "\($0)" }
        session.isSnapshotStale = session.isSnapshotStale || hasChanged || !needsRefresh
        let unreadBytes = load.index.unreadBytes
        // An unreadable file must not be tried for ever.
        let isPartial = unreadBytes > 0 && load.index.foldedBytes != before
        setUnread(key, unreadBytes)
        let isLast = !isPartial && !keepsLoaded
        let digest = isLast ? close(key, &session, load) : nil
        if !isLast { keep(key, &session, load) }
        if !isPartial || session.isUnpublished(for: LivePace.scanInterval) {
            publish(key, &session, load, listing, hasChanged: hasChanged, digest: digest)
        }
        return isPartial ? .partial : .complete
    }

    /// Folds the small ones of these sessions at once. Nobody looks at them or appends to them.
    /// - Returns: the others.
    func foldSmall(_ keys: [Key]) -> [Key] {
        // Who looks at a session needs its summary, and one that is loaded goes on from there.
        let sessions = keys.filter { followed[$0] == nil && !published.isCached($0) }
            .map { IndexedSession(key: $0, known: row($0)) }
        var folded: Set<Key> = []
        for new in smallFolds.rows(of: sessions) {
            folded.insert(new.key)
            guard new != row(new.key) else { continue }
            setUnread(new.key, 0)
            saver.rowChanged(new.key)
            rows[new.key] = new
        }
        return keys.filter { !folded.contains($0) }
    }

    /// - Parameter digest: of the state if it is saved and closed.
    private func publish(
        _ key: Key, _ session: inout FollowedSession, _ load: SessionLoad,
        _ listing: SessionListing, hasChanged: Bool, digest: UInt64?
    ) {
        let known = row(key)
        // Nobody looks at it, so only its row is needed.
        let isRowOnly = digest != nil && !published.isCached(key)
        let summary = load.summary(withSeries: !isRowOnly)
        var record = load.record(of: summary, listing, digest: digest ?? known?.digest)
        let isUnsettled = load.index.isWhole && !load.index.isSettled(summary)
        session.unsettledStamp = isUnsettled ? listing.stamp : nil
        if digest == nil, hasChanged || known?.entry != record.entry { record.digest = nil }
        session.lastPublished = .now
        saver.rowChanged(key)
        if isRowOnly {
            rows[key] = record
        } else {
            rows[key] = nil
            published.publish(record, summary, hasChanged: hasChanged)
        }
    }

    /// Publishes the rows that wait, unless many of them have just been published.
    func publishRows(atOnce: Bool) {
        let now = ContinuousClock.now
        guard !rows.isEmpty, atOnce || rows.count <= LivePace.fewRows || now >= nextPublication
        else { return }
        published.publish(Array(rows.values))
        rows = [:]
        let pause = (ContinuousClock.now - now) * LivePace.pauseFactor
        nextPublication = ContinuousClock.now + max(LivePace.publishInterval, pause)
    }

    /// When rows that wait are published; `nil` if there are none.
    var publicationDue: Instant? { rows.isEmpty ? nil : nextPublication }

    func forget(_ keys: Set<Key>) {
        guard !keys.isEmpty else { return }
        published.remove(Array(keys))
        loaded.removeAll(where: keys.contains)
        for key in keys {
            followed[key] = nil
            rows[key] = nil
            setUnread(key, 0)
        }
        saver.forget(keys)
    }

    /// Saves the snapshots that are due, as far as the time allows.
    func saveDue() {
        let now = ContinuousClock.now
        // It is named for as long as it is there, and no longer.
        saver.retrySnapshots()
        for key in loaded where followed[key]?.needsSave(at: now) ?? false {
            save(key)
            guard ContinuousClock.now - now < LivePace.saveBudget else { break }
        }
        followed = followed.filter { !$0.value.isIdle }
    }

    func saveAll() {
        for key in loaded { save(key) }
        publishRows(atOnce: true)
    }

    /// The published or waiting row.
    private func row(_ key: Key) -> CatalogRecord? { rows[key] ?? published.record(key) }

    private func setUnread(_ key: Key, _ bytes: Int) {
        let before = unread[key] ?? 0
        unread[key] = bytes > 0 ? bytes : nil
        unreadTotal += bytes - before
    }

    private func keep(_ key: Key, _ session: inout FollowedSession, _ load: SessionLoad) {
        if loaded.last != key {
            loaded.removeAll { $0 == key }
            loaded.append(key)
        }
        session.load = load
        session.savedAt = session.savedAt ?? .now
        // The session itself is not in `followed` at this moment, so it is not closed here.
        while loaded.count > 1,
            loaded.count > LivePace.maxLoadedSessions || loadedBytes > LivePace.maxLoadedBytes
        {
            let oldest = loaded.removeFirst()
            save(oldest)
            followed[oldest]?.load = nil
        }
    }

    private var loadedBytes: Int {
        loaded.reduce(0) { $0 + (followed[$1]?.stateBytes ?? 0) }
    }

    /// - Returns: the digest of its state.
    private func close(
        _ key: Key, _ session: inout FollowedSession, _ load: SessionLoad
    ) -> UInt64 {
        loaded.removeAll { $0 == key }
        session.load = nil
        session.isSnapshotStale = false
        return saver.save(load).digest
    }

    private func save(_ key: Key) {
        guard let session = followed[key], session.isSnapshotStale, let load = session.load else {
            return
        }
        let saved = saver.save(load)
        followed[key]?.isSnapshotStale = saved.problem != nil
        followed[key]?.hasFailedSave = saved.problem != nil
        followed[key]?.savedAt = .now
        followed[key]?.stateBytes = saved.stateBytes
        guard var record = row(key) else { return }
        record.digest = saved.digest
        saver.rowChanged(key)
        if rows[key] != nil { rows[key] = record } else { published.publish([record]) }
    }
}
