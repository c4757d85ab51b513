import Testing
import TrackerLog
import TrackerWeb

@Suite("Server: limits and framing", .timeLimit(.minutes(10))) struct ServerLimitTests {
    @Test("a request line of 4 KiB is accepted, a longer one is not")
    func requestLine() async throws {
        try await withServer { server in
            func line(_ bytes: Int) async throws -> Int {
                let filler = String(
                    repeating: "a", count: bytes - "GET /health? HTTP/1.1".utf8.count)
                return try await server.get("/health?" + filler).status
            }
            let longest = try await line(WebLimits.maxRequestLineBytes)
            #expect(longest == 200)
            #expect(try await line(WebLimits.maxRequestLineBytes + 1) == 431)
            #expect(try await line(1 << 20) == 431)
        }
    }

    @Test("headers are limited in number and in bytes")
    func headers() async throws {
        try await withServer { server in
            func fields(_ count: Int) async throws -> Int {
                let lines = (1..<count).map { "X-\($0): 1\r\n" }.joined()
                return try await server.get("/health", headers: lines).status
            }
            let most = try await fields(WebLimits.maxHeaderFields)
            #expect(most == 200)
            #expect(try await fields(WebLimits.maxHeaderFields + 1) == 431)
            #expect(try await fields(10_000) == 431)
            for size in [17 << 10, 1 << 20] {
                let big = "X: " + String(repeating: "x", count: size) + "\r\n"
                #expect(try await server.get("/health", headers: big).status == 431)
                let many = (0..<8).map {
                    "X-\($0): " + String(repeating: "x", count: size / 8) + "\r\n"
                }
                #expect(try await server.get("/health", headers: many.joined()).status == 431)
            }
            let much = "X: " + String(repeating: "x", count: 15 << 10) + "\r\n"
            #expect(try await server.get("/health", headers: much).status == 200)
        }
    }

    @Test("a header without end is cut off by its size")
    func endlessHeader() async throws {
        try await withServer { server in
            let status = try await RawConnection.with(port: server.port) { connection in
                try await connection.send("GET /" + String(repeating: "a", count: 40_000))
                return try await connection.readResponse().status
            }
            #expect(status == 431)
        }
    }

    @Test("large bodies in flight are bounded together; a small one always has room")
    func bodiesInFlight() async throws {
        try await withServer {
            $0.maxBodyBytesInFlight = 300_000
        } _: { server in
            let body = trackBody(extra: String(repeating: " ", count: 250_000))
            let half = body.prefix(200_000)
            let head = trackHead(server) + "Content-Length: \(body.utf8.count)\r\n\r\n"
            var wasHeld = false
            for _ in 0..<20 where !wasHeld {
                wasHeld = try await RawConnection.with(port: server.port) { first in
                    try await first.send(head + half)
                    // Another one finds no room as soon as the first has arrived.
                    let refused = try await Self.refusal(server, head, body)
                    #expect(refused.status == 503 && refused.header("retry-after") == "1")
                    let small = try await server.post("/api/track", body: trackBody())
                    #expect(small.status == 200)
                    try await first.send(String(body.dropFirst(half.count)))
                    // While both arrive, each may be the one that finds no room.
                    guard try await first.readResponse().status == 200 else { return false }
                    // On the same connection, as often as it likes.
                    for _ in 0..<3 {
                        try await first.send(head + body)
                        #expect(try await first.readResponse().status == 200)
                    }
                    return true
                }
            }
            #expect(wasHeld)
            try await RawConnection.with(port: server.port) { gone in
                try await gone.send(head + half)
            }
            while try await server.post("/api/track", body: body).status != 200 {
                await Task.yield()
            }
        }
    }

    /// Sends until there is no room: the other connection's bytes may still be on their way.
    private static func refusal(
        _ server: TestServer, _ head: String, _ body: String
    ) async throws -> RawResponse {
        while true {
            let response = try await server.exchange(head + body)
            if response.status != 200 { return response }
        }
    }

    @Test(
        "a body whose length is given twice or wrongly is refused",
        arguments: [
            "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n",
            "Content-Length: 2\r\nContent-Length: 2\r\n",
            "Content-Length: 2\r\nContent-Length: 3\r\n",
            "Content-Length: 2, 2\r\n", "Content-Length: +2\r\n", "Content-Length: -2\r\n",
            "Content-Length: 0x2\r\n", "Content-Length: 2 2\r\n", "Content-Length:\r\n",
            "Content-Length: 99999999999999999999\r\n", "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: identity\r\n", "Transfer-Encoding: chunked, chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding : chunked\r\n",
            "Transfer-Encoding: xchunked\r\n", "Transfer-Encoding:\u{b}chunked\r\n",
        ])
    func framing(lengths: String) async throws {
        try await withServer { server in
            let response = try await server.exchange(
                trackHead(server)
                    + "\(lengths)\r\n{}")
            #expect(response.status == 400)
            #expect(response.isClosed)
            #expect(server.intake.batches.isEmpty)
        }
    }

    @Test(
        "input that is not HTTP is refused, and the server continues",
        arguments: [
            "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}\r\n\r\n",
            "GET / HTTP/9.9\r\nHost: HOST\r\n\r\n",
            "GET / HTTP/2.0\r\nHost: HOST\r\n\r\n", "GET /\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: HOST\r\n folded\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: HOST\r\nX: a\0b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost : HOST\r\n\r\n", "GET / HTTP/1.1\r\nHost: HOST\r\n: x\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: HOST\r\nX\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        ])
    func garbage(text: String) async throws {
        try await withServer { server in
            let response = try await server.exchange(text.replacing("HOST", with: server.host))
            #expect((400..<500).contains(response.status))
            #expect(response.isClosed)
            #expect(try await server.get("/health").status == 200)
        }
    }

    @Test("a body that is too long is refused before it is sent, or while it comes")
    func bodySize() async throws {
        try await withServer { server in
            let head =
                trackHead(server)
            let announced = try await server.exchange(
                head + "Content-Length: \(WebLimits.maxBodyBytes + 1)\r\n\r\n")
            #expect(announced.status == 413)
            #expect(announced.isClosed)
            let chunked = try await RawConnection.with(port: server.port) { connection in
                try await connection.send(head + "Transfer-Encoding: chunked\r\n\r\n")
                let chunk = "100000\r\n" + String(repeating: " ", count: 1 << 20) + "\r\n"
                for _ in 0..<9 { try await connection.send(chunk) }
                return try await connection.readResponse()
            }
            #expect(chunked.status == 413)
            #expect(server.intake.batches.isEmpty)
        }
    }

    @Test("an incomplete body is not accepted")
    func cutOff() async throws {
        try await withServer { server in
            let head =
                trackHead(server)
            let body = trackBody()
            for lengths in ["Content-Length: \(body.utf8.count + 1)", "Transfer-Encoding: chunked"]
            {
                try await RawConnection.with(port: server.port) { connection in
                    let size = String(body.utf8.count, radix: 16)
                    let chunk = lengths.hasPrefix("T") ? "\(size)\r\n\(body)\r\n" : body
                    try await connection.send("\(head)\(lengths)\r\n\r\n\(chunk)")
                }
            }
            #expect(try await server.get("/health").status == 200)
            #expect(server.intake.batches.isEmpty)
        }
    }

    @Test("requests on one connection are answered in order, and none after a bad one")
    func pipelining() async throws {
        try await withServer { server in
            let host = "Host: \(server.host)\r\n"
            let text = try await RawConnection.with(port: server.port) { connection in
                try await connection.send(
                    "GET /health HTTP/1.1\r\n\(host)\r\nGET /nowhere HTTP/1.1\r\n\(host)\r\n"
                        + "GET /health HTTP/1.1\r\nHost: evil.com\r\n\r\n"
                        + "GET /health HTTP/1.1\r\n\(host)\r\n"
                )
                return try await connection.readToEnd()
            }
            let statuses = text.split(separator: "HTTP/1.1 ").dropFirst(0).compactMap {
                Int($0.prefix(3))
            }
            #expect(statuses == [200, 404, 421])
        }
    }

    @Test("Expect: 100-continue is answered")
    func expectContinue() async throws {
        try await withServer { server in
            let body = trackBody()
            let statuses = try await RawConnection.with(port: server.port) { connection in
                try await connection.send(
                    trackHead(server)
                        + "Expect: 100-continue\r\nContent-Length: \(body.utf8.count)\r\n\r\n")
                let first = try await connection.readHead().status
                try await connection.send(body)
                return [first, try await connection.readResponse().status]
            }
            #expect(statuses == [100, 200])
        }
    }
}
