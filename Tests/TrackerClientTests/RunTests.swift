import Testing
import TrackerClient
import TrackerLog
import TrackerTestSupport

/// What a body under test throws.
private struct Broken: Error, CustomStringConvertible {
    var description: String { "the database is gone" }
}

@Suite("Runs: what a program records, and what it costs the program when something fails")
struct RunTests {
    private let memory: MemorySession

    init() throws { memory = try MemorySession() }

    private func recording(
        _ storage: (any Storage)? = nil,
        _ configuration: SessionWriter.Configuration = .init(durability: .written)
    ) throws -> Recording {
        try Recording.create(
            storage: storage ?? memory.storage, user: memory.user, session: memory.session,
            description: .init(name: "n", host: "h", commit: "c0ffee"),
            configuration: configuration)
    }

    private func events() throws -> [Event] {
        try recordedEvents(memory.storage, memory.user, memory.session)
    }

    @Test("three lines record a run: its beginning, its samples, its end")
    func threeLines() throws {
        let recording = try recording()
        let answer = recording.run(
            test: "warm cache", target: "http://localhost:3000/",
            params: ["cache": "warm", "size": 100, "rates": [0.5, 1], "tls": false]
        ) { run in
            run.sample(
                "http.latency_ms", 12.5, unit: "ms", labels: ["route": "/", "status": 200],
                at: 1_763_899_200_000)
            run.note("cache on")
            run.summary = ["total_requests": 1]
            return run.measure("db.query_ms", labels: ["table": "users"]) { 42 }
        }
        #expect(answer == 42)
        try recording.close()
        let events = try events()
        #expect(events.count == 6)
        #expect(events.sessions.map(\.name) == ["n"])
        let start = try #require(events.starts.first)
        #expect(start.test == "warm cache")
        #expect(start.target == "http://localhost:3000/")
        #expect(start.commit == "c0ffee")
        #expect(
            start.params.text == #"{"cache":"warm","size":100,"rates":[0.5,1],"tls":false}"#)
        #expect(start.environment["host"]?.stringValue?.isEmpty == false)
        #expect(events.samples.map(\.run) == [start.run, start.run])
        #expect(
            events.samples[0]
                == Sample(
                    timestamp: 1_763_899_200_000, metric: "http.latency_ms", value: 12.5,
                    unit: "ms", run: start.run,
                    labels: [Label("route", "/"), Label("status", "200")]))
        #expect(events.samples[1].metric == "db.query_ms")
        #expect(events.samples[1].unit == "ms")
        #expect(events.samples[1].ok == nil)
        #expect(events.samples[1].labels == [Label("table", "users")])
        #expect(events.edits.map(\.text) == ["cache on"])
        #expect(events.edits.map(\.run) == [start.run])
        #expect(events.ends.map(\.state) == [.finished])
        #expect(events.ends.map(\.summary.text) == [#"{"total_requests":1}"#])
        #expect(recording.statistics.accepted == 6)
        #expect(recording.statistics.dropped == 0)
    }

    @Test("a throw is rethrown; the sample is not ok, the run failed, and says why")
    func failing() throws {
        let recording = try recording()
        #expect(throws: Broken.self) {
            try recording.run { run in
                run.summary = ["error": "an earlier one", "n": 1]
                try run.measure("db.query_ms") { throw Broken() }
            }
        }
        try recording.close()
        #expect(try events().samples.map(\.ok) == [false])
        let end = try #require(try events().ends.first)
        #expect(end.state == .failed)
        #expect(end.summary.text == #"{"n":1,"error":"the database is gone"}"#)
    }

    @Test("bodies that wait do the same, where the caller runs")
    @MainActor
    func waiting() async throws {
        let recording = try recording()
        var calls = 0
        let answer = await recording.run(test: "async") { run in
            await run.measure("wait_ms") {
                await Task.yield()
                MainActor.assertIsolated()
                calls += 1
            }
            return calls
        }
        #expect(answer == 1)
        await #expect(throws: Broken.self) {
            try await recording.run(id: "second") { run in
                try await run.measure("wait_ms") {
                    await Task.yield()
                    throw Broken()
                }
            }
        }
        await #expect(throws: CancellationError.self) {
            try await recording.run(id: "third") { _ in
                await Task.yield()
                throw CancellationError()
            }
        }
        try recording.close()
        #expect(try events().samples.map(\.ok) == [nil, false])
        #expect(try events().ends.map(\.state) == [.finished, .failed, .stopped])
        #expect(try events().ends.map(\.run).suffix(2) == ["second", "third"])
    }

    @Test("the time measured is that of the body")
    func measuredTime() throws {
        let recording = try recording()
        let clock = ContinuousClock()
        let outside = clock.measure {
            recording.measure("busy_ms") {
                let begin = clock.now
                while clock.now - begin < .milliseconds(20) {}
            }
        }
        try recording.close()
        let value = try #require(try events().samples.first).value
        #expect(value >= 20)
        #expect(value <= outside / .milliseconds(1))
    }

    @Test("a run ends once; a run by hand is like one by closure")
    func endsOnce() throws {
        let recording = try recording()
        let run = recording.startRun(target: "t", id: "by hand")
        run.sample("m", 1)
        run.end(.stopped, reason: "a signal")
        run.end()
        recording.run { $0.end(.failed, reason: "by the body") }
        try recording.close()
        #expect(try events().starts.count == 2)
        #expect(try events().ends.map(\.state) == [.stopped, .failed])
        #expect(
            try events().ends.map { $0.summary["error"]?.stringValue } == [
                "a signal", "by the body",
            ])
    }

    @Test("a run keeps its recording open")
    func keepsOpen() throws {
        let run = try recording().startRun()
        #expect(run.sample("m", 7))
        run.end()
        #expect(try events().samples.map(\.value) == [7])
    }

    @Test("made-up ids of runs differ")
    func ids() throws {
        let recording = try recording()
        let ids = (0..<100).map { _ in recording.startRun().id }
        #expect(Set(ids).count == 100)
        #expect(ids.allSatisfy { $0.hasPrefix("run-") })
    }

    /// Samples that the format has no place for.
    private static let impossible: [(String, Double, Labels)] = [
        ("", 1, [:]), ("m", .nan, [:]), ("m", .infinity, [:]),
        (String(repeating: "m", count: LogLimits.maxMetricLength + 1), 1, [:]),
        (
            "m", 1,
            Labels(
                Dictionary(
                    uniqueKeysWithValues: (0...LogLimits.maxLabels).map { ("l\($0)", "") }))
        ),
        ("m", 1, Labels([String(repeating: "n", count: LogLimits.maxNameBytes + 1): "v"])),
    ]

    @Test(
        "what is no sample is dropped and counted, and the log says so", arguments: [true, false])
    func impossibleSamples(inRun: Bool) throws {
        let recording = try recording()
        let recorder: any Recorder = inRun ? recording.startRun() : recording
        for (metric, value, labels) in Self.impossible {
            #expect(!recorder.sample(metric, value, labels: labels))
        }
        #expect(recorder.sample("m", 1))
        try recording.close()
        #expect(recording.statistics.dropped == Self.impossible.count)
        #expect(try events().samples.map(\.value) == [1])
        let found = try memory.recovered()
        #expect(found.reportedDrops == Self.impossible.count)
    }
}

@Suite("Recordings on a disk that takes nothing")
struct FullDiskTests {
    private let memory: MemorySession

    init() throws { memory = try MemorySession() }

    private func recording(
        _ policy: QueuePolicy, blockMs: Int = 5_000
    ) throws -> Recording {
        var configuration = SessionWriter.Configuration(durability: .written, policy: policy)
        configuration.limits.maxQueuedBytes = 2_000
        configuration.limits.maxBlockMilliseconds = blockMs
        return try Recording.create(
            storage: memory.storage, user: memory.user, session: memory.session,
            description: .init(),
            configuration: configuration)
    }

    @Test("what the bounded queue has no room for is counted, and everything else is written")
    func everyEventIsAccountedFor() throws {
        let recording = try recording(.dropAndCount)
        memory.storage.setCapacity(bytes: 0)
        let taken = (0..<200).filter { recording.sample("m", Double($0)) }
        #expect((10..<100).contains(taken.count))
        #expect(throws: ClientError.self) { try recording.flush() }
        #expect(recording.statistics.accepted == taken.count + 1)
        #expect(recording.statistics.dropped == 200 - taken.count)
        memory.storage.setCapacity(bytes: .max)
        try recording.close()
        let found = try memory.recovered()
        #expect(found.values == taken)
        #expect(found.reportedDrops == 200 - taken.count)
    }

    @Test("a program that waits for room waits once, then its samples cost it nothing")
    func waitsOnce() throws {
        let recording = try recording(.block, blockMs: 300)
        memory.storage.setCapacity(bytes: 0)
        let clock = ContinuousClock()
        let time = clock.measure { for index in 0..<500 { recording.sample("m", Double(index)) } }
        #expect(recording.statistics.dropped > 300)
        #expect(time >= .milliseconds(300))
        #expect(time < .seconds(30))
        memory.storage.setCapacity(bytes: .max)
        try recording.flush()
        #expect(recording.sample("m", 1))
        try recording.close()
        #expect(recording.statistics.accepted + recording.statistics.dropped == 502)
    }

    @Test("a run on a full disk ends all the same, and close says what is wrong, once")
    func closing() throws {
        let recording = try recording(.dropAndCount)
        memory.storage.setCapacity(bytes: 0)
        let answer = recording.run { run in
            run.sample("m", 1)
            return "done"
        }
        #expect(answer == "done")
        #expect {
            try recording.close()
        } throws: { "\($0)".hasPrefix("cannot write the session's log: ") }
        try recording.close()
        #expect(!recording.sample("m", 2))
        #expect(recording.statistics.dropped == 1)
    }

    @Test("letting go of a recording writes what is queued")
    func lettingGo() throws {
        do {
            let recording = try recording(.block)
            for index in 0..<5 { recording.sample("m", Double(index)) }
        }
        #expect(try memory.recovered().values == Array(0..<5))
    }
}
