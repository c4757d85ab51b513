import Testing
import TrackerLoad

@Suite("What a person types: durations, URLs, headers")
struct TextTests {
    @Test(
        "Durations",
        arguments: [
            ("500ms", Int64(500_000_000)), ("10s", 10_000_000_000), ("5m", 300_000_000_000),
            ("1h", 3_600_000_000_000), ("1.5s", 1_500_000_000), ("1m30s", 90_000_000_000),
            ("250us", 250_000), ("0.001ms", 1_000), ("0s", 0),
        ])
    func durations(text: String, ns: Int64) throws {
        #expect(try DurationText.parse(text, argument: "--duration") == .nanoseconds(ns))
    }

    @Test(
        "What is no duration is refused",
        arguments: ["", "10", "s", "-1s", "1x", "1s2", "1e3s", "99999999h", "0.1ns", "1 s"])
    func badDurations(text: String) {
        #expect(throws: LoadError.self) { try DurationText.parse(text, argument: "--duration") }
    }

    @Test("A duration is printed so that it reads back the same")
    func durationRoundTrip() throws {
        for text in ["500ms", "10s", "90s", "1500ms", "1us", "7ns", "3600s"] {
            let duration = try DurationText.parse(text, argument: "x")
            #expect(DurationText.text(of: duration) == text)
        }
    }

    @Test(
        "URLs are taken apart",
        arguments: [
            (
                "http://localhost:8090/api/items?x=1", "localhost", 8090, "/api/items?x=1",
                "/api/items"
            ),
            ("localhost:8090", "localhost", 8090, "/", "/"),
            ("HTTP://example.com", "example.com", 80, "/", "/"),
            ("http://[::1]:99/a#part", "::1", 99, "/a", "/a"),
            ("http://127.0.0.1?q", "127.0.0.1", 80, "/?q", "/"),
            ("http://host/a?u=http://other/b", "host", 80, "/a?u=http://other/b", "/a"),
        ])
    func urls(text: String, host: String, port: Int, uri: String, route: String) throws {
        let url = try TargetURL(parsing: text)
        #expect(url.origin == Origin(host: host, port: port))
        #expect(url.uri == uri)
        #expect(url.route == route)
    }

    @Test(
        "What cannot be loaded is refused, and says why",
        arguments: [
            ("ws://localhost/", "https://"), ("ftp://localhost/", "http://"),
            ("http://", "host"), ("http://h:0/", "port"), ("http://h:65536/", "port"),
            ("http://h:/", "port"), ("http://::1/", "host"), ("http://a b/", "%xx"),
            ("http://h/\r\nX: 1", "%xx"), ("http://user:pw@h/", "--header"), ("", "host"),
            ("http://h:+8/", "port"), ("http://[::1]x/", "host"),
        ])
    func badURLs(text: String, reason: String) {
        #expect {
            try TargetURL(parsing: text)
        } throws: { "\($0)".contains(reason) }
    }

    @Test("Headers are read, and cannot smuggle in a line")
    func headers() throws {
        let header = try RequestTemplate.Header(parsing: "X-Key:  a: b ")
        #expect(header.name == "X-Key")
        #expect(header.value == "a: b ")
        for text in ["no colon", ": value", "a b: c", "X: a\r\nY: b", "X: a\0b", "X\n: a"] {
            #expect(throws: LoadError.self) { try RequestTemplate.Header(parsing: text) }
        }
    }

    @Test("A method is a token")
    func methods() throws {
        let url = try TargetURL(parsing: "localhost")
        #expect(try RequestTemplate(target: url, method: "PURGE").method == "PURGE")
        for method in ["", "GE T", "GET\r\n", "CONNECT"] {
            #expect(throws: LoadError.self) { try RequestTemplate(target: url, method: method) }
        }
    }
}
