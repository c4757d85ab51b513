import Testing
import TrackerLog
import TrackerTestSupport
import TrackerWeb

@Suite("Server: /api/track", .timeLimit(.minutes(10))) struct ServerTrackTests {
    @Test("a report of the guide's client is acknowledged, appended and returned")
    func roundTrip() async throws {
        try await withServer { server in
            let posted = try await server.post("/api/track", body: trackBody())
            #expect(posted.status == 200)
            let reply = try JSONValue(parsing: Array(posted.body.utf8))
            #expect(reply["status"] == .string("ok"))
            #expect(reply["message"]?.stringValue?.isEmpty == false)

            let batch = try #require(server.intake.batches.first)
            #expect(batch.user.value == "ann")
            #expect(batch.session.value == "s1")
            #expect(batch.identity?.writer.count == 32)
            #expect(batch.identity?.seq == 0)

            let answer = try await server.get("/api/track/ann")
            #expect(answer.status == 200)
            let body = try JSONValue(parsing: Array(answer.body.utf8))
            let run = try #require(body["http://localhost:8081/api"]?["s1"]?.arrayValue?.first)
            #expect(run["schema_version"] == .string("1.0"))
            #expect(run["user_id"] == .string("ann"))
            #expect(run["challenge_type"] == .string("latency"))
            #expect(run["metric_name"] == .string("avg_latency_ms"))
            #expect(run["value"]?.doubleValue == 12.5)
            #expect(run["timestamp"] == .string("2026-11-23T14:02:11.250Z"))
            #expect(
                run["labels"] == .object([.init("env", .string("dev")), .init("n", .number("3"))]))
            #expect(run["run_details"]?["error_rate"]?.doubleValue == 2)
            #expect(run["run_details"]?["payload_urls"] == .array([]))
            #expect(run["session_id"] == .string("s1"))
            #expect(run["commit_hash"] == .string("abc123"))
            #expect(run["target_app"] == .string("http://localhost:8081/api"))
            #expect(run["id"]?.stringValue?.hasPrefix("track-") == true)
        }
    }

    @Test("the events of a report: begun before it, one sample, ended with what was reported")
    func events() throws {
        let report = try TrackReport(body: Array(trackBody().utf8), now: 0)
        let end: Timestamp = 1_795_442_531_250
        let events = report.events
        #expect(events.count == 3)
        guard case .runStarted(let started) = events[0], case .sample(let sample) = events[1],
            case .runFinished(let finished) = events[2]
        else {
            Issue.record("other events: \(events)")
            return
        }
        #expect(started.timestamp == end - 2_000)
        #expect(started.test == "latency")
        #expect(started.commit == "abc123")
        #expect(started.params["method"] == .string("GET"))
        #expect(sample.timestamp == end)
        #expect(sample.value == 12.5)
        #expect(sample.unit == "ms")
        #expect(sample.labels == [Label("env", "dev"), Label("n", "3")])
        #expect(finished.timestamp == end)
        #expect(finished.state == .finished)
        #expect(finished.summary["rps"]?.doubleValue == 49)
        #expect(Set([started.run, sample.run, finished.run]) == [report.run])
    }

    @Test("a retry counts once, whatever its spelling, and another body counts again")
    func retry() async throws {
        try await withServer { server in
            let spaced = trackBody().replacing("\":", with: "\" : ")
            for body in [trackBody(), trackBody(), spaced, trackBody(value: "13")] {
                let response = try await server.post("/api/track", body: body)
                #expect(response.status == 200)
            }
            let identities = server.intake.batches.map(\.identity)
            #expect(identities.count == 4 && Set(identities).count == 2)
            #expect(Set(identities.prefix(3)).count == 1)
        }
    }

    @Test("a retry is not acknowledged by what is no longer in the log", arguments: [true, false])
    func retryAfterRemoval(hasTime: Bool) async throws {
        let storage = MemoryStorage()
        try await withServer(intake: SessionIntake(storage: storage)) { server in
            let body = hasTime ? trackBody() : Self.bodyWithoutTime
            for _ in 0..<2 {
                #expect(try await server.post("/api/track", body: body).status == 200)
                let user = StoragePath("log", "ann")
                let session = try #require(try storage.list(user).first).name
                let folder = user.appending(session)
                let segments = try storage.list(folder).map(\.name)
                #expect(segments.count == 1)
                try storage.removeTree(folder)
            }
        }
    }

    @Test("requests on one connection are answered in their order, reports and others")
    func order() async throws {
        let intake = LaterIntake()
        try await withServer(intake: intake) { server in
            let host = "Host: \(server.host)\r\n"
            let others = [
                "GET /health HTTP/1.1\r\n\(host)\r\n", "GET /nowhere HTTP/1.1\r\n\(host)\r\n",
                // Chunked: the route takes it, and not the handler in front.
                trackHead(server) + "Transfer-Encoding: chunked\r\n\r\n"
                    + "\(String(trackBody().utf8.count, radix: 16))\r\n\(trackBody())\r\n0\r\n\r\n",
            ]
            var random = SplitMix64(seed: 14)
            for _ in 0..<30 {
                var expected: [String] = []
                var text = ""
                for number in 0..<Int.random(in: 2...6, using: &random) {
                    let kind = Int.random(in: 0..<6, using: &random)
                    if kind < others.count {
                        text += others[kind]
                        expected.append(["index_version", "Page not found", "recorded."][kind])
                    } else {
                        text += report(server, trackBody(value: "\(number)"))
                        expected.append("recorded.")
                    }
                }
                try await RawConnection.with(port: server.port) { client in
                    try await client.send(text)
                    for word in expected {
                        #expect(try await client.readResponse().body.contains(word))
                    }
                }
            }
        }
    }

    @Test("a client that sends no more still gets its answer, which is guarded like all others")
    func halfClosed() async throws {
        try await withServer(intake: LaterIntake()) { server in
            for _ in 0..<20 {
                try await RawConnection.with(port: server.port) { client in
                    try await client.send(report(server, trackBody()))
                    client.finishSending()
                    let response = try await client.readResponse()
                    #expect(response.status == 200)
                    #expect(response.header("x-frame-options") == "DENY")
                    #expect(response.header("date")?.hasSuffix(" GMT") == true)
                    #expect(try await client.readToEnd() == "")
                }
            }
        }
    }

    /// A request that is answered on the event loop.
    private func report(_ server: TestServer, _ body: String) -> String {
        trackHead(server) + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test("a failed append is not acknowledged, and its retry is accepted")
    func failure() async throws {
        try await withServer { server in
            server.intake.fail(with: FakeIntake.Failure())
            let refused = try await server.post("/api/track", body: trackBody())
            #expect(refused.status == 503)
            let failing = try await server.get("/health")
            #expect(failing.status == 200 && failing.body.contains("\"refusing reports\""))
            #expect(refused.body.contains("\"status\":\"error\""))
            #expect(!refused.body.contains("Failure"))
            server.intake.fail(with: nil)
            #expect(try await server.post("/api/track", body: trackBody()).status == 200)
            #expect(server.intake.batches.count == 1)
            #expect(try await server.get("/health").body.contains("\"ok\""))
        }
    }

    static let bodyWithoutTime = trackBody().replacing(
        "\"timestamp\":\"2026-11-23T14:02:11.250000\",", with: "")

    /// Errors of an append, and whether it may be recorded all the same.
    static let failures: [(LogError, Bool)] = [
        (.noAnswer(milliseconds: 30_000), true),
        (.notDurable(StorageError(operation: .sync, path: "f", code: 5)), true),
        (.storage(StorageError(operation: .truncate, path: "f", code: 5)), true),
        (.storage(StorageError(operation: .append, path: "f", code: 28)), false),
        (.withdrawn(milliseconds: 30_000), false), (.queueFull(bytes: 1), false),
        (.closed, false),
    ]

    @Test("an append whose outcome is unknown is not called failed", arguments: failures)
    func unknownOutcome(_ failure: LogError, _ mayBeRecorded: Bool) async throws {
        try await withServer { server in
            server.intake.fail(with: failure)
            let answer = try await server.post("/api/track", body: trackBody())
            #expect(answer.status == (mayBeRecorded ? 504 : 503))
            #expect(answer.body.contains("may be recorded") == mayBeRecorded)
            #expect(answer.body.contains("were not recorded") != mayBeRecorded)
            server.intake.fail(with: nil)
            #expect(try await server.post("/api/track", body: trackBody()).status == 200)
        }
    }

    @Test("a body without a time is the same events again when it is sent again")
    func sameTimeAgain() throws {
        let arrivals = BodyArrivals(capacity: 2)
        func arrival(_ digest: String, at now: Timestamp) -> Timestamp {
            arrivals.arrival(of: digest) { now }
        }
        #expect(arrival("a", at: 1_000) == 1_000)
        #expect(arrival("a", at: 2_000) == 1_000)
        #expect(arrival("b", at: 4_000) == 4_000)
        #expect(arrival("c", at: 5_000) == 5_000)
        #expect(arrival("a", at: 6_000) == 6_000)
        #expect(arrival("c", at: 7_000) == 5_000)
    }

    @Test("a retry without a time, after an append whose outcome is unknown, counts once")
    func retryWithoutTime() async throws {
        let disk = StallingIntake()
        try await withServer(intake: disk) { server in
            let body = Self.bodyWithoutTime
            try #require(!body.contains("timestamp"))
            disk.stall(true)
            #expect(try await server.post("/api/track", body: body).status == 504)
            disk.stall(false)
            #expect(try await server.post("/api/track", body: body).status == 200)
            let batches = disk.batches
            #expect(batches.count == 2)
            #expect(batches[0].events == batches[1].events)
            #expect(batches[0].identity == batches[1].identity)
        }
    }

    @Test("simultaneous reports are all accepted")
    func concurrent() async throws {
        try await withServer { server in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        try await server.post(
                            "/api/track", body: trackBody(value: "\(number % 20)")
                        ).status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.allSatisfy { $0 == 200 })
            let answer = try await server.get("/api/track/ann")
            let body = try JSONValue(parsing: Array(answer.body.utf8))
            #expect(body["http://localhost:8081/api"]?["s1"]?.arrayValue?.count == 20)
        }
    }

    @Test(
        "an invalid body changes nothing, and the response says why",
        arguments: [
            "", "{", "[]", "null", "\"x\"", "{}", "{\"userId\":\"ann\"}", "\u{feff}{}",
            "{\"a\":1,\"a\":2}",
            "{\"userId\":NaN}", String(repeating: "[", count: 100_000),
        ])
    func malformed(body: String) async throws {
        try await expectRefused(body)
    }

    @Test(
        "a field that is missing or of the wrong type is named",
        arguments: [
            ("userId", "7"), ("userId", "null"), ("userId", "\"\""), ("userId", "{}"),
            ("challengeType", "7"), ("challengeType", "null"), ("challengeType", "\"\""),
            ("metricName", "[]"), ("metricName", "null"), ("metricName", "\"\""),
            ("runDetails", "7"), ("runDetails", "null"), ("runDetails", "\"x\""),
            ("runDetails", "[]"),
            ("value", "\"12\""), ("value", "true"), ("value", "{}"), ("timestamp", "\"yesterday\""),
            ("timestamp", "7"), ("timestamp", "\"2026-13-01T00:00:00\""), ("labels", "[]"),
            ("labels", "{\"a\":{}}"), ("labels", "\"x\""), ("runDetails", "{\"session_id\":7}"),
        ])
    func wrongField(name: String, value: String) async throws {
        let members = try #require(try JSONValue(parsing: Array(trackBody().utf8)).objectValue)
        let kept = members.filter { $0.key != name }.map { "\"\($0.key)\":\($0.value.text)" }
        let response = try await expectRefused(
            "{" + (kept + ["\"\(name)\":\(value)"]).joined(separator: ",") + "}")
        #expect(response.body.contains(name))
        if ["userId", "challengeType", "metricName", "runDetails"].contains(name) {
            try await expectRefused("{" + kept.joined(separator: ",") + "}")
        }
    }

    @Test("a body that does not fit into the log is refused as a whole")
    func tooBig() async throws {
        let long = String(repeating: "x", count: 1_100_000)
        try await expectRefused(trackBody(extra: ",\"more\":\"\(long)\""))
        let name = String(repeating: "x", count: 201)
        try await expectRefused(trackBody(session: name))
        let deep = String(repeating: "[", count: 30) + String(repeating: "]", count: 30)
        try await expectRefused(
            trackBody(
                extra:
                    ",\"deep\":\(deep)"
            ))
    }

    @discardableResult
    private func expectRefused(_ body: String) async throws -> RawResponse {
        var answer: RawResponse?
        try await withServer { server in
            let response = try await server.post("/api/track", body: body)
            #expect(response.status == 400, "\(body.prefix(80))")
            let reply = try JSONValue(parsing: Array(response.body.utf8))
            #expect(reply["status"] == .string("error"))
            #expect(reply["message"]?.stringValue?.isEmpty == false)
            #expect(server.intake.batches.isEmpty)
            answer = response
        }
        return try #require(answer)
    }

    @Test(
        "times without a zone mean UTC",
        arguments: [
            ("2026-11-23T14:02:11", 1_795_442_531_000.0),
            ("2026-11-23T14:02:11Z", 1_795_442_531_000),
            ("2026-11-23 14:02:11.5", 1_795_442_531_500),
            ("2026-11-23T15:02:11+01:00", 1_795_442_531_000),
        ])
    func zones(text: String, ms: Double) throws {
        let body = trackBody().replacing("2026-11-23T14:02:11.250000", with: text)
        #expect(try TrackReport(body: Array(body.utf8), now: 0).timestamp.milliseconds == ms)
    }

    @Test("value, labels, session and time may be missing")
    func optional() throws {
        let body = """
            {"userId":"ann","challengeType":"t","metricName":"m","value":null,"runDetails":{}}
            """
        let report = try TrackReport(body: Array(body.utf8), now: 1_795_442_531_250)
        #expect(report.session.value == "track-20261123")
        #expect(report.timestamp == 1_795_442_531_250)
        #expect(!report.isTimestampGiven)
        #expect(report.events.count == 2)
        #expect(report.target == nil)
    }

    @Test(
        "with a key configured, only clients that send it may write",
        arguments: [
            ("", 401), ("x-api-key: \r\n", 401), ("x-api-key: wrong\r\n", 403),
            ("x-api-key: s\r\n", 403),
            ("x-api-key: secretsecret\r\n", 403), ("x-api-key: secret\r\n", 200),
            ("X-API-KEY: secret\r\n", 200), ("x-api-key: secret\r\nx-api-key: wrong\r\n", 403),
            ("Authorization: secret\r\n", 401),
        ])
    func keys(header: String, status: Int) async throws {
        try await withServer {
            $0.apiKey = "secret"
        } _: { server in
            let headers = "Content-Type: application/json\r\n" + header
            let response = try await server.post("/api/track", body: trackBody(), headers: headers)
            #expect(response.status == status)
            if status == 401 { #expect(response.body == "{\"error\":\"API key is missing.\"}") }
            if status == 403 { #expect(response.body == "{\"error\":\"Invalid API key.\"}") }
            #expect(!response.body.contains("secret"))
            #expect(server.intake.batches.count == (status == 200 ? 1 : 0))
            #expect(try await server.get("/api/track/ann").status == 200)
        }
    }

    @Test("without a key on the server any key is accepted")
    func noKey() async throws {
        try await withServer { server in
            let headers = "Content-Type: application/json\r\nx-api-key: anything\r\n"
            let response = try await server.post("/api/track", body: trackBody(), headers: headers)
            #expect(response.status == 200)
        }
    }

    @Test(
        "a form of another site cannot send an accepted body",
        arguments: [
            ("application/json", 200), ("application/json; charset=utf-8", 200),
            ("APPLICATION/JSON", 200),
            ("application/json ;charset=utf-8", 200), ("text/plain", 415),
            ("application/jsonx", 415),
            ("application/x-www-form-urlencoded", 415), ("multipart/form-data", 415), ("", 415),
            ("text/plain; application/json", 415),
            ("application/json\r\nContent-Type: text/plain", 415),
            ("application/json\r\nContent-Encoding: gzip", 415),
        ])
    func contentTypes(type: String, status: Int) async throws {
        try await withServer { server in
            let response = try await server.post(
                "/api/track", body: trackBody(), headers: "Content-Type: \(type)\r\n")
            #expect(response.status == status)
            #expect(server.intake.batches.count == (status == 200 ? 1 : 0))
        }
    }

    @Test("an unknown user has no runs")
    func unknownUser() async throws {
        try await withServer { server in
            let long = String(repeating: "x", count: 300)
            for user in ["nobody", "a%20b", "a%2f..%2fb", long] {
                let response = try await server.get("/api/track/\(user)")
                #expect(response.status == 200)
                #expect(response.body == "{}")
            }
        }
    }
}
