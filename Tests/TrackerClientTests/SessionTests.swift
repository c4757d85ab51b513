import Testing
import TrackerClient
import TrackerLog
import TrackerTestSupport

@Suite("Sessions: names, the current one, joining")
struct SessionTests {
    @Test("A generated id is yyyymmdd-hhmmss-<8 hex> in UTC, and its own folder name")
    func sessionNames() {
        let id = SessionID.generate(nowMs: 1_763_899_200_123.5, randomBits: 0xAB)
        #expect(id.value == "20251123-120000-000000ab")
        #expect(id.directoryName == id.value)
        #expect(SessionID.generate(nowMs: -1, randomBits: .max).value.hasSuffix("-ffffffff"))
        #expect(SessionID.generate() != SessionID.generate())
        let run = RunNaming.generate(test: "load", nowMs: 1_763_899_200_123.5, randomBits: 7)
        #expect(run == "load-120000-0007")
    }

    @Test("The current session is kept for each user by itself")
    func current() throws {
        let folder = try TemporaryFolder()
        let storage = try PosixStorage(root: folder.path, create: false)
        let ann = try UserID("Ann B/../x")
        let bob = try UserID("bob")
        #expect(try CurrentSession.load(user: ann, storage: storage) == nil)
        try CurrentSession.remove(user: ann, storage: storage)
        let first = CurrentSession(user: ann, session: .generate(), startedMs: 1_763_899_200_000)
        try first.save(storage: storage)
        #expect(try CurrentSession.load(user: ann, storage: storage) == first)
        #expect(try CurrentSession.load(user: bob, storage: storage) == nil)
        let second = CurrentSession(user: ann, session: .generate(), startedMs: 1_763_899_200_001)
        try second.save(storage: storage)
        #expect(try CurrentSession.load(user: ann, storage: storage) == second)
        // Nothing but the one file is left.
        let names = try storage.list(StoragePath("current")).map(\.name)
        #expect(names == [ann.directoryName + ".json"])
        try CurrentSession.remove(user: ann, storage: storage)
        #expect(try CurrentSession.load(user: ann, storage: storage) == nil)
    }

    @Test(
        "A file that is none is an error that says what to do, and can be removed",
        arguments: [
            "", "{}", "not json", "{\"session\":\"s\",\"user\":\"other\",\"started\":1}",
            "{\"session\":\"\",\"user\":\"u\",\"started\":1}", "{\"session\":\"s\",\"user\":\"u\"}",
        ])
    func damaged(text: String) throws {
        let folder = try TemporaryFolder()
        let storage = try PosixStorage(root: folder.path, create: false)
        let user = try UserID("u")
        try storage.createDirectory(StoragePath("current"))
        let file = try storage.create(StoragePath("current", "u.json"))
        if !text.isEmpty {
            _ = try unsafe Array(text.utf8).withUnsafeBytes { try unsafe file.append($0) }
        }
        #expect {
            try CurrentSession.load(user: user, storage: storage)
        } throws: { "\($0)".contains("session end") }
        try CurrentSession.remove(user: user, storage: storage)
        #expect(try CurrentSession.load(user: user, storage: storage) == nil)
    }

    @Test("Each start makes a session, unless one is current")
    func joining() throws {
        let folder = try TemporaryFolder()
        let storage = try PosixStorage(root: folder.path, create: false)
        let user = try UserID("u")
        let first = try Recording.open(storage: storage, user: user, description: .init(name: "n"))
        let second = try Recording.open(storage: storage, user: user, description: .init())
        #expect(first.session != second.session)
        #expect(!first.joined)
        try CurrentSession(user: user, session: first.session, startedMs: 1).save(storage: storage)
        let third = try Recording.open(storage: storage, user: user, description: .init())
        #expect(third.joined)
        #expect(third.session == first.session)
        #expect(throws: ClientError.self) {
            try Recording.open(storage: storage, user: user, description: .init(name: "other"))
        }
        let fourth = try Recording.open(
            storage: storage, user: user, description: .init(name: "other"), joinCurrent: false)
        #expect(fourth.session != first.session)
        #expect(fourth.writer.append(Sample(timestampMs: 1, metric: "m", value: 1)))
        for log in [first, second, third, fourth] { try log.close() }
        #expect(fourth.writer.statistics.framesWritten == 2)
        // A joined session that got no event has no file of its own.
        let files = try storage.list(DataLayout.sessionFolder(user, first.session))
        #expect(files.count == 1)
    }
}
