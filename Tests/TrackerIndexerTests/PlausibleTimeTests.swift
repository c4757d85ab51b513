import Testing
import TrackerIndexTestSupport
import TrackerLog
import TrackerTestSupport

@testable import TrackerIndexer

@Suite("An implausible time of one event dates nothing")
struct PlausibleTimeTests {
    private static let startMs = 1_763_899_200_000

    /// A run of ten seconds, with a name.
    private static let good =
        ["{\"ts\":\(startMs),\"event\":\"rename\",\"name\":\"good\"}"]
        + ["{\"ts\":\(startMs),\"event\":\"run_started\",\"run\":\"r\",\"target\":\"t\"}"]
        + (0...10).map {
            "{\"ts\":\(startMs + $0 * 1_000),\"metric\":\"m_ms\",\"value\":\($0),\"run\":\"r\"}"
        }
        + ["{\"ts\":\(startMs + 10_000),\"event\":\"run_finished\",\"run\":\"r\"}"]

    private static let events = [
        "\"metric\":\"m_ms\",\"value\":99,\"run\":\"r\"",
        "\"metric\":\"m_ms\",\"hist\":[[131400,2]],\"count\":2,\"sum\":25,\"min\":12.5,\"max\":12.5"
            + ",\"run\":\"r\"",
        "\"metric\":\"other\",\"value\":1,\"run\":\"r\"",
        "\"event\":\"run_started\",\"run\":\"r\",\"target\":\"t\"",
        "\"event\":\"run_finished\",\"run\":\"r\"",
        "\"event\":\"session\",\"host\":\"h\"", "\"event\":\"rename\",\"name\":\"bad\"",
        "\"event\":\"note\",\"text\":\"n\"", "\"event\":\"tag\",\"tag\":\"t\"",
    ]

    /// Never set, seconds, microseconds, before 1970, after 2100, and more than any clock has.
    private static let times = [
        "0", "1", "-1", "\(startMs / 1_000)", "\(startMs)000", "946684799999", "4102444800000",
        "9223372036854775808", "-1e308", "\"1969-12-31T00:00:00Z\"", "\"9999-01-01T00:00:00Z\"",
    ]

    private static func section(
        _ lines: [String], seq: Int, at: Int?, in harness: FoldHarness
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        FrameHeader(
            session: harness.session.value,
            identity: FrameIdentity(writer: GeneratedLog.writer(0), seq: seq),
            events: lines.count, atMs: at
        ).write(to: &bytes)
        return bytes + Array(lines.map { $0 + "\n" }.joined().utf8)
    }

    /// - Parameter at: of the headers.
    private static func index(
        _ parts: [[String]], at: Int? = nil, in harness: FoldHarness
    ) throws -> SessionIndex {
        for (seq, lines) in parts.enumerated() {
            try harness.append(
                SegmentBuilder.frame(section(lines, seq: seq, at: at, in: harness)),
                to: "\(GeneratedLog.writer(0)).00000\(seq + 1).jsonl.zst")
        }
        return try harness.rebuilt()
    }

    private static func expectDates(_ summary: SessionSummary, _ comment: Comment) {
        let end = Timestamp(clamping: Double(startMs + 10_000))
        #expect(summary.first == Timestamp(clamping: Double(startMs)), comment)
        #expect(summary.last == end, comment)
        let run = summary.runs.first { $0.run == "r" }
        #expect(run?.started == summary.first && run?.finished == end, comment)
        let curve = run?.timeline(of: "m_ms")
        #expect(curve?.bucketWidthMs == 1_000 && curve?.buckets.count == 11, comment)
        #expect(run.flatMap { curve?.activity(in: $0) }?.map(\.lengthMs) == [10_000], comment)
        #expect(summary.health.implausibleTimes == 1, comment)
        #expect(summary.eventCount == good.count + 1, comment)
    }

    @Test("of any kind of event, in any order, in frames with and without their time of writing")
    func oneEvent() throws {
        for event in Self.events {
            for time in Self.times {
                let bad = "{\"ts\":\(time),\(event)}"
                for at in [nil, Self.startMs, 0, Int.max] {
                    var digests: Set<UInt64> = []
                    for parts in [[Self.good, [bad]], [[bad], Self.good], [Self.good + [bad]]] {
                        let harness = try FoldHarness()
                        let index = try Self.index(parts, at: at, in: harness)
                        let summary = harness.summary(index)
                        Self.expectDates(summary, "\(bad) at \(String(describing: at))")
                        #expect(summary.name == "good")
                        digests.insert(index.state.encoded().contentHash)
                    }
                    #expect(digests.count == 1, "\(bad)")
                }
            }
        }
    }

    @Test("more than a day after the frame was written")
    func future() throws {
        let dayMs = 86_400_000
        for event in Self.events {
            for ahead in [dayMs + 10_000, 30 * dayMs, 3_650 * dayMs] {
                let bad = "{\"ts\":\(Self.startMs + ahead),\(event)}"
                let harness = try FoldHarness()
                let index = try Self.index(
                    [[bad], Self.good], at: Self.startMs + 9_000, in: harness)
                Self.expectDates(harness.summary(index), "\(bad)")
                #expect(harness.summary(index).name == "good")
            }
        }
    }

    @Test("its samples count in every number, but in no time bucket")
    func counted() throws {
        let harness = try FoldHarness()
        let bad = "{\"ts\":0,\"metric\":\"m_ms\",\"value\":99,\"run\":\"r\"}"
        let index = try Self.index([Self.good + [bad, bad]], in: harness)
        let run = try #require(harness.summary(index).runs.first)
        #expect(run.series.map(\.aggregate.count) == [13])
        let curve = try #require(run.timeline(of: "m_ms"))
        #expect(curve.total.count == 13 && curve.total.successes.max == 99)
        #expect(curve.buckets.reduce(0) { $0 + $1.aggregate.count } == 11)
        #expect(curve.undated?.count == 2)
    }

    @Test("in steps, merged from parts, or kept in a snapshot, the state is that of a rebuild")
    func anyWay() throws {
        let bad = Self.times.flatMap { time in Self.events.map { "{\"ts\":\(time),\($0)}" } }
        let parts = [bad, Self.good, bad]
        let harness = try FoldHarness()
        let whole = try Self.index(parts, at: Self.startMs, in: harness)
        let text = harness.text(whole)

        let growing = try FoldHarness()
        var index = growing.newIndex()
        for (seq, lines) in parts.enumerated() {
            try growing.append(
                SegmentBuilder.frame(
                    Self.section(lines, seq: seq, at: Self.startMs, in: growing)),
                to: "\(GeneratedLog.writer(0)).00000\(seq + 1).jsonl.zst")
            try growing.update(index)
            index = try growing.restarted(index)
        }
        #expect(growing.text(index) == text)

        let merged = SessionState()
        for seq in [2, 0, 1] {
            let part = try FoldHarness()
            try part.append(
                SegmentBuilder.frame(
                    Self.section(parts[seq], seq: seq, at: Self.startMs, in: part)),
                to: "\(GeneratedLog.writer(0)).000001.jsonl.zst")
            #expect(merged.merge(try part.rebuilt().state))
        }
        #expect(String(decoding: merged.encoded().text, as: UTF8.self) == text)
    }

    @Test("a session whose times are ahead is listed when it was written, not first for ever")
    func listed() throws {
        let written = Timestamp(clamping: Double(Self.startMs))
        let lead = 86_400_000
        for ms in [4_070_908_800_000, 253_402_300_799_000, Self.startMs + 2 * lead] {
            let lines = (0..<3).map { "{\"ts\":\(ms + $0),\"metric\":\"m\",\"value\":1}" }
            for parts in [[lines], [[lines[2]], [lines[0], lines[1]]]] {
                let harness = try FoldHarness()
                let index = try Self.index(parts, at: Self.startMs, in: harness)
                for one in [index, try harness.restarted(index)] {
                    let summary = harness.summary(one, now: written + Double(9 * lead))
                    // The session says what it was told; its row is at its place.
                    #expect(summary.first?.milliseconds == Double(ms), "\(ms)")
                    let entry = CatalogEntry(summary)
                    #expect(entry.first == written && entry.last == written, "\(ms)")
                }
                let merged = SessionState()
                for (seq, lines) in parts.enumerated() {
                    let part = try FoldHarness()
                    let bytes = Self.section(lines, seq: seq, at: Self.startMs, in: part)
                    try part.append(
                        SegmentBuilder.frame(bytes),
                        to: "\(GeneratedLog.writer(0)).000001.jsonl.zst")
                    #expect(merged.merge(try part.rebuilt().state))
                }
                #expect(
                    String(decoding: merged.encoded().text, as: UTF8.self) == harness.text(index))
            }
        }
        // One good event dates it, as ever.
        let harness = try FoldHarness()
        let ahead = "{\"ts\":4070908800000,\"metric\":\"m\",\"value\":1}"
        let dated = harness.summary(
            try Self.index([Self.good, [ahead]], at: Self.startMs, in: harness))
        #expect(dated.undated == nil && CatalogEntry(dated).first == dated.first)
    }

    @Test("where nothing tells when a session was written, edits do, else it is the last of a list")
    func unknown() throws {
        let now = Timestamp(clamping: Double(Self.startMs))
        let ahead = "{\"ts\":4070908800000,\"metric\":\"m\",\"value\":1}"
        let note = "{\"ts\":\(Self.startMs - 5),\"event\":\"note\",\"text\":\"n\"}"
        let far = "{\"ts\":4070908800000,\"event\":\"note\",\"text\":\"n\"}"
        let cases: [([String], Timestamp?)] = [
            ([ahead], nil), ([ahead, note], now - 5), ([ahead, far], nil), ([far], nil),
        ]
        for (lines, first) in cases {
            let harness = try FoldHarness()
            try harness.append(lines, to: "shared.000001.jsonl")
            let summary = harness.summary(try harness.rebuilt(), now: now)
            #expect(CatalogEntry(summary).first == first, "\(lines)")
        }
        // A clock that was never set is behind all others by itself.
        let old = try FoldHarness.summary(of: ["{\"ts\":5,\"metric\":\"m\",\"value\":1}"])
        #expect(CatalogEntry(old).first?.milliseconds == 5)
    }

    @Test("a session whose clock was never set is listed when it was written")
    func neverSet() throws {
        let written = Timestamp(clamping: Double(Self.startMs))
        for lines in [
            ["{\"ts\":5,\"metric\":\"m\",\"value\":1}"],
            ["{\"ts\":0,\"event\":\"run_started\",\"run\":\"r\"}"],
            ["{\"ts\":\(Self.startMs / 1_000),\"metric\":\"m\",\"value\":1}"],
        ] {
            let harness = try FoldHarness()
            let index = try Self.index([lines], at: Self.startMs, in: harness)
            for one in [index, try harness.restarted(index)] {
                let summary = harness.summary(one, now: written)
                #expect((summary.first?.milliseconds ?? .infinity) < 2_000_000_000)
                let entry = CatalogEntry(summary)
                #expect(entry.first == written && entry.last == written, "\(lines)")
            }
        }
    }

    @Test("a run with a time ahead or of 1970 has its place by when it was written")
    func runs() throws {
        let hour = 3_600_000
        func run(_ name: String, _ ms: Int) -> [String] {
            [
                "{\"ts\":\(ms),\"event\":\"run_started\",\"run\":\"\(name)\"}",
                "{\"ts\":\(ms + 1),\"event\":\"run_finished\",\"run\":\"\(name)\","
                    + "\"state\":\"finished\",\"summary\":{\"rps\":\(name == "odd" ? 1 : 2)}}",
            ]
        }
        for ms in [5, 4_070_908_800_000, 253_402_300_799_000, Self.startMs + 90 * 24 * hour] {
            let harness = try FoldHarness()
            let parts = [("first", Self.startMs), ("odd", ms), ("last", Self.startMs + 2 * hour)]
            for (seq, part) in parts.enumerated() {
                let bytes = Self.section(
                    run(part.0, part.1), seq: seq, at: Self.startMs + seq * hour, in: harness)
                try harness.append(
                    SegmentBuilder.frame(bytes),
                    to: "\(GeneratedLog.writer(0)).00000\(seq + 1).jsonl.zst")
            }
            let index = try harness.rebuilt()
            for one in [index, try harness.restarted(index)] {
                let now = Timestamp(clamping: Double(Self.startMs + 3 * hour))
                let summary = harness.summary(one, now: now)
                #expect(summary.runs.map(\.run) == ["first", "odd", "last"], "\(ms)")
                let odd = summary.runs.first { $0.run == "odd" }
                #expect(odd?.started?.milliseconds == Double(ms), "\(ms)")
                #expect(
                    odd?.listedStart?.milliseconds == Double(Self.startMs + hour), "\(ms)")
                #expect(CatalogEntry(summary).reported?.newest == 2, "\(ms)")
            }
        }
        // Where nothing tells when it was written, a time ahead is not the newest for ever.
        let harness = try FoldHarness()
        try harness.append(
            run("good", Self.startMs) + run("odd", 4_070_908_800_000), to: "shared.000001.jsonl")
        let now = Timestamp(clamping: Double(Self.startMs + hour))
        let summary = harness.summary(try harness.rebuilt(), now: now)
        #expect(summary.runs.map(\.run) == ["odd", "good"])
    }
}
