import Glibc
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing
import TrackerIndexer
import TrackerLog
import TrackerWeb

@Suite("Server: starts and closes whole", .timeLimit(.minutes(10))) struct ServerClosingTests {
    /// More than a connection's buffers of the system can hold.
    private static let largeBytes = 8 << 20

    private enum Ending: String, CaseIterable, CustomStringConvertible {
        case asked = "Connection: close"
        case old = "HTTP/1.0"
        case halfClosed = "the client sends no more"

        var description: String { rawValue }
    }

    private func request(_ path: String, _ server: TestServer, _ ending: Ending) -> String {
        let version = ending == .old ? "1.0" : "1.1"
        let header = ending == .asked ? "Connection: close\r\n" : ""
        return "GET \(path) HTTP/\(version)\r\nHost: \(server.host)\r\n\(header)\r\n"
    }

    /// Publishes a session whose JSON is large.
    private func publishLarge(_ server: TestServer) throws -> String {
        let params = JSONValue.object([
            .init("text", .string(String(repeating: "x", count: Self.largeBytes)))
        ])
        let run = RunSummary(
            run: "r", test: "t", target: nil, commit: nil, state: .running, started: .epoch,
            params: params,
            environment: .emptyObject, series: [], timelines: [])
        server.history.publish(
            emptySummary(user: try UserID("u"), session: try SessionID("s"), runs: [run]))
        return "/api/sessions/u/s"
    }

    @Test("an answer larger than any buffer comes whole", arguments: Ending.allCases)
    private func wholeAnswer(ending: Ending) async throws {
        try await withServer { server in
            let path = try publishLarge(server)
            try await RawConnection.with(port: server.port, receiveBufferBytes: 64 << 10) {
                client in
                try await client.send(request(path, server, ending))
                if ending == .halfClosed { client.finishSending() }
                let head = try await client.readHead()
                let length = try #require(head.header("content-length").flatMap { Int($0) })
                #expect(length > Self.largeBytes)
                let body = try await client.readToEnd()
                #expect(body.utf8.count == length && body.hasSuffix("}"))
            }
        }
    }

    @Test("a connection whose answer is not read yet does not make place for a new one")
    func notEvicted() async throws {
        try await withServer {
            $0.maxConnections = 1
        } _: { server in
            let path = try publishLarge(server)
            try await RawConnection.with(port: server.port, receiveBufferBytes: 64 << 10) { slow in
                try await slow.send("GET \(path) HTTP/1.1\r\nHost: \(server.host)\r\n\r\n")
                let head = try await slow.readHead()
                let length = try #require(head.header("content-length").flatMap { Int($0) })
                #expect(try await server.get("/health").status == 503)
                #expect(try await slow.readBody(count: length).utf8.count == length)
            }
        }
    }

    @Test("a stop lets an answer that is being read come whole, for as long as it may take")
    func stoppedWhileRead() async throws {
        try await withServer {
            $0.shutdownGrace = .seconds(300)
        } _: { server in
            let path = try publishLarge(server)
            try await RawConnection.with(port: server.port, receiveBufferBytes: 64 << 10) {
                client in
                try await client.send("GET \(path) HTTP/1.1\r\nHost: \(server.host)\r\n\r\n")
                let head = try await client.readHead()
                let length = try #require(head.header("content-length").flatMap { Int($0) })
                await server.group.triggerGracefulShutdown()
                #expect(try await client.readBody(count: length).utf8.count == length)
            }
        }
    }

    @Test("a stop does not wait for a client that does not read")
    func stoppedUnread() async throws {
        var stopped: ContinuousClock.Instant?
        try await withServer {
            $0.shutdownGrace = .milliseconds(50)
        } _: { server in
            let path = try publishLarge(server)
            try await RawConnection.with(port: server.port, receiveBufferBytes: 64 << 10) {
                client in
                try await client.send("GET \(path) HTTP/1.1\r\nHost: \(server.host)\r\n\r\n")
                _ = try await client.readHead()
                stopped = .now
                await server.group.triggerGracefulShutdown()
                while server.web.connectionCount > 0 { await Task.yield() }
            }
        }
        #expect(try ContinuousClock.now - #require(stopped) < .seconds(20))
    }

    @Test("several answers on one connection, the last of which closes it, all come whole")
    func pipelined() async throws {
        try await withServer { server in
            let path = try publishLarge(server)
            try await RawConnection.with(port: server.port, receiveBufferBytes: 64 << 10) {
                client in
                let host = "Host: \(server.host)\r\n"
                try await client.send(
                    "GET \(path) HTTP/1.1\r\n\(host)\r\nGET \(path) HTTP/1.1\r\n\(host)\r\n"
                        + "GET /health HTTP/1.1\r\n\(host)Connection: close\r\n\r\n")
                #expect(try await client.readResponse().body.utf8.count > Self.largeBytes)
                #expect(try await client.readResponse().body.utf8.count > Self.largeBytes)
                let last = try await client.readResponse()
                #expect(last.status == 200 && last.isClosed)
            }
        }
    }

    /// Requests whose answer closes the connection.
    private enum Last: String, CaseIterable, CustomStringConvertible {
        case asked = "GET /health HTTP/1.1|Connection: close"
        case askedInCapitals = "GET /health HTTP/1.1|CONNECTION: Keep, Close"
        case old = "GET /health HTTP/1.0|Accept: */*"
        case report = "POST /api/track HTTP/1.1|Connection: close"
        case oldReport = "POST /api/track HTTP/1.0|Accept: */*"
        case packed = "POST /api/track HTTP/1.1|Content-Encoding: gzip"
        case packedLines = "POST /api/events HTTP/1.1|Content-Encoding: br"
        case notAdmitted = "GET /health HTTP/1.1|X-Http-Method-Override: PUT\r\nHost: evil.example"

        var description: String { rawValue }
        var isReport: Bool { self == .report || self == .oldReport }
    }

    private static func report(_ run: String, _ first: String, _ header: String) -> String {
        let body = trackBody(session: run)
        return "\(first)\r\n\(header)\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test(
        "what comes behind a request whose answer closes the connection is not carried out",
        arguments: Last.allCases)
    private func behindTheLast(last: Last) async throws {
        try await withServer { server in
            let host = "Host: \(server.host)"
            let parts = last.rawValue.split(separator: "|").map(String.init)
            let isPost = parts[0].hasPrefix("POST")
            let first =
                isPost
                ? Self.report("first", parts[0], "\(host)\r\n\(parts[1])")
                : "\(parts[0])\r\n\(host)\r\n\(parts[1])\r\n\r\n"
            try await RawConnection.with(port: server.port) { client in
                let next = Self.report("next", "POST /api/track HTTP/1.1", host)
                try await client.send(first + next + next)
                let all = try await client.readToEnd()
                #expect(all.matches(of: /HTTP\/1\.[01] \d{3}/).count == 1)
            }
            // One that is answered was carried out before it.
            #expect(
                try await server.post("/api/track", body: trackBody(session: "later")).status == 200
            )
            let sessions = server.intake.batches.map(\.session.value)
            #expect(sessions == (last.isReport ? ["first"] : []) + ["later"])
        }
    }

    @Test("what comes behind other requests is carried out, whoever answers them")
    func behindOthers() async throws {
        try await withServer { server in
            let host = "Host: \(server.host)"
            let page = "GET /health HTTP/1.1\r\n\(host)\r\n\r\n"
            try await RawConnection.with(port: server.port) { client in
                let reports = (0..<4).map {
                    Self.report("r\($0)", "POST /api/track HTTP/1.1", host)
                }
                try await client.send(
                    page + reports[0] + reports[1] + page + page + reports[2] + reports[3])
                for _ in 0..<7 { #expect(try await client.readResponse().status == 200) }
            }
            #expect(server.intake.batches.count == 4)
        }
    }

    @Test("a port that somebody else has on [::1] is not served on 127.0.0.1 alone")
    func takenOnOneAddress() async throws {
        for _ in 0..<20 {
            let other = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .bind(host: "::1", port: 0).get()
            let port = try #require(other.localAddress?.port)
            let error = await #expect(throws: WebServerError.self) {
                try await withServer {
                    $0.port = port
                } _: { _ in
                    Issue.record("it says that it listens")
                }
            }
            #expect(error?.port == port && error?.code == EADDRINUSE)
            try await other.close()
            // Another test may have the port on 127.0.0.1.
            if error?.host == "::1" { return }
        }
        Issue.record("each port was taken on both addresses")
    }

    @Test("a client of HTTP/1.0 that expects an interim answer gets the answer alone")
    func oldExpectation() async throws {
        try await withServer { server in
            let body = trackBody()
            try await RawConnection.with(port: server.port) { client in
                try await client.send(
                    "POST /api/track HTTP/1.0\r\nHost: \(server.host)\r\nExpect: 100-continue\r\n"
                        + "Content-Type: application/json\r\n"
                        + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
                #expect(try await client.readResponse().status == 200)
            }
        }
    }
}
