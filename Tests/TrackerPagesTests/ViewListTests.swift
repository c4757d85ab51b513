import Testing
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@testable import TrackerPages

@Suite("The list's rows") struct ViewListTests {
    private func list(_ entries: [CatalogEntry], _ items: [(String, String)] = []) -> String {
        let newest = entries.sorted { ($0.first ?? 0) > ($1.first ?? 0) }
        return ViewFixture.text(
            sessionListPage(
                Catalog(
                    version: 1, entries: newest,
                    freshness: Freshness(indexedAt: ViewFixture.start)),
                query: SessionListQuery(queryItems: items), now: ViewFixture.start + 120_000))
    }

    private func entry(
        _ id: String, test: String? = "checkout", name: String? = nil, at: Double = 0,
        p99: Double = 20, metric: String = "http.latency_ms", unit: String? = "ms"
    ) throws -> CatalogEntry {
        var entry = CatalogEntry(
            user: try UserID("ada"), session: try SessionID(id), tags: [], isArchived: false,
            isRunning: false, targets: ["http://localhost:8080/"], runCount: 1, eventCount: 1,
            badRegionCount: 0, badLineCount: 0, missingFrames: 0)
        entry.name = name
        entry.tests = test.map { [$0] } ?? []
        entry.first = ViewFixture.start.advanced(byMilliseconds: at * 1_000)
        entry.headline = CatalogEntry.Headline(
            metric: metric, unit: unit, count: 9_000, errors: 0, successes: 9_000, perSecond: 50,
            p50: 2, p99: p99, p99OverTime: [1, 2])
        return entry
    }

    private func heads(_ text: String) -> Int { text.components(of: "<tr><td class=\"tick\">") }
    private func repeats(_ text: String) -> Int {
        text.components(of: "<tr class=\"rep\"><td class=\"tick\">")
    }

    @Test("sessions of one test are one row with the newest's numbers; the others open below it")
    func together() throws {
        var all = try (0..<4).map {
            try entry("s\($0)", at: Double($0), p99: 20 + Double($0))
        }
        all[1].failure = "it broke"
        all[2].badLineCount = 1
        all += try [entry("other", test: "cart"), entry("named", name: "x"), entry("a", test: nil)]
        all.append(try entry("b", test: nil))
        let text = list(all)
        #expect(heads(text) == 5 && repeats(text) == 3)
        #expect(
            text.contains("<details class=\"repeats\" id=\"repeats-ada/s0\"><summary>4 sessions"))
        #expect(text.contains(">1 failed</span>") && text.contains(">1 damaged</span>"))
        #expect(text.contains(">8</small></h1>") || text.contains("<small>8</small>"))
        #expect(text.contains("5 rows</small>"))
        let opened = list(all, [("repeats", "open")])
        #expect(heads(opened) == 8 && repeats(opened) == 0)
        #expect(opened.contains("8 sessions</small>"))
        #expect(opened.contains("Put repeats into one row"))
        // Sorted by the newest's number.
        let sorted = list([all[0], all[3], all[4]], [("sort", "p99")])
        let places = ["Compare s3", "Compare s0", "Compare other"].compactMap {
            sorted.firstRange(of: $0)?.lowerBound
        }
        #expect(places.count == 3 && places == places.sorted())
    }

    @Test("a page has so many rows, repeats included; those that are not listed have a page")
    func pages() throws {
        let most = ViewLimits.sessionsPerPage
        let all = try (0..<most).flatMap { test in
            try (0..<3).map { try entry("s\(test)-\($0)", test: "t\(test)", at: Double(test)) }
        }
        let text = list(all)
        #expect(heads(text) == most / 3 && repeats(text) == most / 3 * 2)
        #expect(text.contains("Page 1 of 4"))
        let many = try (0..<50).map { try entry("s\($0)", test: "a \"b\" c", at: Double($0)) }
        let one = list(many)
        #expect(repeats(one) == ViewLimits.listedRepeats && heads(one) == 1)
        #expect(one.contains("29 older ones are not listed here"))
        // Each quote within quotes is doubled.
        #expect(
            one.contains(
                "href=\"/?q=user%3Aada%20target%3Ahttp%3A%2F%2Flocalhost%3A8080%2F"
                    + "%20test%3A%22a%20%22%22b%22%22%20c%22&amp;repeats=open"
            ))
        #expect(heads(list(many, [("q", "test:\"a \"\"b\"\" c\""), ("repeats", "open")])) == 50)
        #expect(heads(list(many, [("q", "user:ada"), ("repeats", "open")])) == 50)
        #expect(list([]).contains("No sessions yet"))
    }

    @Test("how many sessions there are: of all with a filter, and archived ones without one")
    func counts() throws {
        var archived = try entry("old")
        archived.isArchived = true
        let all = [try entry("a"), try entry("b"), archived]
        func head(_ items: [(String, String)] = []) -> Substring? {
            list(all, items).firstMatch(of: #/<h1>Sessions <small>(.*?)<\/small>/#)?.output.1
        }
        #expect(head() == "2, and 1 archived")
        #expect(head([("q", "ada")]) == "2 of 3")
        #expect(head([("q", "is:archived")]) == "1 of 3")
    }

    @Test("a row whose metric is no latency says what it is, and has no rate and no percentile")
    func values() throws {
        let bytes = try entry("s", p99: 30_000_000, metric: "heap_bytes", unit: "B")
        let text = list([bytes])
        #expect(text.contains("<span class=\"reported\">heap_bytes, median 2.00 B</span>"))
        let cells = text.split(separator: "<td").suffix(7).map {
            $0.split(separator: ">", maxSplits: 1)[1].prefix { $0 != "<" }
        }
        #expect(cells.dropLast() == ["1", "–", "9,000", "–", "–", "–"])
        let latency = list([try entry("s")])
        #expect(latency.contains(">50.0</td>") && !latency.contains("median"))
    }

    @Test("ticked rows are compared by their start, whatever the list was sorted by")
    func picked() throws {
        let newestFirst = try ["c", "b", "a"].map { try entry($0) }
        let query = CompareQuery(picked: ["ada/b", "ada/a", "ada/gone", "ada/c"])
        #expect(
            query.picked(from: newestFirst).picked == ["ada/c", "ada/b", "ada/a", "ada/gone"])
        #expect(CompareQuery(picked: ["ada/b"]).picked(from: newestFirst).picked == ["ada/b"])
    }

    @Test("the palette offers what belongs to the page")
    func palette() throws {
        let text = list([try entry("s")])
        #expect(text.contains("<a href=\"/?sort=p99\">Sort by p99</a></li>"))
        #expect(text.contains("<a href=\"/?q=is%3Afailed\">Sessions that failed<small>is:failed"))
        #expect(text.contains("<kbd>j</kbd> <kbd>k</kbd>"))
        var fixture = ViewFixture(seed: 3)
        let session = try ViewFixture.session(
            "one", runs: [fixture.run("r", startMs: ViewFixture.startMs, seconds: 2)])
        let page = ViewFixture.text(
            sessionPage(
                session, catalog: ViewFixture.catalog([session]), query: SessionQuery(),
                now: ViewFixture.start))
        #expect(page.contains("<a href=\"/compare?b=ada%2Fone\">Compare this session"))
        #expect(page.contains("<a href=\"/api/v1/sessions/ada/one\">This session as JSON"))
        #expect(page.contains(">Trend of ") && !page.contains("Sort by p99"))
    }

    @Test("a run without an end is said to have none, before and after its writer is known gone")
    func noEnd() throws {
        var running = try entry("a")
        running.isRunning = true
        running.last = ViewFixture.start - 3_600_000
        var unfinished = try entry("b")
        unfinished.isUnfinished = true
        for one in [running, unfinished] { #expect(list([one]).contains(">no end</span>")) }
        #expect(!list([try entry("c")]).contains("no end"))
    }
}
