import Testing
import TrackerAnalysis
import TrackerIndexer
import TrackerLog
import TrackerPages

/// The part of a session's page that is about a search for the highest rate.
@Suite("The page of a search for the highest rate") struct ViewCapacityTests {
    private static let found = FoundRate(
        ending: .found, rate: 231.5, interval: 200...250, kept: 200, broken: 250,
        condition: "p99<20ms", limit: .target,
        tried: [
            .init(rate: 100, finding: "kept"), .init(rate: 200, finding: "likely_kept"),
            .init(rate: 400, finding: "broken"),
        ])

    private func page(
        promise: String = "p99<20ms,errors<1%", rates: [Double] = [100, 200, 400],
        found: FoundRate? = Self.found
    ) throws -> String {
        var runs: [RunSummary] = []
        for (index, rate) in rates.enumerated() {
            var fixture = ViewFixture(seed: UInt64(index + 1))
            var run = fixture.run(
                "step-\(index)", startMs: ViewFixture.startMs + Double(index) * 60_000,
                seconds: 30, perSecond: 60)
            run.params = .object([
                .init("find_max", .string(promise)), .init("rate", .double(rate)),
                .init("max_connections", .integer(4)),
            ])
            if let found { run.reported = .object([found.member]) }
            runs.append(run)
        }
        let session = try ViewFixture.session("capacity", runs: runs)
        let text = ViewFixture.text(
            sessionPage(
                session, catalog: ViewFixture.catalog([session]), query: SessionQuery(),
                now: ViewFixture.start))
        guard let from = text.firstRange(of: "id=\"capacity\"") else { return "" }
        let rest = text[from.upperBound...]
        return String(rest[..<(try #require(rest.firstRange(of: "</section>"))).lowerBound])
    }

    @Test("it has the answer, a line for each percentile, the limit, the found rate and a table")
    func shown() throws {
        let page = try page()
        #expect(
            page.contains(
                "p99&lt;20ms,errors&lt;1% is kept up to 231.5/s (95 % interval 200/s to 250/s)"))
        #expect(page.contains("<p class=\"lead\"><b>p99&lt;20ms,errors&lt;1% is kept up to"))
        #expect(page.contains("The target was the limit."))
        // The limit of p99 and not that of the errors, the found rate, and its interval.
        for name in ["l50", "pt l50", "l99", "pt", "turn", "mark", "band"] {
            #expect(page.components(of: "<path class=\"\(name)\"") == 1, "\(name)")
        }
        #expect(page.components(of: "class=\"l90\"") == 0)
        #expect(page.contains("dashed: p99&lt;20ms</"))
        for words in ["<td>kept</td>", "<td>broken</td>", "100/s", "400/s"] {
            #expect(page.contains(words), "\(words)")
        }
        let rows = page.components(of: "<tr><th scope=\"row\"")
        #expect(rows == 3)
        // Bars of the intervals: both percentiles, at each of the three rates, have both ends.
        #expect(page.components(of: " ms to ") >= 6)
    }

    @Test("a promise of another percentile has its line; one that nobody knows has none")
    func promises() throws {
        let other = try page(promise: "p90<5ms")
        #expect(other.contains("<path class=\"l90\"") && other.contains("p90&lt;5ms"))
        let strange = try page(promise: "p12 <b>")
        #expect(strange.contains("<path class=\"l99\"") && !strange.contains("<b>\u{20}"))
        #expect(!strange.contains("class=\"turn\""))
    }

    @Test("what was the limit: few connections are not the target's")
    func connections() throws {
        var found = Self.found
        found.limit = .connections
        let page = try page(found: found)
        #expect(page.contains("with 4 connections, p99&lt;20ms") && page.contains("not the target"))
        #expect(!page.contains("The target was the limit"))
    }

    @Test("without a result it has what the steps say; a session of no search has no such part")
    func unknown() throws {
        let page = try page(found: nil)
        #expect(page.contains("Searching for the highest rate with p99&lt;20ms"))
        #expect(page.contains("<path class=\"l99\"") && !page.contains("class=\"band\""))
        #expect(try self.page(rates: []).isEmpty)
    }

    @Test("a search whose time was over says that this is not sure")
    func outOfTime() throws {
        #expect(!(try page()).contains("So far: "))
        var found = Self.found
        found.isOutOfTime = true
        let page = try page(found: found)
        #expect(page.contains("So far: p99&lt;20ms") && page.contains("give more with --for"))
        #expect(FoundRate(summary: .object([found.member])) == found)
    }

    @Test("nothing is kept or broken of which that is not clear")
    func unclear() throws {
        let open = FoundRate(ending: .neverBroken, tried: [.init(rate: 100, finding: "open")])
        let page = try page(found: open)
        #expect(page.contains("at no rate it is clear whether p99&lt;20ms"))
        #expect(!page.contains("was kept at each rate"))
        let below = FoundRate(
            ending: .neverKept, broken: 200, condition: "p99<20ms", limit: .target,
            tried: [.init(rate: 100, finding: "open"), .init(rate: 200, finding: "broken")])
        let other = try self.page(found: below)
        #expect(other.contains("was not kept at any rate, the lowest of them 200/s"))
        #expect(other.contains("Whether it is kept at 100/s is not clear"))
    }

    @Test("What the summary of a step says is read again; what cannot be is nothing")
    func member() {
        let member = Self.found.member
        #expect(FoundRate(summary: .object([member])) == Self.found)
        #expect(FoundRate(summary: nil) == nil)
        #expect(FoundRate(summary: .object([.init("find_max", .string("p99<1ms"))])) == nil)
        let strange = FoundRate(
            summary: .object([
                .init(
                    "find_max",
                    .object([
                        .init("ending", .string("found")), .init("rate", .double(-1)),
                        .init("interval", .array([.double(5), .double(1)])),
                        .init("limit", .string("moon")),
                    ]))
            ]))
        #expect(strange == FoundRate(ending: .found))
    }
}
