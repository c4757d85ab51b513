import Dispatch
import Testing
import TrackerIndexer
import TrackerLog
import TrackerWeb

@Suite("Server: long answers", .timeLimit(.minutes(10))) struct ServerAnswerTests {
    /// More than a connection's buffers of the system can hold.
    private static let largeBytes = 8 << 20
    /// Pages that are made or wait at a time, and some more that are asked for.
    private static let mostWaiting = 128
    private static let refused = 12

    private func publish(
        _ server: TestServer, runs: Int = 1, bytes: Int = largeBytes
    ) throws -> String {
        let text = JSONValue.string(String(repeating: "x", count: bytes))
        let runs = (0..<runs).map { number in
            var run = RunSummary(
                run: "r\(number)", test: "t", target: "api", commit: nil, state: .finished,
                started: .epoch, params: .object([.init("text", text)]),
                environment: .emptyObject, series: [], timelines: [])
            run.finished = Timestamp(milliseconds: Double(1_763_899_200_000 + number))
            run.reported = .object([.init("text", text)])
            return run
        }
        server.history.publish(
            emptySummary(user: try UserID("u"), session: try SessionID("s"), runs: runs))
        return "/api/sessions/u/s"
    }

    @Test("a client that reads slowly is not cut off, however long it takes in all")
    func slowReader() async throws {
        // Long enough for a machine that is busy with other tests.
        let (limit, piece) = (Duration.seconds(15), 64 << 10)
        try await withServer {
            $0.timeouts.stalledWrite = limit
        } _: { server in
            let path = try publish(server)
            try await RawConnection.with(port: server.port, receiveBufferBytes: piece) { slow in
                let start = ContinuousClock.now
                try await slow.send("GET \(path) HTTP/1.1\r\nHost: \(server.host)\r\n\r\n")
                let head = try await slow.readHead()
                var left = try #require(head.header("content-length").flatMap { Int($0) })
                while left > 0 {
                    let count = min(left, piece)
                    _ = try await slow.readBody(count: count)
                    left -= count
                    // What is tested is a reader that takes its time.
                    try await Task.sleep(for: .milliseconds(70))
                }
                #expect(ContinuousClock.now - start > limit)
            }
        }
    }

    @Test("answers that nobody reads are bounded together, and give their room back")
    func unread() async throws {
        try await withServer {
            // Each has the text twice.
            $0.maxAnswerBytesInFlight = 4 * Self.largeBytes + (1 << 20)
            // However busy the machine is.
            $0.timeouts.stalledWrite = .seconds(600)
        } _: { server in
            let path = try publish(server)
            let request = "GET \(path) HTTP/1.1\r\nHost: \(server.host)\r\n\r\n"
            try await RawConnection.with(port: server.port, receiveBufferBytes: 64 << 10) { one in
                try await one.send(request)
                #expect(try await one.readHead().status == 200)
                try await RawConnection.with(port: server.port, receiveBufferBytes: 64 << 10) {
                    other in
                    try await other.send(request)
                    #expect(try await other.readHead().status == 200)
                    let refused = try await server.get(path)
                    #expect(refused.status == 503 && refused.header("retry-after") == "1")
                    #expect(try await server.get("/").status == 200)
                    let head = "HEAD \(path) HTTP/1.1\r\nHost: \(server.host)\r\n\r\n"
                    #expect(try await server.exchange(head, toHead: true).status == 503)
                }
            }
            // Nothing tells when the server has noticed that they are gone: ask until it has.
            while try await server.get(path).status == 503 {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    @Test("an answer that would be too long is refused, with what to do instead")
    func tooLong() async throws {
        try await withServer { server in
            let path = try publish(server, runs: 9)
            let answer = try await server.get(path)
            #expect(answer.status == 422 && answer.body.contains("tracker export"))
        }
    }

    @Test("a user's runs are the newest that fit, and how many are missing is said")
    func newestRuns() async throws {
        try await withServer { server in
            _ = try publish(server, runs: 40, bytes: 1_000_000)
            let answer = try await server.get("/api/track/u")
            #expect(answer.status == 200)
            #expect(answer.header("x-tracker-missing-runs") == "7")
            let json = try JSONValue(parsing: Array(answer.body.utf8))
            let runs = try #require(json["api"]?["s"]?.arrayValue)
            #expect(
                runs.compactMap { $0["id"]?.stringValue } == (7..<40).reversed().map { "r\($0)" })
            _ = try publish(server, runs: 3, bytes: 100)
            let short = try await server.get("/api/track/u")
            #expect(short.status == 200 && short.header("x-tracker-missing-runs") == nil)
        }
    }

    @Test("answers that take long leave the rest of the server alone")
    func ownThreads() async throws {
        let history = BlockingHistory()
        try await withServer(history: history) { server in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<Self.mostWaiting + Self.refused {
                    group.addTask { try await server.get("/sessions/u/s").status }
                }
                // Those beyond the ones that may wait are refused; nobody else is answered yet.
                for _ in 0..<Self.refused { #expect(try await group.next() == 503) }
                #expect(try await server.get("/health").status == 200)
                #expect(try await server.post("/api/track", body: trackBody()).status == 200)
                history.release(Self.mostWaiting)
                for try await status in group { #expect(status == 404) }
            }
        }
    }

    @Test("nothing is answered behind the answer that closes the connection")
    func nothingBehind() async throws {
        try await withServer { server in
            let host = "Host: \(server.host)\r\n"
            for behind in ["GET /health HTTP/1.1\r\n\(host)\r\n", "no HTTP\r\n\r\n", "\u{16}\u{3}"]
            {
                let text = try await RawConnection.with(port: server.port) { client in
                    try await client.send(
                        "GET /health HTTP/1.1\r\n\(host)Connection: close\r\n\r\n\(behind)")
                    return try await client.readToEnd()
                }
                #expect(
                    text.hasPrefix("HTTP/1.1 200 ") && text.split(separator: "HTTP/1.1 ").count == 1
                )
            }
        }
    }
}

/// A history whose sessions are found when the test allows it: until then the thread waits that
/// asks.
private final class BlockingHistory: IndexReader {
    private let gate = DispatchSemaphore(value: 0)
    func release(_ count: Int) { for _ in 0..<count { gate.signal() } }

    func session(user: UserID, session: SessionID) -> PublishedSession? {
        gate.wait()
        return nil
    }

    func catalog() -> Catalog {
        Catalog(version: 1, entries: [], freshness: FakeHistory.freshness)
    }

    func appended(to key: DataFolder.SessionKey) {}
    func catchUp(_ scope: ReadScope) async {}
    func digest() -> String? { nil }
    func changes() -> AsyncStream<Int> { AsyncStream { $0.finish() } }
}
