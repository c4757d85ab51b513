import Testing
import TrackerAnalysis
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@Suite("Comparison of two groups of runs")
struct ComparisonTests {
    private static let seed: UInt64 = 20_261_123

    private static func group(
        _ name: String, runs: Int = 1, seed: UInt64 = seed, _ edit: (inout RunGenerator) -> Void
    ) -> ComparisonGroup {
        var generator = RunGenerator(seed: seed)
        edit(&generator)
        return ComparisonGroup(name: name, runs: (0..<runs).map { generator.run("\(name)\($0)") })
    }

    private static func compare(
        _ a: ComparisonGroup, _ b: ComparisonGroup, metric: String? = nil
    ) throws -> Comparison {
        print("seed \(seed)")
        // Single runs: what is tested here is the interval within them.
        var settings = ComparisonSettings(metric: metric, replicates: 200)
        settings.runNoise = .within
        return try Comparison(a, b, settings: settings)
    }

    private static func row(_ comparison: Comparison, _ statistic: Statistic) throws
        -> ComparisonRow
    {
        try #require(comparison.rows.first { $0.statistic == statistic })
    }

    @Test("the difference is that of the two numbers shown, and within its interval")
    func difference() throws {
        let a = Self.group("a") { $0.errorShare = 0.02 }
        let b = Self.group("b", seed: 5) { $0.scale = 1.3 }
        let rows = try Self.compare(a, b).rows
        #expect(rows.map(\.statistic) == Statistic.allCases)
        for row in rows {
            let (inA, inB) = (try #require(row.a), try #require(row.b))
            let expected = row.statistic == .errorRate ? inB - inA : inB / inA - 1
            #expect(row.difference == expected)
            let interval = try #require(row.interval)
            #expect(interval.lowerBound <= expected && expected <= interval.upperBound)
            #expect(row.countA == 30_000 && row.countB == 30_000)
        }
    }

    @Test("what is worse and better: more time is, more requests a second are not")
    func direction() throws {
        let slow = Self.group("slow") {
            $0.scale = 1.3
            $0.perSecond = 400
            $0.errorShare = 0.05
        }
        let fast = Self.group("fast", seed: 5) { _ in }
        #expect(try Self.compare(fast, slow).rows.allSatisfy { $0.verdict == .worse })
        #expect(try Self.compare(slow, fast).rows.allSatisfy { $0.verdict == .better })
    }

    @Test("identical runs: no difference found, and it is said that they are the same")
    func identical() throws {
        let comparison = try Self.compare(Self.group("a") { _ in }, Self.group("b") { _ in })
        #expect(comparison.rows.allSatisfy { $0.verdict == .noDifferenceFound })
        #expect(comparison.rows.allSatisfy { $0.difference == 0 })
        #expect(comparison.warnings.contains { $0.contains("same samples") })
    }

    @Test("steady runs without a real difference: no difference found")
    func steady() throws {
        func steady(_ generator: inout RunGenerator) {
            generator.wander = 0.002
            generator.spread = 0.1
        }
        let a = Self.group("a", steady)
        let b = Self.group("b", seed: 6, steady)
        let comparison = try Self.compare(a, b)
        for statistic in [Statistic.p50, .mean, .perSecond, .errorRate] {
            #expect(try Self.row(comparison, statistic).verdict == .noDifferenceFound)
        }
    }

    @Test("too few samples, and too few seconds, are said")
    func tooLittle() throws {
        let few = Self.group("few") { $0.perSecond = 10 }
        let rows = try Self.compare(few, Self.group("b", seed: 6) { _ in })
        #expect(
            try Self.row(rows, .p99).verdict == .inconclusive(.tooFewSamples(needed: 1_000)))
        #expect(try Self.row(rows, .p99).interval == nil)
        #expect(try Self.row(rows, .p50).interval != nil)
        let short = Self.group("short") { $0.seconds = 9 }
        let brief = try Self.compare(short, Self.group("b", seed: 6) { _ in })
        #expect(brief.drawA == .nothing)
        #expect(
            brief.rows.allSatisfy {
                $0.verdict == .inconclusive(.tooShort(neededSlots: 10)) && $0.interval == nil
            })
    }

    @Test("a wide interval is inconclusive, with how many runs more; more noise needs more")
    func wide() throws {
        func further(_ wander: Double) throws -> Int {
            let a = Self.group("a") { $0.wander = wander }
            let b = Self.group("b", seed: 9) { $0.wander = wander }
            let verdict = try Self.row(Self.compare(a, b), .p50).verdict
            guard case .inconclusive(.wide(let runs)) = verdict else {
                Issue.record("\(verdict)")
                return 0
            }
            return runs ?? ComparisonLimits.maxFurtherRuns + 1
        }
        let some = try further(0.06)
        let many = try further(0.3)
        #expect(some >= 1 && many > some)
    }

    @Test("unlike units are refused; so is a metric that one does not have")
    func refused() {
        let a = Self.group("a") { _ in }
        let b = Self.group("b") { $0.unit = "MB" }
        #expect(throws: ComparisonError.unlikeUnits(metric: "latency_ms", a: "ms", b: "MB")) {
            try Self.compare(a, b)
        }
        let none = Self.group("b") { ($0.metric, $0.unit) = ("time", nil) }
        let some = Self.group("a") { $0.metric = "time" }
        #expect(throws: ComparisonError.unlikeUnits(metric: "time", a: "ms", b: "no unit")) {
            try Self.compare(some, none)
        }
        #expect(throws: ComparisonError.noSamples(group: "a", metric: "cpu")) {
            try Self.compare(a, a, metric: "cpu")
        }
        let other = Self.group("c") { $0.metric = "other_ms" }
        #expect(throws: ComparisonError.noSamples(group: "c", metric: "latency_ms")) {
            try Self.compare(a, other)
        }
    }

    @Test("the same input gives the same output, to the last bit; other data has another seed")
    func deterministic() throws {
        let a = Self.group("a") { _ in }
        let b = Self.group("b", seed: 6) { _ in }
        let first = try Self.compare(a, b)
        #expect(try Self.compare(a, b).json == first.json)
        #expect(try Self.compare(b, a).seed != first.seed)
    }

    @Test("groups of three runs draw whole runs, and one that wanders between runs is not trusted")
    func groups() throws {
        let a = Self.group("a", runs: 3) { $0.seconds = 12 }
        let b = Self.group("b", runs: 3, seed: 8) { $0.seconds = 12 }
        let grouped = try Self.compare(a, b)
        #expect(grouped.drawA == .runs && grouped.runsA == 3)
        var uneven = a
        for (index, scale) in [0.8, 1.0, 1.25].enumerated() {
            uneven.runs[index] =
                Self.group("u", seed: UInt64(index)) {
                    $0.scale = scale
                    $0.wander = 0
                }.runs[0]
        }
        // One run of 60 seconds is 20 % slower; but the runs of the other group differ by more.
        let single = Self.group("s", seed: 77) {
            $0.scale = 1.2
            $0.wander = 0
        }
        let row = try Self.row(Self.compare(uneven, single), .p95)
        guard case .inconclusive(.wide) = row.verdict else {
            Issue.record("\(row)")
            return
        }
    }

    @Test("a stall is data: seconds without samples count for the rate")
    func stall() throws {
        var whole = Self.group("a") { _ in }.runs[0]
        let buckets = whole.timelines[0].buckets
        var generator = RunGenerator(seed: 1)
        generator.unit = "ms"
        let cut = RunGenerator.run("cut", Array(buckets[..<40]), generator)
        whole.timelines = cut.timelines
        let rows = try Self.compare(
            ComparisonGroup(name: "stalled", runs: [whole]), Self.group("b", seed: 2) { _ in })
        #expect(try Self.row(rows, .perSecond).a == 333.3)
        #expect(try Self.row(rows, .perSecond).b == 500)
    }

    @Test("zero has no ratio; an error rate of zero has a difference")
    func zero() throws {
        func zeros(_ name: String) -> ComparisonGroup {
            let buckets = (0..<20).map {
                TimeBucket(
                    startMs: $0 * 1_000,
                    aggregate: RunGenerator.aggregate(Array(repeating: 0, count: 100), 0))
            }
            let like = RunGenerator(seed: 0)
            return ComparisonGroup(name: name, runs: [RunGenerator.run(name, buckets, like)])
        }
        let rows = try Self.compare(zeros("a"), Self.group("b") { _ in })
        #expect(try Self.row(rows, .p50).verdict == .worse)
        #expect(try Self.row(rows, .p50).isInUnit)
        #expect(try Self.row(rows, .p50).difference == Self.row(rows, .p50).b)
        #expect(try Self.row(rows, .errorRate).difference == 0)
        #expect(try Self.row(rows, .errorRate).interval != nil)
    }

    @Test("environment and load: what differs is listed, unlike latency is warned of")
    func environment() throws {
        func group(_ name: String, latency: String, host: String) -> ComparisonGroup {
            Self.group(name) {
                $0.params = .object([
                    .init("latency", .string(latency)), .init("rate", .integer(5)),
                ])
                $0.environment = .object([
                    .init("host", .string(host)), .init("cores", .integer(2)),
                    .init("load_average", .array([.double(host == "x" ? 1.9 : 0.1)])),
                ])
            }
        }
        let comparison = try Self.compare(
            group("a", latency: "corrected", host: "x"),
            group("b", latency: "uncorrected", host: "y"))
        #expect(comparison.differences.map(\.name) == ["host", "latency", "load_average"])
        #expect(comparison.differences.last?.a == ["busy"])
        #expect(comparison.differences.last?.b == ["idle"])
        #expect(comparison.differences.first?.a == ["x"])
        #expect(comparison.warnings.contains { $0.contains("corrected counts from") })
        #expect(comparison.warnings.contains { $0.contains("A: the machine was busy") })
        #expect(!comparison.warnings.contains { $0.contains("B: the machine was busy") })
    }

    @Test(
        "a condition that always differs is compared by what it means",
        arguments: [
            ("load_average", .array([.double(0.1)]), .array([.double(0.4)]), false),
            ("load_average", .array([.double(0.1)]), .array([.double(1.1)]), true),
            (
                "started", .string("2026-11-25T14:02:11Z"), .string("2026-11-25 15:00:00"), false
            ),
            ("timestamp", .double(1_794_924_131), .double(1_794_924_999), false),
            ("created_at", .double(1_794_924_131_000), .double(1_794_924_999_000), false),
            (
                "build", .string("2026-11-25T14:02:11Z"), .string("2026-11-25T15:00:00Z"), true
            ),
            ("timeout_ms", .double(1_000), .double(2_000), true),
            ("memory_bytes", .double(8_000_000_000), .double(4_000_000_000), true),
            ("warmup_time", .double(5), .double(10), true),
            ("day", .string("monday"), .string("friday"), true),
        ] as [(String, JSONValue, JSONValue, Bool)])
    func byMeaning(name: String, a: JSONValue, b: JSONValue, isDifferent: Bool) throws {
        func group(_ text: String, _ value: JSONValue) -> ComparisonGroup {
            Self.group(text) {
                $0.environment = .object([.init("cores", .integer(2)), .init(name, value)])
            }
        }
        let comparison = try Self.compare(group("a", a), group("b", b))
        #expect(comparison.differences.map(\.name) == (isDifferent ? [name] : []))
    }

    @Test("the words of the verdicts")
    func words() {
        let verdicts: [Verdict] = [
            .better, .worse, .noDifferenceFound, .inconclusive(.noRatio),
        ]
        let words = ["Better", "Worse", "No difference found", "Inconclusive"]
        #expect(verdicts.map(\.words) == words)
    }
}
