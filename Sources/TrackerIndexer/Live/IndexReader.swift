package import TrackerLog

/// What pages and programs read: published results of the index, never a fold in progress.
///
/// Only `catchUp` waits for the live index. `catalog` returns a value from memory, and so does
/// `session` for sessions that were written or read recently. Others are loaded within the call.
package protocol IndexReader: Sendable {
    /// All sessions, newest first.
    func catalog() -> Catalog
    /// One session; `nil` if it does not exist. Ids are looked up, never used as a path unchecked.
    ///
    /// If its summary is not in memory, the caller's thread loads it: it reads the snapshot and
    /// folds everything that was appended since. That is usually little, because the live index
    /// saves every few seconds, but it is the whole session if the snapshot is missing or unusable.
    /// The call may block for long and must not be made on an event loop.
    func session(user: UserID, session: SessionID) -> PublishedSession?
    /// Something was appended to the session by this process. Returns at once: what the index does
    /// about it is not the sender's time.
    func appended(to key: DataFolder.SessionKey)
    /// Returns when what `appended` was called for before can be read, or after
    /// `LivePace.maxReaderWait`: then `PublishedSession.unreadReports` says how much is missing.
    func catchUp(_ scope: ReadScope) async
    /// What `tracker index` calls the digest of the log; `nil` while a session is not saved yet.
    func digest() -> String?
    /// The version after each change. Only the newest is buffered: a slow reader skips versions.
    func changes() -> AsyncStream<Int>
}

/// What a reader is about to read.
package enum ReadScope: Sendable, Hashable {
    case session(DataFolder.SessionKey)
    /// All sessions of a user.
    case user(UserID)
    /// The list. When very many sessions change at a time, only those that are new in it.
    case list
}

/// The session list at one moment.
package struct Catalog: Sendable {
    /// Incremented by every published change.
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
    /// Bytes of its files up to which it is folded, damage included.
    package var foldedBytes: Int
    /// Bytes that are known to be in its files and are not in the summary.
    package var unreadBytes: Int
    /// Appends of this process that are in the log and not in the summary yet.
    package var unreadReports = 0
    /// What the summary takes in memory, about.
    let summaryBytes: Int

    package init(
        version: Int, summary: SessionSummary, freshness: Freshness, foldedBytes: Int = 0,
        unreadBytes: Int = 0
    ) {
        self.version = version
        self.summary = summary
        self.freshness = freshness
        self.foldedBytes = foldedBytes
        self.unreadBytes = unreadBytes
        summaryBytes = summary.memoryBytes
    }
}

/// The part of the log that is known not to be folded.
package struct Backlog: Sendable, Hashable {
    package var sessions: Int
    package var bytes: Int

    package init(sessions: Int = 0, bytes: Int = 0) {
        self.sessions = sessions
        self.bytes = bytes
    }

    package static let none = Backlog()
}

/// How up to date the index is.
package struct Freshness: Sendable, Hashable {
    /// Everything that was in the log at this time is folded, but for the backlog and what
    /// `problem` says.
    package var indexedAt: Timestamp
    /// Each session of the backlog is marked: see `CatalogEntry.unreadBytes`.
    package var backlog: Backlog
    /// Why the index is behind the log or not saved, for display; `nil` if it is neither.
    package var problem: String?

    package init(indexedAt: Timestamp, backlog: Backlog = .none, problem: String? = nil) {
        self.indexedAt = indexedAt
        self.backlog = backlog
        self.problem = problem
    }
}
