import Testing
import TrackerLog
import TrackerTestSupport

@testable import TrackerIndexer

/// What is shown while a part of the log is not folded yet.
@Suite("Freshness")
struct FreshnessTests {
    private let folder: TemporaryFolder
    private let storage: PosixStorage
    private let user: UserID
    /// More than are kept loaded, so that most are a backlog.
    private static let sessions = LivePace.maxLoadedSessions + 72
    private static let firstPasses = 10

    init() throws {
        folder = try TemporaryFolder()
        storage = try PosixStorage(root: folder.path, create: false)
        user = try UserID("Ann")
        for number in 0..<Self.sessions { try append(number, 1) }
    }

    private func key(_ number: Int) throws -> DataFolder.SessionKey {
        DataFolder.SessionKey(user: user, session: try SessionID("s\(number)"))
    }

    private func append(_ number: Int, _ value: Double) throws {
        let writer = SessionWriter(
            storage: storage, user: user, session: try key(number).session,
            configuration: .init(durability: .written))
        try writer.appendBatch([
            .sample(Sample(timestamp: 1_763_899_200_000 + value, metric: "m", value: value))
        ])
        try writer.close()
    }

    private func size(_ entry: CatalogEntry) throws -> Int {
        try SessionListing(entry.user, entry.session, in: storage).bytes
    }

    private func loop(
        _ published: PublishedIndex, in storage: (any Storage)? = nil,
        _ budgets: LiveIndexLoop.Budgets = .least
    ) -> LiveIndexLoop {
        let loop = LiveIndexLoop(
            storage: storage ?? self.storage, published: published,
            watcher: FolderWatcher(root: folder.path), budgets: budgets)
        loop.begin()
        return loop
    }

    /// Passes until the scan has ended and no more.
    private func scan(_ loop: LiveIndexLoop, _ published: PublishedIndex) {
        for _ in 0..<Self.firstPasses
        where published.catalog().freshness.indexedAt == .epoch {
            loop.process([])
        }
    }

    private func finish(_ loop: LiveIndexLoop, _ published: PublishedIndex) {
        for _ in 0..<(3 * Self.sessions) where published.catalog().freshness.problem != nil {
            loop.process([])
        }
    }

    @Test(
        "marks each session with unread bytes and counts them, with and without a row",
        arguments: [false, true])
    func marked(hasRows: Bool) throws {
        if hasRows {
            _ = try Indexer(storage: storage, threads: 1).run(rebuild: false)
            for number in 0..<Self.sessions { try append(number, 2) }
        }
        let published = PublishedIndex()
        let loop = loop(published)
        #expect(published.catalog().entries.count == (hasRows ? Self.sessions : 0))
        #expect(published.catalog().freshness.problem != nil, "nothing is compared yet")
        scan(loop, published)
        let first = published.catalog()
        #expect(first.entries.count == Self.sessions)
        let marked = first.entries.count { $0.unreadBytes > 0 }
        #expect(marked > Self.sessions - 2 * Self.firstPasses && marked < Self.sessions)
        #expect(first.freshness.backlog.sessions == marked)
        #expect(
            first.freshness.backlog.bytes == first.entries.reduce(0) { $0 + $1.unreadBytes })
        #expect(first.freshness.problem?.contains("\(marked) sessions left") == true)
        for entry in first.entries {
            #expect(try entry.foldedBytes + entry.unreadBytes == size(entry))
        }

        finish(loop, published)
        let last = published.catalog()
        #expect(last.freshness.backlog == .none && last.freshness.problem == nil)
        for entry in last.entries {
            #expect(try entry.unreadBytes == 0 && entry.foldedBytes == size(entry))
        }
        #expect(last.entries.allSatisfy { $0.eventCount == (hasRows ? 2 : 1) })
        loop.end()
        let digest = try Indexer(storage: storage, threads: 1).run(rebuild: false).digest
        #expect(try Indexer(storage: storage, threads: 1).run(rebuild: true).digest == digest)
    }

    @Test("small sessions of a backlog are folded many at once, each opened once")
    func atOnce() throws {
        let storage = FaultyStorage(self.storage)
        let published = PublishedIndex()
        var budgets = LiveIndexLoop.Budgets.least
        budgets.backlogBatch = Self.sessions
        let loop = loop(published, in: storage, budgets)
        scan(loop, published)
        loop.process([])
        let catalog = published.catalog()
        #expect(catalog.freshness.backlog == .none && catalog.freshness.problem == nil)
        #expect(catalog.entries.count { $0.eventCount == 1 } == Self.sessions)
        let opened = storage.calls.filter { $0.operation == .open && $0.path.hasPrefix("log/") }
        #expect(opened.count == Self.sessions && Set(opened.map(\.path)).count == Self.sessions)
        loop.end()
        let digest = try Indexer(storage: self.storage, threads: 1).run(rebuild: false).digest
        #expect(try Indexer(storage: self.storage, threads: 1).run(rebuild: true).digest == digest)
    }

    @Test("a summary of fewer bytes than its row is not shown for it")
    func outdated() throws {
        let key = try key(3)
        let published = PublishedIndex()
        let index = try SessionIndex.current(key.user, key.session, in: storage)
        let summary = index.summary(now: .now, in: storage)
        _ = published.cache(
            summary, foldedBytes: index.foldedBytes, unreadBytes: 0, for: key)
        #expect(published.session(key) != nil)
        try append(3, 2)
        let listing = try SessionListing(key.user, key.session, in: storage)
        let load = SessionLoad(key, in: storage)
        load.foldAll(listing, with: FoldTools())
        let row = load.record(of: load.summary(), listing, digest: 1)
        published.publish([row])
        #expect(published.session(key) == nil)
        _ = published.cache(
            load.summary(), foldedBytes: load.index.foldedBytes, unreadBytes: 0, for: key)
        published.publish([row])
        #expect(published.session(key)?.summary.eventCount == 2)
    }

    @Test("a session that is asked for is folded in the next pass, before the backlog")
    func asked() throws {
        let published = PublishedIndex()
        let loop = loop(published)
        scan(loop, published)
        let late = try #require(published.catalog().entries.last { $0.unreadBytes > 0 })
        let key = late.key
        loop.process([], requests: [.wanted(key)])
        let record = try #require(published.record(key))
        #expect(record.entry.unreadBytes == 0 && record.entry.eventCount == 1)
        #expect(published.catalog().freshness.backlog.sessions > Self.sessions / 2)
        loop.end()
    }

    @Test("a request for the whole log is served when its backlog is folded, not before")
    func askedForAll() throws {
        let published = PublishedIndex()
        let loop = loop(published)
        var served: [Int] = []
        var passes = 0
        while served.isEmpty, passes < 3 * Self.sessions {
            served = loop.process([], requests: passes == 0 ? [.everything(id: 1)] : [])
            passes += 1
        }
        #expect(served == [1])
        #expect(passes > Self.sessions / 3)
        #expect(published.catalog().entries.allSatisfy { $0.eventCount == 1 })
        loop.end()
    }

    @Test("a session that is not in the list yet is read when it is asked for")
    func unlisted() throws {
        let index = LiveIndex(storage: storage, root: folder.path)
        let found = try #require(index.session(user: user, session: key(3).session))
        #expect(found.summary.eventCount == 1 && found.unreadBytes == 0)
        #expect(index.session(user: user, session: try SessionID("none")) == nil)
    }

    @Test("rows of sessions that are not read yet are not saved")
    func unsaved() throws {
        let published = PublishedIndex()
        let loop = loop(published)
        scan(loop, published)
        let read = published.catalog().entries.count { $0.unreadBytes == 0 }
        loop.end()
        var file = CatalogFile()
        #expect(file.load(from: storage).count == read)
    }
}
