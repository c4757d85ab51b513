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
        // A machine that is busy with other tests may not send each in time; it says how many.
        let sent = 450 - Int(summary.result.unsent)
        let failures = sent / 5
        #expect(sent > 0)
        #expect(parts.reduce(0) { $0 + $1.count } == sent)
        #expect(parts.reduce(0) { $0 + $1.errors } == failures)
        #expect(distributions(sink, LoadMetric.service).reduce(0) { $0 + $1.count } == sent)
        for part in parts {
            #expect(part.histogram.reduce(0) { $0 + $1.count } == UInt64(part.count))
            #expect(part.histogram.map(\.bucket) == part.histogram.map(\.bucket).sorted())
            #expect(part.min <= part.max && part.sum >= part.min * Double(part.count) * 0.999)
            #expect(part.durationMs == 1_000 && part.run == "r" && part.unit == "ms")
            #expect(part.timestamp.milliseconds.truncatingRemainder(dividingBy: 1_000) == 0)
        }
        let sum = parts.reduce(0) { $0 + $1.sum }
        let (ok, failed) = (summary.tally.latency, summary.tally.failedLatency)
        #expect(ok.count == UInt64(sent - failures) && failed.count == UInt64(failures))
        #expect(abs(sum - ok.sumMs - failed.sumMs) < 1e-9 * sum)
        #expect(parts.map(\.max).max() == max(ok.maxMs, failed.maxMs))
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

    /// A run whose requests were answered after so many milliseconds, each sent late by so many.
    private func summary(
        answersMs: [Double], delaysMs: [Double], busy: Double = 0.04, isOpen: Bool = true
    ) throws -> LoadSummary {
        var result = LoadResult()
        result.sent = UInt64(answersMs.count)
        (result.busy, result.alive) = (.seconds(busy), .seconds(1))
        var recorded = Recorded()
        for (answer, delay) in zip(answersMs, delaysMs) {
            result.sendLag.add(ms: delay)
            recorded.tally.add([
                CompletedRequest(
                    template: 0, outcome: .status(200), intendedNs: 0,
                    startNs: Int64(delay * 1e6), endNs: Int64((delay + answer) * 1e6),
                    generatorDelayNs: Int64(delay * 1e6))
            ])
        }
        let rate = try Rate(parsing: "9", argument: "--rate")
        return LoadSummary(
            identity: RunIdentity(run: "r", session: try SessionID("s"), target: "t"),
            state: .finished,
            plan: try plan(
                port: 1, model: isOpen ? .open(.constant(rate)) : .closed(connections: 1)),
            result: result, recorded: recorded, generatorCores: busy)
    }

    @Test(
        "The generator is the limit when its delay changes what was measured",
        arguments: [
            // One request in a hundred 1.2 ms late, of answers around 10 ms.
            (10, 0.02, 0.01, 1.2, false), (10, 0, 0, 0, false),
            // The same delay is nothing for answers of a second, and much for one of 0.2 ms.
            (1_000, 0.02, 0, 0, false), (0.2, 0.02, 0, 0, true),
            (1_000, 5, 0, 0, false), (10, 0.3, 0, 0, true), (10, 0.02, 0.08, 30, true),
        ] as [(Double, Double, Double, Double, Bool)])
    func limited(
        answerMs: Double, delayMs: Double, share: Double, longMs: Double, isLimited: Bool
    ) throws {
        let answers = (0..<1_000).map { answerMs * (0.8 + 0.4 * Double($0 % 97) / 97) }
        let delays = (0..<1_000).map { Double($0) < share * 1_000 ? longMs : delayMs }
        let summary = try summary(answersMs: answers, delaysMs: delays)
        let share = summary.generatorBias?.share ?? 0
        #expect((share > 0.02) == isLimited, "\(share)")
        #expect(summary.generatorLimit?.contains(" %) too high") == (isLimited ? true : nil))
        #expect(summary.json["generator_limited"]?.boolValue == isLimited)
        #expect(summary.json["generator_limit"]?.stringValue == summary.generatorLimit)
        let percent = try #require(summary.json["generator_bias_percent"]?.doubleValue)
        #expect(abs(percent - share * 100) < 1e-5)
    }

    @Test("What chance does as well is no bias: the same delay, in few requests and in many")
    func chance() throws {
        // Answers from 5 to 15 ms; 3 % more for each of them.
        for (count, isLimited) in [(100, false), (20_000, true)] {
            let answers = (0..<count).map { 5 + 10 * Double($0 * 7_919 % count) / Double(count) }
            let summary = try summary(answersMs: answers, delaysMs: answers.map { $0 * 0.03 })
            #expect((summary.generatorLimit != nil) == isLimited, "\(count)")
        }
    }

    @Test("The bias is that of the delay: each number with it and without it")
    func bias() throws {
        let answers = Array(repeating: 10.0, count: 1_000)
        let late = try summary(answersMs: answers, delaysMs: Array(repeating: 1, count: 1_000))
        let bias = try #require(late.generatorBias)
        // A bucket is 1/128 of its value wide.
        #expect(abs(bias.share - 0.1) < 0.01 && abs(bias.ms - 1) < 0.1)
        #expect(late.generatorLimit?.contains("too high") == true)
        // With a handful of requests no percentile says anything, and nothing is claimed.
        let few = try summary(answersMs: [10, 10, 10], delaysMs: [0, 0, 5])
        #expect(few.generatorBias == nil && few.generatorLimit == nil)
        #expect(few.json["generator_bias_percent"] == .null)
    }

    @Test("Sending threads that are always at work are the limit, in a closed loop as well")
    func busy() throws {
        let answers = Array(repeating: 10.0, count: 100)
        let none = Array(repeating: 0.0, count: 100)
        for (busy, isLimited) in [(0.5, false), (0.89, false), (0.95, true)] {
            let summary = try summary(
                answersMs: answers, delaysMs: none, busy: busy, isOpen: false)
            #expect((summary.generatorLimit != nil) == isLimited)
            #expect(summary.generatorLimit?.contains("95 %") != false)
            #expect(summary.generatorLimit?.contains("9.50 ms for each") != false)
        }
        // Before any request ended there is nothing to limit.
        #expect(try summary(answersMs: [], delaysMs: [], busy: 1).generatorLimit == nil)
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
