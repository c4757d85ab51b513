import Testing
import TrackerLog
import TrackerTestSupport
import TrackerWeb

/// Every route of the table, of a server that has all of them, and what is none.
@Suite("Server: the guard in front of every route", .timeLimit(.minutes(10)))
struct ServerGuardTests {
    private static let key = "the-key-4711"
    private static let given = "x-api-key: \(key)\r\n"
    private static let json = "Content-Type: application/json\r\n"

    /// What is no route.
    private static let others = [
        ("GET", "/nowhere"), ("GET", "/api/nothing"), ("GET", "/.."), ("GET", "//"),
        ("POST", "/nowhere"), ("DELETE", "/"), ("OPTIONS", "/api/track"), ("PUT", "/api/events"),
        ("GET", "/assets/x/app.css"), ("POST", "/v1/nothing"), ("TRACE", "/login"),
    ]

    private func withEverything(
        _ body: (TestServer, [(method: String, path: String)]) async throws -> Void
    ) async throws {
        func set(_ configuration: inout WebServer.Configuration) {
            configuration.apiKey = Self.key
            configuration.isPrivate = true
        }
        try await withServer(set, storage: try ServerCompareTests.storage()) { server in
            server.history.publish(
                emptySummary(user: try UserID("ann"), session: try SessionID("s1")))
            let page = try await server.get("/login", headers: "Accept: text/html\r\n").body
            let stylesheet = try #require(page.firstMatch(of: /\/assets\/[0-9a-f]+\/app\.css/))
            var targets: [(method: String, path: String)] = []
            for route in server.web.routeTable {
                let address = try #require(ServerRouteTests.address(of: route.pattern))
                let path = address == "STYLESHEET" ? String(stylesheet.output) : address
                targets += route.methods.map { ($0, path) }
            }
            #expect(targets.contains { $0 == ("POST", "/login") })
            #expect(targets.contains { $0 == ("GET", "/api/v1/sessions") })
            #expect(targets.contains { $0 == ("POST", "/v1/traces") })
            #expect(targets.contains { $0 == ("GET", "/api/live") })
            try await body(server, targets + Self.others)
            #expect(server.intake.batches.isEmpty)
        }
    }

    private func exchange(
        _ server: TestServer, _ method: String, _ path: String, _ headers: String
    ) async throws -> RawResponse {
        try await server.exchange(
            "\(method) \(path) HTTP/1.1\r\n\(headers)\r\n", toHead: method == "HEAD")
    }

    @Test("a request for another host, or for none, reaches no route, key or not")
    func hosts() async throws {
        try await withEverything { server, targets in
            let own = "Host: \(server.host)\r\n"
            let evil = "Host: evil.com:\(server.port)\r\n"
            for (method, path) in targets {
                let what = "\(method) \(path)"
                for more in ["", Self.given, Self.given + Self.json + "Content-Length: 2\r\n"] {
                    let foreign = try await exchange(server, method, path, evil + more)
                    #expect(foreign.status == 421 && foreign.isClosed, "\(what)")
                    #expect(!foreign.body.contains("ann"), "\(what)")
                    checkSecurityHeaders(foreign, what)
                }
                for wrong in ["", own + evil, own + own, "Host: \r\n"] {
                    let answer = try await exchange(server, method, path, wrong + Self.given)
                    #expect(answer.status == 400 && answer.isClosed, "\(what) \(wrong)")
                    checkSecurityHeaders(answer, what)
                }
                let absolute = "http://evil.com\(path)"
                let answer = try await exchange(server, method, absolute, own + Self.given)
                #expect(answer.status == 421, "\(what)")
            }
        }
    }

    @Test("a head that is too long or ambiguous reaches no route")
    func heads() async throws {
        try await withEverything { server, targets in
            let own = "Host: \(server.host)\r\n" + Self.given
            let many = (0...WebLimits.maxHeaderFields).map { "X-\($0): 1\r\n" }.joined()
            let cases = [
                (many, 431), ("X: \(String(repeating: "x", count: 17 << 10))\r\n", 431),
                ("Content-Length: 1\r\nContent-Length: 2\r\n", 400),
                ("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", 400),
                ("Transfer-Encoding: gzip\r\n", 400), ("Expect: nothing\r\n", 417),
                ("X: a\r\n b\r\n", 400), ("X : a\r\n", 400),
            ]
            for (method, path) in targets {
                for (headers, status) in cases {
                    let answer = try await exchange(server, method, path, own + headers)
                    #expect(answer.status == status, "\(method) \(path) \(headers.prefix(40))")
                    checkSecurityHeaders(answer, "\(method) \(path)")
                }
            }
        }
    }

    @Test("a page of another site reaches no route, whatever it sends along")
    func sites() async throws {
        try await withEverything { server, targets in
            let own = "Host: \(server.host)\r\n" + Self.given + Self.json
            let cases = [
                "Origin: http://evil.com\r\n", "Origin: null\r\n", "Sec-Fetch-Site: cross-site\r\n",
                "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\n",
                "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\n",
            ]
            for (method, path) in targets {
                for headers in cases {
                    let answer = try await exchange(server, method, path, own + headers)
                    #expect(
                        [403, 404, 405].contains(answer.status), "\(method) \(path) \(headers)")
                    #expect(!answer.body.contains("s1"), "\(method) \(path)")
                    checkSecurityHeaders(answer, "\(method) \(path)")
                }
            }
        }
    }

    @Test("every answer of every route has every header, and none is packed")
    func answers() async throws {
        try await withEverything { server, targets in
            let own = "Host: \(server.host)\r\n\(Self.given)Accept-Encoding: gzip, br, zstd\r\n"
            for (method, path) in targets where !path.contains("//") {
                let answer = try await RawConnection.with(port: server.port) { connection in
                    try await connection.send("\(method) \(path) HTTP/1.1\r\n\(own)\r\n")
                    return try await connection.readHead()
                }
                // What is secret must not share a packed answer with what somebody else chose.
                #expect(answer.header("content-encoding") == nil, "\(method) \(path)")
                checkSecurityHeaders(answer, "\(method) \(path)")
            }
        }
    }
}
