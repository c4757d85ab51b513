import Testing
import TrackerAnalysis
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerTestSupport

/// How often a comparison is wrong, measured. The long form is `scripts/test --long`.
@Suite("Comparison: how often it is wrong")
struct ComparisonTruthTests {
    private static let isLong = TestMode.isLong
    private static let replicates = isLong ? ComparisonLimits.replicates : 200

    private static func settings() -> ComparisonSettings {
        // Nothing varies between these runs: what is measured is the interval within them.
        var settings = ComparisonSettings(replicates: replicates)
        settings.runNoise = .within
        return settings
    }

    /// 7 %; of the few pairs of the short form what 7 % exceeds by chance once in a hundred times.
    private static func mostWrong(of count: Int) -> Int {
        isLong ? Int(0.07 * Double(count)) : count / 4 + (count < 8 ? 1 : 0)
    }

    /// - Returns: the rows of each pair of 60-second runs.
    private static func pairs(
        _ count: Int, seed: UInt64, correlation: Double = 0.6, runs: Int = 1, scale: Double = 1,
        only limit: GateLimit? = nil
    ) throws -> [[ComparisonRow]] {
        var settings = settings()
        if let limit {
            settings.statistics = [limit.statistic]
            settings.margins[limit.statistic] = limit.amount
        }
        return try (0..<count).map { pair in
            var generator = RunGenerator(seed: seed &+ UInt64(pair) &* 7_919)
            generator.correlation = correlation
            generator.errorShare = 0.01
            if runs > 1 { generator.seconds = 20 }
            let a = (0..<runs).map { generator.run("a\($0)") }
            generator.scale = scale
            let b = (0..<runs).map { generator.run("b\($0)") }
            return try Comparison(
                ComparisonGroup(name: "a", runs: a), ComparisonGroup(name: "b", runs: b),
                settings: settings
            ).rows
        }
    }

    @Test("the same process twice: at most 7 % of tables tell any row apart")
    func sameProcess() throws {
        for (correlation, seed) in [(0.0, UInt64(0x1A00)), (0.6, 0x1A06), (0.8, 0x1A08)] {
            let count = Self.isLong ? 400 : 12
            let tables = try Self.pairs(count, seed: seed, correlation: correlation)
            let wrong = tables.filter { $0.contains { $0.verdict.isDifferent } }.count
            let covered = tables.filter { rows in
                rows.allSatisfy { $0.interval?.contains(0) ?? true }
            }.count
            let settled = tables.joined().filter { $0.verdict == .noDifferenceFound }.count
            print(
                "A/A, autocorrelation \(correlation), seed \(seed): \(wrong) of \(count) told"
                    + " apart, all intervals hold zero in \(covered), \(settled) of \(count * 7)"
                    + " rows without difference")
            #expect(wrong <= Self.mostWrong(of: count))
        }
    }

    @Test("groups of three runs from the same process: at most 7 % told apart")
    func sameProcessGroups() throws {
        let count = Self.isLong ? 400 : 6
        let tables = try Self.pairs(count, seed: 0x1B00, runs: 3)
        let wrong = tables.filter { $0.contains { $0.verdict.isDifferent } }.count
        print("A/A, groups of 3 runs, seed \(0x1B00): \(wrong) of \(count) told apart")
        #expect(wrong <= Self.mostWrong(of: count))
    }

    @Test("10 % more at p95 is found in at least 90 % of pairs of 60-second runs")
    func realShift() throws {
        let count = Self.isLong ? 400 : 10
        let tables = try Self.pairs(count, seed: 0x1C00, scale: 1.1)
        let found = tables.filter { rows in
            rows.contains { $0.statistic == .p95 && $0.verdict == .worse }
        }.count
        print("10 % at p95, seed \(0x1C00): found in \(found) of \(count)")
        #expect(Double(found) >= 0.9 * Double(count))
    }

    @Test("a gate at p95:+5% passes what is the same, and stops what is 10 % slower")
    func gate() throws {
        let limit = try GateLimit("p95:+5%")
        let count = Self.isLong ? 400 : 8
        for (scale, seed, wanted) in [
            (1.0, UInt64(0x1D00), Gate.Outcome.pass), (1.1, 0x1D10, .worse),
        ] {
            var outcomes: [Gate.Outcome: Int] = [:]
            for rows in try Self.pairs(count, seed: seed, runs: 5, scale: scale, only: limit) {
                outcomes[Gate.outcome(rows[0], limit), default: 0] += 1
            }
            let wrong = outcomes[wanted == .pass ? .worse : .pass] ?? 0
            print(
                "gate, five runs of 20 s, truth x\(scale), seed \(seed): \(outcomes) of \(count)")
            #expect(wrong <= Self.mostWrong(of: count))
            #expect(outcomes[wanted] ?? 0 > count / 2)
        }
    }

    @Test("1,000 replicates of two 60-second runs are drawn quickly")
    func speed() throws {
        var generator = RunGenerator(seed: 0xD0)
        let a = ComparisonGroup(name: "a", runs: [generator.run()])
        let b = ComparisonGroup(name: "b", runs: [generator.run()])
        let clock = ContinuousClock()
        let time = try clock.measure { _ = try Comparison(a, b) }
        print("1,000 replicates: \(time)")
        // 200 ms is for an optimised build; this one is not, and shares the machine.
        #expect(time < .seconds(20))
    }
}
