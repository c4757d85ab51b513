import Testing
import TrackerIndexer
import TrackerLog
import TrackerPages

@Suite("The page of a run") struct RunPageTests {
    private func page(_ session: PublishedSession, _ query: SessionQuery) -> String {
        ViewFixture.text(
            runPage(
                session, catalog: ViewFixture.catalog([session]), query: query,
                now: Timestamp(clamping: ViewFixture.startMs + 86_400_000)))
    }

    private func session() throws -> PublishedSession {
        var fixture = ViewFixture(seed: 12)
        var runs = (0..<3).map { index in
            fixture.run(
                "r\(index)", startMs: ViewFixture.startMs + Double(index) * 30_000, seconds: 20)
        }
        runs[1].params = .object([
            .init("rate", .integer(240)), .init("import_format", .string("k6 <json>")),
            .init("import_lacks", .string("failed requests")),
            .init("latency", .string("uncorrected")),
        ])
        runs[1].leftOut = .init(reason: "a backup ran", by: "bob", at: ViewFixture.start)
        let gauge = ReadingFixture.run(
            "r1", "heap_bytes", unit: "B", values: ReadingFixture.steady(15) { 2e9 + Double($0) })
        runs[1].timelines += gauge.timelines
        return try ViewFixture.session(
            "s", name: "Three runs", runs: runs,
            notes: [
                Edit(timestamp: ViewFixture.start, kind: .note, text: "of r1", run: "r1"),
                Edit(timestamp: ViewFixture.start, kind: .note, text: "of r2", run: "r2"),
                Edit(
                    timestamp: ViewFixture.start, kind: .note, text: "meanwhile",
                    from: Timestamp(clamping: ViewFixture.startMs + 35_000)),
            ])
    }

    @Test("it has the run's numbers, what was imported, conditions, notes and every metric")
    func parts() throws {
        let session = try session()
        let text = page(session, SessionQuery(run: "r1"))
        let total = session.summary.runs[1].timelines[0].total
        for part in [
            "<title>r1, Three runs, Local Tracker</title>",
            "<dd class=\"s\">n = \(NumberText.count(total.successes.count))</dd>",
            "left out of comparisons, trends and gates: a backup ran (bob)",
            "<dt>format</dt><dd><span>k6 &lt;json&gt;</span>", "<dt>lacks</dt>",
            "<dt>latency</dt>", "<ins>240</ins> <small>before: 120</small>", "of r1", "meanwhile",
            "Run 2 of 3", "href=\"/sessions/ada/s/runs/r0\"", "href=\"/sessions/ada/s/runs/r2\"",
            "Compare with the run before", "All metrics",
            "href=\"/sessions/ada/s/runs/r1?metric=heap_bytes\">heap_bytes</a>", "2.00 GB",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(!text.contains("of r2"))
        // Fifteen values have no p99.
        let row = try #require(text.firstMatch(of: #/heap_bytes<\/a><\/th>.*?<\/tr>/#)).output
        #expect(row.contains("<td class=\"n q lo\">–</td>"))
    }

    @Test("the title names the metric that was chosen")
    func title() throws {
        let text = page(try session(), SessionQuery(metric: "heap_bytes", run: "r1"))
        #expect(text.contains("<title>r1, heap_bytes, Three runs, Local Tracker</title>"))
    }

    @Test("the table of runs leads to the pages of runs")
    func links() throws {
        let text = ReadingFixture.page(try session())
        #expect(text.contains("<th scope=\"row\"><a href=\"/sessions/ada/s/runs/r1\">r1</a>"))
    }

    @Test(
        "a run whose id no path can hold is reached on the page of its session",
        arguments: [
            ("", "/sessions/ada/s?run="), ("..", "/sessions/ada/s?run=.."),
            ("a\u{1}b", "/sessions/ada/s?run=a%01b"), ("a/b c", "/sessions/ada/s/runs/a%2Fb%20c"),
        ])
    func paths(run: String, path: String) throws {
        #expect(try runPath(user: UserID("ada"), session: SessionID("s"), run: run) == path)
    }

    @Test("a run or metric that is not there is said, not replaced")
    func missing() throws {
        let summary = try session().summary
        func missing(_ query: SessionQuery) -> MissingPart? { MissingPart(of: query, in: summary) }
        #expect(missing(SessionQuery(metric: "heap_bytes", run: "r1")) == nil)
        #expect(missing(SessionQuery()) == nil)
        #expect(missing(SessionQuery(metric: "rps")) == nil)
        let part = try #require(missing(SessionQuery(metric: "<none>", run: "r1")))
        #expect(part.kind == .metric)
        let catalog = ViewFixture.catalog([try session()])
        let text = ViewFixture.text(
            missingPage(part, of: summary, catalog: catalog, now: ViewFixture.start))
        #expect(text.contains("This session has no such metric"))
        #expect(text.contains("<code>&lt;none&gt;</code>") && text.contains(">heap_bytes</a>"))
        let run = try #require(missing(SessionQuery(run: "r9")))
        let page = ViewFixture.text(
            missingPage(run, of: summary, catalog: catalog, now: ViewFixture.start))
        #expect(page.contains("no such run") && page.contains("/sessions/ada/s/runs/r2"))
    }
}
