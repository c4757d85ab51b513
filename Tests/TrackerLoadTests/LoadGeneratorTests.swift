import NIOCore
import NIOPosix
import Testing
import TrackerLoad

@Suite("The load generator against servers on loopback")
struct LoadGeneratorTests {
    private func plan(
        port: Int, path: String = "/", method: String = "GET", headers: [String] = [],
        body: String = "", model: LoadModel = .closed(connections: 1), duration: Duration? = nil,
        requests: UInt64? = nil, timeout: Duration = .seconds(60), maxConnections: Int = 16,
        shards: Int = 1
    ) throws -> LoadPlan {
        let url = try TargetURL(parsing: "http://127.0.0.1:\(port)\(path)")
        let template = try RequestTemplate(
            target: url, method: method,
            headers: headers.map { try RequestTemplate.Header(parsing: $0) },
            body: Array(body.utf8))
        return try LoadPlan(
            origin: url.origin, templates: [template], model: model, duration: duration,
            requests: requests, timeout: timeout, maxConnections: maxConnections, shards: shards)
    }

    private func open(_ rate: String) throws -> LoadModel {
        .open(.constant(try Rate(parsing: rate, argument: "--rate")))
    }

    private struct Script {
        let steps: @Sendable (Int) -> [ScriptedServer.Step]
        init(_ steps: @escaping @Sendable (Int) -> [ScriptedServer.Step]) { self.steps = steps }
    }

    /// Runs a plan against a scripted server.
    private func run(
        _ script: Script, plan: (Int) throws -> LoadPlan
    ) async throws -> (result: LoadResult, requests: [CompletedRequest], server: ScriptedServer) {
        let server = try await ScriptedServer(script: script.steps)
        let collector = Collector()
        let result = try await LoadGenerator(plan: try plan(server.port)).run(observer: collector)
        try await server.shutdown()
        return (result, collector.all, server)
    }

    @Test("N requests give N results, on one connection that is kept", arguments: [1, 2])
    func countAndKeepAlive(shards: Int) async throws {
        let connections = shards
        let (result, requests, server) = try await run(Script { _ in [.ok()] }) {
            try plan(
                port: $0, model: .closed(connections: connections), requests: 500, shards: shards)
        }
        #expect(requests.count == 500)
        #expect(requests.allSatisfy { $0.outcome == .status(200) })
        #expect(requests.allSatisfy { $0.endNs >= $0.startNs && $0.startNs == $0.intendedNs })
        #expect(server.requests == 500)
        #expect(server.connections == connections)
        #expect(result.sent == 500)
        #expect(result.unsent == 0)
        #expect(result.failure == nil)
        #expect(result.receivedBytes == 1_000)
    }

    @Test("Fifty connections and a hundred requests are a hundred requests")
    func concurrent() async throws {
        let (_, requests, server) = try await run(Script { _ in [.pause(ms: 20), .ok()] }) {
            try plan(port: $0, model: .closed(connections: 50), requests: 100)
        }
        #expect(requests.count == 100)
        #expect(server.connections == 50)
    }

    @Test("What is sent is what was asked for")
    func requestText() async throws {
        let (_, _, server) = try await run(Script { _ in [.ok()] }) {
            try plan(
                port: $0, path: "/a?b=c", method: "POST",
                headers: ["X-One: 1", "user-agent: mine"], body: "{\"a\":1}", requests: 1)
        }
        let text = try #require(server.received.first)
        #expect(text.hasPrefix("POST /a?b=c HTTP/1.1\r\n"))
        #expect(text.contains("Host: 127.0.0.1:\(server.port)\r\n"))
        #expect(text.contains("X-One: 1\r\n"))
        #expect(text.contains("user-agent: mine\r\n"))
        #expect(!text.contains("tracker-load/"))
        #expect(text.contains("Content-Length: 7\r\n"))
        #expect(text.hasSuffix("\r\n\r\n{\"a\":1}"))
    }

    /// Name, what the server does, the label that results, whether the connection is kept.
    private static let answers: [(String, [ScriptedServer.Step], String, kept: Bool)] = [
        ("plain", [.ok()], "200", true),
        ("no content", [.send("HTTP/1.1 204 No Content\r\n\r\n")], "204", true),
        ("error", [.send("HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n")], "503", true),
        (
            "chunked",
            [
                .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"),
                .pause(ms: 5), .send("lo\r\n3;x=y\r\nabc\r\n0\r\nTrailer: 1\r\n\r\n"),
            ], "200", true
        ),
        (
            "slow body",
            [
                .send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\na"), .pause(ms: 5), .send("b"),
                .pause(ms: 5), .send("cd"),
            ], "200", true
        ),
        (
            "byte by byte head",
            [
                .send("HTT"), .pause(ms: 5), .send("P/1.1 200 OK\r\nContent-Len"), .pause(ms: 5),
                .send("gth: 0\r\n\r\n"),
            ], "200", true
        ),
        ("large", [.ok(String(repeating: "x", count: 3_000_000))], "200", true),
        (
            "continue first",
            [.send("HTTP/1.1 100 Continue\r\n\r\n"), .ok()], "200", true
        ),
        (
            "connection: close",
            [.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"), .close],
            "200", false
        ),
        ("until the end", [.send("HTTP/1.1 200 OK\r\n\r\nabc"), .close], "200", false),
        (
            "HTTP/1.0", [.send("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na"), .close], "200",
            false
        ),
        ("closed at once", [.close], "closed", false),
        (
            "closed in the body",
            [.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), .close], "closed", false
        ),
        (
            "closed in a chunk",
            [.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nab"), .close],
            "closed", false
        ),
        ("reset", [.reset], "reset", false),
        ("not HTTP", [.send("SSH-2.0-OpenSSH\r\n\r\n")], "malformed", false),
        ("bad status", [.send("HTTP/1.1 abc OK\r\n\r\n")], "malformed", false),
        (
            "bad length",
            [.send("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n")], "malformed", false
        ),
        (
            "bad chunk",
            [.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")],
            "malformed", false
        ),
        (
            "endless header",
            [.send("HTTP/1.1 200 OK\r\nX: " + String(repeating: "y", count: 300_000))],
            "malformed", false
        ),
    ]

    @Test("Every kind of answer has its label", arguments: answers.indices)
    func answer(index: Int) async throws {
        let (name, steps, label, kept) = Self.answers[index]
        let (result, requests, server) = try await run(Script { _ in steps }) {
            try plan(port: $0, requests: 4)
        }
        #expect(requests.map(\.outcome.label) == Array(repeating: label, count: 4), "\(name)")
        #expect(server.connections == (kept ? 1 : 4), "\(name)")
        #expect(result.failure == nil, "\(name)")
    }

    @Test("A HEAD request's answer has no body, whatever its length says")
    func head() async throws {
        let (_, requests, server) = try await run(
            Script { _ in [.send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")] }
        ) { try plan(port: $0, method: "HEAD", requests: 3) }
        #expect(requests.map(\.outcome.label) == ["200", "200", "200"])
        #expect(server.connections == 1)
    }

    @Test("More bytes than the answer: what follows on that connection is not trusted")
    func surplus() async throws {
        let (_, requests, _) = try await run(
            Script { number in
                number == 0 ? [.ok(), .ok("surplus")] : [.ok()]
            }
        ) { try plan(port: $0, requests: 3) }
        #expect(requests.count == 3)
    }

    @Test("An answer that does not come in time is a timeout, of about that length")
    func timeouts() async throws {
        let (_, requests, _) = try await run(
            Script { number in
                number % 2 == 0 ? [.pause(ms: 30_000), .ok()] : [.ok()]
            }
        ) { try plan(port: $0, requests: 4, timeout: .seconds(2)) }
        #expect(requests.map(\.outcome.label) == ["timeout", "200", "timeout", "200"])
        let late = requests.filter { !$0.outcome.ok }
        #expect(late.allSatisfy { $0.serviceMs >= 2_000 && $0.serviceMs < 30_000 })
    }

    @Test("A body that trickles in for ever is a timeout too")
    func trickle() async throws {
        let drip: [ScriptedServer.Step] = (0..<50).flatMap { _ in
            [.send("x"), .pause(ms: 20)] as [ScriptedServer.Step]
        }
        let (_, requests, _) = try await run(
            Script { _ in
                [.send("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n")] + drip
            }
        ) { try plan(port: $0, requests: 1, timeout: .milliseconds(200)) }
        #expect(requests.map(\.outcome.label) == ["timeout"])
    }

    @Test("A target that refuses every connection is given up, and said to be unreachable")
    func refused() async throws {
        for model in [try open("200"), .closed(connections: 4)] {
            let collector = Collector()
            let result = try await withRefusingPort { port in
                let plan = try plan(port: port, model: model, duration: .seconds(60))
                return try await LoadGenerator(plan: plan).run(observer: collector)
            }
            #expect(collector.all.count >= 10)
            #expect(Set(collector.labels) == ["refused"])
            #expect(result.elapsed < .seconds(20))
            guard case .unreachable(_, let tries, _)? = result.failure else {
                Issue.record("no failure")
                continue
            }
            #expect(tries == collector.all.count)
        }
    }

    @Test("A few requests to a closed port are a few refused requests")
    func refusedFew() async throws {
        let collector = Collector()
        let result = try await withRefusingPort { port in
            try await LoadGenerator(plan: plan(port: port, requests: 3)).run(observer: collector)
        }
        #expect(collector.labels == ["refused", "refused", "refused"])
        #expect(result.failure != nil)
    }

    @Test("A host without an address is an error before the start")
    func unresolved() async throws {
        let origin = Origin(host: "no-such-host.invalid", port: 80)
        let url = try TargetURL(parsing: "http://no-such-host.invalid/")
        let plan = try LoadPlan(
            origin: origin, templates: [try RequestTemplate(target: url)], requests: 1)
        await #expect(throws: LoadError.self) {
            try await LoadGenerator(plan: plan).run(observer: Collector())
        }
    }

    @Test("localhost finds a target that listens on 127.0.0.1 only")
    func localhost() async throws {
        let server = try await ScriptedServer { _ in [.ok()] }
        let url = try TargetURL(parsing: "http://localhost:\(server.port)/")
        let plan = try LoadPlan(
            origin: url.origin, templates: [try RequestTemplate(target: url)], requests: 5)
        let collector = Collector()
        _ = try await LoadGenerator(plan: plan).run(observer: collector)
        #expect(collector.labels == Array(repeating: "200", count: 5))
        try await server.shutdown()
    }

    @Test("Open loop sends rate × duration requests, each meant to start at i / rate")
    func openLoop() async throws {
        for shards in [1, 2] {
            let (result, requests, _) = try await run(Script { _ in [.ok()] }) {
                try plan(
                    port: $0, model: try open("400"), duration: .milliseconds(500),
                    maxConnections: 256, shards: shards)
            }
            #expect(requests.map(\.intendedNs).sorted() == (0..<200).map { Int64($0) * 2_500_000 })
            #expect(requests.allSatisfy { $0.startNs >= $0.intendedNs })
            #expect(result.sent == 200)
            #expect(result.unsent == 0)
            #expect(result.elapsed >= .milliseconds(500))
        }
    }

    @Test(
        "A stall shows in the response time of requests that had to wait, not in their service time"
    )
    func stallIsVisible() async throws {
        // One connection, 100 requests a second; one answer takes a second.
        let (result, requests, _) = try await run(
            Script { number in
                number == 10 ? [.pause(ms: 1_000), .ok()] : [.ok()]
            }
        ) {
            try plan(
                port: $0, model: try open("100"), requests: 150, timeout: .seconds(60),
                maxConnections: 1)
        }
        #expect(requests.count == 150)
        #expect(result.unsent == 0)
        let slowService = requests.filter { $0.serviceMs >= 1_000 }
        #expect(slowService.count == 1)
        // The 60 that were meant to start in the first 600 ms of the stall waited over 400 ms each.
        let waited = requests.filter { $0.responseMs >= 400 }
        #expect(waited.count >= 60)
        #expect(waited.count(where: { $0.serviceMs < 400 }) >= 55)
    }

    @Test("A number of requests at a rate lasts number / rate, and the rate measured is that")
    func requestsAtRate() async throws {
        for (requests, duration) in [(4, nil), (4, .seconds(9))] as [(UInt64, Duration?)] {
            let clock = ContinuousClock()
            let begin = clock.now
            let (result, sent, _) = try await run(Script { _ in [.ok()] }) {
                try plan(
                    port: $0, model: try open("8"), duration: duration, requests: requests,
                    shards: 2)
            }
            #expect(sent.count == 4)
            // The last is due after 375 ms and answered at once.
            #expect(result.elapsed == .milliseconds(500))
            #expect(begin.duration(to: clock.now) >= .milliseconds(500))
        }
    }

    @Test("What was due and never sent for want of connections is counted")
    func unsent() async throws {
        let (result, requests, _) = try await run(Script { _ in [.pause(ms: 4_000), .ok()] }) {
            try plan(
                port: $0, model: try open("100"), duration: .milliseconds(500),
                timeout: .seconds(10), maxConnections: 2)
        }
        #expect(result.sent == 2)
        #expect(result.unsent == 48)
        #expect(requests.count == 2)
        #expect(requests.allSatisfy { $0.outcome.ok })
    }

    @Test("Stop ends an endless run; what is in flight may finish", arguments: [1, 2])
    func stop(shards: Int) async throws {
        let server = try await ScriptedServer { _ in [.pause(ms: 20), .ok()] }
        let generator = LoadGenerator(
            plan: try plan(
                port: server.port, model: .closed(connections: 4), duration: .seconds(600),
                shards: shards))
        let collector = Collector()
        async let running = generator.run(observer: collector)
        while server.requests < 20 { try await Task.sleep(for: .milliseconds(5)) }
        generator.stop()
        let result = try await running
        #expect(result.wasStopped)
        #expect(result.unfinished == 0)
        #expect(UInt64(collector.all.count) == result.sent)
        #expect(result.elapsed < .seconds(60))
        try await server.shutdown()
    }

    @Test("Stop gives up what does not finish within its grace, and counts it")
    func stopAbandons() async throws {
        let server = try await ScriptedServer { _ in [.pause(ms: 60_000), .ok()] }
        let generator = LoadGenerator(
            plan: try plan(
                port: server.port, model: .closed(connections: 3), duration: .seconds(600),
                timeout: .seconds(300)))
        let collector = Collector()
        async let running = generator.run(observer: collector)
        while server.requests < 3 { try await Task.sleep(for: .milliseconds(5)) }
        generator.stop()
        let result = try await running
        #expect(result.wasStopped)
        #expect(result.unfinished == 3)
        #expect(result.sent == 3)
        #expect(collector.all.isEmpty)
        try await server.shutdown()
    }

    @Test("Stop before the start sends nothing")
    func stopBefore() async throws {
        let server = try await ScriptedServer { _ in [.ok()] }
        let generator = LoadGenerator(plan: try plan(port: server.port, requests: 100))
        generator.stop()
        let result = try await generator.run(observer: Collector())
        #expect(result.wasStopped)
        #expect(result.sent == 0)
        try await server.shutdown()
    }
}
