import Testing
import TrackerAnalysis
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@Suite("History of a target: what is kept of its sessions") struct TargetHistoryTests {
    private let storage = MemoryStorage()

    private func add(
        _ session: String, run: String, atMs: Int, value: Double = 5, unit: String = "ms",
        commit: String = "aaaa1111", state: String? = "finished", more: [String] = []
    ) throws {
        var lines = more
        lines.append(
            "{\"ts\":\(atMs),\"event\":\"run_started\",\"run\":\"\(run)\",\"target\":\"api\","
                + "\"commit\":\"\(commit)\",\"environment\":{\"host\":\"h\(commit)\"},"
                // Not a condition: what a file of another tool carries.
                + "\"params\":{\"import_reported\":\"\(commit)\",\"import_format\":\"\(commit)\"}}")
        for number in 0..<40 {
            lines.append(
                "{\"ts\":\(atMs + number),\"metric\":\"m_ms\",\"value\":"
                    + "\(value + 0.01 * Double((number * 7 + atMs) % 40)),\"unit\":\"\(unit)\","
                    + "\"run\":\"\(run)\"}")
            lines.append("{\"ts\":\(atMs),\"metric\":\"n\",\"value\":\(number),\"run\":\"\(run)\"}")
        }
        if let state {
            lines.append(
                "{\"ts\":\(atMs + 2_000),\"event\":\"run_finished\",\"run\":\"\(run)\","
                    + "\"state\":\"\(state)\"}")
        }
        try FoldHarness(storage, session: session).append(lines, to: "shared.000001.jsonl")
    }

    /// Thirty sessions; from the twentieth on all is slower.
    private func addHistory() throws {
        for number in 0..<30 {
            try add(
                "s\(100 + number)", run: "r", atMs: 10_000 * number,
                value: number < 20 ? 5 : 8, commit: number < 20 ? "aaaa1111" : "bbbb2222")
        }
    }

    @Test("a target that the row of its session has no room for is found all the same")
    func unkeptTarget() throws {
        let name = String(repeating: "x", count: 60)
        let lines = (0..<200).flatMap { run in
            [
                "{\"ts\":\(run * 1_000),\"event\":\"run_started\",\"run\":\"r\(run)\","
                    + "\"target\":\"\(name)\(100 + run)\"}",
                "{\"ts\":\(run * 1_000 + 9),\"event\":\"run_finished\",\"run\":\"r\(run)\","
                    + "\"state\":\"finished\"}",
            ]
        }
        try FoldHarness(storage, session: "many").append(lines, to: "shared.000001.jsonl")
        try add("other", run: "r", atMs: 500_000)
        let history = try TargetHistory(target: name + "299", in: storage, threads: 1)
        let entry = try #require(history.sessions.first)
        #expect(history.sessions.count == 1 && entry.session.value == "many")
        #expect(entry.unkeptNames > 0 && !entry.targets.contains(name + "299"))
        #expect(try history.runs(of: entry).runs.map(\.summary.run) == ["r199"])
    }

    private func trend(_ storage: any Storage, metric: String? = nil) throws -> Trend {
        try Trend(
            of: TargetHistory(target: "api", in: storage, threads: 1), metric: metric)
    }

    private func text(_ trend: Trend) -> String { trend.json { _ in [] }.text }

    private var digestFiles: [StoragePath] {
        get throws {
            try storage.list(DataLayout.index).filter { $0.name.hasPrefix("target-") }
                .map { DataLayout.index.appending($0.name) }
        }
    }

    /// With what is kept, and without it.
    private func checkSame(_ note: String, metric: String? = nil) throws {
        let kept = text(try trend(storage, metric: metric))
        for path in try digestFiles { try storage.remove(path) }
        #expect(text(try trend(storage, metric: metric)) == kept, "\(note)")
    }

    @Test("the trend is the same as from the sessions, whatever happens to them")
    func same() throws {
        try addHistory()
        let first = try trend(storage)
        #expect(first.points.count == 30)
        #expect(first.changes.map(\.after.name).contains("Ann/s120#r"))
        #expect(first.changes.allSatisfy { $0.differences.map(\.name) == ["commit", "host"] })
        try checkSame("nothing new")
        try checkSame("another metric", metric: "n")
        try add("s131", run: "new", atMs: 400_000, value: 8)
        #expect(try trend(storage).points.count == 31)
        try checkSame("a new session")
        try add("s105", run: "again", atMs: 55_000, value: 6)
        #expect(try trend(storage).points.count == 32)
        try checkSame("a run more in an old session")
        try storage.removeTree(FoldHarness(storage, session: "s110").folder)
        #expect(try trend(storage).points.count == 31)
        try checkSame("a session less")
        try add("s140", run: "us", atMs: 500_000, value: 5_000, unit: "us")
        let converted = try trend(storage)
        #expect(converted.points.count == 32 && converted.unit == "us")
        #expect(converted.convertedRuns == 31 && converted.unlikeUnitRuns == 0)
        #expect(converted.points.allSatisfy { ($0.values[.mean] ?? 0) > 4_000 })
        try checkSame("the newest has another unit of time")
        try add("s142", run: "MB", atMs: 600_000, value: 5_000, unit: "MB")
        #expect(try trend(storage).points.count == 1)
        #expect(try trend(storage).unlikeUnitRuns == 32)
        try checkSame("the newest has a unit of another dimension")
        try storage.removeTree(FoldHarness(storage, session: "s142").folder)
        try add("s141", run: "broken", atMs: 510_000, state: "failed")
        #expect(try trend(storage).unfinishedRuns == 1)
        try checkSame("a failed run")
    }

    @Test("sessions that did not change are not opened for the same question again")
    func opened() throws {
        try addHistory()
        func opened(_ body: (any Storage) throws -> Void) rethrows -> Set<String> {
            let watched = FaultyStorage(storage)
            try body(watched)
            return Set(
                watched.calls.filter { $0.operation == .open }.map(\.path)
                    .filter { $0.contains("/s1") })
        }
        #expect(try opened { _ = try trend($0) }.count > 30)
        // The newest run says which metric; two runs are asked for their conditions.
        let again = try opened { _ = try trend($0) }
        let few = ["s119", "s120", "s129"]
        #expect(again.allSatisfy { path in few.contains { path.contains($0) } }, "\(again)")
        func commit(_ storage: any Storage) throws {
            let history = try TargetHistory(target: "api", in: storage, threads: 1)
            #expect(try history.runs(ofCommit: "bbbb2222").count == 10)
            #expect(throws: TargetError.noBaseline("api")) { try history.baseline() }
        }
        _ = try opened(commit)
        #expect(try opened(commit).filter { $0.contains("/s10") }.isEmpty)
    }

    @Test("a run that goes on is looked at again, without a change of its files")
    func running() throws {
        try add("s100", run: "r", atMs: 1_000)
        try add("s101", run: "on", atMs: 9_000, state: nil)
        // Its writer is there.
        let writer = try storage.openForReading(
            FoldHarness(storage, session: "s101").folder.appending("shared.000001.jsonl"))
        #expect(try writer.lockShared())
        defer { withExtendedLifetime(writer) {} }
        #expect(try trend(storage).unfinishedRuns == 1)
        let kept = try #require(try digestFiles.first)
        let bytes = try storage.readAll(kept, limit: 1 << 20)
        let lines = try #require(ZstdText.decompress(bytes, limit: 1 << 20))
        let rows = String(decoding: lines, as: UTF8.self).split(separator: "\n")
        #expect(try isRunning("s101"))
        #expect(rows.count { $0.contains("s10") } == 1)
    }

    private func isRunning(_ session: String) throws -> Bool {
        let harness = try FoldHarness(storage, session: session)
        let summary = harness.summary(try harness.rebuilt(), now: .now)
        return summary.runs.contains { $0.state == .running }
    }

    /// Two finished runs of each commit, and those that do not count beside them.
    @Test("a commit's runs that failed, were stopped or never ended are counted, not compared")
    func uncounted() throws {
        for (index, commit) in ["aaaa1111", "bbbb2222"].enumerated() {
            let at = 1_000_000 * index
            try add("s20\(index)", run: "r1", atMs: at, commit: commit)
            try add("s21\(index)", run: "r2", atMs: at + 10_000, commit: commit)
            try add("s22\(index)", run: "f", atMs: at + 20_000, commit: commit, state: "failed")
            try add("s23\(index)", run: "s", atMs: at + 30_000, commit: commit, state: "stopped")
        }
        try add("s240", run: "k", atMs: 40_000, state: nil)
        try add("s250", run: "f", atMs: 50_000, state: "failed")
        // In the session of the newest finished run, of its commit and of another.
        try add("s211", run: "x", atMs: 1_012_000, commit: "bbbb2222", state: "stopped")
        try add("s211", run: "y", atMs: 1_013_000, commit: "cccc3333", state: "stopped")
        let user = try UserID("Ann")
        var selection = RunSelection(in: storage, user: user, target: "api", threads: 1)
        let groups = try selection.groups([["commit:aaaa1111"], ["commit:bbbb2222"]])
        let settings = ComparisonSettings(metric: "m_ms", replicates: 10)
        let found = try Comparison(groups[0], groups[1], settings: settings)
        #expect((found.runsA, found.runsB) == (2, 2))
        #expect(found.uncountedA.text == "not counted: 2 failed, 1 stopped, 1 without an end")
        #expect(found.uncountedB.text == "not counted: 1 failed, 2 stopped")
        #expect(
            found.json["uncounted_a"]?.text
                == "{\"failed\":2,\"stopped\":1,\"unfinished\":1,\"running\":0}")
        // Parts of one group add up.
        let both = try selection.groups([["commit:aaaa1111", "commit:bbbb2222"], ["Ann/s200"]])
        #expect(both[0].uncounted.text == "not counted: 3 failed, 3 stopped, 1 without an end")
        #expect(both[1].uncounted == UncountedRuns())
        let history = try TargetHistory(target: "api", in: storage, threads: 1)
        let gate = try Gate(history, against: .commit("aaaa"), limits: [], metric: "m_ms")
        #expect(gate.comparison.uncountedA == found.uncountedA)
        // The new runs are those of one session.
        #expect(gate.comparison.uncountedB.text == "not counted: 1 stopped")
        let last = try Gate(history, against: .last, limits: [], metric: "m_ms").comparison
        #expect(last.uncountedA.text.isEmpty && last.uncountedB.text == "not counted: 1 stopped")
        // Who has looked before opens no session for it.
        let watched = FaultyStorage(storage)
        let again = try TargetHistory(target: "api", in: watched, threads: 1)
        #expect(try again.uncounted(ofCommit: "aaaa1111") == found.uncountedA)
        let opened = watched.calls.filter { $0.operation == .open && $0.path.contains("/s2") }
        #expect(opened.isEmpty, "\(opened.map(\.path))")
    }

    @Test("a run of which records are missing is a point, and is marked, also from what is kept")
    func lossy() throws {
        try addHistory()
        let harness = try FoldHarness(storage, session: "s200")
        let start =
            "{\"ts\":900000,\"event\":\"run_started\",\"run\":\"r\",\"target\":\"api\"}"
        let end = "{\"ts\":903000,\"event\":\"run_finished\",\"run\":\"r\"}"
        for seq in 0..<6 where seq != 3 {
            let samples = (0..<40).map {
                "{\"ts\":\(900_000 + seq * 500 + $0),\"metric\":\"m_ms\",\"value\":5,"
                    + "\"unit\":\"ms\",\"run\":\"r\"}"
            }
            let edges = seq == 0 ? [start] : seq == 5 ? [end] : []
            try harness.appendFrame(edges + samples, writer: GeneratedLog.writer(1), seq: seq)
        }
        for _ in 0..<2 {
            let lossy = try trend(storage, metric: "m_ms").points.filter(\.isLossy)
            #expect(lossy.map(\.name) == ["Ann/s200#r"])
        }
    }

    @Test("a file that is damaged, or of another question, is not taken")
    func damaged() throws {
        try addHistory()
        let fresh = text(try trend(storage))
        let path = try #require(try digestFiles.first)
        let good = try storage.readAll(path, limit: 1 << 20)
        _ = try trend(storage, metric: "n")
        let another = try #require(try digestFiles.first { $0 != path })
        let other = try storage.readAll(another, limit: 1 << 20)
        for bytes in [[], Array(good.dropLast(9)), other, Array("text".utf8)] {
            try storage.replace(path, with: bytes)
            #expect(text(try trend(storage)) == fresh)
            #expect(try storage.readAll(path, limit: 1 << 20) == good)
        }
        let report = try Indexer(storage: storage, threads: 1).run(rebuild: true)
        #expect(report.isSaved)
        #expect(try digestFiles.isEmpty)
    }

    @Test("a run of 2099 is not the newest: it was written between two others")
    func ahead() throws {
        let startMs = 1_763_899_200_000
        let hour = 3_600_000
        let harness = try FoldHarness(storage, session: "one")
        let runs = [
            ("a", "aaaa1111", startMs), ("odd", "cccc3333", 4_070_908_800_000),
            ("b", "bbbb2222", startMs + 2 * hour),
        ]
        for (seq, (run, commit, ms)) in runs.enumerated() {
            let head = "{\"ts\":\(ms),\"run\":\"\(run)\","
            let lines =
                ["\(head)\"event\":\"run_started\",\"target\":\"api\",\"commit\":\"\(commit)\"}"]
                + (0..<40).map { "\(head)\"metric\":\"m_ms\",\"value\":\(5 + $0 % 3)}" }
                + ["\(head)\"event\":\"run_finished\",\"state\":\"finished\"}"]
            var bytes: [UInt8] = []
            FrameHeader(
                session: harness.session.value,
                identity: FrameIdentity(writer: GeneratedLog.writer(0), seq: seq),
                events: lines.count, atMs: startMs + seq * hour
            ).write(to: &bytes)
            bytes += Array(lines.map { $0 + "\n" }.joined().utf8)
            try harness.append(
                SegmentBuilder.frame(bytes),
                to: "\(GeneratedLog.writer(0)).00000\(seq + 1).jsonl.zst")
        }
        // The second time from what is kept.
        for _ in 0..<2 {
            let history = try TargetHistory(target: "api", in: storage, threads: 1)
            let groups = try history.newestGroups(3)
            #expect(groups.map { $0.map(\.summary.run) } == [["b"], ["odd"], ["a"]])
            let trend = try Trend(of: history, metric: "m_ms")
            #expect(trend.points.map(\.name) == ["Ann/one#a", "Ann/one#odd", "Ann/one#b"])
            let gate = try Gate(history, against: .last, limits: [])
            #expect(gate.candidates.map(\.name) == ["Ann/one#b"])
            #expect(!gate.doubts.map(\.kind).contains("no_time"))
        }
    }
}
