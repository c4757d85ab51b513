import Synchronization
import TrackerLog

/// What the live index has published: values under a lock that is held for moments only.
final class PublishedIndex: Sendable {
    private struct State {
        var version = 0
        var records: [DataFolder.SessionKey: CatalogRecord] = [:]
        /// Newest first; `nil` after many changes at once.
        var sorted: [CatalogEntry]?
        var sessions: [DataFolder.SessionKey: PublishedSession] = [:]
        /// Sessions in memory, least recently used first.
        var recent: [DataFolder.SessionKey] = []
        var freshness = Freshness(
            indexedAt: .epoch, problem: "the log is being read for the first time")

        /// Puts the row where it belongs: sorting thousands for one that changed would keep
        /// whoever waits for the lock.
        /// - Returns: whether the row is new or differs. What else the record holds no page shows.
        mutating func put(_ record: CatalogRecord) -> Bool {
            let before = records.updateValue(record, forKey: record.key)?.entry
            guard before != record.entry else { return false }
            putRow(record.entry, inPlaceOf: before)
            return true
        }

        private mutating func putRow(_ entry: CatalogEntry, inPlaceOf before: CatalogEntry?) {
            guard var rows = sorted else { return }
            // So that the rows are changed where they stand, unless somebody still reads them.
            sorted = nil
            if let before {
                let row = rows.partitioningIndex { !CatalogEntry.isNewer($0, before) }
                // Not where it should be: then all are sorted again.
                guard row < rows.count, rows[row] == before else { return }
                guard entry.first != before.first else {
                    rows[row] = entry
                    sorted = rows
                    return
                }
                rows.remove(at: row)
            }
            let row = rows.partitioningIndex { CatalogEntry.isNewer(entry, $0) }
            rows.insert(entry, at: row)
            sorted = rows
        }
    }

    private let state = Mutex(State())
    private let listeners = VersionListeners()

    deinit { listeners.finish() }

    /// More rows at once are sorted with all others, by whoever asks next.
    private static let fewRows = 16

    /// Sessions whose summaries stay in memory: those that are being looked at or written to.
    private static let maxSessions = 64

    func catalog() -> Catalog {
        state.withLock { state in
            let entries =
                state.sorted ?? state.records.values.map(\.entry).sorted(by: CatalogEntry.isNewer)
            state.sorted = entries
            return Catalog(version: state.version, entries: entries, freshness: state.freshness)
        }
    }

    func knows(_ key: DataFolder.SessionKey) -> Bool {
        state.withLock { $0.records[key] != nil }
    }

    func record(_ key: DataFolder.SessionKey) -> CatalogRecord? {
        state.withLock { $0.records[key] }
    }

    var keys: Set<DataFolder.SessionKey> { state.withLock { Set($0.records.keys) } }

    /// By key.
    var records: [CatalogRecord] {
        state.withLock { $0.records.values.sorted { $0.key < $1.key } }
    }

    func session(_ key: DataFolder.SessionKey) -> PublishedSession? {
        state.withLock { state in
            guard var session = state.sessions[key] else { return nil }
            Self.touch(key, &state)
            session.freshness = state.freshness
            return session
        }
    }

    /// Keeps the summary of a session that did not change, for the next who asks.
    func remember(_ summary: SessionSummary, for key: DataFolder.SessionKey) -> PublishedSession {
        state.withLock { state in
            // A fold may have published a newer one meanwhile.
            if let newer = state.sessions[key] { return newer }
            let session = PublishedSession(
                version: state.version, summary: summary, freshness: state.freshness)
            state.sessions[key] = session
            Self.touch(key, &state)
            return session
        }
    }

    /// Shows a session as it is now.
    /// - Parameter hasChanged: whether anything was folded since the last time. It decides only
    ///   where the last summary is not in memory to compare with.
    func publish(_ record: CatalogRecord, _ summary: SessionSummary, hasChanged: Bool) {
        change { state in
            var isNews = state.put(record)
            if let shown = state.sessions[record.key] {
                isNews = isNews || shown.summary != summary
            } else {
                isNews = isNews || hasChanged
            }
            guard isNews else { return false }
            state.sessions[record.key] = PublishedSession(
                version: state.version + 1, summary: summary, freshness: state.freshness)
            Self.touch(record.key, &state)
            return true
        }
    }

    /// Shows these rows. Those that are shown already, with other numbers beside them that no page
    /// shows, make no version.
    func publish(_ records: [CatalogRecord]) {
        change { state in
            if records.count > Self.fewRows { state.sorted = nil }
            return records.reduce(false) { isNews, record in state.put(record) || isNews }
        }
    }

    func remove(_ keys: [DataFolder.SessionKey]) {
        guard !keys.isEmpty else { return }
        change { state in
            state.sorted = nil
            for key in keys {
                state.records[key] = nil
                state.sessions[key] = nil
                state.recent.removeAll { $0 == key }
            }
            return true
        }
    }

    func setFreshness(_ freshness: Freshness) {
        change { state in
            // A time that moves on is no change; that something is wrong, or right again, is.
            let isNews = state.freshness.problem != freshness.problem
            state.freshness = freshness
            return isNews
        }
    }

    /// Makes a version, and tells of it, where something that a page shows has changed: every open
    /// page fetches itself for each.
    /// - Parameter body: given the state of the version before; says whether it changed anything.
    private func change(_ body: (inout State) -> Bool) {
        let version: Int? = state.withLock { state in
            guard body(&state) else { return nil }
            state.version += 1
            return state.version
        }
        if let version { listeners.tell(version) }
    }

    private static func touch(_ key: DataFolder.SessionKey, _ state: inout State) {
        if state.recent.last != key {
            state.recent.removeAll { $0 == key }
            state.recent.append(key)
        }
        while state.recent.count > maxSessions {
            state.sessions[state.recent.removeFirst()] = nil
        }
    }

    /// Ends with the history.
    func changes() -> AsyncStream<Int> { listeners.stream() }
}
