import Testing
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@testable import TrackerPages

@Suite("Queries of pages, and names") struct ViewQueryTests {
    @Test(
        "a filter is split into words, and quotes hold some together",
        arguments: [
            ("", []), ("   ", []), ("pool", ["pool"]), ("a b", ["a", "b"]),
            (" a\t b\n", ["a", "b"]),
            ("\"a b\" c", ["a b", "c"]), ("tag:\"postgres 16\"", ["tag:postgres 16"]),
            ("\"open", ["open"]), ("\"\"", []), ("a\"b\"c", ["abc"]), ("测试 🚀", ["测试", "🚀"]),
        ])
    func words(text: String, words: [String]) {
        #expect(CatalogQuery(text, now: nil).terms == words.map { CatalogFilter.Term($0) })
    }

    @Test(
        "the query of a list",
        arguments: [
            ([], "", 1), ([("q", "pool"), ("page", "3")], "pool", 3), ([("page", "0")], "", 1),
            ([("page", "-5")], "", 1), ([("page", "x")], "", 1), ([("other", "y")], "", 1),
            ([("q", "a"), ("q", "b")], "b", 1), ([("page", "9223372036854775808")], "", 1),
        ] as [([(String, String)], String, Int)])
    func listQuery(items: [(String, String)], text: String, page: Int) {
        #expect(SessionListQuery(queryItems: items) == SessionListQuery(text: text, page: page))
    }

    @Test("a filter that is too long is cut, and says so")
    func longFilter() {
        let (most, mostWords) = (IndexLimits.maxQueryCharacters, IndexLimits.maxQueryWords)
        let long = String(repeating: "x", count: most + 50)
        let query = SessionListQuery(queryItems: [("q", long)])
        #expect(query.text.count == most + 1)
        #expect(query.doubts == ["Only the first \(most) characters of the filter count."])
        #expect(SessionListQuery(text: String(long.prefix(most))).doubts.isEmpty)
        let words = Array(repeating: "a", count: mostWords + 1).joined(separator: " ")
        #expect(
            SessionListQuery(text: words).doubts == [
                "Only the first \(mostWords) words count; the filter has \(mostWords + 1)."
            ])
        #expect(CatalogQuery(words, now: nil).terms.count == mostWords)
    }

    @Test("the query of a session tells an empty run from none")
    func sessionQuery() {
        #expect(SessionQuery(queryItems: []) == SessionQuery())
        #expect(SessionQuery(queryItems: [("run", "")]).run == "")
        #expect(SessionQuery(queryItems: [("runs", "3")]).runPage == 3)
        #expect(SessionQuery(queryItems: [("runs", "x")]).runPage == nil)
        #expect(
            SessionQuery(queryItems: [("metric", "m"), ("x", "y")]) == SessionQuery(metric: "m"))
    }

    @Test("a written query is read back", arguments: [1, 2] as [UInt64])
    func queryText(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let letters = Array("ab &=?#%+/\"<é测🚀\u{0}\n")
        func text() -> String {
            String(
                (0..<Int(generator.next() % 8)).map { _ in
                    letters[Int(generator.next() % UInt64(letters.count))]
                })
        }
        for _ in 0..<500 {
            let items = (0..<Int(generator.next() % 4)).map { _ in (text(), text()) }
            let written = TrackerPages.queryText(items)
            #expect(written.isEmpty == items.isEmpty)
            #expect(written.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "seed \(seed)")
            let fields =
                written.isEmpty
                ? []
                : written.dropFirst().split(separator: "&", omittingEmptySubsequences: false)
            #expect(fields.count == items.count, "seed \(seed)")
            for (field, item) in zip(fields, items) {
                let parts = field.split(separator: "=", omittingEmptySubsequences: false)
                #expect(parts.map { decoded(String($0)) } == [item.0, item.1], "seed \(seed)")
            }
        }
    }

    private func decoded(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            rest = rest.dropFirst(2)
            guard let value = UInt8(digits, radix: 16) else { return nil }
            bytes.append(value)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    @Test(
        "a unit as logged, else by the suffix of the name",
        arguments: [
            ("latency_ms", nil, "ms"), ("latency_ms", "s", "s"), ("gc_us", nil, "µs"),
            ("x_seconds", nil, "s"), ("x_s", nil, "s"), ("read_bytes", nil, "B"),
            ("cpu_percent", nil, "%"), ("requests", nil, nil), ("ms", nil, nil), ("", nil, nil),
            ("columns", nil, nil), ("queue_ns", nil, "ns"),
        ] as [(String, String?, String?)])
    func units(name: String, logged: String?, unit: String?) {
        #expect(MetricChoice.unit(of: name, logged: logged) == unit)
        let choice = MetricChoice(name: name, unit: logged, count: 1, isLatency: false)
        #expect(choice.unitText == unit ?? "")
        #expect(choice.noun == "samples" && choice.title == name)
    }

    @Test("units that are not converted are metrics of their own, each with its address")
    func unlikeUnits() throws {
        func timeline(_ unit: String?, _ count: Int) -> MetricTimeline {
            let values = Population(
                count: count, sum: 1, min: 1, max: 1,
                histogram: Histogram(
                    sorted: [
                        BucketCount(bucket: Bucket.index(of: 1), count: UInt64(count))
                    ]))
            return MetricTimeline(
                metric: "m", unit: unit, bucketWidthMs: 1_000,
                buckets: [TimeBucket(startMs: 0, aggregate: Aggregate(successes: values))],
                total: Aggregate(successes: values))
        }
        let run = RunSummary(
            run: "r", state: .finished, params: .emptyObject, environment: .emptyObject,
            series: [
                SeriesSummary(
                    metric: "m", unit: "MB", labels: [], aggregate: timeline("MB", 3).total),
                SeriesSummary(
                    metric: "m", unit: nil, labels: [], aggregate: timeline(nil, 2).total),
            ], timelines: [timeline(nil, 2), timeline("MB", 3)])
        let summary = try summary([run])
        #expect(MetricChoice.all(in: summary).map(\.id) == ["m", "m (no unit)"])
        let first = SessionModel(summary, query: SessionQuery(metric: nil, run: nil))
        #expect(first.total?.count == 3 && first.labelRows.map(\.total.count) == [3])
        let second = SessionModel(summary, query: SessionQuery(metric: "m (no unit)", run: nil))
        #expect(second.total?.count == 2 && second.labelRows.map(\.total.count) == [2])
    }

    private func summary(_ runs: [RunSummary], host: String? = nil) throws -> SessionSummary {
        SessionSummary(
            user: try UserID("ann"), session: try SessionID("s"), host: host, tags: [],
            isArchived: false, notes: [], runs: runs,
            health: SessionHealth(
                badRegions: [], badRegionCount: 0, badRegionBytes: 0, badLines: [],
                badLineCount: 0, gaps: [], missingFrames: 0, uncheckedFrames: 0,
                duplicateFrames: 0, conflictingFrames: 0, newerFrames: 0, droppedEvents: 0,
                pendingBytes: 0, ignoredFiles: []), eventCount: 0)
    }

    private func run(_ params: [JSONValue.Member], target: String? = nil) -> RunSummary {
        var fixture = ViewFixture(seed: 1)
        var run = fixture.run("r", startMs: ViewFixture.startMs, seconds: 2, perSecond: 5)
        run.params = .object(params)
        run.environment = .emptyObject
        run.target = target
        run.commit = nil
        return run
    }

    @Test("the load of a run in words")
    func load() {
        let table: [([JSONValue.Member], String?)] = [
            ([.init("rate", .double(1_200))], "open loop, 1,200/s"),
            ([.init("rate_per_s", .double(2.5))], "open loop, 2.50/s"),
            (
                [.init("rate", .double(0)), .init("connections", .integer(1))],
                "closed loop, 1 connection"
            ),
            ([.init("vus", .integer(32))], "closed loop, 32 connections"),
            ([.init("rate", .string("many"))], nil), ([], nil),
        ]
        for (params, text) in table { #expect(ConditionText.load(of: [run(params)]) == text) }
        // The first run that says it counts.
        let runs = [run([]), run([.init("rate", .integer(5))]), run([.init("rate", .integer(9))])]
        #expect(ConditionText.load(of: runs) == "open loop, 5.00/s")
    }

    @Test("conditions: each key once, with all its values up to a limit")
    func conditions() throws {
        let runs = (0..<10).map { number in
            run([.init("rate", .integer(number)), .init("fixed", .bool(true))], target: "t")
        }
        let rows = ConditionText.rows(try summary(runs, host: "box"))
        #expect(rows.map(\.key) == ["host", "target", "rate", "fixed"])
        #expect(rows.map(\.values.count) == [1, 1, ConditionText.maxValues, 1])
        #expect(rows[2].values == (0..<ConditionText.maxValues).map(String.init))
        #expect(rows.map(\.hasMore) == [false, false, true, false])
        let few = ConditionText.rows(
            try summary(Array(runs.prefix(ConditionText.maxValues)), host: "box"))
        #expect(few.map(\.hasMore) == [false, false, false, false])
    }

    @Test(
        "a logged value in words",
        arguments: [
            (.null, "none"), (.bool(true), "true"), (.integer(5), "5"), (.number("1e3"), "1e3"),
            (.string("a \"b\""), "a \"b\""), (.array([.integer(1), .string("x")]), "1, \"x\""),
            (.object([.init("k", .array([.null]))]), "k: none"), (.emptyObject, ""),
        ] as [(JSONValue, String)])
    func values(value: JSONValue, text: String) {
        #expect(ConditionText.text(value) == text)
    }

    @Test("a value that is too long ends in dots")
    func longValue() {
        let text = ConditionText.text(.string(String(repeating: "测", count: 5_000)))
        #expect(text.hasSuffix("…") && text.count < 400)
    }

    @Test("metrics: latencies first, then those with most samples")
    func metrics() throws {
        var fixture = ViewFixture(seed: 2)
        var run = fixture.run("r", startMs: ViewFixture.startMs, seconds: 2, perSecond: 5)
        run.timelines = [
            fixture.timeline(metric: "rss", startMs: 0, seconds: 9, perSecond: 9),
            fixture.timeline(metric: "a_ms", startMs: 0, seconds: 2, perSecond: 3),
            fixture.timeline(metric: "b_ms", startMs: 0, seconds: 2, perSecond: 4),
        ]
        for index in run.timelines.indices where run.timelines[index].metric == "rss" {
            run.timelines[index].unit = nil
        }
        let choices = MetricChoice.all(in: try summary([run, run]))
        #expect(choices.map(\.name) == ["b_ms", "a_ms", "rss"])
        #expect(choices.map(\.count) == [16, 12, 162])
        #expect(choices.map(\.isLatency) == [true, true, false])
        #expect(choices[0].title == "b_ms" && choices[0].noun == "samples")
    }

    @Test(
        "a duration is a latency of requests only where its name says so",
        arguments: [
            ("http.latency_ms", true), ("latency", true), ("responseTime", true),
            ("http_req_duration", true), ("request_seconds", true), ("http_req_blocked", false),
            ("build_s", false), ("command.duration_s", false), ("gc_pause_ms", false), ("", false),
        ])
    func latencyWords(name: String, isOfRequests: Bool) {
        let choice = MetricChoice(name: name, unit: "s", count: 1, isLatency: true)
        #expect(choice.title == (isOfRequests ? "Latency" : name))
        #expect(choice.noun == (isOfRequests ? "requests" : "samples"))
    }
}
