import Testing
import TrackerIndexTestSupport
import TrackerLog
import TrackerTestSupport

@testable import TrackerIndexer

/// A span of time has the numbers of a log that holds nothing of another time.
@Suite("What was measured in a span of time")
struct SpanFoldTests {
    private static let startMs = 1_763_899_200_000.0

    private static func sample(_ value: Double, at ms: Double, _ labels: String = "{}") -> String {
        "{\"ts\":\(startMs + ms),\"run\":\"r\",\"metric\":\"m\",\"value\":\(value),\"labels\":\(labels)}"
    }

    private static func fold(
        _ harness: FoldHarness, _ fromMs: Double, _ toMs: Double
    ) throws -> SessionSummary {
        let key = DataFolder.SessionKey(user: harness.user, session: harness.session)
        let span = Interval(startMs: startMs + fromMs, endMs: startMs + toMs)
        return try SpanFold(key, span, in: harness.storage, now: .epoch).summary
    }

    @Test(
        "samples count by their own times, in series and over time; all else is that of the whole")
    func edges() throws {
        let harness = try FoldHarness()
        let started =
            "{\"ts\":\(Self.startMs),\"event\":\"run_started\",\"run\":\"r\",\"test\":\"t\"}"
        // In one section, so that samples of both kinds stand beside each other in the hot loop.
        let samples = (0..<4_000).map { Self.sample(Double($0), at: Double($0 % 40) * 250) }
        try harness.appendFrame([started] + samples, writer: GeneratedLog.writer(0), seq: 1)
        let run = try #require(try Self.fold(harness, 1_000, 2_750).runs.first)
        #expect(run.test == "t")
        let series = try #require(run.series.first).aggregate
        // 1,000, 1,250, … 2,500: the end is not in it.
        #expect(run.series.count == 1 && series.count == 700)
        #expect(series.successes.min == 4 && series.successes.max == 3_970)
        let curve = try #require(run.timelines.first)
        #expect(curve.total.count == 700)
        #expect(curve.buckets.map(\.aggregate.count) == [400, 300])
        #expect(try Self.fold(harness, 20_000, 30_000).runs.first?.series.isEmpty == true)
        #expect(try Self.fold(harness, 20_000, 30_000).runs.first?.test == "t")
    }

    @Test("each set of labels has its own share of the span")
    func labels() throws {
        let harness = try FoldHarness()
        try harness.append(
            (0..<100).map {
                Self.sample(1, at: Double($0) * 100, "{\"route\":\"/\($0 / 25)\"}")
            }, to: "shared.000001.jsonl")
        let series = try #require(try Self.fold(harness, 2_000, 6_000).runs.first).series
        #expect(
            series.map { "\($0.labels.map(\.value).joined()) \($0.aggregate.count)" }.sorted() == [
                "/0 5", "/1 25", "/2 10",
            ])
    }

    @Test("series are those of the lines of that time alone, in whatever spelling they are")
    func law() throws {
        for seed in Sweep.seeds(60, long: 2_000) {
            var lines = EventLineGenerator(generator: SeededGenerator(seed: seed))
            let all = lines.some(upTo: 400)
            let first = Double(lines.pick(0...30)) * 500
            let last = first + Double(lines.pick(1...20)) * 500
            let kept = all.filter {
                Self.isKept($0, from: Self.startMs + first, to: Self.startMs + last)
            }
            let harness = try FoldHarness()
            try harness.append(all, to: "shared.000001.jsonl")
            let found = try Self.fold(harness, first, last)
            let wanted = try FoldHarness.summary(of: kept)
            #expect(Self.series(found) == Self.series(wanted), "seed \(seed)")
            #expect(found.edits == wanted.edits, "seed \(seed)")
        }
    }

    /// Runs without a sample are left out: of a run whose samples are all of another time, only
    /// the whole session knows.
    private static func series(_ summary: SessionSummary) -> [String: [SeriesSummary]] {
        var all: [String: [SeriesSummary]] = [:]
        for run in summary.runs where !run.series.isEmpty { all[run.run] = run.series }
        return all
    }

    private static func isKept(_ line: String, from: Double, to: Double) -> Bool {
        // try? is right here: a line that is no event is left out of both.
        switch try? EventParser.parse(Array(line.utf8)) {
        case .sample(let sample): (from..<to).contains(sample.timestamp.milliseconds)
        case .distribution(let bars): (from..<to).contains(bars.timestamp.milliseconds)
        case .some: true
        case nil: false
        }
    }

    @Test("a file that cannot be read is an error, not a part of the numbers")
    func unreadable() throws {
        let key = DataFolder.SessionKey(user: try UserID("u"), session: try SessionID("none"))
        #expect(throws: StorageError.self) {
            try SpanFold(
                key, Interval(startMs: 0, endMs: 1), in: MemoryStorage(), now: .epoch)
        }
    }
}
