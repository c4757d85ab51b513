import ServiceLifecycle
import Testing
import TrackerIndexer
import TrackerLog
import TrackerWeb

@Suite("Server: live stream and stopping", .timeLimit(.minutes(10))) struct ServerLiveTests {
    private func open(_ server: TestServer, on connection: RawConnection) async throws -> Int {
        try await connection.send("GET /api/live HTTP/1.1\r\nHost: \(server.host)\r\n\r\n")
        return try await connection.readHead().status
    }

    @Test("sends the version at once and after every change")
    func changes() async throws {
        try await withServer { server in
            try await RawConnection.with(port: server.port) { connection in
                try await connection.send("GET /api/live HTTP/1.1\r\nHost: \(server.host)\r\n\r\n")
                let head = try await connection.readHead()
                #expect(head.status == 200)
                #expect(head.header("content-type") == "text/event-stream; charset=utf-8")
                #expect(head.header("cache-control") == "no-store")
                let first = try await connection.read(until: "data: {\"version\":1}\n\n")
                #expect(first.contains("retry: 1000\n\n"))
                #expect(first.contains("id: 1\n"))
                server.history.publish(
                    emptySummary(user: try UserID("ann"), session: try SessionID("s1")))
                #expect(
                    try await connection.read(until: "data: {\"version\":2}\n\n").contains(
                        "id: 2\n"))
            }
        }
    }

    @Test("sends a heartbeat when nothing changes")
    func heartbeat() async throws {
        try await withServer {
            $0.heartbeat = .milliseconds(20)
        } _: { server in
            try await RawConnection.with(port: server.port) { connection in
                #expect(try await open(server, on: connection) == 200)
                _ = try await connection.read(until: "version\":1}\n\n")
                for _ in 0..<2 {
                    let beat = try await connection.read(until: "}\n\n")
                    let looked = server.history.catalog().freshness.indexedAt
                    #expect(
                        beat.hasSuffix(
                            "event: beat\ndata: {\"indexed_at_ms\":"
                                + "\(Int(looked.milliseconds))}\n\n"))
                }
            }
        }
    }

    @Test("an open page gets what has changed in it, and any other the whole page")
    func changedParts() async throws {
        func state(of page: String) throws -> String {
            let text = page.split(separator: "data-state=\"").dropFirst().first
            return try #require(text.map { String($0.prefix { $0 != "\"" }) })
        }
        try await withServer { server in
            func publish(_ session: String) throws {
                server.history.publish(
                    emptySummary(user: try UserID("ann"), session: try SessionID(session)))
            }
            try publish("s1")
            let whole = try await server.get("/")
            #expect(whole.body.contains("<body>") && !whole.body.contains("data-changes"))
            try publish("s2")
            let known = "x-page-state: \(try state(of: whole.body))\r\n"
            let changed = try await server.get("/", headers: known)
            #expect(changed.body.contains(" data-changes>") && !changed.body.contains("<body>"))
            #expect(changed.body.contains("<template data-part=\"list\">"))
            #expect(changed.body.contains("/sessions/ann/s2\""))
            #expect(changed.body.contains("data-version=\"3\""))
            let later = try await server.get(
                "/", headers: known + "x-page-later: list side-list\r\n")
            #expect(later.body.contains(" data-late>") && !later.body.contains("ann/s2\""))
            let after = "x-page-state: \(try state(of: changed.body))\r\n"
            let same = try await server.get("/", headers: after)
            #expect(!same.body.contains("data-part=\"list\""))
            let lost = try await server.get("/", headers: after + "x-page-lost: list\r\n")
            #expect(lost.body.contains("data-part=\"list\"") && lost.body.contains("ann/s2\""))
            for other in ["x-page-state: none\r\n", "x-page-state:\r\n"] {
                #expect(try await server.get("/", headers: other).body.contains("<body>"))
            }
            let session = try await server.get("/sessions/ann/s1", headers: known)
            #expect(session.status == 200 && session.body.contains("<body>"))
        }
    }

    @Test("ends when the server stops, long before any time limit, and the intake is closed")
    func stop() async throws {
        let clock = ContinuousClock()
        var asked: ContinuousClock.Instant?
        var intake: FakeIntake?
        try await withServer {
            // It ends by itself, and not because the time for pending requests is over.
            $0.shutdownGrace = .seconds(60)
        } _: { server in
            intake = server.intake
            try await RawConnection.with(port: server.port) { connection in
                #expect(try await open(server, on: connection) == 200)
                _ = try await connection.read(until: "version\":1}\n\n")
                // An idle connection and one in the middle of a request must not hold the server
                // up.
                try await RawConnection.with(port: server.port) { idle in
                    try await RawConnection.with(port: server.port) { half in
                        try await half.send(
                            trackHead(server) + "Content-Length: 9\r\n\r\n{")
                        asked = clock.now
                        await server.group.triggerGracefulShutdown()
                        #expect(try await connection.readToEnd().hasSuffix("0\r\n\r\n"))
                        _ = try await idle.readToEnd()
                        _ = try await half.readToEnd()
                    }
                }
            }
        }
        let began = try #require(asked)
        #expect(clock.now - began < .seconds(30))
        #expect(intake?.isClosed == true)
    }

    @Test("the number of streams is limited, and a closed one frees its slot")
    func limit() async throws {
        try await withServer { server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                let (opened, report) = AsyncStream<Void>.makeStream()
                for _ in 0..<WebLimits.maxLiveStreams {
                    group.addTask {
                        try await RawConnection.with(port: server.port) { connection in
                            #expect(try await open(server, on: connection) == 200)
                            report.yield()
                            _ = try await connection.read(until: "version\":2}\n\n")
                        }
                    }
                }
                var count = 0
                for await _ in opened {
                    count += 1
                    if count == WebLimits.maxLiveStreams { break }
                }
                let refused = try await server.get("/api/live")
                #expect(refused.status == 503)
                #expect(refused.header("retry-after") == "5")
                server.history.publish(
                    emptySummary(user: try UserID("ann"), session: try SessionID("s1")))
                try await group.waitForAll()
            }
            // The server notices that a client has gone by itself: ask until it has.
            var status = 503
            while status == 503 {
                status = try await RawConnection.with(port: server.port) { connection in
                    try await open(server, on: connection)
                }
            }
            #expect(status == 200)
        }
    }

    @Test("needs the same host and origin as everything else")
    func guards() async throws {
        try await withServer { server in
            let origin = try await server.get("/api/live", headers: "Origin: http://evil.com\r\n")
            #expect(origin.status == 403)
            #expect(
                try await server.get("/api/live", headers: "Sec-Fetch-Site: cross-site\r\n").status
                    == 403)
            let foreign = "GET /api/live HTTP/1.1\r\nHost: evil.com\r\n\r\n"
            #expect(try await server.exchange(foreign).status == 421)
        }
    }
}
