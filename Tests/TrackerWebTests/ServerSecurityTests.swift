import Testing
import TrackerLog
import TrackerWeb

@Suite("Server: security headers and origins", .timeLimit(.minutes(10)))
struct ServerSecurityTests {
    @Test("every response has every header")
    func sweep() async throws {
        try await withServer { server in
            server.history.publish(
                emptySummary(user: try UserID("ann"), session: try SessionID("s1")))
            let host = "Host: \(server.host)\r\n"
            let stylesheet = try await server.stylesheetPath()
            let requests: [(Int, String)] = [
                (200, "GET / HTTP/1.1\r\n\(host)\r\n"),
                (200, "GET /health HTTP/1.1\r\n\(host)\r\n"),
                (200, "GET /sessions/ann/s1 HTTP/1.1\r\n\(host)\r\n"),
                (200, "GET \(stylesheet) HTTP/1.1\r\n\(host)\r\n"),
                (204, "GET /favicon.ico HTTP/1.1\r\n\(host)\r\n"),
                (200, "GET /api/sessions HTTP/1.1\r\n\(host)Origin: http://\(server.host)\r\n\r\n"),
                (200, "GET /api/track/ann HTTP/1.1\r\n\(host)\r\n"),
                (400, "GET / HTTP/1.1\r\n\r\n"),
                (400, "\u{16}\u{3}\u{1}\u{2}\r\n\r\n"),
                (400, "GET / HTTP/9.9\r\n\(host)\r\n"),
                (403, "GET /api/sessions HTTP/1.1\r\n\(host)Origin: http://evil.com\r\n\r\n"),
                (404, "GET /nowhere HTTP/1.1\r\n\(host)\r\n"),
                (405, "OPTIONS / HTTP/1.1\r\n\(host)Access-Control-Request-Method: POST\r\n\r\n"),
                (405, "OPTIONS * HTTP/1.1\r\n\(host)\r\n"),
                (413, "GET / HTTP/1.1\r\n\(host)Content-Length: 1\r\n\r\n1"),
                (415, "POST /api/track HTTP/1.1\r\n\(host)Content-Length: 2\r\n\r\n{}"),
                (417, "GET / HTTP/1.1\r\n\(host)Expect: nothing\r\n\r\n"),
                (421, "GET / HTTP/1.1\r\nHost: evil.com\r\n\r\n"),
                (
                    431,
                    "GET / HTTP/1.1\r\n\(host)X: \(String(repeating: "x", count: 17_000))\r\n\r\n"
                ),
            ]
            for (status, request) in requests {
                let response = try await server.exchange(request)
                #expect(response.status == status, "\(request.prefix(60))")
                checkSecurityHeaders(response, "\(request.prefix(60))")
            }
        }
    }

    @Test(
        "only our own pages, and programs, may change state or read data",
        arguments: [
            ("", true), ("Origin: http://HOST\r\n", true),
            ("Sec-Fetch-Site: same-origin\r\n", true),
            ("Sec-Fetch-Site: none\r\n", true),
            ("Sec-Fetch-Site: same-origin\r\nOrigin: http://HOST\r\n", true),
            ("Sec-Fetch-Site: same-site\r\n", false), ("Sec-Fetch-Site: cross-site\r\n", false),
            ("Sec-Fetch-Site: \r\n", false),
            ("Sec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site\r\n", false),
            ("Origin: null\r\n", false), ("Origin: http://evil.com\r\n", false),
            ("Origin: https://HOST\r\n", false), ("Origin: http://localhost\r\n", false),
            ("Origin: http://localhost:1\r\n", false), ("Origin: http://HOST.evil.com\r\n", false),
            ("Origin: http://HOST/\r\n", false), ("Origin: http://127.0.0.1:PORT\r\n", false),
            ("Origin: http://HOST\r\nOrigin: http://evil.com\r\n", false), ("Origin: \r\n", false),
            ("Sec-Fetch-Site: same-origin\r\nOrigin: http://evil.com\r\n", false),
        ])
    func origins(headers: String, isAllowed: Bool) async throws {
        try await withServer { server in
            let headers = headers.replacing("HOST", with: server.host)
                .replacing("PORT", with: String(server.port))
            let json = "Content-Type: application/json\r\n"
            let post = try await server.post(
                "/api/track", body: trackBody(), headers: json + headers)
            #expect(post.status == (isAllowed ? 200 : 403))
            #expect(server.intake.batches.count == (isAllowed ? 1 : 0))
            #expect(
                try await server.get("/api/sessions", headers: headers).status
                    == (isAllowed ? 200 : 403))
            // A page may be linked to from anywhere, and is part of no other page.
            #expect(try await server.get("/", headers: headers).status == (isAllowed ? 200 : 403))
        }
    }

    @Test(
        "another site may link to a page, and have nothing of it in its own",
        arguments: [
            ("navigate", "document", "", 200), ("navigate", "iframe", "", 403),
            ("navigate", "object", "", 403), ("no-cors", "image", "", 403),
            ("no-cors", "script", "", 403), ("no-cors", "empty", "", 403),
            ("cors", "empty", "Origin: http://evil.com\r\n", 403),
            ("navigate", "document", "Origin: http://evil.com\r\n", 403),
            ("navigate", "document", "Sec-Fetch-Dest: image\r\n", 403),
        ])
    func navigation(mode: String, destination: String, more: String, status: Int) async throws {
        try await withServer { server in
            let stylesheet = try await server.stylesheetPath()
            for site in ["cross-site", "same-site"] {
                let headers =
                    "Sec-Fetch-Site: \(site)\r\nSec-Fetch-Mode: \(mode)\r\n"
                    + "Sec-Fetch-Dest: \(destination)\r\n\(more)"
                for path in ["/", "/health", "/targets", "/compare", stylesheet] {
                    let answer = try await server.get(path, headers: headers)
                    #expect(answer.status == status, "\(site) \(path)")
                }
                // What is no page is not even linked to.
                #expect(try await server.get("/api/sessions", headers: headers).status == 403)
            }
        }
    }

    @Test("a key is compared as a whole")
    func keys() throws {
        let key = try #require(APIKey("secret"))
        #expect(key.matches("secret"))
        for wrong in ["", "s", "secre", "secrets", "Secret", "secretsecret", "terces", "\0ecret"] {
            #expect(!key.matches(wrong))
        }
        #expect(APIKey("") == nil)
        #expect(APIKey(nil) == nil)
    }
}

/// What every answer has, whatever it says.
func checkSecurityHeaders(_ response: RawResponse, _ what: String) {
    let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
        + "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; "
        + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types local-tracker"
    let expected = [
        "content-security-policy": policy, "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin", "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff", "x-frame-options": "DENY",
    ]
    for (name, value) in expected {
        #expect(
            response.headers.filter { $0.name == name }.map(\.value) == [value],
            "\(what): \(name)")
    }
    #expect(response.header("cache-control") != nil, "\(what)")
    for (name, _) in response.headers {
        #expect(!name.hasPrefix("access-control-"), "\(what)")
        #expect(name != "set-cookie" && name != "server", "\(what)")
    }
}

/// A body as the guide's client sends it.
func trackBody(value: String = "12.5", session: String = "s1", extra: String = "") -> String {
    """
    {"schema_version":"1.0","userId":"ann","challengeType":"latency","metricName":"avg_latency_ms",\
    "value":\(value),"timestamp":"2026-11-23T14:02:11.250000","labels":{"env":"dev","n":3},\
    "runDetails":{"session_id":"\(session)","commit_hash":"abc123",\
    "target_url":"http://localhost:8081/api","request_count":100,"method":"GET","payload_urls":[],\
    "total_requests":100,"successful_requests":98,\
    "failed_requests":2,"avg_latency_ms":12.5,"error_rate":2.0,"rps":49.0,"duration_s":2.0,\
    "test_type":"load"}\(extra)}
    """
}

/// The head of such a request, but for the length and the empty line.
func trackHead(_ server: TestServer) -> String {
    "POST /api/track HTTP/1.1\r\nHost: \(server.host)\r\nContent-Type: application/json\r\n"
}
