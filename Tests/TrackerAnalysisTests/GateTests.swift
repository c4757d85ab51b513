import Testing
import TrackerAnalysis
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@Suite("Gates, and what they choose from")
struct GateTests {
    private static let target = "api"

    /// Sessions in one storage; each run is of a second, with twenty samples.
    private struct Log {
        let storage = MemoryStorage()

        func add(
            _ session: String, _ runs: [(run: String, commit: String?, atMs: Int)],
            state: String = "finished", more: [String] = []
        ) throws {
            var lines = more
            for (run, commit, ms) in runs {
                let commit = commit.map { "\"\($0)\"" } ?? "null"
                lines.append(
                    "{\"ts\":\(ms),\"event\":\"run_started\",\"run\":\"\(run)\","
                        + "\"target\":\"\(target)\",\"commit\":\(commit)}")
                for _ in 0..<20 {
                    lines.append(
                        "{\"ts\":\(ms),\"metric\":\"m_ms\",\"value\":5,\"run\":\"\(run)\"}")
                }
                lines.append(
                    "{\"ts\":\(ms + 1_000),\"event\":\"run_finished\",\"run\":\"\(run)\","
                        + "\"state\":\"\(state)\"}")
            }
            try FoldHarness(storage, session: session).append(lines, to: "shared.000001.jsonl")
        }

        func history() throws -> TargetHistory {
            try TargetHistory(target: target, in: storage, threads: 1)
        }
    }

    private static func names(_ groups: [[TargetRun]]) -> [[String]] {
        groups.map { $0.map { String($0.name.dropFirst("Ann/".count)) } }
    }

    @Test("the newest group is that of the newest run, whenever its session began")
    func newest() throws {
        let log = Log()
        try log.add("long", [("a", "aaaa1111", 1_000), ("z", "bbbb2222", 9_000)])
        try log.add("short", [("m", "aaaa1111", 5_000), ("n", "aaaa1111", 6_000)])
        try log.add("other", [("k", nil, 7_000)], state: "failed")
        let history = try log.history()
        let all = try Self.names(history.newestGroups(9))
        #expect(all == [["long#z"], ["short#m", "short#n"], ["long#a"]])
        #expect(try Self.names(history.newestGroups(1)) == [["long#z"]])
        #expect(try Self.names(history.newestGroups(2)) == Array(all[..<2]))
        let rest = try history.newestGroups(
            1,
            excluding: [
                ExactText("Ann/long#z"), ExactText("Ann/short#n"),
            ])
        #expect(Self.names(rest) == [["short#m"]])
    }

    @Test("runs that were left out are in no group, and are listed with the reason")
    func leftOut() throws {
        let log = Log()
        func out(_ run: String, _ more: String = "") -> String {
            "{\"ts\":1,\"event\":\"note\",\"text\":\"noisy\",\"run\":\"\(run)\",\"left_out\":true"
                + ",\"by\":\"bob\"\(more)}"
        }
        try log.add(
            "old", [("a", "aaaa1111", 1_000), ("b", "aaaa1111", 2_000)], more: [out("b")])
        try log.add("new", [("c", "bbbb2222", 5_000)], more: [out("c", ",\"id\":\"7\"")])
        // Twice: the second time from the cache of the target.
        for _ in 0..<2 {
            let history = try log.history()
            #expect(try Self.names(history.newestGroups(9)) == [["old#a"]])
            #expect(Self.names([try history.runs(ofCommit: "aaaa")]) == [["old#a"]])
            let leftOut = try history.leftOut()
            #expect(leftOut.map(\.text) == ["Ann/new#c: noisy (bob)", "Ann/old#b: noisy (bob)"])
            #expect(leftOut.map(\.commit) == ["bbbb2222", "aaaa1111"])
            let trend = try Trend(of: history, metric: nil)
            #expect(trend.points.map(\.name) == ["Ann/old#a"])
            #expect(trend.leftOut == leftOut && trend.unfinishedRuns == 0)
            #expect(throws: GateError.self) {
                try Gate(history, against: .last, limits: [])
            }
            let error = #expect(throws: TargetError.self) { try history.runs(ofCommit: "bbbb") }
            #expect("\(try #require(error))".contains("bbbb"))
        }
        // Taken in again by one more event.
        try log.add(
            "new", [],
            more: ["{\"ts\":2,\"event\":\"note\",\"text\":\"\",\"undo\":\"7\"}"])
        let gate = try Gate(try log.history(), against: .last, limits: [])
        #expect(gate.candidates.map(\.name) == ["Ann/new#c"])
        #expect(gate.references.map(\.name) == ["Ann/old#a"])
        #expect(gate.leftOut.map(\.name) == ["Ann/old#b"])
        #expect(gate.json["left_out"]?.arrayValue?.count == 1)
    }

    @Test("a baseline that is left out is said, and the pin before it does not count")
    func leftOutBaseline() throws {
        let log = Log()
        func pin(_ ms: Int, _ run: String) -> String {
            "{\"ts\":\(ms),\"event\":\"baseline\",\"run\":\"\(run)\"}"
        }
        try log.add(
            "s", [("a", nil, 1_000), ("b", nil, 2_000)], more: [pin(1, "a"), pin(2, "b")])
        #expect(try log.history().baseline().map(\.summary.run) == ["b"])
        try log.add(
            "s", [],
            more: ["{\"ts\":3,\"event\":\"note\",\"text\":\"x\",\"run\":\"b\",\"left_out\":true}"])
        let error = #expect(throws: TargetError.self) { try log.history().baseline() }
        #expect("\(try #require(error))".contains("Ann/s#b: x"))
    }

    @Test("a run that is named twice in a group counts once, and one in both groups is said")
    func namedTwice() throws {
        let log = Log()
        try log.add("s", [("a", nil, 1_000), ("b", nil, 2_000)])
        try log.add("t", [("a", nil, 3_000)], more: ["{\"ts\":1,\"event\":\"baseline\"}"])
        func groups(_ names: [[String]]) throws -> (runs: [[String]], warnings: [String]) {
            var selection = RunSelection(
                in: log.storage, user: try UserID("Ann"), target: nil, threads: 1)
            let groups = try selection.groups(names)
            return (groups.map { $0.runs.map(\.run) }, selection.warnings)
        }
        let once = try groups([["s#a", "s#a", "Ann/s#a", "s", "s"], ["t#a", "baseline", "t"]])
        #expect(once.runs == [["a", "b"], ["a"]], "t has another run of that name")
        #expect(once.warnings.isEmpty)
        let both = try groups([["s", "t"], ["t"]])
        #expect(both.runs == [["a", "b", "a"], ["a"]])
        #expect(both.warnings.count == 1 && both.warnings[0].hasPrefix("1 run is in both groups"))
        #expect(try groups([["s"], ["s"]]).warnings.isEmpty, "the comparison says so itself")
    }

    @Test("a baseline in an archived session is said, and the pin before it does not count")
    func archivedBaseline() throws {
        let log = Log()
        func pin(_ ms: Int) -> String { "{\"ts\":\(ms),\"event\":\"baseline\"}" }
        try log.add("s", [("a", nil, 1_000)], more: [pin(1)])
        try log.add("t", [("b", nil, 2_000)], more: [pin(2)])
        #expect(try log.history().baseline().map(\.summary.run) == ["b"])
        try log.add("t", [], more: ["{\"ts\":3,\"event\":\"archive\",\"id\":\"1\"}"])
        #expect(throws: TargetError.baselineArchived("api", "Ann/t")) {
            try log.history().baseline()
        }
        try log.add(
            "t", [], more: ["{\"ts\":4,\"event\":\"note\",\"text\":\"\",\"undo\":\"1\"}"])
        #expect(try log.history().baseline().map(\.summary.run) == ["b"])
    }

    @Test("a group by the session's name is without them; a run that is named is compared")
    func leftOutSelection() throws {
        let log = Log()
        let out = ["a", "b"].map {
            "{\"ts\":1,\"event\":\"note\",\"text\":\"noisy\",\"run\":\"\($0)\",\"left_out\":true}"
        }
        try log.add("s", [("a", nil, 1_000), ("b", nil, 2_000)], more: [out[0]])
        try log.add("t", [("a", nil, 1_000), ("b", nil, 2_000)], more: out)
        var selection = RunSelection(
            in: log.storage, user: try UserID("Ann"), target: nil, threads: 1)
        let groups = try selection.groups([["s"], ["s#a"]])
        #expect(groups[0].runs.map(\.run) == ["b"])
        #expect(groups[0].leftOut.map(\.name) == ["Ann/s#a"])
        #expect(groups[1].runs.map(\.run) == ["a"] && groups[1].leftOut.isEmpty)
        #expect(
            selection.warnings == [
                "compared although it is left out: Ann/s#a: noisy"
            ])
        let comparison = try Comparison(groups[0], groups[1])
        #expect(comparison.leftOut.map(\.name) == ["Ann/s#a"])
        #expect(comparison.json["left_out"]?.arrayValue?.count == 1)
        let error = #expect(throws: RunSelectionError.self) { try selection.groups([["t"]]) }
        #expect("\(try #require(error))".contains("(2) are left out"))
    }

    @Test("a commit by its first digits; two that begin alike are refused")
    func commits() throws {
        let log = Log()
        try log.add("one", [("a", "aaaa1111", 1_000), ("b", "AAAA2222", 2_000)])
        try log.add("two", [("c", "aaaa1111ffff", 3_000)])
        let history = try log.history()
        let found = try history.runs(ofCommit: "aaaa1111")
        #expect(Self.names([found]) == [["one#a", "two#c"]])
        #expect(throws: TargetError.self) { try history.runs(ofCommit: "aaaa") }
        #expect(throws: TargetError.noRuns(of: "commit bbbb", Self.target)) {
            try history.runs(ofCommit: "bbbb")
        }
    }

    @Test("the baseline is what was pinned last, and only a finished run of the target can be")
    func baseline() throws {
        func pin(_ ms: Int, _ run: String?) -> String {
            let run = run.map { ",\"run\":\"\($0)\"" } ?? ""
            return "{\"ts\":\(ms),\"event\":\"baseline\"\(run)}"
        }
        let log = Log()
        try log.add("one", [("a", nil, 1_000), ("b", nil, 2_000)], more: [pin(50_000, nil)])
        #expect(try Self.names([log.history().baseline()]) == [["one#a", "one#b"]])
        try log.add("two", [("c", nil, 3_000)], more: [pin(40_000, "c"), pin(90_000, "gone")])
        #expect(try Self.names([log.history().baseline()]) == [["one#a", "one#b"]])
        try log.add("three", [("d", nil, 4_000), ("e", nil, 5_000)], more: [pin(60_000, "e")])
        #expect(try Self.names([log.history().baseline()]) == [["three#e"]])
    }

    private static func row(
        _ statistic: Statistic, _ interval: ClosedRange<Double>?, _ verdict: Verdict
    ) -> ComparisonRow {
        ComparisonRow(
            statistic: statistic, a: 1, b: 1, countA: 9, countB: 9, difference: 0,
            interval: interval, verdict: verdict)
    }

    @Test("what cannot be worse than the limit passes, and what may be is inconclusive")
    func outcomes() throws {
        let wide = Verdict.inconclusive(.wide(furtherRuns: 2))
        let more = try GateLimit("p99:+5%")
        let less = try GateLimit("rps:-5%")
        let fall = try GateLimit("mean:-5%")
        let cases: [(GateLimit, ClosedRange<Double>?, Verdict, Gate.Outcome)] = [
            (more, -0.3 ... -0.1, .better, .pass), (more, -0.2...0.04, wide, .pass),
            (more, -0.2...0.06, wide, .inconclusive), (more, 0.04...0.2, .worse, .worse),
            (more, nil, .inconclusive(.tooFewSamples(needed: 9)), .inconclusive),
            (more, -0.01...0.01, .noDifferenceFound, .pass),
            (less, -0.04...0.3, wide, .pass), (less, -0.06...0.3, wide, .inconclusive),
            (more, 0.06...0.2, .higher, .worse), (more, -0.2 ... -0.06, .lower, .pass),
            (fall, 0.06...0.2, .higher, .pass), (fall, -0.2 ... -0.06, .lower, .worse),
            (fall, -0.04...0.3, wide, .pass), (fall, -0.06...0.3, wide, .inconclusive),
        ]
        for (limit, interval, verdict, outcome) in cases {
            let row = Self.row(limit.statistic, interval, verdict)
            #expect(Gate.outcome(row, limit) == outcome, "\(row)")
        }
    }

    @Test("limits: each number by its name, in its unit; the same number once")
    func limits() throws {
        #expect(try GateLimit("p50:+0.5%").amount == 0.005)
        #expect(try GateLimit("errors:+0.25pp").amount == 0.25)
        #expect(try GateLimit("rps:-12%").statistic == .perSecond)
        #expect(try GateLimit.parse([]) == [])
        func standard(_ metric: String, _ unit: String?) -> [String]? {
            GateLimit.standard(of: MetricMeaning(metric: metric, unit: unit))?.map(\.text)
        }
        #expect(standard("latency", "ms") == ["p95:+5%", "errors:+0.1pp"])
        #expect(standard("speed", "ops/s") == ["mean:-5%"])
        #expect(standard("loss", nil) == ["mean:+5%"])
        #expect(standard("room", "°C") == nil)
        for text in ["p95:+5%", "errors:+0.1pp", "mean:-5%"] { _ = try GateLimit(text) }
        #expect(throws: GateLimitError.self) { try GateLimit.parse(["p99:+5%", "p99:+6%"]) }
        for text in ["", ":", "p99:", "p99:+5%%", "P99:+5%", "p99:+٥%", "p99:++5%", "p99:+.5%"] {
            #expect(throws: GateLimitError.self, "\(text)") { try GateLimit(text) }
        }
    }

    /// Runs with enough seconds for an interval, a minute each.
    private static func run(
        _ name: String, atMs start: Int, state: String = "finished", facts: String = "{}",
        params: String = "{}"
    ) -> [String] {
        var lines = [
            "{\"ts\":\(start),\"event\":\"run_started\",\"run\":\"\(name)\",\"target\":\"\(target)\","
                + "\"commit\":\"aaaa\(name.count)\",\"environment\":\(facts),\"params\":\(params)}"
        ]
        for second in 0..<20 {
            for value in 0..<30 {
                lines.append(
                    "{\"ts\":\(start + second * 1_000 + value),\"metric\":\"m_ms\","
                        + "\"value\":\(5 + value % 7),\"run\":\"\(name)\"}")
            }
        }
        let end = start + 20_000
        return lines + [
            "{\"ts\":\(end),\"event\":\"run_finished\",\"run\":\"\(name)\",\"state\":\"\(state)\"}"
        ]
    }

    private static func gate(
        _ log: Log, against reference: Gate.Reference = .last, maxAgeMs: Double? = nil
    ) throws -> Gate {
        try Gate(
            log.history(), against: reference, limits: [try GateLimit("mean:+5%")],
            runNoise: .within, maxAgeMs: maxAgeMs)
    }

    @Test("what was not measured is said, and the gate is not green")
    func doubts() throws {
        let second = 1_763_899_200_000
        let log = Log()
        try log.add("one", [], more: Self.run("a", atMs: second))
        try log.add("two", [], more: Self.run("b", atMs: second + 100_000))
        #expect(try Self.gate(log).outcome == .pass)
        #expect(try Self.gate(log).doubts == [])
        let old = try Self.gate(log, maxAgeMs: 3_600_000)
        #expect(old.doubts.map(\.kind) == ["too_old"] && old.outcome == .inconclusive)
        #expect(try Self.gate(log, maxAgeMs: 1e15).outcome == .pass)
        // One that failed before the newest is none of its business.
        try log.add("zero", [], more: Self.run("x", atMs: second - 100_000, state: "failed"))
        #expect(try Self.gate(log).outcome == .pass)
        for (number, state) in ["failed", "stopped"].enumerated() {
            let start = second + 200_000 + number * 100_000
            try log.add("late\(number)", [], more: Self.run("c", atMs: start, state: state))
            let gate = try Self.gate(log)
            #expect(gate.candidates.map(\.name) == ["Ann/two#b"])
            #expect(gate.outcome == .inconclusive)
            #expect(gate.doubts.map(\.kind) == ["newest_run"])
            #expect("\(gate.doubts)".contains("Ann/late\(number)#c"))
            #expect(gate.json["doubts"]?.arrayValue?.count == 1)
        }
        // Without an end; a sample that is all it has.
        let begun = Array(Self.run("d", atMs: second + 500_000).prefix(9))
        try log.add("begun", [], more: begun)
        #expect("\(try Self.gate(log).doubts)".contains("Ann/begun#d"))
    }

    @Test("a run of 2099 is not green: nobody knows whether it is the newest")
    func noTime() throws {
        let log = Log()
        try log.add("one", [], more: Self.run("a", atMs: 1_763_899_200_000))
        try log.add("two", [], more: Self.run("b", atMs: 4_070_908_800_000))
        let gate = try Self.gate(log, maxAgeMs: 3_600_000)
        #expect(gate.doubts.map(\.kind) == ["no_time"] && gate.outcome == .inconclusive)
    }

    @Test("a gate on the reported error rate judges it once, and its change in points")
    func errorRate() throws {
        let log = Log()
        for (number, session) in ["one", "two"].enumerated() {
            let ms = 1_763_899_200_000 + number * 100_000
            try log.add(
                session, [],
                more: [
                    "{\"ts\":\(ms),\"event\":\"run_started\",\"run\":\"r\","
                        + "\"target\":\"\(Self.target)\"}",
                    "{\"ts\":\(ms + 9),\"event\":\"run_finished\",\"run\":\"r\","
                        + "\"state\":\"finished\",\"summary\":{\"rps\":9,\"error_rate\":2}}",
                ])
        }
        func texts(_ metric: String, _ limits: [GateLimit] = []) throws -> [String] {
            try Gate(log.history(), against: .last, limits: limits, metric: metric)
                .lines.map(\.limit.text)
        }
        #expect(try texts("error_rate") == ["errors:+0.1pp"])
        #expect(try texts("rps") == ["mean:-5%", "errors:+0.1pp"])
        #expect(throws: GateError.self) {
            try texts("error_rate", [try GateLimit("mean:+5%")])
        }
    }

    @Test("other conditions, and a commit whose tree was changed, are not green")
    func unlikeDoubts() throws {
        let second = 1_763_899_200_000
        let log = Log()
        try log.add("one", [], more: Self.run("a", atMs: second, params: "{\"rate\":20}"))
        try log.add(
            "two", [], more: Self.run("bb", atMs: second + 100_000, params: "{\"rate\":30}"))
        let unlike = try Self.gate(log)
        #expect(unlike.doubts == [.unlike(["rate"])] && unlike.outcome == .inconclusive)
        try log.add(
            "three", [],
            more: Self.run(
                "ccc", atMs: second + 200_000, facts: "{\"git_dirty\":true}",
                params: "{\"rate\":30}"))
        #expect(try Self.gate(log).outcome == .pass)
        let dirty = try Self.gate(log, against: .commit("aaaa2"))
        #expect(dirty.doubts == [.uncommittedChanges(["Ann/three#ccc"])])
        #expect(dirty.outcome == .inconclusive)
    }

    /// Fewer numbers have narrower intervals, because they hold together.
    @Test("a gate's intervals are those of its numbers alone")
    func fewer() throws {
        var generator = RunGenerator(seed: 3)
        let a = ComparisonGroup(name: "a", runs: [generator.run()])
        let b = ComparisonGroup(name: "b", runs: [generator.run()])
        var settings = ComparisonSettings(replicates: 200)
        settings.runNoise = .within
        let all = try #require(try Comparison(a, b, settings: settings).rows.first)
        settings.statistics = [.p50]
        settings.margins[.p50] = 0.5
        let one = try Comparison(a, b, settings: settings).rows
        #expect(one.count == 1 && one[0].verdict == .noDifferenceFound)
        let narrow = try #require(one[0].interval)
        let wide = try #require(all.interval)
        #expect(narrow.upperBound - narrow.lowerBound < wide.upperBound - wide.lowerBound)
    }
}
