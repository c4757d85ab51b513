public import TrackerLog

/// What pages and programs read: the published results of the index, never a fold in progress.
///
/// Every call returns at once: a page never waits for a fold.
public protocol History: Sendable {
    /// All sessions, newest first.
    func catalog() -> Catalog
    /// One session by its id; `nil` when there is none. The id is looked up, never joined to a
    /// path.
    func session(user: UserID, session: SessionID) -> PublishedSession?
    /// The version after each change, newest only: a slow reader skips, and is never buffered for.
    func changes() -> AsyncStream<Int>
}

/// The session list at one moment.
public struct Catalog: Sendable {
    /// Up by one with every published change.
    public var version: Int
    /// Newest first.
    public var entries: [CatalogEntry]
    public var freshness: Freshness

    public init(version: Int, entries: [CatalogEntry], freshness: Freshness) {
        self.version = version
        self.entries = entries
        self.freshness = freshness
    }
}

/// One session at one moment.
public struct PublishedSession: Sendable {
    /// The version of the change that last touched this session.
    public var version: Int
    public var summary: SessionSummary
    public var freshness: Freshness

    public init(version: Int, summary: SessionSummary, freshness: Freshness) {
        self.version = version
        self.summary = summary
        self.freshness = freshness
    }
}

/// How far the index is behind the log.
public struct Freshness: Sendable, Hashable {
    /// Unix milliseconds: everything that was in the log then is folded.
    public var indexedAtMs: Double
    /// What kept the index from reading, in words for a person; `nil` when nothing did.
    public var problem: String?

    public init(indexedAtMs: Double, problem: String? = nil) {
        self.indexedAtMs = indexedAtMs
        self.problem = problem
    }
}
