import Testing
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@testable import TrackerPages

/// Percentiles over time have enough samples in each of their columns.
@Suite("Percentiles over time") struct PercentileLineTests {
    /// A run with these samples in each of its seconds.
    private static func slice(_ seconds: [[Double]]) -> RunSlice {
        let startMs = Int(ViewFixture.startMs)
        let buckets = seconds.enumerated().filter { !$0.element.isEmpty }.map {
            TimeBucket(
                startMs: startMs + $0.offset * 1_000, aggregate: ViewFixture.aggregate($0.element))
        }
        return RunSlice(
            index: 0, name: "Run 1", isAnnounced: true, started: ViewFixture.start,
            ended: Timestamp(clamping: ViewFixture.startMs + Double(seconds.count) * 1_000),
            timeline: MetricTimeline(
                metric: "http.latency_ms", unit: "ms", bucketWidthMs: 1_000, buckets: buckets,
                total: ViewFixture.aggregate(seconds.flatMap { $0 })))
    }

    private static func chart(_ seconds: [[Double]]) -> TimeChart {
        TimeChart([slice(seconds)], isLatency: true)
    }

    /// Some seconds without samples, most with few, some with very many.
    private static func seconds(seed: UInt64) -> [[Double]] {
        var fixture = ViewFixture(seed: seed)
        let usual = fixture.uniform() * fixture.uniform() * 300
        var seconds = (0..<Int(5 + fixture.uniform() * 200)).map { _ in
            let dice = fixture.uniform()
            let count = dice < 0.1 ? 0 : dice > 0.97 ? 1_500 : Int(usual * fixture.uniform() * 2)
            return (0..<count).map { _ in fixture.latencyMs() }
        }
        seconds[seconds.count / 2].append(fixture.latencyMs())
        return seconds
    }

    @Test(
        "each has enough samples or is the only one, and is the percentile of its samples",
        arguments: Array(1...40) as [UInt64])
    func law(seed: UInt64) throws {
        let seconds = Self.seconds(seed: seed)
        let chart = Self.chart(seconds)
        #expect(chart.points.count == seconds.count, "seed \(seed)")
        #expect(chart.lines.map(\.quantile) == [0.5, 0.9, 0.99])
        for line in chart.lines {
            let told = "seed \(seed), \(line.name)"
            var end = 0
            for column in line.columns {
                #expect(column.columns.lowerBound >= end, "\(told)")
                let skipped = seconds[end..<column.columns.lowerBound].map(\.count)
                #expect(skipped.reduce(0, +) == 0, "\(told)")
                end = column.columns.upperBound
                let samples = seconds[column.columns].flatMap { $0 }.sorted()
                #expect(column.n == samples.count, "\(told)")
                let isFew = NearestRank.hasFewSamples(Double(samples.count), beyond: line.quantile)
                #expect(column.isFew == isFew, "\(told)")
                #expect(!isFew || line.columns.count == 1, "\(told)")
                let rank = Int(NearestRank.rank(line.quantile, of: Double(samples.count)))
                let exact = samples[rank - 1]
                #expect((column.value - exact).magnitude <= exact * 0.004, "\(told)")
                for index in column.columns {
                    #expect(line.column(at: index)?.columns == column.columns, "\(told)")
                }
            }
            #expect(seconds[end...].map(\.count).reduce(0, +) == 0, "\(told)")
            let all = seconds.map(\.count).reduce(0, +)
            #expect(line.columns.map(\.n).reduce(0, +) == all, "\(told)")
        }
    }

    @Test("no narrower column would have had enough", arguments: Array(1...20) as [UInt64])
    func narrow(seed: UInt64) {
        let seconds = Self.seconds(seed: seed)
        for line in Self.chart(seconds).lines {
            // The last one has what is left.
            for column in line.columns.dropLast() where column.isWide {
                let before = seconds[column.columns.dropLast()].joined().count
                #expect(
                    NearestRank.hasFewSamples(Double(before), beyond: line.quantile),
                    "seed \(seed), \(line.name)")
            }
        }
    }

    @Test("a run that goes on changes its last column alone", arguments: [1, 2, 3] as [UInt64])
    func growing(seed: UInt64) {
        let seconds = Self.seconds(seed: seed)
        let whole = Self.chart(seconds)
        for count in stride(from: 5, to: seconds.count, by: 7) {
            let part = Self.chart(Array(seconds[..<count]))
            for (before, after) in zip(part.lines, whole.lines) {
                for (old, new) in zip(before.columns.dropLast(), after.columns) {
                    #expect(
                        old.columns == new.columns && old.value == new.value && old.n == new.n,
                        "seed \(seed), \(count) seconds, \(before.name)")
                }
            }
        }
    }

    @Test("columns of two spans are never taken together")
    func spans() throws {
        var fixture = ViewFixture(seed: 2)
        let slices = (0..<2).map { index in
            let startMs = ViewFixture.startMs + Double(index) * 3_600_000
            return RunSlice(
                index: index, name: "Run \(index + 1)", isAnnounced: true,
                started: Timestamp(clamping: startMs),
                ended: Timestamp(clamping: startMs + 20_000),
                timeline: fixture.timeline(startMs: startMs, seconds: 20, perSecond: 10))
        }
        let chart = TimeChart(slices, isLatency: true)
        #expect(chart.columns.axis.spans.count == 2)
        #expect(chart.lines[1].columns.map(\.n) == [100, 100, 100, 100])
        #expect(chart.lines[2].columns.map(\.n) == [200, 200])
        #expect(chart.lines[1].columns.allSatisfy { !$0.isFew })
        #expect(chart.lines[2].columns.allSatisfy { $0.isFew })
        let text = try #require(chart.wideningText)
        #expect(text.contains("p50 needs 20: each of its points is over 2 s."))
        #expect(text.contains("p99 needs 1,000: each of its points is over 20 s, and has fewer."))
    }

    @Test("an outage breaks the lines, a rare sample does not")
    func breaks() {
        let busy = (0..<60).map { $0 == 30 ? [] : [Double](repeating: 2, count: 50) }
        let dense = Self.chart(busy)
        #expect(dense.lines[2].columns.contains { $0.columns.contains(30) })
        #expect(dense.pieces == [Array(0..<30), Array(31..<60)])
        let rare = (0..<60).map { $0 % 2 == 0 && !(20..<30).contains($0) ? [3.0] : [] }
        let pieces = Self.chart(rare).pieces
        #expect(pieces.map(\.first) == [0, 30] && pieces.map(\.last) == [18, 58])
        #expect(pieces.joined().allSatisfy { $0 % 2 == 0 })
    }

    @Test("with enough samples in each column nothing is taken together, or said")
    func enough() {
        var fixture = ViewFixture(seed: 7)
        let chart = Self.chart((0..<5).map { _ in (0..<1_000).map { _ in fixture.latencyMs() } })
        #expect(chart.wideningText == nil && chart.widths.isEmpty)
        for line in chart.lines {
            let alone = chart.points.map {
                $0.column.aggregate?.successes.quantile(line.quantile)
            }
            #expect(line.columns.map(\.value) == alone.compactMap(\.self))
        }
    }

    @Test("the page, its table, its file and its numbers say the width and n of each")
    func said() throws {
        var fixture = ViewFixture(seed: 8)
        let run = fixture.run("r", startMs: ViewFixture.startMs, seconds: 60)
        let session = try ViewFixture.session("s", runs: [run])
        let told =
            "1 s usually has 120 samples. p99 needs 1,000: each of its points is over 9 s to 15 s."
        let text = ReadingFixture.page(session)
        #expect(text.contains(told))
        #expect(text.components(of: " of 9 s, n 1,080</small>") == 5)
        #expect(text.components(of: " of 15 s, n 1,800</small>") == 1)
        #expect(text.components(of: "<td class=n>″") == 54)
        #expect(
            ReadingFixture.page(session, SessionQuery(queryItems: [("view", "heat")]))
                .contains(told))
        let file = try #require(ChartFile.overTime.svg(session.summary, query: SessionQuery()))
        #expect(ViewFixture.text(file).contains("in ms, p99 over columns of 9 s to 15 s</text>"))
        #expect(ViewFixture.text(file).contains("<desc>\(told)</desc>"))

        let model = SessionModel(session.summary, query: SessionQuery())
        let table = model.timeTable
        let at = try #require(table.columns.firstIndex { $0.head == "p99 (ms)" })
        #expect(table.columns[at + 1].head == "p99 length (ms)")
        #expect(table.columns[at + 2].head == "p99 n")
        let counts = table.rows.compactMap { row -> Int? in
            if case .count(let n) = row[at + 2] { n } else { nil }
        }
        #expect(table.rows.count == 60)
        #expect(counts == [1_080, 1_080, 1_080, 1_080, 1_080, 1_800])
    }

    @Test("a selected span has columns of its own samples")
    func span() throws {
        var fixture = ViewFixture(seed: 9)
        let run = fixture.run("r", startMs: ViewFixture.startMs, seconds: 60)
        let session = try ViewFixture.session("s", runs: [run])
        var query = SessionQuery()
        query.span = SpanQuery(
            from: Timestamp(clamping: ViewFixture.startMs + 13_000),
            to: Timestamp(clamping: ViewFixture.startMs + 18_000))
        let text = ReadingFixture.page(session, query)
        #expect(text.contains("<span class=\"few\">"))
        #expect(text.contains(" of 5 s, n 600, too few</small>"))
        #expect(text.contains("p99 needs 1,000: each of its points is over 5 s, and has fewer."))
    }

    @Test("a column that is cut to nothing, or to a part of a second, is not of 0 s")
    func cut() {
        func note(_ lengthMs: Double) -> String? {
            PercentileLine.Column(
                columns: 0..<1, interval: Interval(startMs: 1_000, endMs: 1_000 + lengthMs), n: 5,
                value: 1, isFew: true
            ).note
        }
        #expect(note(0) == "n 5, too few")
        #expect(note(120) == "of 120 ms, n 5, too few")
        #expect(note(2_000) == "of 2 s, n 5, too few")
    }
}
