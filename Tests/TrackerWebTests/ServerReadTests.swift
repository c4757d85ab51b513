import Synchronization
import Testing
import TrackerIndexer
import TrackerLog
import TrackerTestSupport
import TrackerWeb

@Suite("Server: reading what was acknowledged", .timeLimit(.minutes(10)))
struct ServerReadTests {
    /// Runs a server over a real log with its live index.
    private func withLog(_ body: (TestServer) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        let storage = try PosixStorage(root: folder.path, create: true)
        let index = LiveIndex(storage: storage, root: folder.path)
        index.start()
        defer { index.stop() }
        let intake = SessionIntake(storage: storage, durability: .written)
        try await withServer(intake: intake, history: index) { try await body($0) }
    }

    private func json(_ response: RawResponse) throws -> JSONValue {
        #expect(response.status == 200)
        return try JSONValue(parsing: Array(response.body.utf8))
    }

    @Test("each page and answer has what was acknowledged before it was asked for")
    func readsItsWrites() async throws {
        try await withLog { server in
            for number in 1...15 {
                let posted = try await server.post(
                    "/api/track", body: trackBody(value: "\(number)"))
                #expect(posted.status == 200)
                switch number % 3 {
                case 0:
                    let runs = try json(try await server.get("/api/track/ann"))
                    let target = runs["http://localhost:8081/api"]
                    #expect(target?["s1"]?.arrayValue?.count == number)
                case 1:
                    let summary = try json(try await server.get("/api/sessions/ann/s1"))
                    #expect(summary["runs"]?.arrayValue?.count == number)
                    #expect(summary["freshness"]?["unread_reports"] == .number("0"))
                default:
                    let page = try await server.get("/sessions/ann/s1")
                    #expect(page.status == 200 && !page.body.contains("not counted yet"))
                }
            }
        }
    }

    @Test("the list has the numbers of what was acknowledged")
    func listed() async throws {
        try await withLog { server in
            for number in 1...6 {
                let posted = try await server.post(
                    "/api/track", body: trackBody(value: "\(number)"))
                #expect(posted.status == 200)
                let list = try json(try await server.get("/api/sessions"))
                let row = list["sessions"]?.arrayValue?.first
                #expect(row?["events"] == .number("\(3 * number)"))
            }
        }
    }

    @Test("a session that has just begun is in the list")
    func newSession() async throws {
        try await withLog { server in
            for number in 1...5 {
                let body = trackBody().replacing("\"s1\"", with: "\"s\(number)\"")
                let posted = try await server.post("/api/track", body: body)
                #expect(posted.status == 200)
                let path = number % 2 == 0 ? "/" : "/api/sessions"
                let list = try await server.get(path)
                #expect(list.body.contains("/sessions/ann/s\(number)"))
            }
        }
    }

    @Test("an acknowledgement does not wait for the index; a page says what is missing")
    func independent() async throws {
        let history = BehindHistory()
        try await withServer(history: history) { server in
            #expect(try await server.post("/api/track", body: trackBody()).status == 200)
            let page = try await server.get("/sessions/ann/s1")
            #expect(page.body.contains("1 report not counted yet"))
            let summary = try json(try await server.get("/api/sessions/ann/s1"))
            #expect(summary["freshness"]?["unread_reports"] == .number("1"))
            let runs = try await server.get("/api/track/ann")
            #expect(runs.header("x-tracker-unread-reports") == "1")
        }
    }
}

/// An index that has noted what was appended, and has folded none of it.
private final class BehindHistory: IndexReader {
    private let appends = Atomic(0)

    func catalog() -> Catalog {
        // try? is right here: the ids are valid.
        let known = try? emptySummary(user: UserID("ann"), session: SessionID("s1"))
        let entries = known.map { [CatalogEntry($0)] } ?? []
        return Catalog(version: 1, entries: entries, freshness: FakeHistory.freshness)
    }
    func session(user: UserID, session: SessionID) -> PublishedSession? {
        var published = PublishedSession(
            version: 1, summary: emptySummary(user: user, session: session),
            freshness: FakeHistory.freshness)
        published.unreadReports = appends.load(ordering: .relaxed)
        return published
    }
    func appended(to key: DataFolder.SessionKey) {
        appends.add(1, ordering: .relaxed)
    }
    func catchUp(_ scope: ReadScope) async {}
    func digest() -> String? { nil }
    func changes() -> AsyncStream<Int> { AsyncStream { $0.finish() } }
}
