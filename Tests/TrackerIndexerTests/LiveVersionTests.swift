import Testing
import TrackerLog
import TrackerTestSupport

@testable import TrackerIndexer

/// Every open page reloads itself for each version, so a version must be made for visible changes
/// and only for those.
@Suite("A live version")
struct LiveVersionTests {
    private struct Fixture {
        let folder: TemporaryFolder
        let storage: PosixStorage
        let published = PublishedIndex()
        let user: UserID
        let session: SessionID

        init() throws {
            folder = try TemporaryFolder()
            storage = try PosixStorage(root: folder.path, create: false)
            user = try UserID("Ann")
            session = try SessionID("one")
        }

        var key: DataFolder.SessionKey { DataFolder.SessionKey(user: user, session: session) }

        func loop() -> LiveIndexLoop {
            LiveIndexLoop(
                storage: storage, published: published, watcher: FolderWatcher(root: folder.path))
        }

        func append(_ values: ClosedRange<Int>) throws {
            let writer = SessionWriter(
                storage: storage, user: user, session: session,
                configuration: .init(durability: .written))
            try writer.appendBatch(
                values.map {
                    .sample(
                        Sample(
                            timestamp: 1_763_899_200_000 + Double($0), metric: "m",
                            value: Double($0)))
                })
            try writer.close()
        }

        /// The number of versions made by `body`.
        func versions(of body: () throws -> Void) rethrows -> Int {
            let before = published.catalog().version
            try body()
            return published.catalog().version - before
        }
    }

    @Test("is made by an event, not by the save after it")
    func save() throws {
        let fixture = try Fixture()
        let loop = fixture.loop()
        loop.begin()
        loop.process([.everything])
        try fixture.append(1...3)
        #expect(fixture.versions { loop.process([.everything]) } == 1)
        #expect(fixture.versions { loop.end() } == 0)
        let saved = try #require(fixture.published.record(fixture.key))
        #expect(saved.digest != 0)
        var catalog = CatalogFile()
        #expect(catalog.load(from: fixture.storage) == [saved])
    }

    @Test("is not made by a file that was replaced with the same bytes")
    func touched() throws {
        let fixture = try Fixture()
        let loop = fixture.loop()
        loop.begin()
        try fixture.append(1...3)
        loop.process([.everything])
        let folder = DataLayout.sessionFolder(fixture.user, fixture.session)
        let name = try #require(try fixture.storage.list(folder).first).name
        // Another time and another inode, the same bytes.
        let bytes = try fixture.storage.readAll(folder.appending(name), limit: 1 << 20)
        try fixture.storage.replace(folder.appending(name), with: bytes)
        let stamp = try #require(fixture.published.record(fixture.key)).stamp
        #expect(fixture.versions { loop.process([.everything]) } == 0)
        #expect(fixture.published.record(fixture.key)?.stamp != stamp)
        loop.end()
    }

    @Test("is made by a file that is not a segment: the session's page lists it")
    func ignoredFile() throws {
        let fixture = try Fixture()
        let loop = fixture.loop()
        loop.begin()
        try fixture.append(1...3)
        loop.process([.everything])
        let folder = DataLayout.sessionFolder(fixture.user, fixture.session)
        try fixture.storage.replace(folder.appending("notes.txt"), with: [0x61])
        #expect(fixture.versions { loop.process([.everything]) } == 1)
        #expect(
            fixture.published.session(fixture.key)?.summary.health.ignoredFiles == ["notes.txt"])
        loop.end()
    }

    @Test("is made by a change of a session whose summary is not in memory")
    func notInMemory() throws {
        let fixture = try Fixture()
        try fixture.append(1...3)
        _ = try Indexer(storage: fixture.storage, threads: 1).run(rebuild: false)
        let index = try SessionIndex.current(
            fixture.user, fixture.session, in: fixture.storage)
        let summary = index.summary(now: .now, in: fixture.storage)
        var catalog = CatalogFile()
        var record = try #require(catalog.load(from: fixture.storage).first)
        fixture.published.publish([record])
        record.digest = 1
        let published = fixture.published
        #expect(
            fixture.versions { published.publish(record, summary, hasChanged: false) } == 0)
        #expect(fixture.versions { published.publish(record, summary, hasChanged: true) } == 1)
        // The summary is in memory now and is compared.
        #expect(fixture.versions { published.publish(record, summary, hasChanged: true) } == 0)
        var other = summary
        other.host = "another"
        #expect(fixture.versions { published.publish(record, other, hasChanged: false) } == 1)
        #expect(published.session(fixture.key)?.version == published.catalog().version)
    }
}

@Suite("The age of the index")
struct IndexAgeTests {
    @Test(
        "setting the wall clock changes no age",
        arguments: [-3_155_760_000_000, -10_000, 0, 3_600_000, 31_557_600_000_000] as [Double])
    func age(stepMs: Double) {
        let start: Timestamp = 1_763_899_200_000
        let begin = ContinuousClock.now
        let stamped = StampedFreshness(
            Freshness(indexedAt: start - 700, problem: "p"), wall: start, monotonic: begin)
        let wall = start + 2_000 + stepMs
        let found = stamped.current(wall: wall, monotonic: begin + .seconds(2))
        #expect(wall.milliseconds(since: found.indexedAt) == 2_700)
        #expect(found.problem == "p")
    }

    @Test("what was never indexed has no age that could move")
    func never() {
        let stamped = StampedFreshness(Freshness(indexedAt: .epoch), wall: 0)
        #expect(stamped.current(wall: 1e12).indexedAt == .epoch)
    }
}
