import Synchronization
import TrackerLog

/// The published values of the live index, under a lock that is never held for long.
final class PublishedIndex: Sendable {
    private struct State {
        var version = 0
        var records: [DataFolder.SessionKey: CatalogRecord] = [:]
        /// The rows, newest first; `nil` while they have to be sorted again.
        var sorted: [CatalogEntry]?
        var sessions: [DataFolder.SessionKey: PublishedSession] = [:]
        /// Keys of `sessions`, least recently used first.
        var recent: [DataFolder.SessionKey] = []
        private var stamped = StampedFreshness(
            Freshness(indexedAt: .epoch, problem: "the log is being read for the first time"))
        var freshness: Freshness {
            get { stamped.current() }
            set { stamped = StampedFreshness(newValue) }
        }

        /// The rows, newest first.
        var rows: [CatalogEntry] {
            sorted ?? records.values.map(\.entry).sorted(by: CatalogEntry.isNewer)
        }

        /// Inserts or replaces the row and keeps the order: sorting thousands of rows for one
        /// change would hold the lock for too long.
        /// - Returns: whether the row is new or has changed. Pages show nothing else of a record.
        mutating func put(_ record: CatalogRecord) -> Bool {
            let before = replace(record)
            guard before != record.entry else { return false }
            putRow(record.entry, replacing: before)
            return true
        }

        /// Replaces the record alone. The list is out of order afterwards.
        /// - Returns: the row before.
        mutating func replace(_ record: CatalogRecord) -> CatalogEntry? {
            if sessions[record.key] != nil {
                sessions[record.key]?.foldedBytes = record.entry.foldedBytes
                sessions[record.key]?.unreadBytes = record.entry.unreadBytes
            }
            return records.updateValue(record, forKey: record.key)?.entry
        }

        /// Forgets a summary that was made of other bytes than this row, as a request may load one
        /// while the row is made: the next request loads it again.
        mutating func forgetOther(than record: CatalogRecord) {
            guard let shown = sessions[record.key], shown.foldedBytes != record.entry.foldedBytes
            else { return }
            sessions[record.key] = nil
            recent.removeAll { $0 == record.key }
        }

        private mutating func putRow(_ entry: CatalogEntry, replacing before: CatalogEntry?) {
            guard var rows = sorted else { return }
            // Drops the second reference, so that the array is not copied unless a reader has it.
            sorted = nil
            if let before {
                let row = rows.partitioningIndex { !CatalogEntry.isNewer($0, before) }
                // Not at its position: all rows are sorted again.
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

    func catalog() -> Catalog {
        state.withLock { state in
            let entries = state.rows
            state.sorted = entries
            return Catalog(version: state.version, entries: entries, freshness: state.freshness)
        }
    }

    /// Hashed outside the lock.
    func digest() -> String? {
        let records = state.withLock { Array($0.records.values) }
        guard records.allSatisfy({ $0.digest != nil }) else { return nil }
        return Indexer.digest(of: records.sorted { $0.key < $1.key })
    }

    func record(_ key: DataFolder.SessionKey) -> CatalogRecord? {
        state.withLock { $0.records[key] }
    }

    var keys: Set<DataFolder.SessionKey> { state.withLock { Set($0.records.keys) } }

    /// Ordered by key.
    var records: [CatalogRecord] {
        state.withLock { $0.records.values.sorted { $0.key < $1.key } }
    }

    /// Whether the summary is in memory.
    func isCached(_ key: DataFolder.SessionKey) -> Bool {
        state.withLock { $0.sessions[key] != nil }
    }

    func session(_ key: DataFolder.SessionKey) -> PublishedSession? {
        state.withLock { state in
            guard var session = state.sessions[key] else { return nil }
            Self.touch(key, &state)
            session.freshness = state.freshness
            return session
        }
    }

    /// Caches the summary of a session that has not changed. This makes no version.
    /// - Returns: the cached session, or a newer one that was published meanwhile.
    func cache(
        _ summary: SessionSummary, foldedBytes: Int, unreadBytes: Int,
        for key: DataFolder.SessionKey
    ) -> PublishedSession {
        // Made outside the lock: what it takes is counted.
        var session = PublishedSession(
            version: 0, summary: summary, freshness: Freshness(indexedAt: .epoch),
            foldedBytes: foldedBytes, unreadBytes: unreadBytes)
        return state.withLock { state in
            if let newer = state.sessions[key] { return newer }
            (session.version, session.freshness) = (state.version, state.freshness)
            state.sessions[key] = session
            Self.touch(key, &state)
            return session
        }
    }

    /// Publishes the current state of a session.
    /// - Parameter hasChanged: whether anything was folded since the last time. Used only if the
    ///   last summary is not in memory for comparison.
    func publish(_ record: CatalogRecord, _ summary: SessionSummary, hasChanged: Bool) {
        // Made outside the lock: what it takes is counted.
        var session = PublishedSession(
            version: 0, summary: summary, freshness: Freshness(indexedAt: .epoch),
            foldedBytes: record.entry.foldedBytes, unreadBytes: record.entry.unreadBytes)
        change { state in
            var isVisibleChange = state.put(record)
            if let shown = state.sessions[record.key] {
                isVisibleChange = isVisibleChange || shown.summary != summary
            } else {
                isVisibleChange = isVisibleChange || hasChanged
            }
            guard isVisibleChange else { return false }
            (session.version, session.freshness) = (state.version + 1, state.freshness)
            state.sessions[record.key] = session
            Self.touch(record.key, &state)
            return true
        }
    }

    /// Publishes rows. Records whose visible row is unchanged make no version.
    func publish(_ records: [CatalogRecord]) {
        // Many are put in order outside the lock: only the thread of the index changes rows.
        let isMany = records.count > LivePace.fewRows
        let merged = isMany ? Self.merge(records, into: state.withLock { $0.rows }) : nil
        change { state in
            for record in records { state.forgetOther(than: record) }
            guard let merged else { return records.reduce(false) { state.put($1) || $0 } }
            let hasChanged = records.reduce(false) { (state.replace($1) != $1.entry) || $0 }
            state.sorted = merged
            return hasChanged
        }
    }

    /// - Parameter rows: in order.
    /// - Returns: in order; rows of the same sessions are replaced.
    private static func merge(
        _ records: [CatalogRecord], into rows: [CatalogEntry]
    ) -> [CatalogEntry] {
        // Of several records of one session, the last counts.
        let last = Dictionary(records.map { ($0.key, $0.entry) }) { _, later in later }
        let new = last.values.sorted(by: CatalogEntry.isNewer)
        var merged: [CatalogEntry] = []
        merged.reserveCapacity(rows.count + new.count)
        var next = new[...]
        for row in rows where last[row.key] == nil {
            while let entry = next.first, CatalogEntry.isNewer(entry, row) {
                merged.append(entry)
                next.removeFirst()
            }
            merged.append(row)
        }
        return merged + next
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
            // A later time is not a visible change; a problem that appears or ends is.
            let isVisibleChange = state.freshness.problem != freshness.problem
            state.freshness = freshness
            return isVisibleChange
        }
    }

    /// Makes a new version and notifies the listeners, but only of a visible change: every open
    /// page reloads itself for each version.
    /// - Parameter body: changes the state; returns whether a page would look different.
    private func change(_ body: (inout State) -> Bool) {
        let version: Int? = state.withLock { state in
            guard body(&state) else { return nil }
            state.version += 1
            return state.version
        }
        if let version { listeners.notify(version) }
    }

    private static func touch(_ key: DataFolder.SessionKey, _ state: inout State) {
        if state.recent.last != key {
            state.recent.removeAll { $0 == key }
            state.recent.append(key)
        }
        var bytes = state.recent.reduce(0) { $0 + (state.sessions[$1]?.summaryBytes ?? 0) }
        while state.recent.count > IndexLimits.maxKeptSummaries
            || state.recent.count > 1 && bytes > IndexLimits.maxSummaryBytes
        {
            let oldest = state.sessions.removeValue(forKey: state.recent.removeFirst())
            bytes -= oldest?.summaryBytes ?? 0
        }
    }

    /// The stream ends when this object is released.
    func changes() -> AsyncStream<Int> { listeners.stream() }
}
