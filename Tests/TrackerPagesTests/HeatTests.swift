import Testing
import TrackerIndexer
import TrackerLog
import TrackerPages

@Suite("The heat map") struct HeatTests {
    private func chart(_ run: RunSummary) throws -> TimeChart {
        try #require(
            SessionModel(try ViewFixture.session("s", runs: [run]).summary, query: SessionQuery())
                .chart)
    }

    @Test("an hour of wide latencies keeps to its size, and no column is lost")
    func size() throws {
        var fixture = ViewFixture(seed: 5)
        let run = fixture.run("r", startMs: ViewFixture.startMs, seconds: 1_200, perSecond: 200)
        let heat = HeatMap(try chart(run))
        let bytes = heat.pieces.flatMap(\.paths).reduce(0) { $0 + $1.bytes.count }
        #expect(bytes > 4_000 && bytes <= HeatMap.maxBytes)
        #expect(heat.pieces.map(\.columns).reduce(0, +) >= 120)
    }

    @Test("each sample is in a cell: one of a thousand is seen")
    func lone() throws {
        var values = ReadingFixture.steady(40) { _ in 10.0 }
        for index in 0..<40 { values += (0..<99).map { _ in (index, 10.0) } }
        values.append((20, 1_000))
        let run = ReadingFixture.run(
            "r", "a_ms", unit: "ms", values: values.sorted { $0.second < $1.second })
        let heat = HeatMap(try chart(run))
        let piece = try #require(heat.pieces.first)
        #expect(piece.columns == 40)
        let drawn = piece.paths.map { String(decoding: $0.bytes, as: UTF8.self) }
        // The many are one stretch of the darkest, the one is a cell of a light level.
        #expect(drawn[HeatMap.levels - 1].hasSuffix("h40"))
        let light = drawn.dropLast().filter { !$0.isEmpty }
        #expect(light.count == 1 && light.allSatisfy { $0.hasSuffix("h1") })
    }

    @Test("each value has a place on the axis: below p50 in a heat map, below zero in any view")
    func axis() throws {
        var values = ReadingFixture.steady(40) { _ in 10.0 }
        for index in 0..<40 { values += (0..<20).map { _ in (index, 10.0) } }
        let fast = values + [(20, 1.5)]
        func scale(_ values: [(second: Int, value: Double)], _ view: String) throws -> Scale {
            let run = ReadingFixture.run(
                "r", "a_ms", unit: "ms", values: values.sorted { $0.second < $1.second })
            let session = try ViewFixture.session("s", runs: [run])
            return try #require(
                SessionModel(session.summary, query: SessionQuery(queryItems: [("view", view)]))
                    .chart
            ).valueScale
        }
        #expect(try scale(fast, "percentiles").low > 1.5)
        let ofHeat = try scale(fast, "heat")
        #expect(ofHeat.kind == .logarithmic && ofHeat.low < 1.5)
        // p50 of 20 seconds is below zero, of the others above: no logarithm has both.
        let both = values.map { (second: $0.second, value: $0.second < 20 ? -2.0 : $0.value) }
        for view in ["percentiles", "heat"] {
            let scale = try scale(both, view)
            #expect(scale.kind == .linear && scale.low < -1.9 && scale.high >= 10)
        }
    }

    @Test("the view is in each address, and a pinned column has its distribution")
    func pinned() throws {
        var fixture = ViewFixture(seed: 6)
        let startMs = (ViewFixture.startMs / 1_000).rounded(.down) * 1_000
        let run = fixture.run("r", startMs: startMs, seconds: 30, slow: 10..<11)
        let session = try ViewFixture.session("s", runs: [run])
        let plain = ReadingFixture.page(session)
        #expect(!plain.contains("class=\"heat\"") && plain.contains("?view=heat\">Heat map</a>"))
        var query = SessionQuery(queryItems: [("view", "heat")])
        let heat = ReadingFixture.page(session, query)
        #expect(heat.contains("<svg class=\"heat\"") && heat.contains("/runs/r?view=heat"))
        #expect(heat.components(of: "class=\"pin-at\"") == 30)
        query.pin = Timestamp(clamping: startMs + 10_500)
        let text = ReadingFixture.page(session, query)
        let truth = run.timelines[0].buckets[10].aggregate.successes
        #expect(text.contains("Distribution at 0:10, 1 s"))
        #expect(text.contains("share of \(truth.count) requests by ms"))
        #expect(text.contains("class=\"pinned\"") && text.contains("Of the pinned column only."))
        query.pin = Timestamp(clamping: startMs + 500_000)
        #expect(!ReadingFixture.page(session, query).contains("pinned column only"))
    }
}
