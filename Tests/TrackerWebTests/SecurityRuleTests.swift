import HTTPTypes
import NIOHTTP1
import Testing

@testable import TrackerWeb

@Suite("Security rules, one by one")
struct SecurityRuleTests {
    @Test(
        "Hosts are accepted only with the server's port, compared as a whole",
        arguments: [
            ("localhost:8082", 8082, "localhost:8082"), ("LOCALHOST:8082", 8082, "localhost:8082"),
            ("127.0.0.1:8082", 8082, "127.0.0.1:8082"), ("[::1]:8082", 8082, "[::1]:8082"),
            ("localhost", 80, "localhost:80"), ("[::1]", 80, "[::1]:80"),
            ("localhost:80", 80, "localhost:80"), ("localhost", 8082, nil),
            ("localhost:8083", 8082, nil), ("localhost:", 8082, nil),
            ("localhost:08082", 8082, nil),
            ("localhost:+8082", 8082, nil), ("localhost:8082 ", 8082, nil),
            ("localhost:808２", 8082, nil), ("localhost.:8082", 8082, nil),
            ("localhost.evil:8082", 8082, nil), ("evil:8082", 8082, nil), ("", 8082, nil),
            ("::1:8082", 8082, nil), ("[::1:8082", 8082, nil), ("[::1]8082", 8082, nil),
            ("127.0.0.2:8082", 8082, nil), ("127.1:8082", 8082, nil), ("0.0.0.0:8082", 8082, nil),
            ("user@localhost:8082", 8082, nil), ("localhost:8082/", 8082, nil),
            ("localhost:99999999", 8082, nil), ("localhost:0", 0, nil),
        ] as [(String, Int, String?)])
    func hosts(text: String, port: Int, canonical: String?) {
        #expect(AllowedHosts(port: port).canonical(text) == canonical)
    }

    @Test(
        "A host that was given is compared as a whole, with its port or the server's",
        arguments: [
            ("lab.example:8082", "lab.example:8082"), ("LAB.example:8082", "lab.example:8082"),
            ("lab.example", nil), ("lab.example:80", nil), ("lab.example.:8082", nil),
            ("evil.lab.example:8082", nil), ("lab.example.evil:8082", nil),
            ("tls.example", "tls.example:443"), ("tls.example:443", "tls.example:443"),
            ("tls.example:8082", nil), ("[fd00::2]:8082", "[fd00::2]:8082"),
            ("192.168.1.5:8082", "192.168.1.5:8082"), ("192.168.1.50:8082", nil),
            ("localhost:8082", "localhost:8082"), ("localhost:443", nil), ("*:8082", nil),
        ] as [(String, String?)])
    func givenHosts(text: String, canonical: String?) {
        let names = ["lab.example", "tls.example:443", "[fd00::2]", "192.168.1.5"]
        let hosts = AllowedHosts(port: 8082, others: names.compactMap { ServerName(option: $0) })
        #expect(hosts.others.count == names.count)
        #expect(hosts.canonical(text) == canonical)
    }

    @Test(
        "A given host is a name or an address, never a pattern",
        arguments: [
            "", "*", "*.example", "a b", "http://a", "a/b", "a:0", "a:x", "a:", "ä", ".a", "a.",
            "user@a", "[]", "[x]", "a,b", "a:99999999",
        ])
    func hostOptions(text: String) { #expect(ServerName(option: text) == nil) }

    @Test("On a Unix socket any port may be named, and no other host")
    func socketHosts() {
        let hosts = AllowedHosts(port: nil)
        for (text, canonical) in [
            ("localhost", "localhost:80"), ("localhost:8082", "localhost:8082"), ("evil", nil),
            ("127.0.0.1.evil:8082", nil),
        ] as [(String, String?)] { #expect(hosts.canonical(text) == canonical, "\(text)") }
    }

    @Test("Behind a proxy with TLS the origin of a given host is https")
    func secureOrigins() {
        for (authority, origin, isAllowed) in [
            ("tls.example:443", "https://tls.example", true),
            ("tls.example:443", "https://tls.example:443", true),
            ("tls.example:443", "https://evil.example", false),
            ("lab.example:8443", "https://lab.example:8443", true),
            ("lab.example:8443", "https://lab.example", false),
            ("localhost:443", "https://localhost", false), ("[::1]:443", "https://[::1]", false),
        ] {
            var request = HTTPRequest(
                method: .post, scheme: "http", authority: authority, path: "/api/track")
            request.headerFields[.origin] = origin
            #expect(CrossOrigin.isAllowed(request) == isAllowed, "\(authority) \(origin)")
        }
    }

    @Test("A Unix socket is for its account, and for root")
    func accounts() {
        for (account, own, isAllowed) in [(7, 7, true), (8, 7, false), (0, 7, true), (7, 0, false)]
            as [(UInt32, UInt32, Bool)]
        { #expect(PeerAccount.isAllowed(account, own: own) == isAllowed) }
    }

    @Test("The canonical form of a host is itself")
    func canonicalAgain() {
        let hosts = AllowedHosts(port: 8082)
        for name in AllowedHosts.names {
            #expect(hosts.canonical("\(name):8082") == "\(name):8082")
        }
    }

    @Test(
        "Only our own pages and programs may write",
        arguments: [
            (nil, [], true), ("same-origin", [], true), ("none", [], true),
            ("cross-site", [], false), ("same-site", [], false), ("", [], false),
            (nil, ["http://localhost:8082"], true), (nil, ["http://127.0.0.1:8082"], false),
            (nil, ["https://localhost:8082"], false), (nil, ["http://localhost:8083"], false),
            (nil, ["http://localhost"], false), (nil, ["null"], false), (nil, [""], false),
            (nil, ["http://localhost:8082", "http://localhost:8082"], false),
            (nil, ["http://localhost:8082/"], false), (nil, ["http://evil"], false),
            ("same-origin", ["http://localhost:8082"], true),
            ("same-origin", ["http://evil"], false),
            ("cross-site", ["http://localhost:8082"], false),
        ] as [(String?, [String], Bool)])
    func origins(site: String?, origins: [String], isAllowed: Bool) throws {
        var request = HTTPRequest(
            method: .post, scheme: "http", authority: "localhost:8082", path: "/api/track")
        if let site {
            request.headerFields[try #require(HTTPField.Name("Sec-Fetch-Site"))] = site
        }
        for origin in origins {
            request.headerFields.append(HTTPField(name: .origin, value: origin))
        }
        #expect(CrossOrigin.isAllowed(request) == isAllowed)
    }

    @Test("On port 80 a browser leaves the port out")
    func portEighty() {
        var request = HTTPRequest(
            method: .post, scheme: "http", authority: "localhost:80", path: "/api/track")
        for (origin, isAllowed) in [
            ("http://localhost", true), ("http://localhost:80", true), ("http://localhos", false),
        ] {
            request.headerFields[.origin] = origin
            #expect(CrossOrigin.isAllowed(request) == isAllowed, "\(origin)")
        }
    }

    @Test("A key is matched whole, byte by byte")
    func keys() throws {
        #expect(APIKey(nil) == nil && APIKey("") == nil)
        let key = try #require(APIKey("sécret"))
        #expect(key.matches("sécret"))
        for wrong in [
            "", "s", "sécre", "sécretx", "sécretsécret", "Sécret", "sécreT", "secret", "\0",
        ] {
            #expect(!key.matches(wrong), "\(wrong)")
        }
        let one = try #require(APIKey("a"))
        #expect(one.matches("a") && !one.matches("aa") && !one.matches(""))
    }

    private func head(
        _ uri: String = "/", method: HTTPMethod = .GET, version: HTTPVersion = .http1_1,
        headers: [(String, String)] = [], host: String? = "localhost:8082"
    ) -> HTTPRequestHead {
        let all = (host.map { [("Host", $0)] } ?? []) + headers
        return HTTPRequestHead(
            version: version, method: method, uri: uri, headers: HTTPHeaders(all))
    }

    private let rules = HeadRules(hosts: AllowedHosts(port: 8082))

    private func refusal(_ head: HTTPRequestHead) -> Refusal? {
        guard case .refuse(let refusal) = rules.verdict(on: head) else { return nil }
        return refusal
    }

    @Test(
        "A target becomes a path",
        arguments: [
            ("/", "/"), ("/a?b", "/a?b"), ("http://localhost:8082", "/"),
            ("http://localhost:8082/a?b", "/a?b"), ("HTTP://127.0.0.1:8082?q", "/?q"),
            ("http://[::1]:8082/x", "/x"),
        ])
    func targets(uri: String, path: String) {
        guard case .admit(let head) = rules.verdict(on: head(uri)) else {
            Issue.record("refused: \(uri)")
            return
        }
        #expect(head.uri == path)
        #expect(head.headers["Host"] == ["localhost:8082"])
    }

    @Test("A head that breaks a rule is refused")
    func heads() {
        let table: [(HTTPRequestHead, Refusal)] = [
            (head(version: .http2), .version), (head(version: .http0_9), .version),
            (
                head("/" + String(repeating: "a", count: WebLimits.maxRequestLineBytes)),
                .requestLine
            ),
            (head(host: nil), .hostMissing), (head(host: ""), .hostMissing),
            (head(headers: [("host", "localhost:8082")]), .hostMissing),
            (head(host: "evil:8082"), .hostForeign),
            (head("http://evil:8082/"), .hostForeign), (head("http://localhost/"), .hostForeign),
            (head("ftp://localhost:8082/"), .target), (head("a"), .target), (head(""), .target),
            (head("*"), .methodWithoutPath), (head("x:1", method: .CONNECT), .methodWithoutPath),
            (head(headers: [("Content-Length", "1"), ("Content-Length", "1")]), .framing),
            (head(headers: [("Content-Length", "+1")]), .framing),
            (head(headers: [("Content-Length", "")]), .framing),
            (head(headers: [("Content-Length", "1, 1")]), .framing),
            (head(headers: [("Content-Length", String(repeating: "9", count: 19))]), .framing),
            (head(headers: [("Content-Length", "1"), ("Transfer-Encoding", "chunked")]), .framing),
            (head(headers: [("Transfer-Encoding", "gzip")]), .framing),
            (
                head(headers: [("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")]),
                .framing
            ),
            (head(version: .http1_0, headers: [("Transfer-Encoding", "chunked")]), .framing),
            (head(headers: [("Expect", "200-ok")]), .expectation),
            (head(headers: (0...WebLimits.maxHeaderFields).map { ("X-\($0)", "") }), .headers),
            (
                head(headers: [("X", String(repeating: "a", count: WebLimits.maxHeaderBytes))]),
                .headers
            ),
        ]
        for (head, expected) in table {
            #expect(
                refusal(head) == expected,
                "\(head.method) \(head.uri.prefix(40)) \(head.headers.count)")
        }
    }

    @Test(
        "A head that keeps the rules is admitted",
        arguments: [
            [("Content-Length", "0")], [("Content-Length", String(repeating: "9", count: 18))],
            [("Transfer-Encoding", "Chunked")], [("Expect", "100-Continue")], [],
        ])
    func admitted(headers: [(String, String)]) {
        #expect(refusal(head(headers: headers)) == nil)
    }

    @Test("No refusal repeats what was sent, and each has its own status")
    func refusals() {
        let all: [Refusal] = [
            .malformed, .version, .requestLine, .headers, .hostMissing, .hostForeign, .framing,
            .target, .expectation, .methodWithoutPath, .headerTimeout, .bodyTimeout, .connections,
        ]
        for refusal in all {
            #expect((400...503).contains(refusal.status.code))
            #expect(refusal.message.hasSuffix("."))
            #expect((refusal.status == .methodNotAllowed) == (refusal.allow != nil))
        }
        #expect(Set(all.map(\.message)).count == all.count)
    }

    @Test("Security headers are there once, and an existing Cache-Control is kept")
    func headers() {
        var plain = HTTPHeaders([("x-frame-options", "ALLOW")])
        SecurityHeaders.apply(to: &plain)
        for (name, value) in SecurityHeaders.all { #expect(plain[name] == [value]) }
        #expect(plain["Cache-Control"] == [SecurityHeaders.noStore])
        var asset = HTTPHeaders([("Cache-Control", SecurityHeaders.immutable)])
        SecurityHeaders.apply(to: &asset)
        SecurityHeaders.apply(to: &asset)
        #expect(asset["cache-control"] == [SecurityHeaders.immutable])
        #expect(asset.count == SecurityHeaders.all.count + 1)
        for word in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
            #expect(SecurityHeaders.contentSecurityPolicy.contains(word))
        }
        #expect(!SecurityHeaders.contentSecurityPolicy.contains("unsafe-eval"))
    }
}
