import Testing
import TrackerLog
import TrackerTestSupport
import TrackerWeb

@Suite("Server: slow and too many clients", .timeLimit(.minutes(10))) struct ServerTimeoutTests {
    @Test("a header that comes a byte at a time is cut off while others are served")
    func slowHeader() async throws {
        try await withServer {
            $0.timeouts.header = .milliseconds(300)
        } _: { server in
            try await RawConnection.with(port: server.port) { slow in
                let clock = ContinuousClock()
                let began = clock.now
                try await slow.send("GET /health HTTP/1.1\r\nX: ")
                #expect(try await server.get("/health").status == 200)
                let response = try await slow.readResponse()
                #expect(response.status == 408)
                #expect(response.isClosed)
                #expect(clock.now - began >= .milliseconds(250))
            }
        }
    }

    @Test("a body that does not arrive is cut off, and changes nothing")
    func slowBody() async throws {
        try await withServer {
            $0.timeouts.body = .milliseconds(300)
        } _: { server in
            let body = trackBody()
            try await RawConnection.with(port: server.port) { slow in
                try await slow.send(
                    trackHead(server)
                        + "Transfer-Encoding: chunked\r\n\r\n"
                        + "\(String(body.utf8.count, radix: 16))\r\n\(body)\r\n"
                )
                #expect(try await slow.readResponse().status == 408)
            }
            #expect(server.intake.batches.isEmpty)
        }
    }

    @Test(
        "a header that begins behind another request has no longer than any other",
        arguments: ["GET /health HTTP/1.1\r\n", "POST /api/track HTTP/1.1\r\n"])
    func slowHeaderBehind(first: String) async throws {
        try await withServer {
            $0.timeouts.header = .milliseconds(300)
        } _: { server in
            try await RawConnection.with(port: server.port) { slow in
                let body = first.hasPrefix("POST") ? trackBody() : ""
                let fields =
                    body.isEmpty
                    ? ""
                    : "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
                // In one piece, so that the server reads both at once.
                try await slow.send(
                    first + "Host: \(server.host)\r\n\(fields)\r\n\(body)GET /health HT")
                #expect(try await slow.readResponse().status == 200)
                let response = try await slow.readResponse()
                #expect(response.status == 408 && response.isClosed)
            }
        }
    }

    @Test("an idle connection is closed")
    func idle() async throws {
        try await withServer {
            // Longer than a busy machine keeps a test waiting between two of its lines.
            $0.timeouts.idle = .milliseconds(TestMode.isSanitized ? 10_000 : 2_500)
        } _: { server in
            try await RawConnection.with(port: server.port) { silent in
                let text = try await silent.readToEnd()
                #expect(text == "")
            }
            try await RawConnection.with(port: server.port) { used in
                try await used.send("GET /health HTTP/1.1\r\nHost: \(server.host)\r\n\r\n")
                #expect(try await used.readResponse().status == 200)
                #expect(try await used.readToEnd() == "")
            }
            // Answered on the event loop, where the application does not see it.
            try await RawConnection.with(port: server.port) { used in
                let body = trackBody()
                try await used.send(
                    trackHead(server) + "Content-Length: \(body.utf8.count)\r\n\r\n" + body)
                #expect(try await used.readResponse().status == 200)
                #expect(try await used.readToEnd() == "")
            }
        }
    }

    @Test("a client that reads nothing is disconnected")
    func stalledReader() async throws {
        try await withServer {
            $0.timeouts.stalledWrite = .milliseconds(300)
        } _: { server in
            // More than the system's buffers can hold, and nobody reads.
            let stylesheet = try await server.stylesheetPath()
            let size = try await server.get(stylesheet).body.utf8.count
            let request = "GET \(stylesheet) HTTP/1.1\r\nHost: \(server.host)\r\n\r\n"
            let batch = String(repeating: request, count: 100)
            try await RawConnection.with(port: server.port, receiveBufferBytes: 64 << 10) {
                client in
                for _ in 0..<100 { try await client.send(batch) }
                let status = try await server.get("/health").status
                #expect(status == 200)
                // Nothing tells that the server gave up: ask until it has.
                while server.web.connectionCount > 0 { try await Task.sleep(for: .milliseconds(5)) }
                let text = try await client.readToEnd()
                #expect(text.utf8.count < 10_000 * size)
            }
        }
    }

    @Test("the connection idle longest makes room for a new one")
    func manyConnections() async throws {
        try await withServer {
            $0.maxConnections = 4
        } _: { server in
            try await RawConnection.with(port: server.port) { oldest in
                try await oldest.send("GET /health HTTP/1.1\r\nHost: \(server.host)\r\n\r\n")
                #expect(try await oldest.readResponse().status == 200)
                try await nest(4, server)
                #expect(try await oldest.readToEnd() == "")
            }
        }
    }

    private func nest(_ depth: Int, _ server: TestServer) async throws {
        guard depth > 0 else { return }
        try await RawConnection.with(port: server.port) { connection in
            try await connection.send("GET /health HTTP/1.1\r\nHost: \(server.host)\r\n\r\n")
            #expect(try await connection.readResponse().status == 200)
            try await nest(depth - 1, server)
        }
    }

    @Test("when all connections are busy, a new one gets 503")
    func allBusy() async throws {
        try await withServer {
            $0.maxConnections = 2
        } _: { server in
            func live(_ connection: RawConnection) async throws {
                try await connection.send("GET /api/live HTTP/1.1\r\nHost: \(server.host)\r\n\r\n")
                _ = try await connection.read(until: "version\":1}\n\n")
            }
            try await RawConnection.with(port: server.port) { first in
                try await live(first)
                try await RawConnection.with(port: server.port) { second in
                    try await live(second)
                    let refused = try await RawConnection.with(port: server.port) { third in
                        try await third.readResponse()
                    }
                    #expect(refused.status == 503)
                }
            }
        }
    }
}
