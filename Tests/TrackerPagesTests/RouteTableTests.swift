import Testing
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@testable import TrackerPages

@Suite("The table by route and status") struct RouteTableTests {
    /// - Parameter count: of successes.
    private static func series(_ labels: [(String, String)], count: Int, errors: Int)
        -> SeriesSummary
    {
        func some(_ count: Int) -> Population {
            ViewFixture.aggregate((0..<count).map { 2 + Double($0 % 7) }).successes
        }
        return SeriesSummary(
            metric: "http.latency_ms", unit: "ms",
            labels: labels.map { Label($0.0, $0.1) }.sorted { $0.name < $1.name },
            aggregate: Aggregate(successes: some(count), failures: some(errors)))
    }

    private static func session(_ series: [SeriesSummary]) throws -> PublishedSession {
        var fixture = ViewFixture(seed: 3)
        var run = fixture.run("r", startMs: ViewFixture.startMs, seconds: 40, perSecond: 20)
        run.series = series
        return try ViewFixture.session("s", runs: [run])
    }

    private static func page(_ series: [SeriesSummary]) throws -> String {
        let session = try session(series)
        return ViewFixture.text(
            sessionPage(
                session, catalog: ViewFixture.catalog([session]), query: SessionQuery(),
                now: ViewFixture.start + 90_000))
    }

    /// Of the sets of labels with this route, and this status.
    private static func sum(
        _ all: [SeriesSummary], route: String?, status: String?? = nil
    ) -> (count: Int, errors: Int) {
        func value(_ name: String, _ one: SeriesSummary) -> String? {
            one.labels.first { $0.name == name }?.value
        }
        var (count, errors) = (0, 0)
        for one in all where value("route", one) == route {
            if let status, value("status", one) != status { continue }
            count += one.aggregate.count
            errors += one.aggregate.errors
        }
        return (count, errors)
    }

    private static func anySets(_ generator: inout SeededGenerator) -> [SeriesSummary] {
        func any(_ values: [String?]) -> String? {
            values.randomElement(using: &generator) ?? nil
        }
        var sets: Set<[Label]> = []
        var all: [SeriesSummary] = []
        for _ in 0..<40 {
            let given: [(String, String?)] = [
                ("method", any(["GET", "POST", nil])), ("region", any(["eu", "us", nil])),
                ("route", any(["/a", "/b", "/c", nil])), ("status", any(["200", "503", nil])),
            ]
            let labels = given.compactMap { name, value in value.map { (name, $0) } }
            let made = series(
                labels, count: Int.random(in: 0..<50, using: &generator),
                errors: Int.random(in: 0..<9, using: &generator))
            if sets.insert(made.labels).inserted { all.append(made) }
        }
        return all
    }

    @Test(
        "routes hold what their statuses do, over all other labels, the most errors first",
        arguments: 1...20 as ClosedRange<UInt64>)
    func sums(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let all = Self.anySets(&generator)
        let model = SessionModel(try Self.session(all).summary, query: SessionQuery())
        let rows = model.routes.rows
        for row in rows {
            let whole = Self.sum(all, route: row.route)
            #expect(row.total.count == whole.count && row.total.errors == whole.errors)
            for (status, total) in row.statuses {
                let part = Self.sum(all, route: row.route, status: .some(status))
                #expect(total.count == part.count && total.errors == part.errors)
            }
            let counts = row.statuses.map(\.total.count)
            #expect(counts.reduce(0, +) == row.total.count)
            let names = row.statuses.map { $0.status ?? "~" }
            #expect(names == names.sorted())
        }
        let counts = all.map(\.aggregate.count)
        #expect(rows.map(\.total.count).reduce(0, +) == counts.reduce(0, +))
        let errors = rows.map(\.total.errors)
        #expect(errors == errors.sorted(by: >))
    }

    @Test("it is the first table by labels, and in that of all labels the route comes first")
    func order() throws {
        let page = try Self.page([
            Self.series(
                [("route", "/a"), ("status", "200"), ("method", "GET")], count: 90, errors: 0),
            Self.series(
                [("route", "/b"), ("status", "200"), ("method", "GET")], count: 30, errors: 0),
            Self.series(
                [("route", "/b"), ("status", "503"), ("method", "GET")], count: 0, errors: 5),
        ])
        let routes = try #require(page.firstRange(of: "id=\"routes\""))
        let labels = try #require(page.firstRange(of: "id=\"labels\""))
        #expect(routes.lowerBound < labels.lowerBound)
        let first = page[routes.upperBound..<labels.lowerBound]
        let heads = first.matches(
            of: #/<tr( class="in")?><th scope="row" class="labels">(.*?)<\/th>/#
        ).map { $0.output.2 }
        #expect(
            heads == [
                "<span><small>route</small> /b</span>", "<span><small>status</small> 200</span>",
                "<span><small>status</small> 503</span>",
                "<span><small>route</small> /a</span> <span><small>status</small> 200</span>",
            ])
        #expect(
            page[labels.upperBound...].contains(
                "<span><small>route</small> /a</span> <span><small>status</small> 200</span>"
                    + " <span><small>method</small> GET</span>"))
    }

    @Test("it stands alone where there is no other label, and nowhere without routes and statuses")
    func places() throws {
        func has(_ series: [SeriesSummary]) throws -> [Bool] {
            let page = try Self.page(series)
            return ["routes", "labels"].map { page.contains("class=\"panel\" id=\"\($0)\"") }
        }
        let (ok, failed) = (
            Self.series([("route", "/a"), ("status", "200")], count: 9, errors: 0),
            Self.series([("route", "/a"), ("status", "503")], count: 0, errors: 2)
        )
        #expect(try has([ok, failed]) == [true, false])
        #expect(try has([ok]) == [false, true])
        // A table with one row, "no labels", would say what the figures say.
        #expect(try has([Self.series([], count: 9, errors: 0)]) == [false, false])
        #expect(try has([ok, Self.series([], count: 9, errors: 0)])[1])
        #expect(
            try has([
                Self.series([("route", "/a")], count: 9, errors: 0),
                Self.series([("route", "/b")], count: 9, errors: 1),
            ]) == [false, true])
        #expect(
            try has([
                Self.series([("status", "200")], count: 9, errors: 0),
                Self.series([("status", "503")], count: 0, errors: 1),
            ]) == [false, true])
        #expect(
            try has([ok, failed, Self.series([("pool", "x")], count: 9, errors: 0)])
                == [true, true])
    }
}
