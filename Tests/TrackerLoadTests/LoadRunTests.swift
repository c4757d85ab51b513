import Synchronization
import Testing
import TrackerLoad
import TrackerLog
import TrackerTestSupport

/// A log in memory.
final class MemorySink: EventSink {
    private struct State {
        var events: [Event] = []
        var flushes = 0
    }

    private let state = Mutex(State())
    private let accepts: @Sendable (Event) -> Bool
    private let flushError: LogError?

    /// - Parameter flushError: why no flush succeeds.
    init(
        flushError: LogError? = nil, accepts: @escaping @Sendable (Event) -> Bool = { _ in true }
    ) {
        self.accepts = accepts
        self.flushError = flushError
    }

    func append(_ event: Event) -> Bool {
        guard accepts(event) else { return false }
        state.withLock { $0.events.append(event) }
        return true
    }

    func append(_ sample: Sample) -> Bool { append(.sample(sample)) }
    func appendBatch(_ events: [Event], identity: FrameIdentity?) {
        state.withLock { $0.events += events }
    }
    func flushToLog() throws(LogError) {
        state.withLock { $0.flushes += 1 }
        if let flushError { throw flushError }
    }
    func close() {}

    var events: [Event] { state.withLock { $0.events } }
    var flushes: Int { state.withLock { $0.flushes } }

    func samples(_ metric: String) -> [Sample] {
        events.compactMap { event in
            guard case .sample(let sample) = event, sample.metric == metric else { return nil }
            return sample
        }
    }

    var started: RunStarted? {
        for case .runStarted(let event) in events { return event }
        return nil
    }

    var finished: RunFinished? {
        for case .runFinished(let event) in events { return event }
        return nil
    }
}

@Suite("A recorded run")
struct LoadRunTests {
    private func identity(_ target: String) throws -> RunIdentity {
        RunIdentity(
            run: "load-1", session: try SessionID("s"), target: target, commit: "abc",
            environment: .object([.init("host", .string("h"))]),
            params: [.init("extra", .integer(1))])
    }

    @Test("what is sent is recorded: never the value of a header, nor a body")
    func requestMix() throws {
        let secret = "Bearer sk-very-secret"
        func mix(_ secret: String, _ body: String) throws -> JSONValue {
            let target = try TargetURL(parsing: "http://localhost:1/a?x=1")
            let template = try RequestTemplate(
                target: target, method: "POST",
                headers: [
                    try .init(parsing: "Authorization: \(secret)"), try .init(parsing: "X-A: 1"),
                ], body: Array(body.utf8), weight: 9)
            let other = try RequestTemplate(target: TargetURL(parsing: "http://localhost:1/b"))
            let plan = try LoadPlan(
                origin: target.origin, templates: [template, other], requests: 1)
            return try #require(plan.params["request_mix"])
        }
        let recorded = try mix(secret, "{}")
        let requests = try #require(recorded.arrayValue)
        #expect(
            requests.map { $0["url"]?.stringValue }
                == ["http://localhost:1/a?x=1", "http://localhost:1/b"])
        #expect(requests.map { $0["weight"]?.intValue } == [9, 1])
        #expect(requests.map { $0["method"]?.stringValue } == ["POST", "GET"])
        #expect(requests[0]["body_bytes"]?.intValue == 2)
        let names = requests[0]["headers"]?.objectValue?.map(\.key)
        #expect(names == ["authorization", "x-a"])
        #expect(requests[0]["headers"]?["authorization"]?.stringValue?.count == 8)
        #expect(!recorded.text.contains("secret"))
        #expect(try mix(secret, "{}") == recorded)
        #expect(try mix(secret + "2", "{}") != recorded)
        #expect(try mix(secret, "[]") != recorded)
    }

    @Test("more requests than are listed: a hash stands for the rest")
    func longMix() throws {
        func mix(_ last: String) throws -> [JSONValue] {
            let urls = (0..<70).map { "http://localhost:1/\($0)" } + ["http://localhost:1/\(last)"]
            let templates = try urls.map {
                try RequestTemplate(target: TargetURL(parsing: $0))
            }
            let plan = try LoadPlan(
                origin: TargetURL(parsing: urls[0]).origin, templates: templates, requests: 1)
            return try #require(plan.params["request_mix"]?.arrayValue)
        }
        let listed = try mix("x")
        #expect(listed.count == 65 && listed.last?["more"]?.intValue == 7)
        #expect(try mix("y").last != listed.last)
    }

    private func plan(
        _ url: String, model: LoadModel, duration: Duration? = nil, requests: UInt64? = nil
    ) throws -> LoadPlan {
        let target = try TargetURL(parsing: url)
        return try LoadPlan(
            origin: target.origin, templates: [try RequestTemplate(target: target)], model: model,
            duration: duration, requests: requests, shards: 1)
    }

    @Test("Closed loop: one sample a request between run_started and run_finished")
    func closedLoop() async throws {
        let server = try await ScriptedServer { number in
            number % 4 == 3 ? [.send("HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n")] : [.ok()]
        }
        let url = "http://127.0.0.1:\(server.port)/a/b?secret=1"
        let sink = MemorySink()
        let plan = try plan(url, model: .closed(connections: 2), requests: 40)
        let summary = try await LoadRun(plan: plan, identity: try identity(url), sink: sink)
            .execute()
        try await server.shutdown()

        guard case .runStarted? = sink.events.first, case .runFinished? = sink.events.last else {
            Issue.record("the run is not between its beginning and its end")
            return
        }
        let samples = sink.samples(LoadMetric.latency)
        #expect(samples.count == 40)
        #expect(sink.events.count == 42)
        #expect(samples.allSatisfy { $0.run == "load-1" && $0.unit == "ms" })
        let failed = samples.filter { $0.labels.contains(Label("status", "500")) }
        #expect(failed.count == 10)
        #expect(failed.allSatisfy { $0.ok == false })
        #expect(samples.filter { $0.ok == true }.count == 30)
        #expect(samples.allSatisfy { $0.labels.first == Label("route", "/a/b") })

        let started = try #require(sink.started)
        #expect(started.test == "load")
        #expect(started.target == url)
        #expect(started.commit == "abc")
        #expect(started.environment["host"]?.stringValue == "h")
        #expect(started.params["load_model"]?.stringValue == "closed")
        #expect(started.params["latency"]?.stringValue == "uncorrected")
        #expect(started.params["connections"]?.intValue == 2)
        #expect(started.params["extra"]?.intValue == 1)
        #expect(samples.allSatisfy { $0.timestamp >= started.timestamp - 5 })

        let finished = try #require(sink.finished)
        #expect(finished.state == .finished)
        let json = finished.summary
        #expect(json["total_requests"]?.intValue == 40)
        #expect(json["successful_requests"]?.intValue == 30)
        #expect(json["failed_requests"]?.intValue == 10)
        #expect(json["error_rate"]?.doubleValue == 25)
        #expect(json["request_count"]?.intValue == 40)
        #expect(json["session_id"]?.stringValue == "s")
        #expect(json["commit_hash"]?.stringValue == "abc")
        // Successes and failures apart, as everywhere.
        for (name, ok, count) in [("avg_latency_ms", true, 30.0), ("failed_avg_ms", false, 10)] {
            let sum = samples.filter { $0.ok == ok }.reduce(0) { $0 + $1.value }
            let average = try #require(json[name]?.doubleValue)
            #expect(abs(average - sum / count) < 1e-5, "\(name)")
        }
        #expect(summary.tally.latency.count == 30)
        let seconds = try #require(json["duration_s"]?.doubleValue)
        let rps = try #require(json["rps"]?.doubleValue)
        #expect(abs(rps * seconds - 30) < 0.01)
        #expect(json["throughput"]?.doubleValue == rps)
        let attempted = try #require(json["attempted"]?.doubleValue)
        #expect(abs(attempted * seconds - 40) < 0.01)
        let text = ReportText.result(summary)
        #expect(text.contains("Throughput") && text.contains("successes only"))
        #expect(text.contains("Attempted") && text.contains("Failed"))
        #expect(json["max_ms"]?.doubleValue.map { $0 > 0 } == true)
        #expect(summary.tally.total == 40)
        // What was queued, and then the end.
        #expect(sink.flushes == 2)
    }

    @Test("The summary has every field of the old schema, by name")
    func schema() async throws {
        let server = try await ScriptedServer { _ in [.ok()] }
        let url = "http://127.0.0.1:\(server.port)/"
        let sink = MemorySink()
        _ = try await LoadRun(
            plan: try plan(url, model: .closed(connections: 1), requests: 1),
            identity: try identity(url), sink: sink
        ).execute()
        try await server.shutdown()
        let keys = Set(sink.finished?.summary.objectValue?.map(\.key) ?? [])
        let wanted = [
            "target_url", "request_count", "method", "payload_urls", "total_requests",
            "successful_requests", "failed_requests", "avg_latency_ms", "error_rate", "rps",
            "duration_s", "test_type", "session_id", "commit_hash", "p50_ms", "p90_ms", "p95_ms",
            "p99_ms", "p999_ms", "max_ms",
        ]
        #expect(Set(wanted).subtracting(keys) == [])
    }

    @Test("Open loop: response and service time of each request, and what was never sent")
    func openLoop() async throws {
        let server = try await ScriptedServer { _ in [.ok()] }
        let url = "http://127.0.0.1:\(server.port)/"
        let sink = MemorySink()
        let rate = try Rate(parsing: "200", argument: "--rate")
        let plan = try plan(url, model: .open(.constant(rate)), duration: .milliseconds(250))
        _ = try await LoadRun(plan: plan, identity: try identity(url), sink: sink).execute()
        try await server.shutdown()
        let response = sink.samples(LoadMetric.latency)
        let service = sink.samples(LoadMetric.service)
        #expect(response.count == 50)
        #expect(service.count == 50)
        for (a, b) in zip(response, service) {
            #expect(a.value >= b.value)
            // Both end at the same time.
            #expect(abs((a.timestamp + a.value).milliseconds(since: b.timestamp + b.value)) < 0.01)
        }
        // The samples stand at the intended starts: 5 ms apart.
        let starts = response.map(\.timestamp.milliseconds).sorted()
        for (a, b) in zip(starts, starts.dropFirst()) { #expect(abs(b - a - 5) < 0.01) }
        #expect(sink.samples(LoadMetric.unsent).map(\.value) == [0])
        #expect(sink.started?.params["latency"]?.stringValue == "corrected")
        #expect(sink.started?.params["rate"]?.doubleValue == 200)
        #expect(sink.finished?.summary["unsent_requests"]?.intValue == 0)
    }

    @Test("A target that refuses makes a failed run, with its end in the log")
    func failed() async throws {
        let sink = MemorySink()
        let summary = try await withRefusingPort { port in
            let url = "http://127.0.0.1:\(port)/"
            let plan = try plan(url, model: .closed(connections: 1), requests: 2)
            return try await LoadRun(plan: plan, identity: identity(url), sink: sink).execute()
        }
        #expect(summary.failure != nil)
        #expect(sink.finished?.state == .failed)
        #expect(sink.finished?.summary["error"]?.stringValue?.contains("refused") == true)
        #expect(sink.samples(LoadMetric.latency).map(\.ok) == [false, false])
        let text = ReportText.result(summary)
        #expect(text.contains("refused × 2") && text.contains("failed: could not reach"))
        let reason = try #require(sink.finished?.summary["reason"]?.stringValue)
        #expect(reason.hasPrefix("could not reach http://127.0.0.1:"))
        #expect(summary.generatorLimit == nil)
    }

    @Test(
        "A run without a success is no measurement, and says how its requests ended",
        arguments: [
            (["503"], 4, "all 4 requests failed: status 503"),
            (["503"], 1, "the only request failed: status 503"),
            (["500", "404"], 4, "all 4 requests failed: status 404 × 2, status 500 × 2"),
            (["500", "500", "404"], 6, "all 6 requests failed: status 500 × 4, status 404 × 2"),
            (["200", "500"], 4, nil), (["200"], 4, nil),
        ] as [([String], UInt64, String?)])
    func noSuccess(statuses: [String], requests: UInt64, text: String?) async throws {
        let server = try await ScriptedServer { number in
            [.send("HTTP/1.1 \(statuses[number % statuses.count]) X\r\nContent-Length: 0\r\n\r\n")]
        }
        let url = "http://127.0.0.1:\(server.port)/"
        let plan = try plan(url, model: .closed(connections: 1), requests: requests)
        let summary = try await LoadRun(
            plan: plan, identity: try identity(url), sink: MemorySink()
        ).execute()
        try await server.shutdown()
        #expect(summary.state == (text == nil ? .finished : .failed))
        #expect(summary.failure?.description == text)
        #expect(summary.failure?.endsSeries != true)
    }

    @Test("A host without an address makes a failed run as well")
    func unresolved() async throws {
        let url = "http://no-such-host.invalid/"
        let sink = MemorySink()
        let plan = try plan(url, model: .closed(connections: 1), requests: 2)
        let watch = ProcessWatch(
            subjects: [.init(role: "generator", name: "me", pids: [currentProcess()])])
        let summary = try await LoadRun(
            plan: plan, identity: try identity(url), sink: sink, watch: watch
        ).execute()
        #expect(summary.state == .failed)
        #expect(sink.finished?.state == .failed)
        // Nothing was tested: no number of this process may look like one of the target.
        #expect(sink.events.count == 2)
        #expect(summary.failure?.reason == "could not reach no-such-host.invalid")
        #expect(summary.failure?.endsSeries == true)
        #expect(summary.generatorLimit == nil)
        #expect(sink.finished?.summary["total_requests"]?.intValue == 0)
        #expect(sink.finished?.summary["avg_latency_ms"] == .null)
    }

    @Test("A run that is stopped says so")
    func stopped() async throws {
        let server = try await ScriptedServer { _ in [.ok()] }
        let url = "http://127.0.0.1:\(server.port)/"
        let sink = MemorySink()
        let plan = try plan(url, model: .closed(connections: 1), duration: .seconds(600))
        let run = LoadRun(plan: plan, identity: try identity(url), sink: sink)
        async let running = run.execute()
        while server.requests < 10 { try await Task.sleep(for: .milliseconds(5)) }
        run.stop()
        let summary = try await running
        try await server.shutdown()
        #expect(summary.state == .stopped)
        #expect(sink.finished?.state == .stopped)
        #expect(UInt64(sink.samples(LoadMetric.latency).count) == summary.tally.total)
    }

    @Test("Samples that the log does not take are counted; the summary still counts their requests")
    func unrecorded() async throws {
        let server = try await ScriptedServer { _ in [.ok()] }
        let url = "http://127.0.0.1:\(server.port)/"
        let sink = MemorySink { event in
            if case .sample = event { return false }
            return true
        }
        let plan = try plan(url, model: .closed(connections: 1), requests: 7)
        let summary = try await LoadRun(plan: plan, identity: try identity(url), sink: sink)
            .execute()
        try await server.shutdown()
        #expect(summary.unrecorded == 7)
        #expect(summary.tally.total == 7)
        #expect(sink.finished?.summary["unrecorded_requests"]?.intValue == 7)
    }

    @Test("A log that takes nothing is an error before any request is sent")
    func deadLog() async throws {
        let server = try await ScriptedServer { _ in [.ok()] }
        let url = "http://127.0.0.1:\(server.port)/"
        let plan = try plan(url, model: .closed(connections: 1), requests: 7)
        let run = LoadRun(plan: plan, identity: try identity(url), sink: MemorySink { _ in false })
        await #expect(throws: LoadError.self) { try await run.execute() }
        #expect(server.requests == 0)
        try await server.shutdown()
    }

    @Test("A log that takes no more has the end of the run by another way, as failed")
    func fullDisk() async throws {
        let server = try await ScriptedServer { _ in [.ok()] }
        let url = "http://127.0.0.1:\(server.port)/"
        let full = LogError.storage(
            StorageError(operation: .append, path: "f", code: 28))
        let sink = MemorySink(flushError: full)
        let last = MemorySink()
        let plan = try plan(url, model: .closed(connections: 1), requests: 3)
        let run = LoadRun(
            plan: plan, identity: try identity(url), sink: sink,
            lastWord: { last.appendBatch($0, identity: nil) })
        let summary = try await run.execute()
        try await server.shutdown()
        #expect(summary.state == .failed && summary.tally.successes == 3)
        #expect(summary.failure?.reason.hasPrefix("could not write the log: ") == true)
        #expect(last.finished?.state == .failed)
        #expect(last.finished?.summary["successful_requests"]?.intValue == 3)
        // Once: an end that waits in the queue could still be written, and say something else.
        #expect(sink.finished == nil)
    }

    @Test("Errors at their share, over all routes of the demo's target")
    func demoTarget() async throws {
        let target = try await DemoTarget(
            behaviour: DemoBehaviour(medianMs: 0.2, sigma: 0.1, errorShare: 0.2), seed: 5)
        let origin = Origin(host: "127.0.0.1", port: target.port)
        let plan = try LoadPlan(
            origin: origin, templates: try DemoScenario.templates(origin: origin),
            model: .closed(connections: 4), requests: 1_000, shards: 1, seed: 5)
        let sink = MemorySink()
        let summary = try await LoadRun(
            plan: plan, identity: try identity(target.url), sink: sink
        ).execute()
        let (requests, connections) = (target.requests, target.connections)
        await target.shutdown()
        #expect(summary.tally.total == 1_000)
        #expect(requests == 1_000)
        #expect(connections == 4)
        // 19 % of the requests (all but the health check's) times 1,000, give or take five sigma.
        #expect((125...255).contains(summary.tally.failures))
        let routes = Set(sink.samples(LoadMetric.latency).compactMap(\.labels.first?.value))
        #expect(routes.contains("/api/items/{id}"))
        #expect(routes.count == 6)
    }
}

@Suite("Progress and results as text")
struct ReportTextTests {
    @Test(
        "Latencies",
        arguments: [
            (0.0, "0 ms"), (0.0123, "12.3 µs"), (0.9994, "999 µs"), (1, "1.00 ms"),
            (12.34, "12.3 ms"), (501.2, "501 ms"), (999.6, "1.00 s"), (61_234, "61.2 s"),
        ])
    func latencies(ms: Double, text: String) {
        #expect(NumberFormat.grouped.latency(ms: ms) == text)
    }

    @Test("Numbers")
    func numbers() {
        #expect(NumberFormat.grouped.count(0) == "0")
        #expect(NumberFormat.grouped.count(999) == "999")
        #expect(NumberFormat.grouped.count(1_234_567) == "1,234,567")
        #expect(NumberFormat.grouped.fixed(-1234.567, digits: 2) == "-1,234.57")
        #expect(NumberFormat.grouped.fixed(0.05, digits: 1) == "0.1")
        #expect(NumberFormat.grouped.fixed(2.50, digits: 2, trimsZeros: true) == "2.5")
        #expect(NumberFormat.grouped.fixed(200, digits: 2, trimsZeros: true) == "200")
        #expect(NumberFormat.grouped.fixed(.nan, digits: 2) == "-")
    }

    @Test("The last second is the last whole one")
    func lastSecond() {
        var tally = LoadTally()
        func add(second: Double, ms: Int64, ok: Bool = true) {
            let endNs = Int64(second * 1e9)
            tally.add([
                CompletedRequest(
                    template: 0, outcome: .status(ok ? 200 : 500),
                    intendedNs: endNs - ms * 1_000_000, startNs: endNs - ms * 1_000_000,
                    endNs: endNs)
            ])
        }
        add(second: 0.5, ms: 10)
        add(second: 1.1, ms: 20)
        add(second: 1.2, ms: 20, ok: false)
        #expect(tally.lastSecond(elapsedNs: 1_900_000_000).lastSecondCount == 1)
        let progress = tally.lastSecond(elapsedNs: 2_100_000_000)
        #expect(progress.lastSecondCount == 2)
        #expect(progress.lastSecondFailures == 1)
        #expect(progress.total == 3)
        #expect(tally.lastSecond(elapsedNs: 9_000_000_000).lastSecondCount == 0)
        #expect(tally.lastSecond(elapsedNs: 9_000_000_000).lastSecondP50Ms == nil)
    }
}
