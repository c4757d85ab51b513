import Testing
import TrackerLog
import TrackerTelemetry
import TrackerTestSupport
import TrackerWeb

@Suite("Server: /v1/metrics and /v1/traces", .timeLimit(.minutes(10))) struct ServerExportTests {
    private static let gauge =
        #"""
        {"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"g","gauge":{"dataPoints":[{"asDouble":1,"timeUnixNano":"1795442400000000000"}]}}]}]}]}
        """#
    private static let span =
        #"""
        {"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"a","spanId":"b","name":"n","kind":2,"startTimeUnixNano":"1795442400000000000","endTimeUnixNano":"1795442400012500000"}]}]}]}
        """#

    private static func samples(_ server: TestServer) -> [Sample] {
        server.intake.batches.flatMap(\.events)
            .compactMap { if case .sample(let sample) = $0 { sample } else { nil } }
    }

    @Test("an export is appended before it is acknowledged, and once however often it comes")
    func roundTrip() async throws {
        try await withServer { server in
            for _ in 0..<3 {
                let metrics = try await server.post("/v1/metrics", body: Self.gauge)
                #expect(metrics.status == 200 && metrics.body == "{}")
                #expect(metrics.header("content-type") == "application/json")
                let traces = try await server.post("/v1/traces", body: Self.span)
                #expect(traces.status == 200 && traces.body == "{}")
            }
            #expect(Self.samples(server).map(\.value) == [1, 12.5])
            #expect(Set(server.intake.batches.map(\.session.value)) == ["otel-20261123"])
            let protobuf = try await server.post(
                "/v1/metrics", body: "",
                headers: "Content-Type: application/x-protobuf\r\n")
            #expect(protobuf.status == 200 && protobuf.body == "")
            #expect(protobuf.header("content-type") == "application/x-protobuf")
        }
    }

    /// What is refused, and how.
    struct Refused: Sendable, CustomTestStringConvertible {
        let name: String
        var path = "/v1/metrics"
        var headers = "Content-Type: application/json\r\nx-api-key: k\r\n"
        var body = "{}"
        let status: Int
        let says: String
        var testDescription: String { name }
    }

    static let refused = [
        Refused(
            name: "no key", headers: "Content-Type: application/json\r\n", status: 401,
            says: "missing"),
        Refused(
            name: "a wrong key",
            headers: "Content-Type: application/x-protobuf\r\nx-api-key: x\r\n",
            status: 403, says: "Invalid API key"),
        Refused(
            name: "a form", headers: "Content-Type: text/plain\r\nx-api-key: k\r\n", status: 415,
            says: "x-protobuf"),
        Refused(
            name: "another compression",
            headers: "Content-Type: application/json\r\nx-api-key: k\r\nContent-Encoding: br\r\n",
            status: 415, says: "gzip or zstd"),
        Refused(name: "no JSON", body: "{", status: 400, says: "not valid JSON"),
        Refused(
            name: "no protobuf",
            headers: "Content-Type: application/x-protobuf\r\nx-api-key: k\r\n",
            body: "{}", status: 400, says: "no protobuf"),
        Refused(name: "logs", path: "/v1/logs", status: 404, says: "OTEL_LOGS_EXPORTER=none"),
        Refused(
            name: "a foreign page",
            headers:
                "Content-Type: application/json\r\nx-api-key: k\r\nSec-Fetch-Site: cross-site\r\n",
            status: 403, says: "other sites"),
    ]

    @Test("what is not taken is refused with its reason", arguments: refused)
    func refusals(refused: Refused) async throws {
        func withKey(_ configuration: inout WebServer.Configuration) { configuration.apiKey = "k" }
        try await withServer(withKey) { server in
            let answer = try await server.post(
                refused.path, body: refused.body, headers: refused.headers)
            #expect(answer.status == refused.status)
            #expect(answer.body.contains(refused.says), "\(answer.body)")
            if refused.headers.contains("x-protobuf") {
                #expect(answer.header("content-type") == "application/x-protobuf")
            }
            #expect(server.intake.batches.isEmpty)
        }
    }

    @Test("what the log refuses is to be sent again, and counts then")
    func retry() async throws {
        try await withServer { server in
            server.intake.fail(with: FakeIntake.Failure())
            let failed = try await server.post("/v1/metrics", body: Self.gauge)
            #expect(failed.status == 503 && failed.header("retry-after") == "1")
            server.intake.fail(with: nil)
            #expect(try await server.post("/v1/metrics", body: Self.gauge).status == 200)
            #expect(Self.samples(server).map(\.value) == [1])
        }
    }

    @Test("a disk that confirms nothing gets the same frames again")
    func unconfirmed() async throws {
        let intake = StallingIntake()
        try await withServer(intake: intake) { server in
            intake.stall(true)
            let unknown = try await server.post("/v1/metrics", body: Self.gauge)
            intake.stall(false)
            let known = try await server.post("/v1/metrics", body: Self.gauge)
            #expect(unknown.status == 503 && known.status == 200)
        }
        let named = intake.batches.filter { $0.identity != nil }
        #expect(Set(named.map(\.identity)).count == 1)
        #expect(Set(named.map { "\($0.events)" }).count == 1)
    }
}
