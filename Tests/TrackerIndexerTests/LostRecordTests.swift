import Testing
import TrackerIndexTestSupport
import TrackerLog
import TrackerTestSupport

@testable import TrackerIndexer

@Suite("What is missing in a session is told with its numbers")
struct LostRecordTests {
    private static let startMs = 1_763_899_200_000

    /// A second of 50 samples in each frame: the first and the last have the run's ends besides.
    private static func lines(of seq: Int, frames: Int) -> [String] {
        let from = startMs + seq * 1_000
        var lines = (0..<50).map {
            "{\"ts\":\(from + $0 * 20),\"metric\":\"m_ms\",\"value\":\($0),\"run\":\"r\"}"
        }
        if seq == 0 {
            lines.insert("{\"ts\":\(from),\"event\":\"run_started\",\"run\":\"r\"}", at: 0)
        }
        if seq == frames - 1 {
            lines.append("{\"ts\":\(from + 999),\"event\":\"run_finished\",\"run\":\"r\"}")
        }
        return lines
    }

    private static func summary(without lost: Set<Int>, of frames: Int = 30) throws
        -> SessionSummary
    {
        let harness = try FoldHarness()
        for seq in 0..<frames where !lost.contains(seq) {
            try harness.appendFrame(
                lines(of: seq, frames: frames), writer: GeneratedLog.writer(0), seq: seq)
        }
        return harness.summary(try harness.rebuilt())
    }

    @Test("three of thirty frames: a tenth of the records, and when they were written")
    func tenth() throws {
        let summary = try Self.summary(without: [7, 8, 20])
        let lost = summary.health.lost
        #expect(lost.frames == 3 && lost.droppedEvents == 0 && lost.unreadableBytes == nil)
        #expect((149...151).contains(lost.events) && (0.099...0.101).contains(lost.share))
        let text = "about 10% of the records of this session are missing (3 frames, about 150"
        #expect(lost.text?.hasPrefix(text) == true, "\(lost.text ?? "")")
        // From the last event before to the first one behind.
        #expect(
            lost.times == [
                Interval(
                    startMs: Double(Self.startMs + 6_980), endMs: Double(Self.startMs + 9_000)),
                Interval(
                    startMs: Double(Self.startMs + 19_980), endMs: Double(Self.startMs + 21_000)),
            ])
        #expect(!lost.hasUndated)
        let run = try #require(summary.runs.first)
        #expect(run.doubts.contains { $0.hasSuffix(RunSummary.lowerBound) })
        #expect(CatalogEntry(summary).lost?.text == "10% missing")
    }

    @Test("frames whose time is not known concern every run; a whole session has no doubt")
    func ends() throws {
        let first = try Self.summary(without: [0])
        #expect(first.health.lost.hasUndated && first.health.lost.times.isEmpty)
        #expect(first.runs.allSatisfy { $0.lost != nil })
        let whole = try Self.summary(without: [])
        #expect(whole.health.lost.isEmpty && whole.health.lost.text == nil)
        #expect(whole.runs.allSatisfy { $0.doubts.isEmpty })
        #expect(CatalogEntry(whole).lost == nil)
    }

    @Test("a run that ended before the gap is not doubted")
    func otherRun() throws {
        let harness = try FoldHarness()
        for seq in [0, 1, 2, 3, 5, 6] {
            let run = seq < 3 ? "early" : "late"
            let lines = (0..<10).map {
                let ts = Self.startMs + seq * 1_000 + $0 * 100
                return "{\"ts\":\(ts),\"metric\":\"m_ms\",\"value\":1,\"run\":\"\(run)\"}"
            }
            try harness.appendFrame(lines, writer: GeneratedLog.writer(0), seq: seq)
        }
        let runs = harness.summary(try harness.rebuilt()).runs
        #expect(runs.map(\.run) == ["early", "late"])
        #expect(runs.map { $0.lost == nil } == [true, false])
    }

    @Test("damage that no sequence number accounts for is told as an upper bound")
    func unnumbered() throws {
        let harness = try FoldHarness()
        for seq in 0..<10 {
            try harness.appendFrame(
                Self.lines(of: seq, frames: 10), writer: GeneratedLog.writer(0), seq: seq)
        }
        let name = "\(GeneratedLog.writer(0)).000001.jsonl.zst"
        let size = try harness.storage.openForReading(harness.folder.appending(name)).status().size
        let good = SegmentBuilder.frame(Array("{\"ts\":1}\n".utf8))
        try harness.append([UInt8](repeating: 7, count: size / 10) + good, to: name)
        let lost = harness.summary(try harness.rebuilt()).health.lost
        #expect(lost.unreadableBytes == size / 10 && lost.frames == 0)
        #expect((0.08...0.1).contains(lost.share), "\(lost.share)")
        #expect(lost.text?.hasPrefix("up to ") == true)
    }

    @Test("events that a writer dropped are counted as it says")
    func dropped() throws {
        let harness = try FoldHarness()
        for seq in 0..<2 {
            let lines = Self.lines(of: seq, frames: 2)
            var bytes: [UInt8] = []
            FrameHeader(
                session: harness.session.value,
                identity: FrameIdentity(writer: GeneratedLog.writer(0), seq: seq),
                events: lines.count, dropped: seq * 11
            ).write(to: &bytes)
            bytes += Array(lines.map { $0 + "\n" }.joined().utf8)
            try harness.append(
                SegmentBuilder.frame(bytes), to: "\(GeneratedLog.writer(0)).000001.jsonl.zst")
        }
        let lost = harness.summary(try harness.rebuilt()).health.lost
        #expect(lost.events == 11 && lost.droppedEvents == 11 && lost.hasUndated)
    }

    @Test("what was lost does not depend on the order in which frames arrive")
    func order() throws {
        for seed in Sweep.seeds(60, long: 2_000) {
            var generator = SeededGenerator(seed: seed)
            let kept = (0..<40).filter { _ in Int.random(in: 0..<4, using: &generator) > 0 }
            var all: Set<LostRecords> = []
            var texts: Set<String> = []
            for _ in 0..<3 {
                let harness = try FoldHarness()
                var index = harness.newIndex()
                for seq in kept.shuffled(using: &generator) {
                    // Some with other content under the same identity.
                    let count = seq % 5 == 0 ? 2 : 1
                    for copy in (0..<count).shuffled(using: &generator) {
                        let lines = Self.lines(of: seq + copy * 7, frames: 99)
                        try harness.appendFrame(lines, writer: GeneratedLog.writer(0), seq: seq)
                    }
                    if Int.random(in: 0..<8, using: &generator) == 0 {
                        try harness.update(index)
                        index = try harness.restarted(index)
                    }
                }
                try harness.update(index)
                all.insert(harness.summary(index).health.lost)
                texts.insert(harness.text(index))
            }
            #expect(all.count == 1 && texts.count == 1, "seed \(seed)")
        }
    }

    @Test("intervals have in common what both contain")
    func common() {
        func intervals(_ ends: [(Double, Double)]) -> [Interval] {
            ends.map { Interval(startMs: $0.0, endMs: $0.1) }
        }
        let common = Interval.common(
            intervals([(0, 10), (20, 30)]), intervals([(5, 22), (25, 26), (29, 50)]))
        #expect(common == intervals([(5, 10), (20, 22), (25, 26), (29, 30)]))
        #expect(Interval.common([], common).isEmpty)
    }
}
