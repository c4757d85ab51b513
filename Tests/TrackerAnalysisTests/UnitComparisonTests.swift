import Testing
import TrackerAnalysis
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@Suite("Comparison in units: conversions, differences and levels")
struct UnitComparisonTests {
    /// A run of 40 seconds whose values lie around a level, with a little noise by seed.
    private static func run(
        _ name: String, around level: Double, spread: Double, seed: UInt64, unit: String?,
        metric: String = "m"
    ) -> RunSummary {
        var generator = SeededGenerator(seed: seed)
        var like = RunGenerator(seed: seed)
        (like.metric, like.unit) = (metric, unit)
        let buckets = (0..<40).map { second in
            let values = (0..<100).map { _ in
                level + spread * (Double(generator.next() >> 11) / Double(1 << 53) - 0.5)
            }
            return TimeBucket(
                startMs: second * 1_000, aggregate: RunGenerator.aggregate(values, 0))
        }
        return RunGenerator.run(name, buckets, like)
    }

    private static func group(
        _ name: String, around level: Double, spread: Double = 2, seed: UInt64,
        unit: String? = "ms", metric: String = "m"
    ) -> ComparisonGroup {
        ComparisonGroup(
            name: name,
            runs: [
                run(name, around: level, spread: spread, seed: seed, unit: unit, metric: metric)
            ])
    }

    private static func compare(
        _ a: ComparisonGroup, _ b: ComparisonGroup, noise: RunNoiseRule = .within
    ) throws -> Comparison {
        var settings = ComparisonSettings(replicates: 200)
        settings.runNoise = noise
        return try Comparison(a, b, settings: settings)
    }

    private static func row(
        _ comparison: Comparison, _ statistic: Statistic
    ) throws -> ComparisonRow {
        try #require(comparison.rows.first { $0.statistic == statistic })
    }

    private static func outcome(
        _ text: String, _ comparison: Comparison, isLeast: Bool = false
    ) throws -> Gate.Outcome {
        let limit = try GateLimit(text, isLeast: isLeast)
            .resolved(metric: comparison.metric, unit: comparison.unit)
        return Gate.outcome(try row(comparison, limit.statistic), limit)
    }

    @Test("seconds and milliseconds are compared in one unit")
    func converted() throws {
        let a = Self.group("a", around: 100, seed: 1)
        let b = Self.group("b", around: 0.1, spread: 0.002, seed: 2, unit: "s")
        let comparison = try Self.compare(a, b)
        #expect(comparison.unit == "ms")
        let row = try Self.row(comparison, .mean)
        #expect(abs(try #require(row.b) - 100) < 0.5)
        #expect(row.verdict == .noDifferenceFound)
    }

    @Test("temperatures below zero are compared by their difference, with its interval")
    func belowZero() throws {
        let cold = Self.group("cold", around: -20, seed: 1, unit: "°C", metric: "room")
        let mild = Self.group("mild", around: -15, seed: 2, unit: "°C", metric: "room")
        let row = try Self.row(try Self.compare(cold, mild), .mean)
        #expect(row.isInUnit && row.verdict == .higher)
        let interval = try #require(row.interval)
        #expect(interval.contains(try #require(row.difference)))
        #expect(interval.lowerBound > 4.5 && interval.upperBound < 5.5)
        #expect(try Self.row(try Self.compare(cold, cold), .mean).verdict == .noDifferenceFound)
        let back = try Self.row(try Self.compare(mild, cold), .p50)
        #expect(back.verdict == .lower)
    }

    @Test("a mean of zero has an interval that is not empty")
    func zeroMean() throws {
        let a = Self.group("a", around: 0, seed: 1, unit: nil, metric: "drift")
        let b = Self.group("b", around: 0, seed: 2, unit: nil, metric: "drift")
        let row = try Self.row(try Self.compare(a, b), .mean)
        let interval = try #require(row.interval)
        #expect(interval.upperBound > interval.lowerBound && interval.contains(0))
        #expect(!row.verdict.isDifferent)
    }

    @Test("one run of each says nothing about the next, in units as well")
    func oneRun() throws {
        let cold = Self.group("cold", around: -20, seed: 1, unit: "°C")
        let mild = Self.group("mild", around: -15, seed: 2, unit: "°C")
        let comparison = try Self.compare(cold, mild, noise: .history)
        #expect(try Self.row(comparison, .mean).verdict.isOneRun)
        #expect(try Self.outcome("mean:+1°C", comparison) == .inconclusive)
        #expect(try Self.outcome("mean<0°C", comparison) == .inconclusive)
    }

    @Test("three runs of each show what they differ by themselves")
    func threeRuns() throws {
        func group(_ name: String, _ levels: [Double]) -> ComparisonGroup {
            ComparisonGroup(
                name: name,
                runs: levels.enumerated().map { index, level in
                    Self.run(
                        "\(name)\(index)", around: level, spread: 1, seed: UInt64(index + 1),
                        unit: "°C")
                })
        }
        let a = group("a", [-20, -20.2, -19.8])
        let near = try Self.row(
            try Self.compare(a, group("b", [-19.9, -20.1, -20.3]), noise: .history), .mean)
        #expect(!near.verdict.isDifferent)
        let far = try Self.row(
            try Self.compare(a, group("c", [-10, -10.2, -9.8]), noise: .history), .mean)
        #expect(far.verdict == .higher)
    }

    @Test(
        "a limit on the difference: by its interval, in any unit of the dimension",
        arguments: [
            ("mean:+20ms", Gate.Outcome.pass), ("mean:+0.02s", .pass), ("mean:+5ms", .worse),
            ("p95:+5000us", .worse), ("p50:+20ms", .pass), ("mean:+10.4ms", .inconclusive),
        ])
    func difference(text: String, outcome: Gate.Outcome) throws {
        let a = Self.group("a", around: 100, spread: 30, seed: 1)
        let b = Self.group("b", around: 110, spread: 30, seed: 2)
        #expect(try Self.outcome(text, try Self.compare(a, b)) == outcome)
    }

    @Test(
        "a limit on B alone: pass or worse only where the whole interval is on one side",
        arguments: [
            ("mean<200ms", false, Gate.Outcome.pass), ("mean<0.2s", false, .pass),
            ("mean<105ms", false, .worse), ("mean<110ms", false, .inconclusive),
            ("errors<1%", false, .pass), ("rps>50", true, .pass), ("rps>200/s", true, .worse),
            ("rps>3000/min", true, .pass),
        ])
    func level(text: String, isLeast: Bool, outcome: Gate.Outcome) throws {
        let a = Self.group("a", around: 100, spread: 30, seed: 1)
        let b = Self.group("b", around: 110, spread: 30, seed: 2)
        let comparison = try Self.compare(a, b)
        #expect(try Self.outcome(text, comparison, isLeast: isLeast) == outcome)
    }

    @Test(
        "a limit whose unit is not that of the metric says so",
        arguments: [
            ("p95<200", "in ms"), ("p95:+5", "in ms"), ("p95<2MB", "not converted"),
            ("rps>5x", "not /s"),
        ])
    func refused(text: String, reason: String) throws {
        let limit = try GateLimit(text, isLeast: text.contains(">"))
        #expect {
            _ = try limit.resolved(metric: "m", unit: "ms")
        } throws: { "\($0)".contains(reason) }
        #expect(try GateLimit("mean<5").resolved(metric: "m", unit: nil).amount == 5)
        #expect(try GateLimit("mean:+5pp").resolved(metric: "m", unit: "%").amount == 5)
        #expect(try GateLimit("mean<-5°C").amount == -5)
    }

    @Test("a change and a level of one number may both be given; the same twice may not")
    func both() throws {
        let limits = try GateLimit.parse(["p95:+5%", "p95<200ms", "p95:+5ms"], least: ["rps>100"])
        #expect(limits.map(\.allowance) == ["+5%", "<200ms", "+5ms", ">100"])
        #expect(throws: GateLimitError.self) { try GateLimit.parse(["p95<1s", "p95<2s"]) }
        #expect(throws: GateLimitError.self) { try GateLimit.parse([], least: ["p95:+5%"]) }
    }

    @Test("what was declared decides which way is better, the newest run first")
    func declared() throws {
        var a = Self.group("a", around: 1_000, seed: 1, unit: nil)
        var b = Self.group("b", around: 1_200, seed: 2, unit: nil)
        #expect(try Self.row(try Self.compare(a, b), .mean).verdict == .higher)
        a.runs[0].timelines[0].declared = .init(metric: "m", kind: .rate, better: .lower)
        #expect(try Self.row(try Self.compare(a, b), .mean).verdict == .worse)
        b.runs[0].timelines[0].declared = .init(metric: "m", better: .higher)
        let comparison = try Self.compare(a, b)
        #expect(try Self.row(comparison, .mean).verdict == .better)
        #expect(comparison.meaning.kind == .rate)
        #expect(comparison.json["better"]?.stringValue == "higher")
    }

    @Test("unlike requests are named, and are not one history")
    func requests() throws {
        var a = Self.group("a", around: 100, seed: 1)
        var b = Self.group("b", around: 100, seed: 2)
        func mix(_ body: String) throws -> JSONValue {
            try JSONValue(
                parsing: Array(
                    ("{\"request_mix\":[{\"method\":\"POST\",\"url\":\"http://a/\",\"weight\":1,"
                        + "\"body_bytes\":3,\"body_sha256\":\"\(body)\"}]}").utf8))
        }
        a.runs[0].params = try mix("aa")
        b.runs[0].params = try mix("aa")
        #expect(try Self.compare(a, b).warnings.allSatisfy { !$0.contains("unlike requests") })
        b.runs[0].params = try mix("bb")
        let comparison = try Self.compare(a, b)
        #expect(comparison.warnings.contains { $0.hasPrefix("unlike requests") })
        let difference = try #require(comparison.differences.first { $0.name == "request_mix" })
        #expect(difference.a == ["POST http://a/ (3 B aa)"])
        let history = RunHistory(a.runs + b.runs, metric: "m")
        #expect(Set(history.runs.map(\.conditions)).count == 2)
    }

    @Test("a group says how many of its runs are of a clean tree")
    func trees() throws {
        var a = ComparisonGroup(
            name: "a",
            runs: (1...3).map {
                Self.run("a\($0)", around: 100, spread: 2, seed: UInt64($0), unit: "ms")
            })
        for (index, isDirty) in [false, true].enumerated() {
            a.runs[index].environment = .object([.init("git_dirty", .bool(isDirty))])
        }
        let comparison = try Self.compare(a, Self.group("b", around: 100, seed: 9))
        #expect(comparison.treesA.text == "1 clean, 1 with uncommitted changes, 1 not told")
        #expect(comparison.treesB.text == "")
    }
}
