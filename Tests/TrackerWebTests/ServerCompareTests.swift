import Testing
import TrackerAnalysis
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport
import TrackerWeb

@Suite("Server: comparisons", .timeLimit(.minutes(10))) struct ServerCompareTests {
    private static let startMs = 1_763_899_200_000

    /// Two sessions of one target, the second slower.
    static func storage() throws -> MemoryStorage {
        let storage = MemoryStorage()
        for (session, atMs, slower) in [("s1", startMs, 0.0), ("s2", startMs + 500_000, 4.0)] {
            var lines: [String] = []
            for run in 0..<3 {
                let runMs = atMs + run * 100_000
                lines.append(
                    "{\"ts\":\(runMs),\"event\":\"run_started\",\"run\":\"r\(run)\","
                        + "\"target\":\"api\"}")
                for number in 0..<400 {
                    let value = 5 + slower + 0.01 * Double((number * 7 + run) % 40)
                    lines.append(
                        "{\"ts\":\(runMs + number * 50),\"metric\":\"m_ms\",\"value\":\(value),"
                            + "\"unit\":\"ms\",\"run\":\"r\(run)\"}")
                }
                lines.append(
                    "{\"ts\":\(runMs + 20_000),\"event\":\"run_finished\",\"run\":\"r\(run)\","
                        + "\"state\":\"finished\"}")
            }
            try FoldHarness(storage, session: session).append(lines, to: "shared.000001.jsonl")
        }
        return storage
    }

    private static let owner = "Ann"
    static let names = ["s1", "s2"].map { "\(owner)/\($0)" }
    static let query = "?a=\(owner)%2Fs1&b=\(owner)%2Fs2"

    @Test("the JSON is that of the comparison that the command prints")
    func json() async throws {
        let storage = try Self.storage()
        let expected = try {
            var selection = RunSelection(
                in: storage, user: try UserID("x"), target: nil, threads: 1)
            let groups = try selection.groups(Self.names.map { [$0] })
            let answer = try ComparisonAnswer(groups[0], groups[1], settings: .init()) { metric in
                try selection.history(of: groups, metric: metric)
            }
            return answer.json(ChangeParts(groups[0], groups[1], of: answer.main))
        }()
        try await withServer(storage: storage) { server in
            let reply = try await server.get("/api/v1/compare" + Self.query)
            #expect(reply.status == 200)
            #expect(reply.body == expected.text)
            let page = try await server.get("/compare" + Self.query)
            #expect(page.status == 200)
            #expect(page.body.contains("Worse: p"))
            #expect(page.body.contains("<code>tracker compare"))
        }
    }

    @Test(
        "what cannot be compared is said, with the form",
        arguments: [
            ("", 400, "name two groups"),
            ("?a=nobody%2Fs1&b=nobody%2Fs2", 404, "There is no session nobody/s1"),
            ("BOTH&metric=nothing_ms", 422, "nothing_ms"),
            ("?a=baseline&b=commit%3Aabcd", 404, "name the target"),
        ])
    func problems(query: String, status: Int, words: String) async throws {
        let query = query.replacing("BOTH", with: Self.query)
        try await withServer(storage: try Self.storage()) { server in
            let reply = try await server.get("/api/v1/compare" + query)
            #expect(reply.status == status && reply.body.contains(words), "\(reply.body)")
            let page = try await server.get("/compare" + query)
            #expect(page.status == (query.isEmpty ? 200 : status))
            #expect(page.body.contains("<form method=\"get\" action=\"/compare\">"))
            if !query.isEmpty { #expect(page.body.contains("role=\"alert\"")) }
        }
    }

    @Test("a session page compares with the last session measured alike, and a pin wins")
    func verdict() async throws {
        let storage = try Self.storage()
        try await withServer(storage: storage) { server in
            let user = try UserID(Self.owner)
            for session in ["s1", "s2"] {
                let id = try SessionID(session)
                let index = try SessionIndex.current(user, id, in: storage)
                server.history.publish(index.summary(now: .now, in: storage))
            }
            let second = try await server.get("/sessions/\(user)/s2").body
            #expect(second.contains("Worse: p"))
            #expect(second.contains("the last session of its target under like conditions"))
            let chosen = try await server.get("/sessions/\(user)/s2?metric=m_ms").body
            #expect(chosen.contains("Worse: p") && chosen.contains("&amp;metric=m_ms\""))
            #expect(try await server.get("/sessions/\(user)/s2?metric=none").status == 404)
            let first = try await server.get("/sessions/\(user)/s1").body
            #expect(first.contains("Nothing to compare with yet"))
            let within = "/compare?a=\(Self.owner)%2Fs1%23r0&amp;b=\(Self.owner)%2Fs1%23r2"
            #expect(first.contains("href=\"\(within)\">Compare its first and last run"))
            let pin = "{\"ts\":\(Self.startMs + 900_000),\"event\":\"baseline\"}"
            try FoldHarness(storage, session: "s1").append([pin], to: "shared.000002.jsonl")
            let index = try SessionIndex.current(user, try SessionID("s1"), in: storage)
            server.history.publish(index.summary(now: .now, in: storage))
            let pinned = try await server.get("/sessions/\(user)/s1").body
            #expect(pinned.contains("This is the baseline"))
            let against = try await server.get("/sessions/\(user)/s2").body
            #expect(against.contains("Against the baseline of its target."))
        }
    }

    @Test("a trend has the numbers of the command, a link for each run, and says what it lacks")
    func trend() async throws {
        let storage = try Self.storage()
        let history = try TargetHistory(target: "api", in: storage, threads: 1)
        let expected = try Trend(of: history, metric: nil).json { _ in [] }
        try await withServer(storage: storage) { server in
            let reply = try await server.get("/api/v1/trend?target=api")
            #expect(reply.status == 200 && reply.body == expected.text)
            let page = try await server.get("/trends?target=api").body
            for session in ["s1", "s2"] {
                for run in 0..<3 {
                    let path = "/sessions/\(Self.owner)/\(session)/runs/r\(run)"
                    #expect(page.contains("<th scope=\"row\"><a href=\"\(path)\""), "\(path)")
                }
            }
            #expect(page.contains("<code>tracker trend api</code>"))
            let unknown = try await server.get("/trends?target=nothing")
            #expect(unknown.status == 404 && unknown.body.contains("targets are: api"))
            #expect(try await server.get("/api/v1/trend").status == 400)
        }
    }
}
