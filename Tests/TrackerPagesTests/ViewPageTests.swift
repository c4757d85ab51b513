import Testing
import TrackerIndexer
import TrackerLog
import TrackerPages
import TrackerTestSupport

@Suite("Pages") struct ViewPageTests {
    private func page(
        _ session: PublishedSession, _ query: SessionQuery = SessionQuery(),
        catalog: Catalog? = nil
    ) -> String {
        ViewFixture.text(
            sessionPage(
                session, catalog: catalog ?? ViewFixture.catalog([session]), query: query,
                now: ViewFixture.start + 120_000))
    }

    private func list(_ catalog: Catalog, _ items: [(String, String)] = []) -> String {
        ViewFixture.text(
            sessionListPage(
                catalog, query: SessionListQuery(queryItems: items),
                now: ViewFixture.start + 120_000))
    }

    @Test("a click on a column's head sorts, ticked rows go to the comparison, slips are named")
    func listTools() throws {
        var fixture = ViewFixture(seed: 9)
        let sessions = try ["one", "two"].enumerated().map { index, id in
            try ViewFixture.session(
                id,
                runs: [
                    fixture.run(
                        "r", startMs: ViewFixture.startMs + Double(index) * 1_000, seconds: 2)
                ], tags: ["a b"])
        }
        let catalog = ViewFixture.catalog(sessions)
        let text = list(catalog, [("q", "tag:\"a b\"")])
        #expect(text.contains("href=\"/?q=tag%3A%22a%20b%22&amp;sort=p99\">p99</a>"))
        #expect(text.components(of: "<tr class=\"day\">") == 1)
        #expect(text.contains("<form method=\"get\" class=\"panel\" action=\"/compare\">"))
        #expect(text.contains("type=\"checkbox\" name=\"s\" value=\"ada/two\""))
        #expect(text.contains("<a href=\"/?q=user%3Aada\">ada</a>"))
        let sorted = list(catalog, [("sort", "p99")])
        #expect(sorted.components(of: "<tr class=\"day\">") == 0)
        #expect(sorted.contains("aria-sort=\"descending\""))
        #expect(sorted.contains("<input type=\"hidden\" name=\"sort\" value=\"p99\">"))
        #expect(list(catalog, [("sort", "oldest")]).contains("aria-sort=\"ascending\""))
        let byP99 = list(catalog, [("sort", "p99")])
        #expect(byP99.contains("href=\"/?sort=-p99\"") && byP99.contains(" ↓"))
        let turned = list(catalog, [("sort", "-p99")])
        #expect(turned.contains("href=\"/?sort=p99\"") && turned.contains(" ↑"))
        #expect(turned.contains("aria-sort=\"ascending\""))
        #expect(list(catalog, [("sort", "-newest")]) == list(catalog, [("sort", "oldest")]))
        #expect(list(catalog, [("q", "tga:x")]).contains("did you mean tag:x?"))
        #expect(list(catalog, [("q", "p99>1h")]).contains("No session matches"))
    }

    @Test("a session without events says so, and shows no chart")
    func empty() throws {
        let text = page(try ViewFixture.session("empty", runs: []))
        #expect(text.contains("No samples yet"))
        #expect(!text.contains("<figure"))
    }

    @Test("one sample is shown as itself, without a quantile")
    func oneSample() throws {
        var fixture = ViewFixture(seed: 2)
        let run = fixture.run(
            "", startMs: ViewFixture.startMs, seconds: 1, perSecond: 1, state: .unannounced)
        let text = page(try ViewFixture.session("one", runs: [run]))
        #expect(text.contains("No run"))
        #expect(text.components(of: "<dd class=\"s\">n = 1</dd>") == 4)
        #expect(!text.contains("<dt>p99</dt>"))
    }

    @Test("what makes a run doubtful stands below the runs, with its name")
    func doubts() throws {
        var fixture = ViewFixture(seed: 3)
        var run = fixture.run("slow", startMs: ViewFixture.startMs, seconds: 2)
        #expect(!page(try ViewFixture.session("s", runs: [run])).contains("generator"))
        run.reported = .object([.init("generator_limited", .bool(true))])
        let text = page(try ViewFixture.session("s", runs: [run]))
        #expect(text.contains("<b>slow</b><small>\(run.doubts[0])</small>"))
    }

    @Test("a session whose runs ended without a sample does not wait for one")
    func ended() throws {
        var fixture = ViewFixture(seed: 3)
        for (state, title) in [
            (RunSummary.State.failed, "No samples"), (.running, "No samples yet"),
        ] {
            var run = fixture.run("r", startMs: ViewFixture.startMs, seconds: 1, state: state)
            run.timelines = []
            run.series = []
            let text = page(try ViewFixture.session("s", runs: [run]))
            #expect(text.contains("<h2>\(title)</h2>"))
        }
    }

    @Test("a run that was left out says so, with the reason")
    func leftOut() throws {
        var fixture = ViewFixture(seed: 3)
        var run = fixture.run("r", startMs: ViewFixture.startMs, seconds: 2)
        run.leftOut = .init(reason: "a backup <ran>", by: "bob", at: ViewFixture.start)
        let text = page(try ViewFixture.session("s", runs: [run]))
        #expect(text.contains("finished, <span class=\"note\">left out</span>"))
        #expect(
            text.contains(
                "left out of comparisons, trends and gates: a backup &lt;ran&gt; (bob)"))
    }

    @Test("why a run failed stands beside it")
    func failure() throws {
        var fixture = ViewFixture(seed: 3)
        var run = fixture.run(
            "r", startMs: ViewFixture.startMs, seconds: 2, state: .failed)
        run.reported = .object([.init("reason", .string("could not reach <foo>"))])
        let text = page(try ViewFixture.session("s", runs: [run]))
        #expect(text.contains("<b>r</b><small>failed: could not reach &lt;foo&gt;</small>"))
    }

    @Test("the numbers at the top are those of the merged runs")
    func merged() throws {
        var fixture = ViewFixture(seed: 8)
        let runs = [
            fixture.run("a", startMs: ViewFixture.startMs, seconds: 20, slow: 0..<20),
            fixture.run("b", startMs: ViewFixture.startMs + 30_000, seconds: 40),
        ]
        let model = SessionModel(
            try ViewFixture.session("two", runs: runs).summary, query: SessionQuery())
        let all = try #require(Aggregate.merged(runs.flatMap(\.timelines).map(\.total)))
        #expect(model.total == all)
        #expect(model.total?.count == 60 * 120)
        let perSecond = try #require(model.perSecond)
        #expect((perSecond - Double(all.succeeded) / 60).magnitude < 0.1)
        let text = page(try ViewFixture.session("two", runs: runs))
        let p99 = NumberText.value(try #require(all.successes.quantile(0.99)))
        #expect(text.contains("<dt>p99</dt><dd class=\"v\">\(p99)<small>ms</small></dd>"))
        let one = SessionModel(
            try ViewFixture.session("two", runs: runs).summary, query: SessionQuery(run: "b"))
        #expect(one.total == runs[1].timelines[0].total)
    }

    @Test("the chart's table has each column of the chart, with its numbers")
    func chartTable() throws {
        var fixture = ViewFixture(seed: 4)
        let run = fixture.run("r", startMs: ViewFixture.startMs, seconds: 12)
        let session = try ViewFixture.session("table", runs: [run])
        let model = SessionModel(session.summary, query: SessionQuery())
        let chart = try #require(model.chart)
        #expect(chart.points.count == 12)
        let text = page(session)
        for (index, point) in chart.points.enumerated() {
            let aggregate = try #require(point.column.aggregate)
            // 120 samples are enough for p50 and p90; those of all 12 seconds are for p99.
            let all = try #require(chart.lines[2].column(at: index))
            let cells = [
                NumberText.value(try #require(aggregate.successes.quantile(0.5))),
                NumberText.value(try #require(aggregate.successes.quantile(0.9))),
                index == 0
                    ? NumberText.value(all.value) + "<small class=\"of\"> of 12 s, n 1,440</small>"
                    : "″",
                NumberText.value(aggregate.successes.max), NumberText.count(aggregate.count),
            ].joined(separator: "<td class=n>")
            #expect(text.contains(cells), "\(cells)")
        }
        #expect(text.components(of: "<tr data-at=") == 12)
    }

    @Test("10,000 series: the largest are listed, the rest is counted, the page stays small")
    func manySeries() throws {
        var fixture = ViewFixture(seed: 5)
        var run = fixture.run("r", startMs: ViewFixture.startMs, seconds: 3)
        let few = ViewFixture.aggregate([1, 2, 3])
        run.series = (0..<10_000).map { index in
            SeriesSummary(
                metric: "http.latency_ms", unit: "ms", labels: [Label("id", "u\(index)")],
                aggregate: index == 7_777 ? ViewFixture.aggregate([1, 2, 3, 4]) : few)
        }
        let text = page(try ViewFixture.session("many", runs: [run], overflow: few))
        #expect(text.contains("1 to 200 of 10,000, those with the most samples first"))
        #expect(text.contains("Page 1 of 50"))
        #expect(text.contains("series beyond the 10,000 kept of a session"))
        #expect(text.contains("u7777"))
        #expect(text.utf8.count < 250_000)
    }

    @Test("what is wrong with the data is said, with its place and reason")
    func health() throws {
        let session = try ViewFixture.session("bad", runs: [], health: ViewFixture.damagedHealth)
        let text = page(session)
        for part in [
            "1 bad region", "81,920", "checksum", "3 frames missing", "9f3c2a1b00000000",
            "1 bad line",
            "no ts", "2 unchecked frames", "812 B pending", "5 events dropped", "notes.txt",
            "1 session with damaged data",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(!page(try ViewFixture.session("good", runs: [])).contains("session with damaged"))
    }

    @Test("the list filters by text, tag, target and user, and pages")
    func filters() throws {
        var fixture = ViewFixture(seed: 6)
        let one = try ViewFixture.session(
            "one", name: "Pool of 64",
            runs: [fixture.run("a", startMs: ViewFixture.startMs, seconds: 2)],
            tags: ["postgres 16"])
        let two = try ViewFixture.session("two", name: "Other", runs: [])
        let catalog = ViewFixture.catalog([one, two])
        func rows(_ filter: String) -> Int {
            list(catalog, [("q", filter)]).components(of: "<tr><td class=\"tick\">")
        }
        #expect(rows("") == 2)
        #expect(rows("POOL") == 1)
        #expect(rows("tag:\"postgres 16\"") == 1)
        #expect(rows("tag:postgres") == 0)
        #expect(rows("target:8081") == 1)
        #expect(rows("user:ada") == 2)
        #expect(rows("user:ada other") == 1)
        #expect(rows("is:running") == 0)
        #expect(list(catalog, [("q", "nothing")]).contains("No session matches"))

        var entries = catalog.entries
        for index in 0..<450 {
            var entry = ViewFixture.entry(two)
            (entry.session, entry.name) = (try SessionID("s\(index)"), "Other \(index)")
            entries.append(entry)
        }
        let many = Catalog(version: 1, entries: entries, freshness: catalog.freshness)
        #expect(list(many).components(of: "<tr><td class=\"tick\">") == 200)
        let last = list(many, [("page", "3")])
        #expect(last.components(of: "<tr><td class=\"tick\">") == 52)
        #expect(last.contains("Page 3 of 3") && last.contains("href=\"/?page=2\""))
        #expect(list(many, [("page", "99999999")]).contains("Page 3 of 3"))
        #expect(list(many, [("page", "-4")]).contains("Page 1 of 3"))
    }

    @Test("archived sessions are hidden until they are asked for")
    func archived() throws {
        var entry = ViewFixture.entry(try ViewFixture.session("old", runs: []))
        entry.isArchived = true
        #expect(SessionListQuery().select([entry]).isEmpty)
        #expect(SessionListQuery(text: "is:archived").select([entry]) == [entry])
    }

    @Test("no list tells a newcomer what to do")
    func newcomer() {
        let text = list(ViewFixture.catalog([]))
        #expect(text.contains("No sessions yet") && text.contains("tracker demo"))
        let page = ViewFixture.text(
            sessionListPage(
                ViewFixture.catalog([]), query: SessionListQuery(),
                start: FirstStart(
                    address: "http://localhost:9", needsKey: true, dataFolder: "/a b/<c>"),
                now: ViewFixture.start))
        #expect(page.contains("<code>tracker demo --data &#39;/a b/&lt;c&gt;&#39;</code>"))
        #expect(page.contains("x-api-key: $LOCAL_TRACKER_API_KEY"))
        #expect(page.contains(" http://localhost:9/api/track</code>"))
    }

    @Test("the storage page names the sessions that lost data, and what to run")
    func storage() throws {
        let good = try ViewFixture.session("good", runs: [])
        let bad = try ViewFixture.session("it's", runs: [], health: ViewFixture.damagedHealth)
        func page(
            _ sessions: [PublishedSession], folder: String? = nil, digest: String? = nil,
            trash: TrashContent? = nil
        ) -> String {
            ViewFixture.text(
                storagePage(
                    ViewFixture.catalog(sessions), dataFolder: folder, digest: digest,
                    trash: trash, now: ViewFixture.start))
        }
        #expect(page([]).contains("Nothing is recorded yet."))
        #expect(page([good]).contains("Every record that was found is readable."))
        let text = page([good, bad], folder: "/a <b>")
        #expect(text.contains("One session has damaged or missing data."))
        // For the folder of this server, wherever a person pastes it.
        #expect(
            text.contains(
                "tracker verify &#39;ada/it&#39;\\&#39;&#39;s&#39; --data &#39;/a &lt;b&gt;&#39;"))
        #expect(text.contains("<code>/a &lt;b&gt;</code>"))
        #expect(text.components(of: "tracker repair") == 1)
        #expect(!text.contains("Digest") && !text.contains("Trash"))
        #expect(page([good], digest: "00ab").contains("Digest <code>00ab</code>"))
        let empty = TrashContent(sessions: 0, files: 0, bytes: 0)
        #expect(page([good], trash: empty).contains("Nothing is in the trash."))
        let some = TrashContent(sessions: 1, files: 1_200, bytes: 3_000_000)
        let trash = page([good], folder: "/d", trash: some)
        #expect(trash.contains("1 session, 1,200 files, 3.00 MB: "))
        #expect(trash.contains("<code>tracker restore --data /d</code>"))
    }

    @Test("only pages that may change announce themselves as live")
    func live() throws {
        var fixture = ViewFixture(seed: 7)
        let old = try ViewFixture.session(
            "old", runs: [fixture.run("a", startMs: ViewFixture.startMs - 86_400_000, seconds: 2)])
        let now = try ViewFixture.session(
            "now",
            runs: [fixture.run("a", startMs: ViewFixture.startMs, seconds: 2, state: .running)])
        #expect(!page(old).contains("data-live-url"))
        #expect(page(now).contains("data-live-url=\"/api/live\" data-version=\"41\""))
        #expect(list(ViewFixture.catalog([old])).contains("data-live-url"))
        #expect(
            !ViewFixture.text(errorPage(status: 404, title: "a", advice: "b")).contains(
                "data-live-url"))
    }

    @Test("the same summary gives the same bytes, and ids are unique")
    func stable() throws {
        var fixture = ViewFixture(seed: 9)
        let session = try fixture.sixRuns()
        let text = page(session)
        #expect(text == page(session))
        var seen: Set<Substring> = []
        var rest = text[...]
        while let at = rest.firstRange(of: " id=\"") {
            rest = rest[at.upperBound...]
            let id = rest.prefix { $0 != "\"" }
            #expect(seen.insert(id).inserted, "\(id) is there twice")
        }
        #expect(seen.count > 20)
    }
}

extension String {
    /// How often a part occurs.
    func components(of part: String) -> Int { ranges(of: part).count }
}
