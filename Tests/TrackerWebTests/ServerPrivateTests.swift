import NIOCore
import Synchronization
import Testing
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@testable import TrackerWeb

@Suite("Server: private reading", .timeLimit(.minutes(10))) struct ServerPrivateTests {
    private static let key = "the-key-4711"
    private static let html = "Accept: text/html\r\n"
    private static let form = "Content-Type: application/x-www-form-urlencoded\r\n"

    private func with(_ body: (TestServer) async throws -> Void) async throws {
        func set(_ configuration: inout WebServer.Configuration) {
            configuration.apiKey = Self.key
            configuration.isPrivate = true
        }
        try await withServer(set, storage: try ServerCompareTests.storage()) { server in
            server.history.publish(
                emptySummary(user: try UserID("ann"), session: try SessionID("s1")))
            try await body(server)
        }
    }

    private func login(
        _ server: TestServer, key: String = key, to: String = "/targets", headers: String = ""
    ) async throws -> RawResponse {
        try await server.post(
            "/login", body: "key=\(key)&to=\(to)", headers: Self.form + Self.html + headers)
    }

    /// The header that a browser sends back.
    private func cookie(_ response: RawResponse) throws -> String {
        let value = try #require(response.header("set-cookie"))
        return "Cookie: a=b; \(value.prefix { $0 != ";" }); c=d\r\n"
    }

    /// What everybody gets.
    private static let open = ["/assets/{hash}/{name}", "/favicon.ico", "/health", "/login"]

    @Test("every route wants the key or the cookie, but for those that are named here")
    func everyRoute() async throws {
        try await with { server in
            let cookie = try cookie(try await login(server))
            let given = [
                "X-API-Key: \(Self.key)\r\n", cookie,
            ]
            for route in server.web.routeTable {
                let pattern = try #require(ServerRouteTests.address(of: route.pattern))
                let path = pattern == "STYLESHEET" ? try await stylesheet(server) : pattern
                for method in route.methods {
                    let status = try await status(method, path, "", server)
                    guard !Self.open.contains(route.pattern) else {
                        #expect(status != 401 || route.pattern == "/login", "\(method) \(path)")
                        continue
                    }
                    #expect(status == 401, "\(method) \(path)")
                    for headers in given {
                        let inside = try await self.status(method, path, headers, server)
                        // Intake wants the key itself, as no page sends it, if it gets so far.
                        let isClosed = route.kind == "intake" && headers == cookie
                        #expect(
                            isClosed ? inside >= 400 : inside != 401,
                            "\(method) \(path) \(headers)")
                    }
                }
            }
            #expect(server.intake.batches.isEmpty)
        }
    }

    private func stylesheet(_ server: TestServer) async throws -> String {
        let page = try await server.get("/login").body
        return String(try #require(page.firstMatch(of: /\/assets\/[0-9a-f]+\/app\.css/)).output)
    }

    private func status(
        _ method: String, _ path: String, _ headers: String, _ server: TestServer
    ) async throws -> Int {
        let type = method == "POST" ? "Content-Type: text/x-nothing\r\nContent-Length: 0\r\n" : ""
        return try await server.exchange(
            "\(method) \(path) HTTP/1.1\r\nHost: \(server.host)\r\n\(type)\(headers)\r\n",
            toHead: method == "HEAD" || path.hasSuffix("/live")
        ).status
    }

    @Test("paths and methods that do not exist are nobody's business either")
    func unknown() async throws {
        try await with { server in
            for path in ["/nothing", "/sessions/ann/s2", "/..", "/assets/x/app.css/", "//", "/%2e"]
            {
                #expect(try await server.get(path).status == 401, "\(path)")
            }
            let put = "PUT / HTTP/1.1\r\nHost: \(server.host)\r\n\r\n"
            let refused = try await server.exchange(put)
            #expect(refused.status == 401)
            #expect(
                try await server.get("/nothing", headers: "X-API-Key: \(Self.key)\r\n").status
                    == 404)
        }
    }

    @Test("a browser gets the page that asks for the key, and comes back to where it wanted to go")
    func page() async throws {
        try await with { server in
            let asked = try await server.get("/sessions/ann/s1?unit=%22%3Cb%3E", headers: Self.html)
            #expect(asked.status == 401)
            #expect(asked.body.contains("value=\"/sessions/ann/s1?unit=%22%3Cb%3E\""))
            #expect(!asked.body.contains("<b>"))
            for word in ["ann", "s1"]
            where asked.body.replacing("/sessions/ann/s1", with: "").contains(">\(word)") {
                Issue.record("the page names \(word)")
            }
            let entered = try await login(server, to: "%2Fsessions%2Fann%2Fs1%3Funit%3D%2522")
            #expect(entered.status == 303)
            #expect(entered.header("location") == "/sessions/ann/s1?unit=%22")
            let value = try #require(entered.header("set-cookie"))
            #expect(value.hasSuffix("; HttpOnly; SameSite=Strict; Path=/"))
            #expect(value.hasPrefix("tracker-\(server.port)="))
            let inside = try cookie(entered)
            #expect(try await server.get("/", headers: inside).status == 200)
            #expect(try await server.get("/health", headers: inside).body.contains("version"))
            #expect(try await server.get("/health").body == #"{"status":"ok"}"#)
        }
    }

    @Test(
        "nobody is sent elsewhere",
        arguments: [
            "http://evil.com/", "//evil.com/", "/\\evil.com", "/%5cevil", "%09//evil",
            "/a%0d%0aX:1",
            "/..", "evil", "", "/" + String(repeating: "a", count: 5_000), "/login%3Fto=%2F",
        ])
    func goals(to: String) async throws {
        try await with { server in
            let response = try await login(server, to: to)
            let location = try #require(response.header("location"))
            #expect(location == "/" || to.hasPrefix("/login") && location == "/login?to=/")
            #expect(response.header("x") == nil)
        }
    }

    @Test("a cookie is of one start of one server, and is compared as a whole")
    func cookies() async throws {
        var former = ""
        try await with { former = try cookie(try await login($0)) }
        try await with { server in
            let right = try cookie(try await login(server))
            #expect(right != former)
            let token = try #require(right.firstMatch(of: /tracker-\d+=([0-9a-f]{64})/)).output.1
            let name = "tracker-\(server.port)"
            for wrong in [
                former, former.replacing(/tracker-\d+/, with: name), "Cookie: \(name)=\r\n",
                "Cookie: \(name)=\(token.dropLast())\r\n", "Cookie: \(name)=\(token)0\r\n",
                "Cookie: tracker-1=\(token)\r\n", "Cookie: x\(name)=\(token)\r\n",
                "Cookie: \(name)=\(Self.key)\r\n",
            ] { #expect(try await server.get("/", headers: wrong).status == 401, "\(wrong)") }
            for fine in ["Cookie: \(name)=\(token)\r\n", "Cookie: a=1\r\n" + right] {
                #expect(try await server.get("/", headers: fine).status == 200, "\(fine)")
            }
        }
    }

    @Test("the form is taken from our own page only, and only as a form")
    func formGuards() async throws {
        try await with { server in
            for headers in [
                "Origin: http://evil.com\r\n", "Sec-Fetch-Site: cross-site\r\n", "Origin: null\r\n",
            ] {
                let response = try await login(server, headers: headers)
                #expect(response.status == 403)
                #expect(response.header("set-cookie") == nil)
            }
            let text = try await server.post(
                "/login", body: "key=\(Self.key)", headers: "Content-Type: text/plain\r\n")
            #expect(text.status == 415)
            let packed = try await login(server, headers: "Content-Encoding: gzip\r\n")
            #expect(packed.status == 415 && packed.header("set-cookie") == nil)
            let long = try await login(server, to: String(repeating: "a", count: 17_000))
            #expect(long.status == 413)
            for key in ["", "the-key-471", "\(Self.key)&key=\(Self.key)"] {
                let response = try await login(server, key: key)
                #expect(response.status == (key.isEmpty ? 401 : 403), "\(key)")
                #expect(response.header("set-cookie") == nil)
                #expect(!response.body.contains("471"))
            }
        }
    }

    @Test("after too many wrong keys none is looked at, and cookies still count")
    func bounded() async throws {
        try await with { server in
            let inside = try cookie(try await login(server))
            // The allowance grows meanwhile, so that it is not known when it is used up.
            func useUp() async throws {
                var status = 0
                for _ in 0..<Self.manyTries where status != 429 {
                    status = try await login(server, key: "wrong").status
                    #expect([403, 429].contains(status))
                }
                #expect(status == 429)
            }
            var statuses: Set<Int> = []
            for _ in 0..<Self.manyTries where !statuses.contains(429) {
                try await useUp()
                statuses.insert(try await login(server).status)
            }
            #expect(statuses.contains(429))
            #expect(try await server.get("/", headers: inside).status == 200)
            var reports: Set<Int> = []
            for _ in 0..<Self.manyTries where !reports.contains(429) {
                try await useUp()
                let headers = "Content-Type: application/json\r\nX-API-Key: \(Self.key)\r\n"
                reports.insert(
                    try await server.post("/api/track", body: trackBody(), headers: headers).status)
            }
            #expect(reports.contains(429) && !reports.contains(403))
        }
    }

    private static let manyTries = 500

    @Test("an edit needs no second key, and a page no field for it")
    func edits() async throws {
        try await with { server in
            let inside = try cookie(try await login(server))
            #expect(
                try await !server.get("/sessions/ann/s1", headers: inside).body.contains(
                    "name=\"key\""))
            let body = "kind=tag&text=a"
            #expect(
                try await server.post("/edits/Ann/s1", body: body, headers: Self.form).status == 401
            )
            #expect(
                try await server.post("/edits/Ann/s1", body: body, headers: Self.form + inside)
                    .status == 200)
        }
    }

    @Test("without --private there is no login, and no cookie")
    func open() async throws {
        func set(_ configuration: inout WebServer.Configuration) {
            configuration.apiKey = Self.key
        }
        try await withServer(set) { server in
            let login = try await server.get("/login")
            #expect(login.status == 404)
            let list = try await server.get("/")
            #expect(list.status == 200 && list.header("set-cookie") == nil)
        }
    }
}

@Suite("The allowance of wrong keys") struct KeyTriesTests {
    @Test("each account and address has its own, which comes back with the time")
    func allowances() throws {
        let clock = TestClock()
        let tries = KeyTries(now: { clock.now })
        let (ann, bob) = (Peer.account(1), Peer.address("10.0.0.1"))
        for _ in 0..<WebLimits.wrongKeys {
            #expect(tries.mayTry(ann))
            tries.failed(ann)
        }
        #expect(!tries.isOpen && !tries.mayTry(ann) && tries.mayTry(bob))
        clock.advance(.seconds(1.5))
        #expect(tries.mayTry(ann))
        tries.failed(ann)
        #expect(!tries.mayTry(ann) && tries.mayTry(bob))
        clock.advance(.seconds(60))
        #expect(tries.mayTry(ann) && tries.isOpen)
    }

    @Test("more peers than are kept share one allowance")
    func many() {
        let clock = TestClock()
        let tries = KeyTries(now: { clock.now })
        for number in 0..<WebLimits.maxKeyPeers + WebLimits.wrongKeys {
            tries.failed(.account(UInt32(number)))
        }
        #expect(!tries.mayTry(.unknown) && tries.mayTry(.account(0)))
    }

    @Test("the account at the other end is found in the system's table")
    func accounts() throws {
        let header =
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        let v4 =
            "   1: 0100007F:D431 0100007F:1F92 01 00000000:00000000 00:00000000 00000000  1001        0 5 1\n"
        let mapped =
            "   2: 0000000000000000FFFF00000100007F:D432 0000000000000000FFFF00000100007F:1F92 01 0:0 0:0 0 1002 0 6 1\n"
        let v6 =
            "   3: 00000000000000000000000001000000:D433 00000000000000000000000001000000:1F92 01 0:0 0:0 0 1003 0 7 1\n"
        let table = header + v4 + mapped + v6 + "nonsense\n"
        for (host, port, account) in [
            ("127.0.0.1", 0xD431, 1_001), ("127.0.0.1", 0xD432, 1_002), ("::1", 0xD433, 1_003),
            ("127.0.0.1", 0xD433, nil), ("127.0.0.2", 0xD431, nil),
        ] as [(String, Int, UInt32?)] {
            let remote = try SocketAddress(ipAddress: host, port: port)
            let local = try SocketAddress(
                ipAddress: host == "::1" ? host : "127.0.0.1", port: 8_082)
            #expect(
                SocketTable.account(in: table, of: remote, to: local) == account, "\(host) \(port)")
        }
    }
}

/// A clock that stands still.
private final class TestClock: Sendable {
    private let time = Mutex(ContinuousClock.now)
    var now: ContinuousClock.Instant { time.withLock { $0 } }
    func advance(_ by: Duration) { time.withLock { $0 += by } }
}
