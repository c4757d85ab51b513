import Testing
import TrackerClient
import TrackerLog
import TrackerTestSupport

@Suite("A data folder of another format is refused, and nothing is written")
struct DataFolderFormatTests {
    private static let refused = [
        "{\"format\":2}", "{\"format\":0}", "{\"format\":\"1\"}", "{}", "", "not json",
    ]

    private static func folder(_ text: String) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let storage = try PosixStorage(root: folder.path, create: false)
        try storage.replace(DataLayout.formatFile, with: Array(text.utf8))
        return folder
    }

    private static func names(_ folder: TemporaryFolder) throws -> [String] {
        try PosixStorage(root: folder.path, create: false).list(.root).map(\.name).sorted()
    }

    @Test("a recording", arguments: refused)
    func recording(text: String) throws {
        let folder = try Self.folder(text)
        #expect {
            try Recording.open(user: "u", dataFolder: folder.path)
        } throws: {
            "\($0)".hasPrefix("the data folder \(folder.path) cannot be used: ")
        }
        #expect(throws: ClientError.self) {
            try Recording.open(session: "s", user: "u", dataFolder: folder.path)
        }
        #expect(try Self.names(folder) == ["tracker.json"])
    }

    @Test("a writer of the log alone", arguments: refused)
    func writer(text: String) throws {
        let folder = try Self.folder(text)
        let storage = try PosixStorage(root: folder.path, create: false)
        let writer = SessionWriter(
            storage: storage, user: try UserID("u"), session: try SessionID("s"))
        #expect(writer.append(Sample(timestamp: 1, metric: "m", value: 1)))
        let sample = Event.sample(Sample(timestamp: 1, metric: "m", value: 1))
        let attempts: [() throws -> Void] = [
            { try writer.flush() }, { try writer.appendBatch([sample]) }, { try writer.close() },
        ]
        for attempt in attempts {
            #expect {
                try attempt()
            } throws: {
                guard case .dataFolder = $0 as? LogError else { return false }
                return "\($0)".hasPrefix("nothing was written: ")
            }
        }
        #expect(try Self.names(folder) == ["tracker.json"])
    }

    @Test("the same format, with what else a person put there, is written to and left alone")
    func sameFormat() throws {
        let text = "{\"format\":1,\"note\":\"mine\"}"
        let folder = try Self.folder(text)
        let recording = try Recording.open(session: "s", user: "u", dataFolder: folder.path)
        recording.sample("m", 1)
        try recording.close()
        let storage = try PosixStorage(root: folder.path, create: false)
        #expect(
            try storage.readAll(DataLayout.formatFile, limit: 1_000) == Array(text.utf8))
        #expect(try RecoveredSession(storage, try UserID("u"), try SessionID("s")).values == [1])
    }

    @Test("a new folder says which format it has before anything is in it")
    func newFolder() throws {
        let folder = try TemporaryFolder()
        let recording = try Recording.open(user: "u", dataFolder: "\(folder.path)/new")
        let storage = try PosixStorage(root: "\(folder.path)/new", create: false)
        #expect(
            try storage.readAll(DataLayout.formatFile, limit: 1_000)
                == Array("{\"format\":1}\n".utf8))
        try recording.close()
    }

    @Test("a folder that cannot be asked is tried again, and nothing is lost")
    func unreadable() throws {
        let memory = MemoryStorage()
        let storage = FaultyStorage(memory, plan: .on(.open, 0..<2, .error(5)))
        let (user, session) = (try UserID("u"), try SessionID("s"))
        var configuration = SessionWriter.Configuration(durability: .durable)
        // No try but those of the test.
        configuration.limits.targetFrameMilliseconds = 600_000
        let writer = SessionWriter(
            storage: storage, user: user, session: session, configuration: configuration)
        writer.append(Sample(timestamp: 1, metric: "m", value: 7))
        for _ in 0..<2 { #expect(throws: LogError.self) { try writer.flush() } }
        try writer.flush()
        try writer.close()
        #expect(try RecoveredSession(memory, user, session).values == [7])
    }
}
