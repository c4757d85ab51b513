import Testing
import TrackerClient
import TrackerLog
import TrackerTestSupport

@Suite("Sessions: names, the current one, joining")
struct SessionTests {
    @Test("A generated id is yyyymmdd-hhmmss-<8 hex> in UTC, and its own folder name")
    func sessionNames() {
        let id = SessionID.generate(now: 1_763_899_200_123.5, randomBits: 0xAB)
        #expect(id.value == "20251123-120000-000000ab")
        #expect(id.directoryName == id.value)
        #expect(SessionID.generate(now: -1, randomBits: .max).value.hasSuffix("-ffffffff"))
        #expect(SessionID.generate() != SessionID.generate())
        let run = RunNaming.generate(test: "load", now: 1_763_899_200_123.5, randomBits: 7)
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
        let first = CurrentSession(user: ann, session: .generate(), started: 1_763_899_200_000)
        try first.save(storage: storage)
        #expect(try CurrentSession.load(user: ann, storage: storage) == first)
        #expect(try CurrentSession.load(user: bob, storage: storage) == nil)
        let second = CurrentSession(user: ann, session: .generate(), started: 1_763_899_200_001)
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
        try CurrentSession(user: user, session: first.session, started: 1).save(storage: storage)
        let third = try Recording.open(storage: storage, user: user, description: .init())
        #expect(third.joined)
        #expect(third.session == first.session)
        #expect(throws: ClientError.self) {
            try Recording.open(storage: storage, user: user, description: .init(name: "other"))
        }
        let fourth = try Recording.open(
            storage: storage, user: user, description: .init(name: "other"), joinCurrent: false)
        #expect(fourth.session != first.session)
        #expect(fourth.writer.append(Sample(timestamp: 1, metric: "m", value: 1)))
        for log in [first, second, third, fourth] { try log.close() }
        #expect(fourth.writer.statistics.framesWritten == 2)
        // A joined session that got no event has no file of its own.
        let files = try storage.list(DataLayout.sessionFolder(user, first.session))
        #expect(files.count == 1)
    }
}

@Suite("Opening a recording as a program does")
struct OpeningTests {
    private static func open(_ folder: TemporaryFolder) throws -> Recording {
        try Recording.open(
            name: "n", user: "ann", dataFolder: folder.path, commit: "c0ffee",
            configuration: .init(durability: .durable))
    }

    @Test("a new session says whose it is, where, and of which commit")
    func newSession() throws {
        let folder = try TemporaryFolder()
        let recording = try Self.open(folder)
        #expect(!recording.joined)
        #expect(recording.user.value == "ann")
        recording.note("first")
        recording.run { _ in }
        try recording.close()
        let storage = try PosixStorage(root: folder.path, create: false)
        let events = try recordedEvents(storage, recording.user, recording.session)
        #expect(events.sessions.map(\.name) == ["n"])
        #expect(events.sessions.map(\.user) == ["ann"])
        #expect(events.sessions.first?.host?.isEmpty == false)
        #expect(events.sessions.map(\.commit) == ["c0ffee"])
        #expect(events.starts.map(\.commit) == ["c0ffee"])
        #expect(events.edits.map(\.text) == ["first"])
    }

    @Test("the current session is joined; a name for it is refused; a named session is continued")
    func joining() throws {
        let folder = try TemporaryFolder()
        let storage = try PosixStorage(root: folder.path, create: false)
        let user = try UserID("ann")
        try CurrentSession(user: user, session: try SessionID("now"), started: 1)
            .save(storage: storage)
        #expect {
            try Self.open(folder)
        } throws: { "\($0)".contains("now has a name of its own") }
        let joined = try Recording.open(user: "ann", dataFolder: folder.path)
        #expect(joined.joined)
        #expect(joined.session.value == "now")
        let named = try Recording.open(session: "other", user: "ann", dataFolder: folder.path)
        #expect(named.session.value == "other")
        for recording in [joined, named] {
            recording.sample("m", 1)
            try recording.close()
            let events = try recordedEvents(storage, user, recording.session)
            // A session that is continued is not described again.
            #expect(events.count == 1)
        }
    }

    @Test(
        "an id that names no folder is refused with its argument", arguments: ["user", "session"])
    func identifiers(argument: String) throws {
        let folder = try TemporaryFolder()
        let long = String(repeating: "x", count: 201)
        for text in ["", long] {
            #expect {
                try Recording.open(
                    session: argument == "session" ? text : "s",
                    user: argument == "user" ? text : "u", dataFolder: folder.path)
            } throws: { "\($0)".hasPrefix("\(argument) \"\(text)\": an id ") }
        }
    }

    @Test("a data folder that cannot be made is an error that names it")
    func noFolder() {
        #expect {
            try Recording.open(user: "u", dataFolder: "/proc/no/such")
        } throws: { "\($0)".hasPrefix("the data folder /proc/no/such cannot be used: ") }
    }
}

@Suite("Labels and JSON from literals")
struct LiteralTests {
    @Test("labels keep the order and the last of equal names")
    func labels() {
        let route = "/"
        let labels: Labels = ["route": route, "status": 200, "warm": true, "status": 404]
        #expect(
            labels.list == [Label("route", "/"), Label("status", "404"), Label("warm", "true")])
        #expect(labels["status"] == "404")
        #expect(labels["none"] == nil)
        var changed = labels
        changed["route"] = nil
        changed["a"] = "b"
        #expect(changed.list.map(\.name) == ["status", "warm", "a"])
        #expect(Labels(["b": "2", "a": "1"]).list == [Label("a", "1"), Label("b", "2")])
    }

    @Test("a JSON value from a literal is what its text reads as")
    func values() throws {
        let name = "x"
        let table: [(JSONValue, String)] = [
            ("text", "\"text\""), ("a \(name)", "\"a x\""), (1, "1"), (-1, "-1"), (0.5, "0.5"),
            (true, "true"), ([], "[]"), ([1, "b", [false]], "[1,\"b\",[false]]"), ([:], "{}"),
            (["k": ["n": 1]], "{\"k\":{\"n\":1}}"),
            (["k": 1, "l": 2, "k": 3], "{\"k\":3,\"l\":2}"),
            ([.null, .string(name)], "[null,\"x\"]"),
        ]
        for (value, text) in table {
            #expect(value.text == text)
            #expect(try JSONValue(parsing: Array(text.utf8)) == value)
        }
    }
}
