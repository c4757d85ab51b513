import Testing

@Suite("Server: Host", .timeLimit(.minutes(10))) struct ServerHostTests {
    @Test(
        "only our own names with our own port are answered",
        arguments: [
            ("localhost:PORT", 200), ("LOCALHOST:PORT", 200), ("127.0.0.1:PORT", 200),
            ("[::1]:PORT", 200),
            ("evil.com", 421), ("evil.com:PORT", 421), ("localhost.evil.com:PORT", 421),
            ("127.0.0.1.evil.com:PORT", 421), ("10.evil.com:PORT", 421), ("0.0.0.0:PORT", 421),
            ("127.1:PORT", 421), ("2130706433:PORT", 421), ("[::ffff:127.0.0.1]:PORT", 421),
            ("[0:0:0:0:0:0:0:1]:PORT", 421), ("localhost:1", 421), ("localhost", 421),
            ("127.0.0.1", 421),
            ("localhost.:PORT", 421), ("localhost:", 421), ("localhost:0PORT", 421),
            ("::1:PORT", 421),
            ("localhost:PORT,evil.com", 421), ("evil.com@localhost:PORT", 421),
            ("localhost:PORTx", 421),
            ("", 400), ("  ", 400),
        ])
    func hosts(host: String, status: Int) async throws {
        try await withServer { server in
            let host = host.replacing("PORT", with: String(server.port))
            for path in ["/health", "/", "/nowhere", "/assets/x/app.css", "/api/sessions"] {
                let response = try await server.exchange(
                    "GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\r\n")
                if status == 200 {
                    #expect(response.status == 200 || response.status == 404)
                } else {
                    #expect(response.status == status, "\(host) \(path)")
                    #expect(!response.body.contains("evil"))
                }
            }
        }
    }

    @Test("a missing or repeated Host is a bad request, in HTTP/1.0 as well")
    func missing() async throws {
        try await withServer { server in
            let host = "Host: \(server.host)\r\n"
            #expect(try await server.exchange("GET /health HTTP/1.1\r\n\r\n").status == 400)
            #expect(try await server.exchange("GET /health HTTP/1.0\r\n\r\n").status == 400)
            #expect(
                try await server.exchange("GET /health HTTP/1.1\r\n\(host)\(host)\r\n").status
                    == 400)
            let answer = try await server.exchange("GET /health HTTP/1.0\r\n\(host)\r\n")
            #expect(answer.status == 200)
            #expect(answer.isClosed)
        }
    }

    @Test("an absolute target must name us too")
    func absoluteForm() async throws {
        try await withServer { server in
            let host = "Host: \(server.host)\r\n"
            let own = "GET http://\(server.host)/health HTTP/1.1\r\n\(host)\r\n"
            #expect(try await server.exchange(own).status == 200)
            for target in ["http://evil.com/health", "http://evil.com:\(server.port)/health"] {
                let response = try await server.exchange("GET \(target) HTTP/1.1\r\n\(host)\r\n")
                #expect(response.status == 421)
            }
            let foreign = "GET http://\(server.host)/health HTTP/1.1\r\nHost: evil.com\r\n\r\n"
            #expect(try await server.exchange(foreign).status == 421)
            let https = "GET https://\(server.host)/health HTTP/1.1\r\n\(host)\r\n"
            #expect(try await server.exchange(https).status == 400)
        }
    }

    @Test("both loopback addresses answer")
    func bothAddresses() async throws {
        try await withServer { server in
            guard server.addresses.contains("[::1]") else { return }
            let response = try await RawConnection.with(port: server.port, host: "::1") {
                connection in
                try await connection.send(
                    "GET /health HTTP/1.1\r\nHost: [::1]:\(server.port)\r\n\r\n")
                return try await connection.readResponse()
            }
            #expect(response.status == 200)
        }
    }
}
