import Testing
import TrackerAnalysis
import TrackerIndexer
import TrackerLog
import TrackerPages

/// The part of a session's page that is about an experiment.
@Suite("The page of an experiment") struct ViewExperimentTests {
    private func page(rounds: Int, name: String, factor: Double) throws -> String {
        let settings = ExperimentSettings(
            metric: "http.latency_ms", numbers: [.mean, .errorRate], minEffect: 0.02,
            minErrorPoints: 0.1, variants: 2, seed: 7)
        var runs: [RunSummary] = []
        for round in 1...rounds {
            for variant in 0...1 {
                var fixture = ViewFixture(seed: UInt64(round * 2 + variant))
                var run = fixture.run(
                    "\(round)-\(variant)", startMs: ViewFixture.startMs + Double(round) * 9_000,
                    seconds: 1, perSecond: 4)
                let tag = ExperimentTag(
                    settings: settings, variant: variant, name: name + "\(variant)", round: round,
                    place: variant, probability: 0.5)
                run.params = .object([tag.member])
                let value = 10 * (variant == 1 ? factor : 1) * (1 + Double(round % 3) / 100)
                run.timelines[0].total = ViewFixture.aggregate([value, value])
                runs.append(run)
            }
        }
        let session = try ViewFixture.session("experiment", runs: runs)
        return ViewFixture.text(
            sessionPage(
                session, catalog: ViewFixture.catalog([session]), query: SessionQuery(),
                now: ViewFixture.start))
    }

    @Test(
        "it has the variants, the finding, a dot for each round and the closing interval",
        arguments: [(0.8, "good", "Better"), (1.2, "bad", "Worse"), (1.0, "flat", "Equal within")])
    func shown(factor: Double, tone: String, words: String) throws {
        let page = try page(rounds: 40, name: "node <b>", factor: factor)
        let from = try #require(page.firstRange(of: "id=\"experiment\""))
        let rest = page[from.upperBound...]
        let end = try #require(rest.firstRange(of: "</section>"))
        let part = String(rest[..<end.lowerBound])
        #expect(part.contains("40 rounds"))
        // The answer is the first thing below the head.
        let first = "</header>\n<section class=\"verdict \(tone)\""
        let head = try #require(page.firstRange(of: first))
        #expect(head.lowerBound < from.lowerBound)
        let answer = page[head.upperBound..<from.lowerBound]
        let said = ["good": "B is better than A: mean −", "bad": "B is worse than A: mean +"]
        #expect(answer.contains(said[tone] ?? "B and A are equal within 2.0%: mean "))
        #expect(answer.contains("95 % interval ") && answer.contains(", after 40 rounds."))
        #expect(part.contains("node &lt;b&gt;0") && part.contains("node &lt;b&gt;1"))
        #expect(part.contains("badge \(tone)\">\(words)"))
        let dots = part.ranges(of: "class=\"pt\"").map { found in
            String(part[found.upperBound...].prefix { $0 != ">" }).components(of: "h.01")
        }
        #expect(dots == [40, 40])
        // Both ends as lines, and the last interval as a bar, of two numbers.
        #expect(part.components(of: "class=\"lB\"") == 6)
        #expect(part.components(of: "<tr>") >= 82)
    }

    @Test("with few rounds it says that the interval is open")
    func open() throws {
        let page = try page(rounds: 2, name: "x", factor: 2)
        #expect(page.contains("badge open\">Open") && page.contains("2 rounds"))
        #expect(page.contains("Which of A and B is better is not settled: mean +"))
    }

    @Test("a session of no experiment has no such part")
    func none() throws {
        var fixture = ViewFixture(seed: 1)
        let session = try fixture.sixRuns()
        let page = sessionPage(
            session, catalog: ViewFixture.catalog([session]), query: SessionQuery(),
            now: ViewFixture.start)
        #expect(!ViewFixture.text(page).contains("id=\"experiment\""))
    }
}
