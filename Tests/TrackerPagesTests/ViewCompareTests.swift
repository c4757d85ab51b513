import Testing
import TrackerAnalysis
import TrackerIndexer
import TrackerLog
import TrackerPages
import TrackerTestSupport

@Suite("Page of a comparison") struct ViewCompareTests {
    private static let query = CompareQuery(a: "ada/a", b: ["ada/b", "ada/c"])

    private static func group(
        _ name: String, _ fixture: inout ViewFixture, runs: Int, slow: Double = 1
    ) -> ComparisonGroup {
        let all = (0..<runs).map { index in
            var run = fixture.run(
                "\(name)-\(index)", startMs: ViewFixture.startMs + Double(index) * 60_000,
                seconds: 30, perSecond: 60)
            if slow != 1 { run.params = .object([.init("rate", .integer(61))]) }
            return run
        }
        return ComparisonGroup(name: "ada/" + name, runs: all)
    }

    private static func model(
        seed: UInt64 = 7, runs: Int = 4, slow: Double = 1
    ) throws -> CompareModel {
        var fixture = ViewFixture(seed: seed)
        let a = group("a", &fixture, runs: runs)
        let b = group("b", &fixture, runs: runs, slow: slow)
        let answer = try ComparisonAnswer(a, b, settings: .init()) { _ in RunHistory([]) }
        return try CompareModel(
            query, a: a, b: b,
            parts: (
                [.init(user: try UserID("ada"), session: try SessionID("a"), run: nil)],
                [.init(user: try UserID("ada"), session: try SessionID("b"), run: "r1")]
            ), answer: answer, warnings: [])
    }

    private static func page(_ model: CompareModel) -> String {
        let bytes = comparePage(
            model, catalog: ViewFixture.catalog([]), now: ViewFixture.start)
        return ViewFixture.text(bytes)
    }

    /// `1,204.5 ms` and `−3.1%` as numbers.
    private static func number(_ text: Substring) -> Double? {
        let digits = text.replacing("−", with: "-").replacing(",", with: "")
            .prefix { "+-.0123456789".contains($0) }
        return Double(digits.hasPrefix("+") ? String(digits.dropFirst()) : String(digits))
    }

    @Test("the change shown is that of the two numbers beside it")
    func division() throws {
        var checked = 0
        for seed in UInt64(1)...4 {
            let page = Self.page(try Self.model(seed: seed))
            for match in page.matches(of: #/<tr><th scope="row">([^<]*)</th><td class="n"><b>.*/#) {
                let line = match.output.0
                let values = line.matches(of: #/<b>([^<]*)</b>/#).map(\.output.1)
                let badge = #/class="badge [a-z]+"><span[^>]*>[^<]*<.span>([^<]*)/#
                let shown = try #require(line.firstMatch(of: badge)).output.1
                let a = try #require(Self.number(values[0]))
                let b = try #require(Self.number(values[1]))
                let change = try #require(Self.number(shown))
                let expected = match.output.1 == "error rate" ? b - a : (b / a - 1) * 100
                #expect(
                    (change - expected).magnitude < 0.06,
                    "seed \(seed), \(match.output.1): \(a) to \(b) is not \(change)")
                checked += 1
            }
        }
        #expect(checked == 4 * Statistic.allCases.count)
    }

    @Test("the first line is the verdict, and what differs stands before the numbers")
    func order() throws {
        let page = Self.page(try Self.model(slow: 2))
        let verdicts = ["Better: ", "Worse: ", "No difference found: ", "Inconclusive: "]
        let head = try #require(page.firstRange(of: "<h1 class="))
        #expect(verdicts.contains { page[head.upperBound...].prefix(40).contains($0) })
        let places = try ["id=\"fair\"", "id=\"forest\"", "id=\"curve\"", "id=\"aligned\""].map {
            try #require(page.firstRange(of: $0)).lowerBound
        }
        #expect(places == places.sorted())
        #expect(page.contains("Different load: a difference may come from the load"))
        #expect(page.contains("<th scope=\"row\">rate</th>"))
    }

    @Test("a column of the curves over time that has too few samples is a wider one")
    func aligned() throws {
        var fixture = ViewFixture(seed: 5)
        func group(_ name: String) -> ComparisonGroup {
            // A thousand a second, and then a trickle.
            var run = fixture.run(name, startMs: ViewFixture.startMs, seconds: 60, perSecond: 2_000)
            for second in 40..<60 {
                run.timelines[0].buckets[second].aggregate = ViewFixture.aggregate(
                    (0..<100).map { _ in fixture.latencyMs() })
            }
            return ComparisonGroup(name: "ada/" + name, runs: [run])
        }
        let (a, b) = (group("a"), group("b"))
        let answer = try ComparisonAnswer(a, b, settings: .init()) { _ in RunHistory([]) }
        let page = Self.page(
            try CompareModel(
                Self.query, a: a, b: b, parts: ([], []), answer: answer, warnings: []))
        #expect(page.contains("columns of 1 s, of up to 10 s where there are too few samples"))
        let row = #/<tr><td>A<td class=n>0:40<td class=n>10 s<td class=n>[^<]*<td class=n>1,000\n/#
        #expect(page.matches(of: row).count == 1)
    }

    @Test("the part that moved the whole is named, with what it added")
    func parts() throws {
        var fixture = ViewFixture(seed: 21)
        let a = Self.group("a", &fixture, runs: 4)
        var b = Self.group("b", &fixture, runs: 4)
        for index in b.runs.indices {
            let values = (0..<450).map { _ in fixture.latencyMs() * 2 }
            b.runs[index].series[1].aggregate = ViewFixture.aggregate(values)
        }
        let answer = try ComparisonAnswer(a, b, settings: .init()) { _ in RunHistory([]) }
        let model = try CompareModel(
            Self.query, a: a, b: b, parts: ([], []), answer: answer, warnings: [])
        let page = Self.page(model)
        let start = try #require(page.firstRange(of: "id=\"where\"")).lowerBound
        let panel = page[start...]
        #expect(panel.contains("<p class=\"lead\">route=/api/cart stands out: mean from"))
        let row = #/<tr><th scope="row" class="wrap">([^<]*)<small>stands out<.small>/#
        #expect(panel.firstMatch(of: row)?.output.1 == "route=/api/cart")
        #expect(panel.matches(of: #/stands out<.small>/#).count == 1)
        #expect(model.json["where"]?["named"] == 1)
    }

    @Test("the change of a part is B / A of the means shown, and what parts added is aligned")
    func partsDivide() throws {
        for seed in 30..<36 as Range<UInt64> {
            let page = Self.page(try Self.model(seed: seed))
            let start = try #require(page.firstRange(of: "id=\"where\"")).lowerBound
            let end = try #require(page[start...].firstRange(of: "</tbody>")).lowerBound
            let cells =
                #/
                <b>([0-9.]+)\sms<.b>.*?<b>([0-9.]+)\sms<.b>
                .*?<td\sclass="n">([^<]*)%<.*?<td\sclass="n">([^<]*)<
                /#
            let rows = page[start..<end].split(separator: "<tr>").compactMap {
                $0.firstMatch(of: cells)
            }
            #expect(rows.count > 1)
            for row in rows {
                let numbers = [row.output.1, row.output.2].compactMap { Double($0) }
                try #require(numbers.count == 2)
                let change = NumberFormat.page.signed(numbers[1] / numbers[0] - 1) {
                    NumberFormat.page.percent(share: $0)
                }
                #expect("\(row.output.3)%" == change, "seed \(seed)")
            }
            let endings = rows.map { row in
                let parts = row.output.4.split(separator: " ")
                let decimals = parts[0].split(separator: ".").dropFirst().first?.count ?? 0
                return "\(decimals) \(parts[1])"
            }
            #expect(Set(endings).count == 1, "seed \(seed): \(rows.map(\.output.4))")
        }
    }

    @Test("one run of each is no verdict, and the page says what is missing")
    func oneRun() throws {
        let model = try Self.model(runs: 1)
        let page = Self.page(model)
        #expect(page.contains("Inconclusive: p99 went from"))
        #expect(page.contains("2 more runs of each"))
        #expect(!page.contains(">Better<") && !page.contains(">Worse<"))
    }

    @Test("A and B change places, another B comes first, and the command names what is shown")
    func links() throws {
        var model = try Self.model()
        model.each = [
            .init(name: "ada/b", result: .comparison(model.answer.main)),
            .init(name: "ada/none", result: .problem("There is no session <ada/none>.")),
            .init(name: "ada/c", result: .comparison(model.answer.main)),
        ]
        let page = Self.page(model)
        let swap = "data-key=\"x\" title=\"Swap A and B (x)\""
        #expect(page.contains(swap + " href=\"/compare?a=ada%2Fb&amp;b=ada%2Fa\""))
        #expect(page.contains(" href=\"/compare?a=ada%2Fa&amp;b=ada%2Fc&amp;b=ada%2Fb\">ada/c</a>"))
        #expect(page.contains("aria-current=\"true\" href=\"/compare?a=ada%2Fa&amp;b=ada%2Fb&amp;"))
        #expect(page.contains("colspan=\"5\">There is no session &lt;ada/none&gt;.</td>"))
        #expect(page.contains("<code>tracker compare ada/a ada/b</code>"))
        #expect(page.contains("href=\"/sessions/ada/b/runs/r1\">b#r1</a>"))
        #expect(page.contains("href=\"/api/v1/compare?a=ada%2Fa&amp;b=ada%2Fb&amp;b=ada%2Fc\""))
    }

    @Test("ticked rows: the oldest is A, and the newer ones follow")
    func ticked() {
        let items = [("s", "u/new"), ("s", "u/middle"), ("s", "u/old"), ("metric", "m")]
        let query = CompareQuery(queryItems: items).resolved
        #expect(query.a == "u/old" && query.b == ["u/middle", "u/new"] && query.metric == "m")
        #expect(CompareQuery(queryItems: [("s", "u/one")]).resolved.a == nil)
    }

    @Test("the session page begins with the verdict, with the change under each figure")
    func session() throws {
        var fixture = ViewFixture(seed: 3)
        let a = Self.group("a", &fixture, runs: 4)
        let b = Self.group("b", &fixture, runs: 4)
        let answer = try ComparisonAnswer(a, b, settings: .init()) { _ in RunHistory([]) }
        let session = try ViewFixture.session("b", name: "B", runs: b.runs)
        let verdict = SessionVerdict(
            reference: .baseline, target: "api", nameA: "baseline", nameB: "ada/b",
            answer: answer, before: a.successes(of: answer.main.metric))
        let catalog = ViewFixture.catalog([session])
        func page(_ verdict: Result<SessionVerdict, MissingVerdict>?) -> String {
            ViewFixture.text(
                sessionPage(
                    session, catalog: catalog, query: SessionQuery(), verdict: verdict,
                    now: ViewFixture.start))
        }
        let shown = page(.success(verdict))
        let first = try #require(shown.firstRange(of: "id=\"verdict\""))
        let figures = try #require(shown.firstRange(of: "id=\"kpis\""))
        #expect(first.lowerBound < figures.lowerBound)
        #expect(shown[figures.upperBound...].matches(of: #/<span class="badge /#).count == 5)
        #expect(shown.contains("href=\"/compare?a=baseline&amp;b=ada%2Fb&amp;target=api\""))
        let missing: [(SessionVerdict.Missing, String)] = [
            (.recording, "has no end"), (.nothingFinished, "ended as it should"),
            (.noTarget, "name no target"), (.severalTargets, "several targets"),
            (.isBaseline(target: "a<b"), "a&lt;b"), (.first(target: "a<b"), "a&lt;b"),
            (.failed("<why>"), "&lt;why&gt;"),
        ]
        for (why, words) in missing {
            #expect(page(.failure(MissingVerdict(why: why))).contains(words), "\(why)")
        }
        // Another run of the session may have ended; and one that ended may have been left out.
        func none(_ query: SessionQuery, _ runs: [RunSummary]) throws -> String {
            ViewFixture.text(
                sessionPage(
                    try ViewFixture.session("none", runs: runs), catalog: catalog, query: query,
                    verdict: .failure(MissingVerdict(why: .nothingFinished)),
                    now: ViewFixture.start))
        }
        var failed = b.runs[0]
        (failed.run, failed.state) = ("failed", .failed)
        let runs = [b.runs[0], failed]
        let ofRun = try none(SessionQuery(metric: nil, run: "failed"), runs)
        #expect(ofRun.contains("this run did not end as it should"))
        #expect(try none(SessionQuery(), runs).contains("ended as it should was left out"))
        #expect(try none(SessionQuery(), [failed]).contains("no run of the session ended as it"))
        // A run of which only values were logged did not fail.
        var silent = b.runs[0]
        silent.state = .unannounced
        #expect(try none(SessionQuery(), [silent]).contains("no start and no end of a run"))
        // Values of no run did not fail.
        var loose = b.runs[0]
        loose.run = ""
        let outside = ViewFixture.text(
            sessionPage(
                try ViewFixture.session("loose", runs: [loose]), catalog: catalog,
                query: SessionQuery(), verdict: .failure(MissingVerdict(why: .nothingFinished)),
                now: ViewFixture.start))
        #expect(
            outside.contains("logged outside of a run") && !outside.contains("ended as it should"))
        #expect(!page(nil).contains("id=\"verdict\""))
        #expect(shown.contains("dashed is the baseline") && shown.contains("class=\"lA\""))
        #expect(!page(nil).contains("class=\"lA\""))
    }
}
