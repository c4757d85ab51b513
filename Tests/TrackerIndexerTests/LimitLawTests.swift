import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

/// What a limit keeps must not depend on order.
enum LimitLaw {
    /// Folds the lines in some order, in some steps with or without a look at the state between
    /// them.
    static func fold(
        _ lines: [String], seed: UInt64, steps: Int
    ) throws -> (text: String, summary: SessionSummary) {
        var generator = SeededGenerator(seed: seed)
        let harness = try FoldHarness()
        var index = harness.newIndex()
        let shuffled = seed == 0 ? lines : lines.shuffled(using: &generator)
        for step in 0..<steps {
            let part = shuffled[step * lines.count / steps..<(step + 1) * lines.count / steps]
            try harness.append(Array(part), to: "shared.000001.jsonl")
            try harness.update(index)
            if step % 2 == 1 { index = try harness.restarted(index) }
        }
        let text = harness.text(index)
        return (text, harness.summary(index))
    }

    /// - Returns: the summary, the same for all orders.
    @discardableResult
    static func checkOrders(_ lines: [String]) throws -> SessionSummary {
        let first = try fold(lines, seed: 0, steps: 1)
        for (seed, steps) in [(1, 1), (2, 4)] as [(UInt64, Int)] {
            let other = try fold(lines, seed: seed, steps: steps)
            #expect(other.text == first.text, "seed \(seed), \(steps) steps")
        }
        return first.summary
    }
}

/// Limits keep what they keep in whatever order it came.
@Suite("Limits do not depend on order")
struct LimitLawTests {
    @Test("10,000 series are kept apart, all others together", arguments: [12_000, 21_000])
    func series(count: Int) throws {
        let lines = (0..<count).map {
            "{\"ts\":\($0 % 50),\"metric\":\"m\",\"value\":\($0),\"labels\":{\"user\":\"u\($0)\"}}"
        }
        let summary = try LimitLaw.checkOrders(lines)
        let kept = summary.runs.flatMap(\.series)
        #expect(kept.count == IndexLimits.maxSeriesPerSession)
        #expect(summary.overflow?.count == count - kept.count)
        let sum =
            kept.reduce(0) { $0 + $1.aggregate.successes.sum }
            + (summary.overflow?.successes.sum ?? 0)
        #expect(sum == Double(count * (count - 1) / 2))
        #expect(summary.runs[0].timelines[0].total.count == count)
    }

    @Test(
        "a run whose curve was excluded keeps its numbers, its rate and its place in the catalogue")
    func excludedCurves() throws {
        let count = IndexLimits.maxTimelinesPerSession + 1_000
        let lines = (0..<count).flatMap { run in
            let start = 1_763_899_200_000 + run * 10_000
            return [
                "{\"ts\":\(start),\"event\":\"run_started\",\"run\":\"r\(run)\"}",
                "{\"ts\":\(start + 1_000),\"metric\":\"m_ms\",\"value\":\(run + 1),\"run\":\"r\(run)\"}",
                "{\"ts\":\(start + 3_000),\"metric\":\"m_ms\",\"value\":\(run + 1),\"run\":\"r\(run)\"}",
                "{\"ts\":\(start + 4_000),\"event\":\"run_finished\",\"run\":\"r\(run)\"}",
            ]
        }
        let summary = try LimitLaw.checkOrders(lines)
        #expect(summary.runs.count == count)
        var excluded = 0
        for (number, run) in summary.runs.enumerated() {
            let timeline = try #require(run.timeline(of: "m_ms"))
            #expect(timeline.total.successes.sum == Double(2 * (number + 1)))
            #expect(Interval.totalMs(timeline.activity(in: run)) == 4_000)
            if timeline.isExcluded { excluded += 1 }
        }
        #expect(excluded == 1_000)
        #expect(CatalogEntry(summary).headline?.count == 2 * count)
    }

    @Test("10,000 runs are listed")
    func runs() throws {
        let count = 2 * IndexLimits.maxRunsPerSession + 100
        let started = (0..<count).map {
            "{\"ts\":\($0),\"event\":\"run_started\",\"run\":\"r\($0)\"}"
        }
        let finished = (0..<count / 4).map {
            "{\"ts\":\($0 + 9),\"event\":\"run_finished\",\"run\":\"r\($0 * 3)\"}"
        }
        let summary = try LimitLaw.checkOrders(started + finished)
        #expect(summary.runs.count == IndexLimits.maxRunsPerSession)
    }

    @Test("beyond 10,000 runs it is said that start and end are not kept, not that there is none")
    func runsBeyond() throws {
        let count = IndexLimits.maxRunsPerSession + 500
        let first = 1_763_899_200_000
        let lines = (0..<count).flatMap { run in
            [
                "{\"ts\":\(first + run),\"event\":\"run_started\",\"run\":\"r\(run)\"}",
                "{\"ts\":\(first + run),\"metric\":\"m\",\"value\":1,\"run\":\"r\(run)\"}",
            ]
        }
        let all = try FoldHarness.summary(
            of: lines + ["{\"ts\":\(first),\"metric\":\"m\",\"value\":1}"])
        let states = Dictionary(grouping: all.runs, by: \.state).mapValues(\.count)
        #expect(states[.unfinished, default: 0] + states[.running, default: 0] == count - 500)
        #expect(states[.beyondLimit, default: 0] >= 400, "\(states)")
        let fewer = try FoldHarness.summary(of: Array(lines.prefix(2_000)))
        #expect(!fewer.runs.contains { $0.state == .beyondLimit })
    }

    @Test("the latest 10,000 notes are kept")
    func edits() throws {
        let count = 2 * IndexLimits.maxEditsPerSession + 100
        // Two at each moment, so that the limit falls into a tie.
        let lines = (0...count).map {
            "{\"ts\":\($0 / 2),\"event\":\"note\",\"text\":\"n\($0)\"}"
        }
        let summary = try LimitLaw.checkOrders(lines)
        #expect(summary.notes.count == IndexLimits.maxEditsPerSession)
        #expect(summary.notes.last?.text == "n\(count)")
    }

    @Test("a run keeps each of its metrics, however many runs there are")
    func totals() throws {
        let metrics = (0..<13).map { "m\($0)" }
        let runs = (IndexLimits.maxSeriesPerSession + 1_000) / metrics.count
        let lines = (0..<runs).flatMap { run in
            metrics.enumerated().flatMap { number, metric in
                [1, -1].map { sign in
                    "{\"ts\":\(1_763_899_200_000 + run * 300_000),\"metric\":\"\(metric)\","
                        + "\"value\":\(Double(run * 13 + number) + Double(sign) / 4),"
                        + "\"ok\":\(sign > 0 || number > 0),\"run\":\"r\(run)\","
                        + "\"labels\":{\"route\":\"/\"}}"
                }
            }
        }
        let summary = try LimitLaw.checkOrders(lines)
        #expect(summary.overflow != nil && summary.uncountedSamples == 0)
        #expect(summary.runs.count == runs)
        for (run, found) in summary.runs.enumerated() {
            #expect(found.timelines.count == metrics.count)
            for (number, metric) in metrics.enumerated() {
                let total = try #require(found.timeline(of: metric)).total
                #expect(total.all.sum == Double(2 * (run * 13 + number)))
                #expect(total.errors == (number > 0 ? 0 : 1))
            }
            let apart = found.series.reduce(0) { $0 + $1.aggregate.count }
            let beyond = found.totalsBeyondSeries
            #expect(apart + beyond.reduce(0) { $0 + $1.total.count } == 26)
        }
    }

    @Test("states of parts with totals make the state of the whole")
    func mergedTotals() throws {
        let runs = IndexLimits.maxTimelinesPerSession + 500
        func part(_ seed: Int, _ runs: Range<Int>) throws -> SessionIndex {
            let harness = try FoldHarness()
            let lines = runs.map {
                "{\"ts\":\($0),\"metric\":\"m\",\"value\":\($0 + seed),\"run\":\"r\($0)\"}"
            }
            try harness.appendFrame(lines, writer: GeneratedLog.writer(seed), seq: 0)
            return try harness.rebuilt()
        }
        // One with totals, one with curves of some of the same runs, one that makes none alone.
        let parts: [(seed: Int, runs: Range<Int>)] = [
            (0, 0..<runs), (1, 100..<300), (2, runs - 200..<runs + 300),
        ]
        let texts = try [[0, 1, 2], [2, 1, 0], [1, 2, 0]].map { order in
            let whole = SessionState()
            for number in order {
                let part = try part(parts[number].seed, parts[number].runs)
                #expect(whole.merge(part.state))
            }
            return String(decoding: whole.encoded().text, as: UTF8.self)
        }
        #expect(Set(texts).count == 1)
        #expect(texts[0].contains("\"totals\":[["))
    }

    @Test("totals are kept up to a limit of bytes, and what is left out is counted")
    func totalsInBytes() throws {
        let runs = IndexLimits.maxTimelinesPerSession + 14_000
        let lines = (0..<runs).flatMap { run in
            // So far apart that a window over them has the greatest width.
            ["1e-9", "1e9"].map {
                "{\"ts\":1763899200000,\"metric\":\"m\",\"value\":\($0),\"run\":\"r\(run)\"}"
            }
        }
        let summary = try LimitLaw.checkOrders(lines)
        let kept = summary.runs.flatMap(\.timelines)
        let excluded = kept.count { $0.isExcluded }
        #expect((11_000..<13_000).contains(excluded))
        #expect(kept.count - excluded == IndexLimits.maxTimelinesPerSession)
        #expect(kept.allSatisfy { $0.total.count == 2 })
        #expect(summary.uncountedSamples == 2 * (runs - kept.count))
    }

    @Test("4,000 curves are kept, and have as many buckets as fit together")
    func timelines() throws {
        let lines = (0..<9_000).flatMap { run in
            [0, run % 2_000].map {
                "{\"ts\":\($0 * 1_000),\"metric\":\"m\",\"value\":1,\"run\":\"r\(run)\"}"
            }
        }
        let summary = try LimitLaw.checkOrders(lines)
        let kept = summary.runs.flatMap(\.timelines)
        #expect(kept.count { !$0.isExcluded } == IndexLimits.maxTimelinesPerSession)
        #expect(kept.count == 9_000 && kept.allSatisfy { $0.total.count == 2 })
    }

    /// The curves end as long ones with few buckets; on the way there they had many more.
    @Test("too many time buckets make long curves coarser, also when they become longer later")
    func timeBuckets() throws {
        var lines: [String] = []
        for run in 0..<260 {
            for second in stride(from: 0, to: run % 13 == 0 ? 2_900 : 1_190, by: 17) {
                lines.append(
                    "{\"ts\":\(second * 1_000),\"metric\":\"m\",\"value\":1,\"run\":\"r\(run)\"}")
            }
        }
        for run in 0..<40 {
            lines.append("{\"ts\":5000,\"metric\":\"m\",\"value\":1,\"run\":\"short\(run)\"}")
        }
        let summary = try LimitLaw.checkOrders(lines)
        let curves = summary.runs.flatMap(\.timelines)
        #expect(curves.count == 300)
        let spanned = curves.map { curve in
            let times = curve.buckets.map { $0.startMs / curve.bucketWidthMs }
            return (times.last ?? 0) - (times.first ?? 0) + 1
        }
        #expect(spanned.reduce(0, +) <= IndexLimits.maxTimeBucketsPerSession)
        #expect(curves.contains { $0.bucketWidthMs == 2_000 })
        #expect(curves.filter { $0.total.count == 1 }.allSatisfy { $0.bucketWidthMs == 1_000 })
        #expect(curves.reduce(0) { $0 + $1.total.count } == lines.count)
    }

    @Test("a name in two spellings of Unicode is two names, whichever comes first")
    func equivalentNames() throws {
        let lines = ["\u{e9}", "e\u{301}"].flatMap { name in
            [
                "{\"ts\":1,\"event\":\"run_started\",\"run\":\"\(name)\",\"target\":\"\(name)\"}",
                "{\"ts\":1,\"metric\":\"\(name)\",\"value\":1,\"run\":\"\(name)\",\"unit\":\"\(name)\"}",
                "{\"ts\":1,\"metric\":\"m\",\"value\":1,\"labels\":{\"\(name)\":\"1\"},\"unit\":\"\(name)\"}",
                "{\"ts\":1,\"event\":\"session\",\"name\":\"\(name)\"}",
            ]
        }
        let texts = try (0..<40).map { try LimitLaw.fold(lines, seed: $0, steps: 1).text }
        #expect(Set(texts.map { Array($0.utf8) }).count == 1)
        let summary = try LimitLaw.fold(lines, seed: 0, steps: 1).summary
        #expect(summary.runs.count == 3)
        #expect(summary.runs.flatMap(\.series).count == 4)
    }

    @Test("an event too large to be written again is a bad line, not one that gets lost later")
    func tooLargeToKeep() throws {
        // Each of these bytes takes six when it is written again.
        let text = String(repeating: "\u{7f}", count: 300_000)
        let lines = [
            "{\"ts\":1,\"event\":\"note\",\"text\":\"\(text)\"}",
            "{\"ts\":1,\"event\":\"run_started\",\"run\":\"r\",\"target\":\"\(text)\"}",
            "{\"ts\":1,\"event\":\"note\",\"text\":\"short\"}",
        ]
        let summary = try LimitLaw.checkOrders(lines)
        #expect(summary.notes.map(\.text) == ["short"])
        #expect(summary.runs.isEmpty)
        #expect(summary.health.badLines.map(\.reason) == [.tooLong, .tooLong])
    }
}
