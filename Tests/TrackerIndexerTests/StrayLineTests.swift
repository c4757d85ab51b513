import Testing
import TrackerIndexTestSupport
import TrackerLog
import TrackerTestSupport

@testable import TrackerIndexer

@Suite("A stray line among many dates nothing")
struct StrayLineTests {
    private static let startMs = 1_763_899_200_000
    private static let dayMs = 86_400_000

    private static func line(_ ts: Int, value: Int = 1) -> String {
        "{\"ts\":\(ts),\"metric\":\"m_ms\",\"value\":\(value),\"run\":\"r\"}"
    }

    private static func lines(_ count: Int, from startMs: Int = startMs) -> [String] {
        (0..<count).map { line(startMs + $0 * 10, value: $0 % 7) }
    }

    private static func summary(
        _ sections: [[String]], at: Int? = startMs + 60_000
    ) throws -> SessionSummary {
        let harness = try FoldHarness()
        for (seq, lines) in sections.enumerated() {
            var bytes: [UInt8] = []
            FrameHeader(
                session: harness.session.value,
                identity: FrameIdentity(writer: GeneratedLog.writer(0), seq: seq),
                events: lines.count, atMs: at
            ).write(to: &bytes)
            bytes += Array(lines.map { $0 + "\n" }.joined().utf8)
            try harness.append(
                SegmentBuilder.frame(bytes), to: "\(GeneratedLog.writer(0)).000001.jsonl.zst")
        }
        return harness.summary(try harness.rebuilt())
    }

    @Test("one line of the year before, anywhere among 20, 99 or 3,000 others")
    func oneLine() throws {
        for count in [20, 99, 3_000] {
            let good = Self.lines(count)
            let expected = try Self.summary([good])
            for at in [0, 1, 5, count / 2, count - 1, count] {
                var lines = good
                lines.insert(Self.line(Self.startMs - 400 * Self.dayMs, value: 3), at: at)
                let found = try Self.summary([lines])
                let comment: Comment = "\(count) lines, at \(at)"
                #expect(found.first == expected.first && found.last == expected.last, comment)
                #expect(found.health.implausibleTimes == 1, comment)
                #expect(found.eventCount == count + 1, comment)
                let (run, other) = (
                    try #require(found.runs.first), try #require(expected.runs.first)
                )
                #expect(run.started == other.started && run.last == other.last, comment)
                let (curve, known) = (run.timelines[0], other.timelines[0])
                #expect(curve.buckets == known.buckets, comment)
                #expect(curve.activity(in: run) == known.activity(in: other), comment)
                #expect(curve.total.count == count + 1 && curve.undated?.count == 1, comment)
            }
        }
    }

    @Test("a stray start of a run, and a sample that the scanner does not know")
    func otherEvents() throws {
        let old = Self.startMs - 90 * Self.dayMs
        let strays = [
            "{\"ts\":\(old),\"event\":\"run_started\",\"run\":\"r\",\"target\":\"t\"}",
            "{ \"value\" : 1e0, \"metric\" : \"m\\u005fms\", \"run\":\"r\", \"ts\" : \(old) }",
        ]
        for stray in strays {
            for at in [0, 40] {
                var lines = Self.lines(40)
                lines.insert(stray, at: at)
                let found = try Self.summary([lines])
                #expect(found.first?.milliseconds == Double(Self.startMs), "\(stray)")
                #expect(found.runs.first?.started == found.first, "\(stray)")
                #expect(found.health.implausibleTimes == 1 && found.health.badLineCount == 0)
            }
        }
    }

    @Test("what is no stray keeps its time")
    func noStrays() throws {
        let far = Self.startMs - 300 * Self.dayMs
        let cases: [(String, [[String]], Int?)] = [
            ("two runs of one import", [Self.lines(60, from: far) + Self.lines(60)], nil),
            ("a few of another day", [Self.lines(3, from: far) + Self.lines(60)], nil),
            ("too few around it", [Self.lines(1, from: far) + Self.lines(9)], nil),
            ("a section of its own", [Self.lines(1, from: far), Self.lines(60)], nil),
            (
                "one a day", [(0..<30).map { Self.line(far + $0 * 2 * Self.dayMs) }],
                Self.startMs
            ),
            (
                "an old import, and the time of writing",
                [Self.lines(60, from: far) + Self.lines(1)], Self.startMs + 1_000
            ),
            (
                "more than may wait",
                [Self.lines(100_000, from: far) + Self.lines(1_001)], nil
            ),
        ]
        for (name, sections, at) in cases {
            let found = try Self.summary(sections, at: at)
            #expect(found.health.implausibleTimes == 0, "\(name)")
            #expect(found.first?.milliseconds == Double(far), "\(name)")
            let samples = found.runs.flatMap(\.timelines).flatMap(\.buckets)
            let all = sections.reduce(0) { $0 + $1.count }
            #expect(samples.reduce(0) { $0 + $1.aggregate.count } == all, "\(name)")
        }
    }

    @Test("which lines are strays does not depend on the order of frames, or on the scanner")
    func order() throws {
        for seed in Sweep.seeds(40, long: 2_000) {
            var generator = SeededGenerator(seed: seed)
            let sections = (0..<6).map { _ in
                let days = Int.random(in: 0..<3, using: &generator)
                var lines = Self.lines(
                    Int.random(in: 5..<150, using: &generator),
                    from: Self.startMs - days * 3 * Self.dayMs)
                for _ in 0..<Int.random(in: 0..<4, using: &generator) {
                    let ts = Self.startMs - Int.random(in: 0..<500, using: &generator) * Self.dayMs
                    let line =
                        Bool.random(using: &generator)
                        ? Self.line(ts)
                        : "{ \"metric\":\"m_ms\", \"ts\":\(ts), \"value\":2.50, \"run\":\"r\"}"
                    lines.insert(line, at: Int.random(in: 0...lines.count, using: &generator))
                }
                return lines
            }
            let texts = try (0..<3).map { _ in
                let harness = try FoldHarness()
                var index = harness.newIndex()
                for seq in sections.indices.shuffled(using: &generator) {
                    try harness.appendFrame(
                        sections[seq], writer: GeneratedLog.writer(0), seq: seq)
                    if Bool.random(using: &generator) {
                        try harness.update(index)
                        index = try harness.restarted(index)
                    }
                }
                try harness.update(index)
                return harness.text(index)
            }
            #expect(Set(texts).count == 1, "seed \(seed)")
        }
    }
}
