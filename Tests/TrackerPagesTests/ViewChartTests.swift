import Testing
import TrackerIndexer
import TrackerLog
import TrackerPages
import TrackerTestSupport

@Suite("Charts") struct ViewChartTests {
    @Test("paths are relative, in tenths, and survive any number")
    func path() {
        var path = SVGPath()
        path.polyline([Point(0, 10), Point(1.5, 8), Point(2, 8.04), Point(.nan, .infinity)])
        #expect(String(decoding: path.bytes, as: UTF8.self) == "M0 10l1.5-2 .5 0-2-8")
        var dot = SVGPath()
        dot.polyline([Point(3, 4)])
        #expect(String(decoding: dot.bytes, as: UTF8.self) == "M3 4h.01")
    }

    @Test("rounding does not add up along a path")
    func pathDrift() {
        var path = SVGPath()
        path.polyline((0...1_000).map { Point(Double($0) * 0.333, 0) })
        var x = 0.0
        let text = String(decoding: path.bytes, as: UTF8.self)
        let numbers = text.dropFirst("M0 0l".count).split(separator: " ").compactMap { Double($0) }
        for step in stride(from: 0, to: numbers.count, by: 2) { x += numbers[step] }
        #expect((x - 333).magnitude < 0.051)
    }

    @Test(
        "logarithmic ticks are 1-2-5",
        arguments: [
            (1.5, 250, [2, 5, 10, 20, 50, 100, 200]), (1, 1_000, [1, 3, 10, 30, 100, 300, 1_000]),
            (0.001, 1e6, [0.001, 0.01, 0.1, 1, 10, 100, 1_000, 10_000]),
        ] as [(Double, Double, [Double])])
    func logarithmicTicks(low: Double, high: Double, expected: [Double]) {
        let ticks = Scale(.logarithmic, low: low, high: high, start: 0, end: 1).ticks(8)
        if high < 1e6 {
            #expect(ticks.map { NumberText.tick($0) } == expected.map { NumberText.tick($0) })
        }
        #expect(ticks.count <= 10 && ticks == ticks.sorted())
        #expect(ticks.allSatisfy { $0 >= low * 0.99 && $0 <= high * 1.01 })
    }

    @Test(
        "any scale has ticks inside it, in order, and keeps places inside",
        arguments: [1, 2, 3] as [UInt64])
    func anyScale(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<3_000 {
            let a = Double(bitPattern: generator.next())
            let b = Double(bitPattern: generator.next())
            guard a.isFinite, b.isFinite else { continue }
            let kind: Scale.Kind = generator.next() & 1 == 0 ? .linear : .logarithmic
            let scale = Scale(kind, low: a, high: b, start: 0, end: 1_000)
            let ticks = scale.ticks(8)
            #expect(
                ticks.count < 1_000 && ticks == ticks.sorted(), "seed \(seed): \(a) \(b) \(kind)")
            let position = scale.position(of: a)
            #expect(position >= 0 && position <= 1_000, "seed \(seed): \(a) \(b) \(kind)")
        }
    }

    @Test("several quantiles at once are the same as one by one", arguments: [5, 6] as [UInt64])
    func quantiles(seed: UInt64) {
        var fixture = ViewFixture(seed: seed)
        let values = ViewFixture.aggregate((0..<1_000).map { _ in fixture.latencyMs() }).successes
        let qs = [0, 0.001, 0.5, 0.9, 0.95, 0.99, 0.999, 1]
        #expect(values.quantiles(qs) == qs.compactMap { values.quantile($0) }, "seed \(seed)")
    }

    @Test("merged percentiles are those of all samples, not the average of percentiles")
    func merged() throws {
        let fast = ViewFixture.aggregate(Array(repeating: 1, count: 990))
        let slow = ViewFixture.aggregate(Array(repeating: 100, count: 10))
        let all = try #require(Aggregate.merged([fast, slow])).successes
        #expect(all.count == 1_000 && all.max == 100 && all.min == 1)
        #expect((all.quantiles([0.99]).first ?? 9) < 1.01)
        #expect((all.quantiles([0.991]).first ?? 0) > 99)
        #expect(Aggregate.merged([]) == nil)
    }

    private func slice(_ fixture: inout ViewFixture, _ index: Int, startMs: Double, seconds: Int)
        -> RunSlice
    {
        RunSlice(
            index: index, name: "Run \(index + 1)", isAnnounced: true,
            started: Timestamp(clamping: startMs),
            ended: Timestamp(clamping: startMs + Double(seconds) * 1_000),
            timeline: fixture.timeline(startMs: startMs, seconds: seconds, perSecond: 5))
    }

    @Test(
        "every sample is in exactly one column, and columns are bounded",
        arguments: Array(1...25) as [UInt64])
    func columns(seed: UInt64) {
        var fixture = ViewFixture(seed: seed)
        var startMs = ViewFixture.startMs
        var slices: [RunSlice] = []
        for index in 0..<Int(1 + fixture.uniform() * 8) {
            let seconds = Int(1 + fixture.uniform() * 300)
            slices.append(
                slice(&fixture, index, startMs: startMs + fixture.uniform() * 999, seconds: seconds)
            )
            startMs += Double(seconds) * 1_000 * fixture.uniform() * 2 + fixture.uniform() * 1e6
        }
        let cut = TimeColumns(slices)
        let counts = cut.columns.reduce(0) { $0 + ($1.aggregate?.count ?? 0) }
        #expect(counts == slices.reduce(0) { $0 + $1.timeline.total.count }, "seed \(seed)")
        #expect(cut.columns.count <= ViewLimits.maxTimeColumns, "seed \(seed)")
        for column in cut.columns {
            #expect(column.coveredMs <= column.interval.lengthMs + 0.001, "seed \(seed)")
        }
    }

    @Test("a column cut at the start of a run has no rate of a few milliseconds")
    func sliver() throws {
        var fixture = ViewFixture(seed: 5)
        let startMs = ViewFixture.startMs + 964
        let columns = TimeColumns([slice(&fixture, 0, startMs: startMs, seconds: 20)]).columns
        let first = try #require(columns.first)
        #expect(first.interval.lengthMs < 500 && first.perSecond == nil)
        #expect(columns.dropFirst().dropLast().allSatisfy { $0.perSecond != nil })
    }

    @Test("a run of 1,200 buckets and a thousand short runs keep to the limit")
    func bounded() {
        var fixture = ViewFixture(seed: 3)
        let long = slice(&fixture, 0, startMs: ViewFixture.startMs, seconds: 1_200)
        #expect(TimeColumns([long]).columns.count <= ViewLimits.maxTimeColumns)
        let many = (0..<1_000).map { index in
            slice(
                &fixture, index, startMs: ViewFixture.startMs + Double(index) * 600_000, seconds: 2)
        }
        let chart = TimeChart(many, isLatency: true)
        #expect(chart.columns.columns.count <= ViewLimits.maxTimeColumns)
        #expect(chart.columns.axis.spans.count == ViewLimits.maxTimeSpans)
        #expect(chart.columns.axis.hiddenSpans == 800)
        #expect(chart.bands.isEmpty && chart.hiddenBands > 0)
    }

    @Test("idle time becomes a break, and the runs keep their scale")
    func idle() throws {
        let hourMs = 3_600_000.0
        let axis = TimeAxis(activity: [
            Interval(startMs: 0, endMs: 60_000), Interval(startMs: hourMs, endMs: hourMs + 60_000),
            Interval(startMs: hourMs + 61_000, endMs: hourMs + 121_000),
        ])
        #expect(axis.spans.count == 2)
        let last = try #require(axis.spans.last)
        #expect(last.endX == 1_000)
        let perMs = axis.spans.map { ($0.endX - $0.startX) / $0.interval.lengthMs }
        #expect((perMs[0] - perMs[1]).magnitude < 1e-9)
        #expect(axis.position(of: 30 * 60_000) == last.startX)
        #expect(axis.ticks.contains { $0.label == "1:00:00" })
    }

    @Test("runs at the same time are drawn in lanes and add up")
    func parallel() {
        var fixture = ViewFixture(seed: 9)
        fixture.failureShare = 0
        let startMs = ViewFixture.startMs
        let chart = TimeChart(
            [
                slice(&fixture, 0, startMs: startMs, seconds: 30),
                slice(&fixture, 1, startMs: startMs, seconds: 30),
            ],
            isLatency: true)
        #expect(chart.bands.map(\.lane) == [0, 1])
        #expect(chart.points.allSatisfy { $0.column.perSecond == 10 })
    }

    @Test("a distribution holds every sample once", arguments: Array(1...10) as [UInt64])
    func distribution(seed: UInt64) throws {
        var fixture = ViewFixture(seed: seed)
        for kind in 0..<3 {
            let values = (0..<500).map { _ in
                kind == 2 ? fixture.uniform() * 20 - 10 : fixture.latencyMs()
            }
            let population = ViewFixture.aggregate(values).successes
            let distribution = try #require(Distribution(population, isLatency: kind == 0))
            #expect(distribution.bars.reduce(0) { $0 + $1.count } == 500, "seed \(seed)")
            #expect(distribution.bars.count <= ViewLimits.maxDistributionBars)
            for (a, b) in zip(distribution.bars, distribution.bars.dropFirst()) {
                #expect((a.to - b.from).magnitude <= 1e-9 * max(1, a.to.magnitude), "seed \(seed)")
            }
        }
        #expect(Distribution(ViewFixture.aggregate([]).successes, isLatency: true) == nil)
    }

    @Test("labels are pushed apart, in order")
    func spreading() {
        let positions = spread([10, 12, 200, 11], distance: 14, height: 216)
        #expect(positions == [10, 38, 200, 24])
        #expect(spread([214, 215], distance: 14, height: 216) == [202, 216])
    }

    @Test("no peak is lost in a small curve")
    func peaksStay() {
        var values = [Double](repeating: 1, count: 1_000)
        values[777] = 99
        let small = peaks(values, atMost: 48)
        #expect(small.count == 48 && small.max() == 99)
    }
}
