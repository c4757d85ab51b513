import Testing
import TrackerIndexTestSupport
import TrackerLog
import TrackerTestSupport

@testable import TrackerIndexer

@Suite("A stray line without a header dates nothing")
struct BareStrayTests {
    private static let startMs = 1_763_899_200_000
    private static let dayMs = 86_400_000
    private static let now = Timestamp(clamping: Double(startMs + 30 * dayMs))

    private static func line(_ ts: Int, value: Int = 1, run: String? = "r") -> String {
        let run = run.map { ",\"run\":\"\($0)\"" } ?? ""
        return "{\"ts\":\(ts),\"metric\":\"m_ms\",\"value\":\(value)\(run)}"
    }

    private static func lines(
        _ count: Int, from startMs: Int = startMs, run: String? = "r"
    ) -> [String] {
        (0..<count).map { line(startMs + $0 * 10, value: $0 % 7, run: run) }
    }

    private static func summary(_ lines: [String]) throws -> SessionSummary {
        let harness = try FoldHarness()
        try harness.append(lines, to: "shared.000001.jsonl")
        return harness.summary(try harness.rebuilt(), now: now)
    }

    @Test("one line of another year, anywhere in a file, of a run or of none")
    func oneLine() throws {
        for run in ["r", nil] {
            for count in [20, 3_000] {
                let good = Self.lines(count, run: run)
                let expected = try Self.summary(good)
                for days in [-400, -2, 2, 25, 31, 4_000] {
                    let stray = Self.line(Self.startMs + days * Self.dayMs, value: 3, run: run)
                    for at in [0, count / 2, count] {
                        var lines = good
                        lines.insert(stray, at: at)
                        let found = try Self.summary(lines)
                        let comment: Comment = "\(count) lines, run \(run ?? "-"), \(days) days"
                        #expect(found.first == expected.first, comment)
                        let (last, known) = (
                            try #require(found.last), try #require(expected.last)
                        )
                        #expect(abs(last.milliseconds - known.milliseconds) < 1_000, comment)
                        #expect(found.health.implausibleTimes == 1, comment)
                        #expect(found.eventCount == count + 1, comment)
                        let (run, other) = (
                            try #require(found.runs.first), try #require(expected.runs.first)
                        )
                        #expect(run.started == other.started, comment)
                        let (curve, good) = (run.timelines[0], other.timelines[0])
                        #expect(curve.buckets == good.buckets, comment)
                        #expect(curve.bucketWidthMs == good.bucketWidthMs, comment)
                        #expect(curve.activity(in: run) == good.activity(in: other), comment)
                        #expect(curve.total.count == count + 1, comment)
                        #expect(curve.undated?.count == 1, comment)
                    }
                }
            }
        }
    }

    @Test("a start or an end of a run far from its samples")
    func startsAndEnds() throws {
        for (event, days) in [
            ("run_started", -300), ("run_finished", -300), ("run_finished", 4_000),
        ] {
            let ts = Self.startMs + days * Self.dayMs
            let stray = "{\"ts\":\(ts),\"event\":\"\(event)\",\"run\":\"r\"}"
            let found = try Self.summary([stray] + Self.lines(40))
            #expect(found.first?.milliseconds == Double(Self.startMs), "\(stray)")
            #expect(found.runs.first?.started == found.first, "\(stray)")
            #expect(found.runs.first?.finished == nil, "\(stray)")
            #expect(found.health.implausibleTimes == 1, "\(stray)")
        }
    }

    @Test("counts of many runs that are together more than an integer holds")
    func largestCounts() throws {
        let most = (1 << 53) - 1
        let lines = (0..<1_100).map { run in
            "{\"ts\":\(Self.startMs + run),\"metric\":\"m_ms\",\"run\":\"r\(run)\","
                + "\"hist\":[[100,\(most)]],\"count\":\(most),\"sum\":1,\"min\":0,\"max\":1}"
        }
        let summary = try Self.summary(lines)
        #expect(summary.runs.count == 1_100)
        #expect(summary.runs.first?.timelines.first?.total.count == most)
    }

    @Test("what is no stray keeps its time")
    func noStrays() throws {
        let far = Self.startMs - 300 * Self.dayMs
        let cases: [(String, [String])] = [
            ("two days of one run", Self.lines(60, from: far) + Self.lines(60)),
            ("a run of another day", Self.lines(1, from: far, run: "old") + Self.lines(600)),
            (
                "a reported run of another day",
                ["started", "finished"].map {
                    "{\"ts\":\(far),\"event\":\"run_\($0)\",\"run\":\"old\"}"
                } + Self.lines(600)
            ),
            ("too few around it", Self.lines(1, from: far) + Self.lines(9)),
            ("one every second day", (0..<30).map { Self.line(far + $0 * 2 * Self.dayMs) }),
            ("more than strays are", Self.lines(100_000) + Self.lines(1_001, from: far)),
        ]
        for (name, lines) in cases {
            let found = try Self.summary(lines)
            #expect(found.health.implausibleTimes == 0, "\(name)")
            #expect(found.first?.milliseconds == Double(far), "\(name)")
            let buckets = found.runs.flatMap(\.timelines).flatMap(\.buckets)
            let samples = lines.count { $0.contains("\"metric\"") }
            #expect(buckets.reduce(0) { $0 + $1.aggregate.count } == samples, "\(name)")
            #expect(found.runs.allSatisfy { $0.started != nil }, "\(name)")
        }
    }

    @Test("what is ahead of the clock dates nothing, however much it is")
    func ahead() throws {
        let ahead = Self.startMs + 32 * Self.dayMs
        let found = try Self.summary(Self.lines(5) + Self.lines(200, from: ahead, run: "late"))
        #expect(found.health.implausibleTimes == 200)
        #expect(found.first?.milliseconds == Double(Self.startMs))
        #expect(found.last?.milliseconds ?? .infinity < Double(Self.startMs + 1_000))
        // Where there is nothing else, times are taken as they are.
        let alone = try Self.summary(Self.lines(20, from: ahead))
        #expect(alone.health.implausibleTimes == 20 && alone.health.hasNoPlausibleTime)
        #expect(!found.health.hasNoPlausibleTime)
        #expect(alone.first?.milliseconds == Double(ahead))
        #expect(alone.runs.first?.timelines.first?.total.count == 20)
        // Within a day, clocks may differ.
        let near = try Self.summary(Self.lines(5) + Self.lines(1, from: ahead - 2 * Self.dayMs))
        #expect(near.health.implausibleTimes == 0)
    }

    @Test("a curve without a header joins the one with a header")
    func joined() throws {
        let all = Self.lines(3_000)
        let whole = try Self.summary(all)
        let harness = try FoldHarness()
        try harness.append(
            Array(all.prefix(1_500)) + [Self.line(Self.startMs - 400 * Self.dayMs, value: 3)],
            to: "shared.000001.jsonl")
        try harness.appendFrame(
            Array(all.suffix(1_500)), writer: GeneratedLog.writer(0), seq: 0)
        let found = harness.summary(try harness.rebuilt(), now: Self.now)
        #expect(found.first == whole.first && found.health.implausibleTimes == 1)
        #expect(found.runs.first?.timelines[0].buckets == whole.runs.first?.timelines[0].buckets)
    }

    @Test("however lines are grouped, read, kept and merged, the state and the summary are one")
    func order() throws {
        for seed in Sweep.seeds(60, long: 3_000) {
            var generator = SeededGenerator(seed: seed)
            var lines: [String] = []
            for day in 0..<Int.random(in: 1...4, using: &generator) {
                // Some spread over more seconds than a curve has buckets.
                let stepMs = [10, 1_000, 40_000].randomElement(using: &generator) ?? 10
                let run = ["r", "q", nil].randomElement(using: &generator) ?? nil
                for index in 0..<Int.random(in: 1...700, using: &generator) {
                    let ts = Self.startMs - day * 5 * Self.dayMs + index * stepMs
                    lines.append(Self.line(ts, value: index % 11, run: run))
                }
            }
            for _ in 0..<Int.random(in: 0..<4, using: &generator) {
                let days = Int.random(in: -500..<500, using: &generator)
                lines.append(Self.line(Self.startMs + days * Self.dayMs, run: "r"))
            }
            var texts: Set<String> = []
            var shown: Set<String> = []
            for _ in 0..<3 {
                let (text, summary) = try Self.grown(lines.shuffled(using: &generator), seed)
                texts.insert(text)
                shown.insert(
                    "\(summary.runs)\(summary.health.implausibleTimes)\(String(describing: summary.first))"
                )
            }
            #expect(texts.count == 1 && shown.count == 1, "seed \(seed)")
        }
    }

    /// Written in groups to several files, read in steps, with restarts, or merged from parts.
    private static func grown(
        _ lines: [String], _ seed: UInt64
    ) throws -> (String, SessionSummary) {
        var generator = SeededGenerator(seed: seed ^ UInt64(lines[0].utf8.count))
        let harness = try FoldHarness()
        var index = harness.newIndex()
        let merged = SessionState()
        var rest = lines[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...rest.count, using: &generator)
            let group = Array(rest.prefix(count))
            rest = rest.dropFirst(count)
            let name = "shared.00000\(Int.random(in: 1...3, using: &generator)).jsonl"
            try harness.append(group, to: name)
            let part = try FoldHarness()
            try part.append(group, to: name)
            #expect(merged.merge(try part.rebuilt().state))
            if Bool.random(using: &generator) { try harness.update(index) }
            if Bool.random(using: &generator) { index = try harness.restarted(index) }
        }
        try harness.update(index)
        let text = harness.text(index)
        #expect(String(decoding: merged.encoded().text, as: UTF8.self) == text)
        #expect(harness.text(try harness.rebuilt()) == text)
        return (text, harness.summary(index, now: now))
    }
}
