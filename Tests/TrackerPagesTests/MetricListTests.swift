import Testing
import TrackerIndexer
import TrackerLog
import TrackerPages

@Suite("Sessions with very much in them") struct MetricListTests {
    private func session(metrics: Int) throws -> PublishedSession {
        var run = ReadingFixture.run("r", "m", unit: nil, values: [(0, 1)])
        let timeline = run.timelines[0]
        run.series = []
        run.timelines = (0..<metrics).map { index in
            var one = timeline
            one.metric = "metric.\(index)"
            return one
        }
        return try ViewFixture.session("s", runs: [run])
    }

    @Test("ten metrics are offered, the rest is in a list that can be searched")
    func chips() throws {
        let session = try session(metrics: 60)
        let text = ReadingFixture.page(session)
        let chips = try #require(
            text.firstMatch(of: #/aria-label="Metric">(.*?)<\/nav>/#)?.output.1)
        #expect(chips.ranges(of: "<a ").count == 10)
        #expect(text.contains("50 more metrics"))
        for index in 0..<60 { #expect(text.contains(">metric.\(index)</a>"), "\(index)") }
        // That in view is among those offered.
        let other = ReadingFixture.page(session, SessionQuery(metric: "metric.57"))
        #expect(other.contains("aria-current=\"true\" href=\"/sessions/ada/s?metric=metric.57\""))
        #expect(other.contains("name=\"metric\" value=\"metric.57\""))
    }

    @Test("of very many metrics a word finds each")
    func found() throws {
        let session = try session(metrics: 1_000)
        let text = ReadingFixture.page(session)
        #expect(text.contains("790 more are not listed: a longer word finds them."))
        var query = SessionQuery(queryItems: [("find", "ETRIC.77")])
        let found = ReadingFixture.page(session, query)
        for index in [77, 770, 779] { #expect(found.contains(">metric.\(index)</a>")) }
        #expect(!found.contains(">metric.500</a>") && found.contains("value=\"ETRIC.77\""))
        query.find = "nothing"
        #expect(ReadingFixture.page(session, query).contains("No other metric has this"))
    }

    @Test("each of 5,000 label sets is on a page")
    func labels() throws {
        var run = ReadingFixture.run("r", "m", unit: nil, values: [(0, 1)])
        let one = ViewFixture.aggregate([1, 2])
        run.series = (0..<5_000).map {
            SeriesSummary(metric: "m", labels: [Label("id", "u\($0)")], aggregate: one)
        }
        let session = try ViewFixture.session("s", runs: [run])
        var seen: Set<Substring> = []
        for page in 1...25 {
            let text = ReadingFixture.page(
                session, SessionQuery(queryItems: [("labels", "\(page)")]))
            seen.formUnion(text.matches(of: #/<small>id<\/small> (u\d+)/#).map(\.output.1))
            #expect(text.contains("Page \(page) of 25"))
        }
        #expect(seen.count == 5_000)
        let last = ReadingFixture.page(session, SessionQuery(queryItems: [("labels", "99")]))
        #expect(last.contains("4,801 to 5,000 of 5,000"))
    }
}
