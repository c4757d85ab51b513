package import TrackerLog

/// What pages and programs read: the published results of the index, never a fold in progress.
///
/// No call waits for the live index. `catalog` returns what is in memory. `session` does so as well
/// for sessions that were written to or looked at of late; the summary of another one is made in
/// the call, see there.
package protocol IndexReader: Sendable {
    /// All sessions, newest first.
    func catalog() -> Catalog
    /// One session by its id; `nil` when there is none. The id is looked up, never joined to a
    /// path.
    ///
    /// A session whose summary is not in memory is loaded by the caller: its snapshot is read, and
    /// what its files hold beyond the snapshot is folded, all of it. That is little as a rule: the
    /// live index saves every few seconds. It is the whole session where the snapshot is missing or
    /// cannot be used. So a call may block for long, and must not be made on an event loop.
    func session(user: UserID, session: SessionID) -> PublishedSession?
    /// The version after each change, newest only: a slow reader skips, and is never buffered for.
    func changes() -> AsyncStream<Int>
}

/// The session list at one moment.
package struct Catalog: Sendable {
    /// Up by one with every published change.
    package var version: Int
    /// Newest first.
    package var entries: [CatalogEntry]
    package var freshness: Freshness

    package init(version: Int, entries: [CatalogEntry], freshness: Freshness) {
        self.version = version
        self.entries = entries
        self.freshness = freshness
    }
}

/// One session at one moment.
package struct PublishedSession: Sendable {
    /// The version of the change that last touched this session.
    package var version: Int
    package var summary: SessionSummary
    package var freshness: Freshness

    package init(version: Int, summary: SessionSummary, freshness: Freshness) {
        self.version = version
        self.summary = summary
        self.freshness = freshness
    }
}

/// How far the index is behind the log.
package struct Freshness: Sendable, Hashable {
    /// Unix milliseconds: everything that was in the log then is folded.
    package var indexedAt: Timestamp
    /// What kept the index from reading, in words for a person; `nil` when nothing did.
    package var problem: String?

    package init(indexedAt: Timestamp, problem: String? = nil) {
        self.indexedAt = indexedAt
        self.problem = problem
    }
}
