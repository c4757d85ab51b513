import Testing
import TrackerIndexer
import TrackerLog
import TrackerPages
import TrackerProfile
import TrackerTestSupport
import TrackerWeb

@Suite("Server: routes and methods", .timeLimit(.minutes(10))) struct ServerRouteTests {
    /// Every route of the server with an address that it answers.
    private static let addresses = oldAddresses.merging(
        oldAddresses.compactMap { pattern, address in
            pattern.hasPrefix("/api/") && !pattern.hasPrefix("/api/v1/")
                ? ("/api/v1" + pattern.dropFirst(4), "/api/v1" + address.dropFirst(4)) : nil
        }
    ) { first, _ in first }

    private static let oldAddresses = [
        "/": "/", "/sessions/{user}/{session}": "/sessions/ann/s1",
        "/sessions/by-folder/{user}/{session}": "/sessions/by-folder/ann/s1",
        "/sessions/{user}/{session}/runs/{run}": "/sessions/ann/s1/runs/r1",
        "/sessions/by-folder/{user}/{session}/runs/{run}": "/sessions/by-folder/ann/s1/runs/r1",
        "/api/sessions/by-folder/{user}/{session}": "/api/sessions/by-folder/ann/s1",
        "/assets/{hash}/{name}": "STYLESHEET", "/favicon.ico": "/favicon.ico",
        "/health": "/health", "/metrics": "/metrics", "/compare": "/compare",
        "/edits/{user}/{session}": "/edits/ann/s1",
        "/edits/by-folder/{user}/{session}": "/edits/by-folder/ann/s1",
        "/sessions/{user}/{session}/profiles/{hash}": "/sessions/ann/s1/profiles/\(hash)",
        "/sessions/by-folder/{user}/{session}/profiles/{hash}":
            "/sessions/by-folder/ann/s1/profiles/\(hash)",
        "/targets": "/targets", "/storage": "/storage", "/users": "/users",
        "/trends": "/trends?target=api", "/api/v1/users": "/api/v1/users",
        "/api/v1/trend": "/api/v1/trend?target=api", "/api/v1/targets": "/api/v1/targets",
        "/api/v1/storage": "/api/v1/storage",
        "/api/v1/compare": "/api/v1/compare" + ServerCompareTests.query,
        "/api/v1/compare/markdown": "/api/v1/compare/markdown" + ServerCompareTests.query,
        "/api/v1/sessions/{user}/{session}/report/markdown":
            "/api/v1/sessions/ann/s1/report/markdown",
        "/api/v1/sessions/by-folder/{user}/{session}/report/markdown":
            "/api/v1/sessions/by-folder/ann/s1/report/markdown",
        "/api/v1/compare/csv": "/api/v1/compare/csv" + ServerCompareTests.query,
        "/api/v1/trend/csv": "/api/v1/trend/csv?target=api",
        "/api/v1/sessions/{user}/{session}/panels/{panel}": "/api/v1/sessions/ann/s1/panels/runs",
        "/api/v1/sessions/by-folder/{user}/{session}/panels/{panel}":
            "/api/v1/sessions/by-folder/ann/s1/panels/curve",
        "/api/v1/sessions/{user}/{session}/panels/{panel}/csv":
            "/api/v1/sessions/ann/s1/panels/runs/csv",
        "/api/v1/sessions/by-folder/{user}/{session}/panels/{panel}/csv":
            "/api/v1/sessions/by-folder/ann/s1/panels/curve/csv",
        "/api/sessions": "/api/sessions",
        "/api/sessions/{user}/{session}": "/api/sessions/ann/s1",
        "/v1/metrics": "/v1/metrics", "/v1/traces": "/v1/traces", "/v1/logs": "/v1/logs",
        "/api/live": "/api/live", "/api/track": "/api/track", "/api/track/{user}": "/api/track/ann",
        "/api/events": "/api/events", "/api/openapi.json": "/api/openapi.json",
        // Of a private server alone.
        "/login": "/login",
    ]

    private static let folded = Array("main;serve 3\n".utf8)
    private static let hash = ProfileHash(of: folded)

    static func address(of pattern: String) -> String? { addresses[pattern] }

    @Test("every route is declared, and every kind has its methods and guards")
    func table() async throws {
        let storage = try ServerCompareTests.storage()
        #expect(try ProfileStore(in: storage).put(Self.folded) == Self.hash)
        try await withServer(storage: storage) { server in
            var summary = emptySummary(user: try UserID("ann"), session: try SessionID("s1"))
            summary.runs = [
                RunSummary(
                    run: "r1", state: .finished, params: .emptyObject, environment: .emptyObject,
                    series: [], timelines: [])
            ]
            summary.edits = [
                Edit(
                    timestamp: .epoch, kind: .profile, text: "cpu", id: "p",
                    profile: Self.hash.text)
            ]
            server.history.publish(summary)
            let routes = server.web.routeTable
            #expect(Set(routes.map(\.pattern) + ["/login"]) == Set(Self.addresses.keys))
            for route in routes {
                let address = try #require(Self.addresses[route.pattern])
                let path = address == "STYLESHEET" ? try await server.stylesheetPath() : address
                switch route.kind {
                case "read":
                    #expect(route.methods == ["GET", "HEAD"])
                    try await checkRead(path, server)
                case "intake", "edit":
                    #expect(route.methods == ["POST"])
                    let foreign = "Content-Type: application/json\r\nOrigin: http://evil.com\r\n"
                    #expect(try await server.post(path, body: "{}", headers: foreign).status == 403)
                default: Issue.record("a kind without a rule: \(route.kind)")
                }
            }
            #expect(server.intake.batches.isEmpty)
        }
    }

    @Test("a parameter that does nothing is refused by every question of a program")
    func parameters() async throws {
        try await withServer { server in
            let asked = server.web.routeTable.filter {
                $0.kind == "read" && $0.pattern.hasPrefix("/api/")
            }
            #expect(asked.count > 20)
            for route in asked {
                let path = try #require(Self.addresses[route.pattern])
                for query in ["limit=1", "%6Cimit=", "limit", "=", "%FF=1", "a%00=1"] {
                    let full = path + (path.contains("?") ? "&" : "?") + query
                    let response = try await server.get(full)
                    #expect(response.status == 400, "\(full)")
                    if query.hasPrefix("limit") {
                        let text = "There is no parameter \\\"limit\\\". This path takes "
                        #expect(response.body.contains(text), "\(full): \(response.body)")
                    }
                }
            }
            let known = try await server.get("/api/v1/sessions?limit=1").body
            #expect(known.contains("This path takes q, sort, user."))
            // Monitors add what they like, and a report is not lost by a word of its address.
            for path in ["/health?t=1", "/metrics?t=1"] {
                #expect(try await server.get(path).status == 200, "\(path)")
            }
        }
    }

    private func checkRead(_ path: String, _ server: TestServer) async throws {
        let head = "HEAD \(path) HTTP/1.1\r\nHost: \(server.host)\r\nConnection: close\r\n\r\n"
        let (response, rest) = try await RawConnection.with(port: server.port) { connection in
            try await connection.send(head)
            return (try await connection.readHead(), try await connection.readToEnd())
        }
        #expect(response.status == 200 || response.status == 204, "HEAD \(path)")
        #expect(rest == "", "HEAD \(path) has a body")
        let withBody = try await server.exchange(
            "GET \(path) HTTP/1.1\r\nHost: \(server.host)\r\nContent-Length: 2\r\n\r\n{}")
        #expect(withBody.status == 413, "a body on \(path)")
        #expect(withBody.isClosed)
    }

    @Test("methods outside the list get 405 and are told which are allowed")
    func methods() async throws {
        try await withServer { server in
            let host = "Host: \(server.host)\r\n"
            let stylesheet = try await server.stylesheetPath()
            for address in Self.addresses.values.sorted() where address != "/login" {
                let path = address == "STYLESHEET" ? stylesheet : address
                let isPosted =
                    ["/track", "/events"].contains(where: path.hasSuffix)
                    || path.hasPrefix("/edits/")
                    || path.hasPrefix("/v1/")
                let allowed = isPosted ? ["POST"] : ["GET", "HEAD"]
                let all = [
                    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND",
                ]
                for method in all where !allowed.contains(method) {
                    let response = try await server.exchange(
                        "\(method) \(path) HTTP/1.1\r\n\(host)\r\n", toHead: method == "HEAD")
                    #expect(response.status == 405, "\(method) \(path)")
                    #expect(response.header("allow") == allowed.joined(separator: ", "))
                }
                let connect = try await server.exchange(
                    "CONNECT \(server.host) HTTP/1.1\r\n\(host)\r\n")
                #expect(connect.status == 405)
                // A method that HTTP does not know is not valid HTTP.
                #expect(
                    try await server.exchange("FOO \(path) HTTP/1.1\r\n\(host)\r\n").status == 400)
            }
            let override = "X-HTTP-Method-Override: DELETE\r\n"
            #expect(try await server.get("/health", headers: override).status == 200)
        }
    }

    @Test(
        "tricks with paths find nothing",
        arguments: [
            "/..", "/../etc/passwd", "/%2e%2e/etc/passwd", "/..%2fetc/passwd", "/%252e%252e/x",
            "//", "//health",
            "/health/", "/health//", "/./health", "/%2e/health", "/health;x=1", "/health%3bx",
            "/\\health",
            "/%5chealth", "/health%00", "/health%0a", "/health%0d%0aX:1", "/health%", "/health%2",
            "/health%zz",
            "/%ff", "/HEALTH", "/assets/../health", "/assets/app.css", "/assets/x/app.css",
            "/assets//app.css",
            "/assets/..%2f..%2fetc/passwd", "/assets/%2e%2e/app.css", "/sessions/ann/s2",
            "/sessions/ann",
            "/sessions/..%2fann/s1", "/sessions/ann/..%2f..%2ftracker.json",
            "/sessions/ann/s1%00.html",
            "/sessions/ann/s1/", "/sessions/ann/s1;a", "/sessions/ann/%2e%2e",
            "/sessions/%2e%2e/s1",
            "/sessions/ann/s1%c0%af", "/sessions/ann%2fs1/", "/health?x#y/../../etc",
            "/api/sessions/",
        ])
    func paths(path: String) async throws {
        try await withServer { server in
            server.history.publish(
                emptySummary(user: try UserID("ann"), session: try SessionID("s1")))
            let response = try await server.get(path)
            let expected = path.hasPrefix("/health?") ? [200, 400] : [404, 400]
            #expect(expected.contains(response.status))
            #expect(!response.body.contains("passwd"))
            #expect(try await server.get("/api/sessions").status == 200)
        }
    }

    @Test("a session in the list has the JSON that it has everywhere, and its path")
    func oneJSON() async throws {
        try await withServer { server in
            var summary = emptySummary(user: try UserID("ann"), session: try SessionID("s1"))
            (summary.first, summary.last) = (1_763_899_200_000.5, 1_763_899_201_000)
            server.history.publish(summary)
            let list = try JSONValue(
                parsing: Array(try await server.get("/api/sessions").body.utf8))
            let row = try #require(list["sessions"]?.arrayValue?.first)
            let members = try #require(CatalogEntry(summary).json.objectValue)
            #expect(row == .object(members + [.init("path", .string("/sessions/ann/s1"))]))
            let one = try JSONValue(
                parsing: Array(try await server.get("/api/sessions/ann/s1").body.utf8))
            for time in ["first", "last"] {
                #expect(row[time]?.doubleValue != nil)
                #expect(row[time] == one[time])
            }
        }
    }

    @Test("ids of any spelling are found by the address that our links use")
    func anyIdentifier() async throws {
        try await withServer { server in
            for name in ["Bob", "a/b", "..", "ü;\\", "100%", "%41", ".hidden", "a\u{1}b"] {
                let (user, session) = (try UserID(name), try SessionID(name))
                server.history.publish(emptySummary(user: user, session: session))
                let path = sessionPath(user: user, session: session)
                #expect(try await server.get(path).status == 200, "\(path)")
            }
        }
    }

    @Test("an asset may be kept for ever, and everything else not at all")
    func caching() async throws {
        try await withServer { server in
            let asset = try await server.get(server.stylesheetPath())
            #expect(asset.status == 200)
            #expect(asset.header("content-type") == "text/css; charset=utf-8")
            #expect(asset.header("cache-control") == "public, max-age=31536000, immutable")
            for path in ["/", "/health", "/api/sessions", "/nowhere"] {
                #expect(try await server.get(path).header("cache-control") == "no-store")
            }
        }
    }

    @Test("errors are JSON for programs, a page for browsers, text for the rest")
    func errors() async throws {
        try await withServer { server in
            let json = try await server.get("/api/nothing")
            #expect(json.header("content-type") == "application/json; charset=utf-8")
            #expect(json.body.hasPrefix("{\"status\":\"error\",\"message\":"))
            let page = try await server.get("/nothing", headers: "Accept: text/html,*/*\r\n")
            #expect(page.header("content-type") == "text/html; charset=utf-8")
            let text = try await server.get("/nothing%3Cscript%3E")
            #expect(text.header("content-type") == "text/plain; charset=utf-8")
            #expect(!text.body.contains("script"))
        }
    }
}
