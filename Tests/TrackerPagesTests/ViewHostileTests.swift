import Testing
import TrackerIndexer
import TrackerLog
import TrackerPages
import TrackerTestSupport

/// Logged strings that try to act: none of them may reach the page as it is.
@Suite("Hostile strings") struct ViewHostileTests {
    static let corpus = [
        "<script>window.__xss=1</script>", "</script><script>window.__xss=1</script>",
        "\"onload=\"window.__xss=1", "' onmouseover='window.__xss=1", "javascript:window.__xss=1//",
        "<img src=x onerror=window.__xss=1>", "]]><svg onload=window.__xss=1>",
        "-->\u{202E}gnp.exe",
        "\u{2066}isolate", "line\u{2028}separator", "\u{1B}]0;title\u{07}\u{1B}[31m",
        "=cmd()|' /C calc'!A0",
        "&lt;b&gt;", "nul\u{0}byte", "</title><base href=//evil.test>",
        "</details></table></div></main>",
    ]

    /// A session with the string in every field that holds text.
    private func session(_ text: String) throws -> PublishedSession {
        var fixture = ViewFixture(seed: 1)
        let startMs = ViewFixture.startMs
        let object = JSONValue.object([
            .init(text, .string(text)),
            .init("list", .array([.string(text), .object([.init(text, .null)])])),
        ])
        var run = fixture.run(text, startMs: startMs, seconds: 3, perSecond: 3, state: .failed)
        run.test = text
        run.target = text
        run.commit = text
        run.params = object
        run.environment = object
        run.reported = object
        for index in run.series.indices {
            run.series[index].metric = text
            run.series[index].unit = text
            run.series[index].labels = [Label(text, text + "\(index)")]
        }
        run.timelines[0].metric = text
        run.timelines[0].unit = text
        var other = fixture.run("other", startMs: startMs + 9_000, seconds: 2, perSecond: 2)
        other.params = .object([.init(text, .string(text + "2"))])
        var health = ViewFixture.damagedHealth
        health.badRegions[0].file = text
        health.badLines[0].file = text
        health.gaps[0].writer = text
        health.ignoredFiles = [text]
        var published = try ViewFixture.session(
            text, name: text, runs: [run, other], tags: [text],
            notes: [
                Edit(
                    timestamp: ViewFixture.start, kind: .note, text: text, run: text,
                    from: ViewFixture.start + 500)
            ],
            health: health, overflow: run.timelines[0].total)
        published.summary.user = try UserID(text)
        published.summary.host = text
        published.summary.commit = text
        published.freshness.problem = text
        return published
    }

    /// What the writer makes of a text; the page may hold this and nothing else of it.
    private func escaped(_ text: String) -> String {
        var writer = HTMLWriter()
        writer.text(text)
        return ViewFixture.text(writer.bytes)
    }

    private func check(
        _ page: String, _ text: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let stripped = page.replacing(escaped(text), with: "")
        let isHarmless = escaped(text) == text
        #expect(isHarmless || !stripped.contains(text), "\(text)", sourceLocation: sourceLocation)
        for scalar in page.unicodeScalars
        where scalar.value < 0x20 && scalar != "\n" && scalar != "\t" {
            Issue.record("control character \(scalar.value)", sourceLocation: sourceLocation)
        }
        let acting: [Unicode.Scalar] = ["\u{202E}", "\u{2066}", "\u{2028}", "\u{9B}"]
        #expect(
            !page.unicodeScalars.contains(where: acting.contains), sourceLocation: sourceLocation)
        // The page has one script, its own, and no handler in an attribute.
        #expect(page.components(of: "<script") == 1, "\(text)", sourceLocation: sourceLocation)
        #expect(!page.contains("<img") && !page.contains("<base"), sourceLocation: sourceLocation)
        #expect(!page.contains("href=\"javascript:"), sourceLocation: sourceLocation)
        #expect(
            page.components(of: "<details") == page.components(of: "</details"),
            sourceLocation: sourceLocation)
        #expect(page.components(of: "</main>") == 1, sourceLocation: sourceLocation)
    }

    @Test("no field of a session lets a string become markup", arguments: corpus)
    func fields(text: String) throws {
        let session = try session(text)
        let catalog = ViewFixture.catalog([session])
        let now = ViewFixture.start
        let page = ViewFixture.text(
            sessionPage(session, catalog: catalog, query: SessionQuery(), now: now))
        check(page, text)
        #expect(page.components(of: escaped(text)) > 15)
        check(
            ViewFixture.text(sessionListPage(catalog, query: SessionListQuery(), now: now)),
            text)
    }

    @Test("nor does a URL or an error", arguments: corpus)
    func requests(text: String) throws {
        let session = try ViewFixture.session("plain", runs: [])
        let catalog = ViewFixture.catalog([session])
        let listed = sessionListPage(
            catalog, query: SessionListQuery(queryItems: [("q", text), (text, text)]), now: 0)
        check(ViewFixture.text(listed), text)
        let query = SessionQuery(queryItems: [("metric", text), ("run", text)])
        check(
            ViewFixture.text(sessionPage(session, catalog: catalog, query: query, now: 0)), text)
        check(ViewFixture.text(errorPage(status: 404, title: text, advice: text)), text)
    }

    @Test("numbers that no chart expects leave no gap in the page")
    func numbers() throws {
        var fixture = ViewFixture(seed: 3)
        for values in [
            [0.0, 0], [-5, 5, 0], [1e300, 1e-300], [Double.greatestFiniteMagnitude],
            [.leastNonzeroMagnitude, 1], [-1e308, 1e308],
        ] {
            var run = fixture.run("r", startMs: ViewFixture.startMs, seconds: 2, perSecond: 2)
            let aggregate = ViewFixture.aggregate(values, errors: values.count)
            run.timelines[0].buckets[0].aggregate = aggregate
            run.timelines[0].total = aggregate
            for state in RunSummary.State.allCases {
                run.state = state
                let session = try ViewFixture.session("odd", runs: [run])
                let page = ViewFixture.text(
                    sessionPage(
                        session, catalog: ViewFixture.catalog([session]), query: SessionQuery(),
                        now: 0))
                #expect(!page.contains("nan") && !page.contains("inf%"), "\(values)")
            }
        }
    }

    @Test("a run whose clock is far off does not stretch the chart")
    func clock() throws {
        var fixture = ViewFixture(seed: 3)
        var run = fixture.run("r", startMs: ViewFixture.startMs, seconds: 20)
        run.started = 0
        run.finished = 253_402_300_799_000
        let session = try ViewFixture.session("odd", runs: [run])
        let model = SessionModel(session.summary, query: SessionQuery())
        #expect(model.chart?.points.count == 20)
        #expect(model.perSecond == 120)
    }
}
