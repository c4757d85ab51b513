import Glibc
import Synchronization
import Testing
import TrackerLoad
import TrackerLog
import TrackerTestSupport

@Suite("How requests are recorded: samples, distributions, warm-up, send lag")
struct RecordingTests {
    private func plan(
        port: Int, model: LoadModel, warmup: Duration = .zero, duration: Duration? = nil,
        requests: UInt64? = nil
    ) throws -> LoadPlan {
        let url = try TargetURL(parsing: "http://127.0.0.1:\(port)/")
        return try LoadPlan(
            origin: url.origin, templates: [try RequestTemplate(target: url)], model: model,
            warmup: warmup, duration: duration, requests: requests, shards: 1)
    }

    private func execute(
        _ plan: (Int) throws -> LoadPlan, detail: RecordingDetail = .samples,
        sink: MemorySink = MemorySink()
    ) async throws -> (LoadSummary, MemorySink) {
        let server = try await ScriptedServer { number in
            number % 5 == 4 ? [.send("HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n")] : [.ok()]
        }
        let identity = RunIdentity(run: "r", session: try SessionID("s"), target: "t")
        let run = LoadRun(
            plan: try plan(server.port), identity: identity, sink: sink, detail: detail)
        let summary = try await run.execute()
        try await server.shutdown()
        return (summary, sink)
    }

    private func distributions(_ sink: MemorySink, _ metric: String) -> [Distribution] {
        sink.events.compactMap { event in
            guard case .distribution(let part) = event, part.metric == metric else { return nil }
            return part
        }
    }

    @Test("Distributions count every request once, with its errors, sum and extremes")
    func seconds() async throws {
        let rate = Schedule.constant(try Rate(parsing: "300", argument: "--rate"))
        let (summary, sink) = try await execute(
            { try plan(port: $0, model: .open(rate), duration: .milliseconds(1_500)) },
            detail: .seconds)
        #expect(sink.samples(LoadMetric.latency).isEmpty)
        let parts = distributions(sink, LoadMetric.latency)
        #expect(parts.reduce(0) { $0 + $1.count } == 450)
        #expect(parts.reduce(0) { $0 + $1.errors } == 90)
        #expect(distributions(sink, LoadMetric.service).reduce(0) { $0 + $1.count } == 450)
        for part in parts {
            #expect(part.histogram.reduce(0) { $0 + $1.count } == UInt64(part.count))
            #expect(part.histogram.map(\.bucket) == part.histogram.map(\.bucket).sorted())
            #expect(part.min <= part.max && part.sum >= part.min * Double(part.count) * 0.999)
            #expect(part.durationMs == 1_000 && part.run == "r" && part.unit == "ms")
            #expect(part.timestamp.milliseconds.truncatingRemainder(dividingBy: 1_000) == 0)
        }
        let sum = parts.reduce(0) { $0 + $1.sum }
        let mean = try #require(summary.tally.latency.meanMs)
        #expect(abs(sum / 450 - mean) < 1e-9 * mean)
        #expect(parts.map(\.max).max() == summary.tally.latency.maxMs)
        #expect(summary.recorded.secondsFromNs == 0)
        #expect(sink.finished?.summary["distributions_from_s"]?.doubleValue == 0)
        #expect(summary.unrecorded == 0)
    }

    @Test("auto: when the log is slow, distributions take over, and no request is missing")
    func auto() async throws {
        let gate = Gate()
        let sink = MemorySink(accepts: { event in
            if case .sample = event { gate.pass() }
            return true
        })
        let plan = try plan(port: 1, model: .closed(connections: 1), requests: 1)
        let recorder = SampleRecorder(sink: sink, run: "r", plan: plan, detail: .auto)
        recorder.began(at: 1_000_000)
        let total = 400_000
        for start in stride(from: 0, to: total, by: 200) {
            recorder.completed(
                (start..<start + 200).map { number in
                    let ns = Int64(number) * 10_000
                    return CompletedRequest(
                        template: 0, outcome: .status(200), intendedNs: ns, startNs: ns,
                        endNs: ns + 1_000_000)
                })
        }
        gate.open()
        let recorded = try await recorder.finish()
        #expect(recorded.unrecorded == 0)
        #expect(recorded.secondsFromNs != nil)
        let samples = sink.samples(LoadMetric.latency).count
        let counted = distributions(sink, LoadMetric.latency).reduce(0) { $0 + $1.count }
        #expect(samples > 0 && counted > 0)
        #expect(samples + counted == total)
        #expect(recorded.tally.total == UInt64(total))
    }

    @Test("samples: what the log does not take is counted, never silently lost")
    func refused() async throws {
        let number = Atomic<Int>(0)
        let sink = MemorySink(accepts: { event in
            guard case .sample = event else { return true }
            return number.wrappingAdd(1, ordering: .relaxed).oldValue % 4 != 3
        })
        let (summary, _) = try await execute(
            { try plan(port: $0, model: .closed(connections: 1), requests: 40) }, sink: sink)
        #expect(sink.samples(LoadMetric.latency).count == 30)
        #expect(summary.unrecorded == 10)
        #expect(summary.tally.total == 40)
    }

    @Test(
        "A warm-up is recorded as a separate metric and counted nowhere",
        arguments: [true, false])
    func warmup(isOpen: Bool) async throws {
        let begin = ContinuousClock.now
        let rate = Schedule.constant(try Rate(parsing: "200", argument: "--rate"))
        let (summary, sink) = try await execute {
            try plan(
                port: $0, model: isOpen ? .open(rate) : .closed(connections: 1),
                warmup: .milliseconds(300), requests: 50)
        }
        let warm = sink.samples(LoadMetric.warmup).count
        #expect(sink.samples(LoadMetric.latency).count == 50)
        #expect(isOpen ? warm == 60 : warm > 10)
        #expect(summary.tally.total == 50)
        #expect(summary.result.warmup == UInt64(warm))
        #expect(summary.tally.outcomes.values.reduce(0, +) == 50)
        let json = try #require(sink.finished?.summary)
        #expect(json["total_requests"]?.intValue == 50)
        #expect(json["request_count"]?.intValue == 50)
        #expect(json["warmup_requests"]?.intValue == warm)
        #expect(sink.started?.params["warmup_s"]?.doubleValue == 0.3)
        // The run begins where counting begins: a throughput over its length is the real one.
        let started = try #require(sink.started?.timestamp)
        let first = sink.samples(LoadMetric.latency).map(\.timestamp).min() ?? 0
        #expect(abs(first.milliseconds(since: started)) < 100)
        #expect(sink.samples(LoadMetric.warmup).allSatisfy { $0.timestamp < started + 100 })
        // The 0.3 s of the warm-up are not part of the run.
        #expect(summary.durationS < (ContinuousClock.now - begin).milliseconds / 1e3 - 0.3)
    }

    @Test("Send lag counts what the generator delays, not what waits for a free connection")
    func sendLag() async throws {
        let rate = Schedule.constant(try Rate(parsing: "100", argument: "--rate"))
        let url = "http://127.0.0.1"
        let server = try await ScriptedServer { _ in [.pause(ms: 100), .ok()] }
        let target = try TargetURL(parsing: "\(url):\(server.port)/")
        let plan = try LoadPlan(
            origin: target.origin, templates: [try RequestTemplate(target: target)],
            model: .open(rate), requests: 20, maxConnections: 1, shards: 1)
        let collector = Collector()
        let result = try await LoadGenerator(plan: plan).run(observer: collector)
        try await server.shutdown()
        // One connection answers ten a second: the later requests wait for it, up to 1.7 s.
        let waits = collector.all.map { Double($0.startNs - $0.intendedNs) / 1e6 }
        #expect((waits.max() ?? 0) > 1_000)
        #expect(result.sendLag.count < 5)
        #expect(result.sendLag.maxMs < 100)
    }

    @Test("A generator that is late is said to be the limit")
    func limited() async throws {
        let session = try SessionID("s")
        var result = LoadResult()
        for _ in 0..<98 { result.sendLag.add(ms: 0.1) }
        let plan = try plan(
            port: 1, model: .open(.constant(try Rate(parsing: "9", argument: "--rate"))))
        func summary(cores: Double) -> LoadSummary {
            LoadSummary(
                identity: RunIdentity(run: "r", session: session, target: "t"),
                state: .finished, plan: plan, result: result, recorded: Recorded(),
                generatorCores: cores)
        }
        #expect(summary(cores: 0.5).generatorLimit == nil)
        #expect(summary(cores: 0.95).generatorLimit?.contains("95 %") == true)
        for _ in 0..<2 { result.sendLag.add(ms: 30) }
        #expect(summary(cores: 0.5).generatorLimit?.contains("late") == true)
        #expect(summary(cores: 0.5).json["generator_limited"]?.boolValue == true)
    }
}

/// Holds a thread up until it is opened.
private final class Gate: Sendable {
    private let isOpen = Mutex(false)

    func open() { isOpen.withLock { $0 = true } }

    func pass() {
        while !isOpen.withLock({ $0 }) { sched_yield() }
    }
}
