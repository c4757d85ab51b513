import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@Suite("Summaries")
struct SummaryTests {
    private static func run(_ lines: [String]) throws -> RunSummary {
        try #require(try FoldHarness.summary(of: lines).runs.first)
    }

    private static let started = "{\"ts\":1000,\"event\":\"run_started\",\"run\":\"r\"}"
    private static func finished(_ state: String, ts: Int = 5_000) -> String {
        "{\"ts\":\(ts),\"event\":\"run_finished\",\"run\":\"r\",\"state\":\"\(state)\"}"
    }
    private static let sample = "{\"ts\":2000,\"metric\":\"m\",\"value\":1,\"run\":\"r\"}"

    @Test(
        "the state of a run",
        arguments: [
            ([started], RunSummary.State.running), ([sample], .unannounced),
            ([started, finished("finished")], .finished), ([finished("failed")], .failed),
            ([sample, finished("stopped")], .stopped),
            ([finished("failed", ts: 6_000), started, finished("finished")], .failed),
            ([finished("failed"), finished("stopped")], .stopped),
        ])
    func states(lines: [String], state: RunSummary.State) throws {
        #expect(try Self.run(lines).state == state)
        #expect(try Self.run(lines.reversed()).state == state)
    }

    @Test("when a run began and ended")
    func times() throws {
        let whole = try Self.run([Self.sample, Self.started, Self.finished("finished")])
        #expect(whole.started == 1_000 && whole.finished == 5_000 && whole.last == 2_000)
        let unannounced = try Self.run([Self.sample])
        #expect(unannounced.started == 2_000 && unannounced.finished == nil)
        let empty = try Self.run([Self.finished("failed")])
        #expect(empty.started == 5_000 && empty.last == nil)
    }

    @Test("latency stands for a run, else the metric with most samples")
    func headline() throws {
        func line(_ metric: String, unit: String = "") -> String {
            "{\"ts\":1,\"metric\":\"\(metric)\",\"value\":1,\"unit\":\"\(unit)\"}"
        }
        let sizes = Array(repeating: line("size"), count: 5)
        #expect(try Self.run(sizes + [line("a")]).headline?.metric == "size")
        #expect(try Self.run(sizes + [line("latency_ms")]).headline?.metric == "latency_ms")
        #expect(try Self.run(sizes + [line("time", unit: "s")]).headline?.metric == "time")
        #expect(try Self.run([line("b"), line("a")]).headline?.metric == "a")
        #expect(try Self.run([Self.started]).headline == nil)
    }

    @Test("the latest edit counts: names, tags and the archive")
    func edits() throws {
        func edit(_ ts: Int, _ fields: String) -> String { "{\"ts\":\(ts),\"event\":\(fields)}" }
        let lines = [
            edit(5, "\"rename\",\"name\":\"later\""), edit(2, "\"rename\",\"name\":\"earlier\""),
            edit(1, "\"session\",\"name\":\"first\",\"host\":\"h\",\"commit\":\"c\""),
            edit(1, "\"tag\",\"tag\":\"kept\""), edit(3, "\"tag\",\"tag\":\"gone\""),
            edit(4, "\"untag\",\"tag\":\"gone\""), edit(6, "\"untag\",\"tag\":\"back\""),
            edit(7, "\"tag\",\"tag\":\"back\""), edit(8, "\"untag\",\"tag\":\"tie\""),
            edit(8, "\"tag\",\"tag\":\"tie\""), edit(9, "\"tag\",\"tag\":\"of run\",\"run\":\"r\""),
            edit(3, "\"archive\""), edit(4, "\"restore\""), edit(5, "\"archive\""),
            edit(9, "\"restore\",\"run\":\"r\""), edit(2, "\"note\",\"text\":\"b\""),
            edit(2, "\"note\",\"text\":\"a\""), edit(1, "\"note\",\"text\":\"c\""),
        ]
        for lines in [lines, lines.reversed()] {
            let summary = try FoldHarness.summary(of: lines)
            #expect(summary.name == "later" && summary.host == "h" && summary.commit == "c")
            #expect(summary.tags == ["back", "kept"])
            #expect(summary.isArchived)
            #expect(summary.notes.map(\.text) == ["c", "a", "b"])
        }
    }

    @Test("errors: what ok says, else the status")
    func errors() throws {
        func line(_ rest: String) -> String { "{\"ts\":1,\"metric\":\"m\",\"value\":1\(rest)}" }
        let lines = [
            line(""), line(",\"ok\":false"), line(",\"labels\":{\"status\":\"500\"}"),
            line(",\"labels\":{\"status\":399}"), line(",\"labels\":{\"status\":400}"),
            line(",\"ok\":true,\"labels\":{\"status\":\"500\"}"),
        ]
        #expect(try Self.run(lines).timelines[0].total.errors == 3)
    }

    @Test("gaps and missing frames, also with impossible sequence numbers")
    func gaps() throws {
        let harness = try FoldHarness()
        for seq in [1, 2, 5, 1 << 53] {
            try harness.appendFrame([Self.sample], writer: "a", seq: seq)
        }
        var health = harness.summary(try harness.rebuilt()).health
        #expect(health.gaps.map(\.first) == [0, 3, 6])
        #expect(health.gaps.map(\.last) == [0, 4, (1 << 53) - 1])
        #expect(health.missingFrames == (1 << 53) - 3)
        // As many writers as it takes to leave 64 bits.
        for writer in 0..<1_100 {
            try harness.appendFrame([], writer: "w\(writer)", seq: 1 << 53)
        }
        let index = try harness.rebuilt()
        health = harness.summary(index).health
        #expect(health.missingFrames == 1 << 53)
        #expect(harness.text(try harness.restarted(index)) == harness.text(index))
    }

    @Test(
        "frames in any order cost the same",
        .timeLimit(.minutes(TestMode.isSanitized ? 10 : 1)))
    func descending() throws {
        let harness = try FoldHarness()
        var content: [UInt8] = []
        let count = 60_000
        for seq in (0..<count).reversed() {
            content += Array(
                "{\"frame\":1,\"session\":\"s 1\",\"writer\":\"w\",\"seq\":\(seq * 2),\"events\":0}\n"
                    .utf8)
        }
        try harness.append(SegmentBuilder.frame(content), to: "shared.000001.jsonl.zst")
        let health = harness.summary(try harness.rebuilt()).health
        #expect(health.gaps.count == count - 1)
        #expect(health.missingFrames == count - 1)
    }

    @Test("the JSON has its original fields, in this order")
    func json() throws {
        let lines = [
            "{\"ts\":1000,\"event\":\"run_started\",\"run\":\"r\",\"target\":\"http://a\",\"test\":\"load\"}",
            "{\"ts\":2000,\"metric\":\"l\",\"value\":2.5,\"unit\":\"ms\",\"run\":\"r\","
                + "\"labels\":{\"b\":1,\"a\":\"x\"}}",
            "{\"ts\":3000,\"event\":\"run_finished\",\"run\":\"r\",\"summary\":{\"p99\":3}}", "bad",
            "{\"ts\":4000,\"event\":\"note\",\"text\":\"n\"}",
        ]
        let aggregate =
            "\"count\":1,\"errors\":0,\"sum\":2.5,\"min\":2.5,\"max\":2.5,\"p50\":2.5,\"p90\":2.5,"
            + "\"p95\":2.5,\"p99\":2.5,\"p999\":2.5,\"mixed_errors\":0,\"succeeded\":1,"
            + "\"failures\":null,\"all\":null"
        let note =
            "{\"ts\":4000,\"event\":\"note\",\"text\":\"n\",\"run\":null,\"from\":null,"
            + "\"to\":null,\"id\":null,\"by\":null,\"profile\":null}"
        let expected =
            "{\"user\":\"Ann\",\"session\":\"s 1\",\"name\":null,\"host\":null,\"commit\":null,\"tags\":[],"
            + "\"archived\":false,\"events\":4,\"first\":1000,\"last\":3000,\"runs\":[{\"run\":\"r\","
            + "\"test\":\"load\",\"target\":\"http://a\",\"commit\":null,\"state\":\"finished\","
            + "\"started\":1000,\"finished\":3000,\"count\":1,\"errors\":0,\"params\":{},"
            + "\"environment\":{},\"reported\":{\"p99\":3},\"unkept_details\":null,\"left_out\":null,"
            + "\"series\":[{\"metric\":\"l\",\"unit\":\"ms\","
            + "\"labels\":{\"a\":\"x\",\"b\":\"1\"},\(aggregate)}],"
            + "\"totals\":[],\"reported_numbers\":[{\"name\":\"p99\",\"value\":3,\"unit\":null}]}],"
            + "\"metrics\":[{\"metric\":\"l\",\"unit\":\"ms\",\"kind\":\"duration\",\"better\":\"lower\","
            + "\"declared\":false}],\"units\":[],\"overflow\":null,\"uncounted_samples\":0,"
            + "\"unkept_details\":null,\"unkept_edits\":0,"
            + "\"notes\":[\(note)],\"edits\":[\(note)],\"health\":{\"whole\":false,\"bad_regions\":0,\"bad_region_bytes\":0,"
            + "\"regions\":[],\"bad_lines\":1,\"lines\":[{\"file\":\"shared.000001.jsonl\","
            + "\"offset\":\(lines[..<3].reduce(0) { $0 + $1.utf8.count + 1 }),\"line\":1,"
            + "\"reason\":\"JSON syntax\"}],\"missing_frames\":0,\"gaps\":[],\"unchecked_frames\":0,"
            + "\"duplicate_frames\":0,\"conflicting_frames\":0,\"newer_frames\":0,\"dropped_events\":0,"
            + "\"pending_bytes\":0,\"ignored_files\":[],\"implausible_times\":4,"
            + "\"thinned_samples\":0,\"thinned_histograms\":0,"
            + "\"ignored_metric_fields\":0,\"metrics_excluded\":false,\"lost\":null}}"
        #expect(try FoldHarness.summary(of: lines).json.text == expected)
    }
}
