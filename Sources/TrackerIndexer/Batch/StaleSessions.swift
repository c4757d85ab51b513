import Dispatch
import Synchronization
import TrackerLog

/// A session of an index run, and what the catalogue says of it.
struct IndexedSession: Sendable {
    var key: DataFolder.SessionKey
    var known: CatalogRecord?

    /// - Parameter listing: of the session's folder as it is now.
    func isUpToDate(_ listing: SessionListing) -> Bool {
        guard let known else { return false }
        return known.stamp == listing.stamp && known.digest != nil && !known.entry.isRunning
    }

    /// Each session with its row.
    /// - Parameters: both by key.
    /// - Returns: also the keys of rows whose session is gone.
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

/// A look at the folders of all sessions: which have something new.
struct StaleSessions: Sendable {
    /// A session to fold.
    struct Stale: Sendable {
        var key: DataFolder.SessionKey
        var known: CatalogRecord?
        /// Of its segments, as far as the listing tells.
        var bytes = 0
        var segments = 0
    }

    let storage: any Storage
    /// By key.
    let sessions: [IndexedSession]
    let threads: Int

    /// - Parameter all: whether nothing counts as up to date.
    /// - Returns: in the order of the sessions. One that cannot be looked at is among them: who
    ///   folds it tells what is wrong.
    func stale(all: Bool) -> [Stale] {
        let parts = DataFolder.stretches(of: sessions.map(\.key))
        let next = Atomic(0)
        let found = Mutex<[(part: Int, stale: [Stale])]>([])
        DispatchQueue.concurrentPerform(iterations: min(threads, max(1, parts.count))) { _ in
            while true {
                let part = next.add(1, ordering: .relaxed).oldValue
                guard part < parts.count else { return }
                let stale = look(at: parts[part], all: all)
                if !stale.isEmpty { found.withLock { $0.append((part, stale)) } }
            }
        }
        return found.withLock { $0.sorted { $0.part < $1.part }.flatMap(\.stale) }
    }

    private func look(at part: Range<Int>, all: Bool) -> [Stale] {
        var stale: [Stale] = []
        do throws(StorageError) {
            try DataFolder.listEach(sessions[part].map(\.key), in: storage) { index, result in
                let session = sessions[part.lowerBound + index]
                var one = Stale(key: session.key, known: session.known)
                if case .success(let entries) = result {
                    let listing = SessionListing(entries)
                    if !all, session.isUpToDate(listing) { return }
                    (one.bytes, one.segments) = (listing.bytes, listing.segments.count)
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
    /// Stretches of sessions of one user, to be listed together.
    static func stretches(of keys: [SessionKey]) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        for index in keys.indices {
            if let last = parts.last, last.count < IndexLimits.sessionsPerLook,
                keys[last.lowerBound].user == keys[index].user
            {
                parts[parts.count - 1] = last.lowerBound..<index + 1
            } else {
                parts.append(index..<index + 1)
            }
        }
        return parts
    }

    /// The entries of the folders of such a stretch.
    /// - Parameter body: is given the index of each.
    static func listEach(
        _ keys: [SessionKey], in storage: any Storage,
        _ body: (_ index: Int, Result<[StorageEntry], StorageError>) -> Void
    ) throws(StorageError) {
        guard let user = keys.first?.user else { return }
        try storage.listEach(
            keys.map(\.session.directoryName)[...],
            in: DataLayout.log.appending(user.directoryName), body)
    }
}
