import Testing
import TrackerIndexer
import TrackerLog
import TrackerPages

@Suite("A selected span of time") struct SpanTests {
    private static let startMs = (ViewFixture.startMs / 1_000).rounded(.down) * 1_000

    private func session(seed: UInt64 = 3) throws -> PublishedSession {
        var fixture = ViewFixture(seed: seed)
        let runs = [
            fixture.run("a", startMs: Self.startMs, seconds: 60, slow: 20..<40),
            fixture.run("b", startMs: Self.startMs + 90_000, seconds: 30),
        ]
        return try ViewFixture.session("s", runs: runs)
    }

    private func span(_ from: Double?, _ to: Double?) -> SpanQuery {
        SpanQuery(
            from: from.map { Timestamp(clamping: Self.startMs + $0 * 1_000) },
            to: to.map { Timestamp(clamping: Self.startMs + $0 * 1_000) })
    }

    private func model(_ span: SpanQuery?, _ session: PublishedSession) -> SessionModel {
        var query = SessionQuery()
        query.span = span
        return SessionModel(session.summary, query: query)
    }

    @Test("the parts of a session add up to the whole", arguments: Array(1...20) as [UInt64])
    func parts(seed: UInt64) throws {
        let session = try session(seed: seed)
        var fixture = ViewFixture(seed: seed)
        let cut = (fixture.uniform() * 120).rounded()
        let whole = try #require(model(nil, session).total)
        let parts = [model(span(nil, cut), session), model(span(cut, nil), session)]
        #expect(parts.compactMap(\.total?.count).reduce(0, +) == whole.count, "seed \(seed)")
        #expect(
            Aggregate.merged(parts.compactMap(\.total))?.successes.histogram
                == whole.successes.histogram, "seed \(seed)")
        #expect(model(span(nil, nil), session).total == whole)
        #expect(model(span(-100, 1_000), session).total == whole)
    }

    @Test("every number is that of the span, and each address keeps it")
    func recomputed() throws {
        let session = try session()
        let slow = model(span(20, 40), session)
        let buckets = session.summary.runs[0].timelines[0].buckets[20..<40]
        let truth = try #require(Aggregate.merged(buckets.map(\.aggregate)))
        #expect(slow.total == truth)
        let perSecond = try #require(slow.perSecond)
        #expect((perSecond - Double(truth.succeeded) / 20).magnitude < 0.01)
        #expect(slow.shownRuns.map(\.name) == ["a"])
        var query = SessionQuery(queryItems: [
            ("from", "\(Int(Self.startMs) + 20_000)"), ("to", "\(Int(Self.startMs) + 40_000)"),
        ])
        #expect(query.span == span(20, 40))
        let text = ReadingFixture.page(session, query)
        let p99 = NumberText.value(try #require(truth.successes.quantile(0.99)))
        #expect(text.contains("<dt>p99</dt><dd class=\"v\">\(p99)<small>ms</small></dd>"))
        #expect(text.contains("20 s: every number and chart is of this span"))
        #expect(text.contains("1 s wide"))
        #expect(text.contains("/sessions/ada/s/runs/a?from=2026-11-17T14%3A02%3A31.000Z&amp;to="))
        #expect(!text.contains("id=\"labels\""))
        query.span = span(40, 20)
        #expect(ReadingFixture.page(session, query).contains("it ends before it begins"))
        query.span = span(65, 80)
        #expect(ReadingFixture.page(session, query).contains("Nothing was measured in this span."))
    }

    @Test(
        "times of an address",
        arguments: [
            ("1794924131000", 1_794_924_131_000.0), ("2026-11-17T14:02:11Z", 1_794_924_131_000),
            ("2026-11-17T14:02:11", 1_794_924_131_000), ("2026-11-17T14:02", 1_794_924_120_000),
            ("2026-11-17T15:02:11+01:00", 1_794_924_131_000), ("yesterday <x>", nil), ("-5", nil),
        ] as [(String, Double?)])
    func times(text: String, ms: Double?) throws {
        let span = try #require(SessionQuery(queryItems: [("from", text)]).span)
        #expect(span.from?.milliseconds == ms)
        #expect(span.unreadable == (ms == nil ? text : nil))
        if ms == nil {
            let page = ReadingFixture.page(
                try session(), SessionQuery(queryItems: [("from", text)]))
            #expect(page.contains("is no time such as"))
        }
    }

    @Test("a field has the text that a browser gives it, or the page would seem to be in use")
    func fields() throws {
        var fixture = ViewFixture(seed: 1)
        let minuteMs = (ViewFixture.startMs / 60_000).rounded(.down) * 60_000
        let session = try ViewFixture.session(
            "s", runs: [fixture.run("r", startMs: minuteMs, seconds: 30)])
        let text = ReadingFixture.page(session)
        #expect(text.contains("name=\"from\" value=\"2026-11-17T14:02\""))
        #expect(text.contains("name=\"to\" value=\"2026-11-17T14:02:30\""))
    }

    @Test("an empty field is no span")
    func empty() {
        #expect(SessionQuery(queryItems: [("from", ""), ("to", "")]).span == nil)
    }
}
