import Dispatch
import Synchronization
import TrackerLog

/// A session of an index run, with its row of the catalogue.
struct IndexedSession: Sendable {
    var key: DataFolder.SessionKey
    var known: CatalogRecord?

    /// - Parameter listing: the current one of the session's folder.
    func isUpToDate(_ listing: SessionListing) -> Bool {
        guard let known else { return false }
        return known.stamp == listing.stamp && known.digest != nil && !known.entry.isRunning
    }

    /// Joins the sessions on disk with the rows of the catalogue. Both are ordered by key.
    /// - Returns: the sessions in order, and the keys of rows whose session is gone.
    static func joined(
        _ sessions: [DataFolder.SessionKey], _ rows: [CatalogRecord]
    ) -> (sessions: [IndexedSession], gone: [DataFolder.SessionKey]) {
        var joined: [IndexedSession] = []
        joined.reserveCapacity(sessions.count)
        var gone: [DataFolder.SessionKey] = []
        var rest = rows[...]
        for key in sessions {
            while let row = rest.first, row.key < key {
                gone.append(row.key)
                rest.removeFirst()
            }
            guard let row = rest.first, row.key == key else {
                joined.append(IndexedSession(key: key))
                continue
            }
            joined.append(IndexedSession(key: key, known: row))
            rest.removeFirst()
        }
        return (joined, gone + rest.map(\.key))
    }
}

/// Lists the folders of all sessions to find those whose row is out of date.
struct StaleSessions: Sendable {
    /// A session to fold.
    struct Stale: Sendable {
        var key: DataFolder.SessionKey
        var known: CatalogRecord?
        /// Total size of its segments; 0 if the folder could not be listed.
        var bytes = 0
        var segments = 0
    }

    let storage: any Storage
    /// Ordered by key.
    let sessions: [IndexedSession]
    let threads: Int

    /// Folds a session while its folder is open.
    /// - Returns: `false` to leave it to the caller of `stale`.
    typealias Fold = @Sendable (Stale, SessionListing, _ opened: any Storage, FoldTools) -> Bool

    /// - Parameters:
    ///   - all: treats every session as out of date.
    ///   - fold: called with each session that is out of date, from any thread.
    /// - Returns: those that are out of date and not folded, in the order of the sessions. A
    ///   session that cannot be listed is included: folding it reports the error.
    func stale(all: Bool, fold: Fold) -> [Stale] {
        let parts = DataFolder.batches(of: sessions.map(\.key))
        let next = Atomic(0)
        let found = Mutex<[(part: Int, stale: [Stale])]>([])
        DispatchQueue.concurrentPerform(iterations: min(threads, max(1, parts.count))) { _ in
            let tools = FoldTools()
            while true {
                let part = next.add(1, ordering: .relaxed).oldValue
                guard part < parts.count else { return }
                let stale = check(parts[part], all: all) { fold($0, $1, $2, tools) }
                if !stale.isEmpty { found.withLock { $0.append((part, stale)) } }
            }
        }
        return found.withLock { $0.sorted { $0.part < $1.part }.flatMap(\.stale) }
    }

    private func check(
        _ part: Range<Int>, all: Bool,
        fold: (Stale, SessionListing, _ opened: any Storage) -> Bool
    ) -> [Stale] {
        var stale: [Stale] = []
        do throws(StorageError) {
            try DataFolder.listEach(sessions[part].map(\.key), in: storage) {
                index, result, opened in
                let session = sessions[part.lowerBound + index]
                var one = Stale(key: session.key, known: session.known)
                if case .success(let entries) = result {
                    let listing = SessionListing(entries)
                    if !all, session.isUpToDate(listing) { return }
                    (one.bytes, one.segments) = (listing.bytes, listing.segments.count)
                    if fold(one, listing, opened) { return }
                }
                stale.append(one)
            }
        } catch {
            return sessions[part].map { Stale(key: $0.key, known: $0.known) }
        }
        return stale
    }
}

extension DataFolder {
    /// Cuts the sessions into ranges of the same user, to be listed together.
    static func batches(of keys: [SessionKey]) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        for index in keys.indices {
            if let last = parts.last, last.count < IndexLimits.sessionsPerBatch,
                keys[last.lowerBound].user == keys[index].user
            {
                parts[parts.count - 1] = last.lowerBound..<index + 1
            } else {
                parts.append(index..<index + 1)
            }
        }
        return parts
    }

    /// Lists the folders of such a range.
    /// - Parameters:
    ///   - keys: sessions of one user.
    ///   - body: called once per session, with its index in `keys`.
    static func listEach(
        _ keys: [SessionKey], in storage: any Storage,
        _ body: (
            _ index: Int, Result<[StorageEntry], StorageError>, _ opened: any Storage
        ) -> Void
    ) throws(StorageError) {
        guard let user = keys.first?.user else { return }
        try storage.listEach(
            keys.map(\.session.directoryName)[...],
            in: DataLayout.log.appending(user.directoryName), body)
    }
}
