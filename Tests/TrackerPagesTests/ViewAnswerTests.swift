import Testing
import TrackerAnalysis
import TrackerIndexer
import TrackerLog

@testable import TrackerPages

/// What the charts and the head of a session say beside its values.
@Suite("Charts and head of a session")
struct ViewAnswerTests {
    private static func text(_ runs: [RunSummary]) throws -> String {
        let session = try ViewFixture.session("answer", runs: runs)
        return ViewFixture.text(
            sessionPage(
                session, catalog: ViewFixture.catalog([session]), query: SessionQuery(),
                now: session.freshness.indexedAt))
    }

    @Test("the names at the end of the lines stand from the slowest down, whatever the last second")
    func endNames() throws {
        var fixture = ViewFixture(seed: 11)
        // p99 is over many seconds, most of them slow: the last one alone is far below it.
        var run = fixture.run(
            "r", startMs: ViewFixture.startMs, seconds: 60, perSecond: 20, slow: 0..<58)
        let last = run.timelines[0].buckets.count - 1
        run.timelines[0].buckets[last].aggregate = ViewFixture.aggregate(
            [Double](repeating: 2, count: 20))
        let names = try Self.text([run]).matches(
            of: #/class="dl" style="top:([0-9.]+)%"><(?:b|span)>(\w+)</#)
        #expect(names.map { String($0.output.2) } == ["slowest", "p99", "p90", "p50"])
        let tops = names.compactMap { Double($0.output.1) }
        #expect(tops == tops.sorted())
    }

    @Test("the rate that was asked for is a dashed line, where runs do not overlap")
    func askedRate() throws {
        var fixture = ViewFixture(seed: 12)
        let first = fixture.run("a", startMs: ViewFixture.startMs, seconds: 30, perSecond: 20)
        let second = fixture.run(
            "b", startMs: ViewFixture.startMs + 10_000, seconds: 30, perSecond: 20)
        #expect(try Self.text([first]).contains("per second; dashed: asked for</small>"))
        #expect(try Self.text([first]).contains("<path class=\"turn\" d=\"M0 "))
        #expect(try !Self.text([first, second]).contains("asked for"))
        var plain = first
        plain.params = .object([])
        #expect(try !Self.text([plain]).contains("asked for"))
    }

    @Test("the same samples behind a distribution have its heights, as shares of their own number")
    func behind() throws {
        let values = (1...400).map { 1 + Double($0 % 97) }
        let all = ViewFixture.aggregate(values).successes
        let distribution = try #require(Distribution(all, isLatency: true))
        let heights = distribution.bars.map(distribution.height)
        for (height, same) in zip(heights, distribution.heights(of: all)) {
            #expect((height - same).magnitude < 1e-12)
        }
        let twice = ViewFixture.aggregate(values + values).successes
        for (height, same) in zip(heights, distribution.heights(of: twice)) {
            #expect((height - same).magnitude < 1e-12)
        }
        // What is beside all bars counts in the whole, and has none.
        let far = ViewFixture.aggregate(values + values.map { $0 + 10_000 }).successes
        for (height, half) in zip(heights, distribution.heights(of: far)) {
            #expect((height - 2 * half).magnitude < 1e-12)
        }
    }

    @Test("the head has each commit, short, and which tree had other changes")
    func commits() throws {
        var fixture = ViewFixture(seed: 13)
        let long = String(repeating: "b", count: 40)
        var runs = (0..<3).map {
            fixture.run("\($0)", startMs: ViewFixture.startMs + Double($0) * 20_000, seconds: 5)
        }
        runs[1].commit = long
        runs[1].environment = .object([.init("git_dirty", .bool(true))])
        #expect(
            ConditionText.commits(of: runs, session: "a1f3c9e0000000")
                == ["a1f3c9e", "bbbbbbbbbbbb dirty"])
        #expect(
            ConditionText.commits(of: runs, session: "c") == ["a1f3c9e", "bbbbbbbbbbbb dirty", "c"])
        #expect(ConditionText.commits(of: [], session: "c") == ["c"])
        runs[2].commit = nil
        #expect(ConditionText.commits(of: [runs[2]], session: nil).isEmpty)
        #expect(
            try Self.text(runs).contains(
                "<code>a1f3c9e</code>, <code>bbbbbbbbbbbb dirty</code>"))
    }
}
