import Testing
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@testable import TrackerAnalysis

@Suite("Experiments: which rounds count, and what is found")
struct ExperimentTests {
    private static func settings(
        _ numbers: [Statistic] = [.mean], variants: Int = 2
    ) -> ExperimentSettings {
        ExperimentSettings(
            metric: "build.duration_s", numbers: numbers, minEffect: 0.02, minErrorPoints: 0.1,
            variants: variants, seed: 42)
    }

    private static func run(
        _ variant: Int, round: Int, place: Int, value: Double, state: RunSummary.State = .finished,
        _ settings: ExperimentSettings
    ) -> RunSummary {
        let tag = ExperimentTag(
            settings: settings, variant: variant, name: "command \(variant)", round: round,
            place: place, probability: 0.5)
        let total = Aggregate(successes: Population(single: value))
        return RunSummary(
            run: "\(round)-\(variant)", test: "ab", target: "t", state: state,
            params: .object([tag.member]), environment: .emptyObject, series: [],
            timelines: [
                MetricTimeline(
                    metric: settings.metric, unit: "s", bucketWidthMs: 1_000, buckets: [],
                    total: total)
            ])
    }

    /// Rounds in which each variant takes the base, a little more or less, times its factor.
    private static func rounds(
        _ count: Int, factors: [Double], _ settings: ExperimentSettings, seed: UInt64 = 1
    ) -> [RunSummary] {
        var generator = SeededGenerator(seed: seed)
        return (1...count).flatMap { round in
            factors.indices.map { variant in
                let noise = Double(generator.next() % 1_000) / 1_000 * 0.02 - 0.01
                return run(
                    variant, round: round, place: variant,
                    value: 10 * factors[variant] * (1 + noise), settings)
            }
        }
    }

    @Test("a tag is read as it was written")
    func roundTrip() {
        let settings = Self.settings([.p95, .errorRate], variants: 3)
        let tag = ExperimentTag(
            settings: settings, variant: 2, name: "node 'new' \u{1F680}.js", round: 17, place: 1,
            probability: 2.0 / 3)
        #expect(ExperimentTag(params: .object([tag.member])) == tag)
    }

    @Test(
        "a tag that cannot be is none",
        arguments: [
            ("variants", JSONValue.integer(1)), ("variants", .integer(9)),
            ("variant", .string("C")), ("variant", .null), ("round", .integer(0)),
            ("place", .integer(3)), ("probability", .double(0)), ("probability", .double(1)),
            ("min_effect", .double(0)), ("numbers", .array([.string("p12")])),
        ])
    func refused(key: String, value: JSONValue) throws {
        let tag = ExperimentTag(
            settings: Self.settings(), variant: 1, name: "b", round: 1, place: 0, probability: 0.5)
        var members = try #require(tag.member.value.objectValue)
        let index = try #require(members.firstIndex { $0.key == key })
        members[index].value = value
        #expect(ExperimentTag(params: .object([.init("ab", .object(members))])) == nil)
        #expect(Experiment([]) == nil)
    }

    @Test(
        "a number is better, worse or equal by its interval",
        arguments: [
            (0.8, ExperimentFinding.better), (1.0, .equal), (1.2, .worse), (1.005, .equal),
        ])
    func findings(factor: Double, finding: ExperimentFinding) throws {
        let settings = Self.settings()
        let experiment = try #require(
            Experiment(Self.rounds(40, factors: [1, factor], settings)))
        let row = try #require(experiment.rows.first)
        #expect(row.finding == finding)
        let point = try #require(row.points.last)
        let (lower, upper) = (try #require(point.lower), try #require(point.upper))
        #expect(lower...upper ~= factor - 1)
        #expect(lower...upper ~= (row.difference ?? 9))
        #expect(experiment.isSettled)
        #expect(experiment.outcome == (finding == .worse ? .worse : .good))
    }

    @Test("with three variants each is compared with the first")
    func three() throws {
        let settings = Self.settings(variants: 3)
        let experiment = try #require(
            Experiment(Self.rounds(30, factors: [1, 0.7, 1.3], settings)))
        #expect(experiment.rows.map(\.variant) == [1, 2])
        #expect(experiment.rows.map(\.finding) == [.better, .worse])
        #expect(experiment.outcome == .worse)
    }

    @Test("after few rounds nothing is settled, however large the difference")
    func few() throws {
        let experiment = try #require(
            Experiment(Self.rounds(5, factors: [1, 3], Self.settings())))
        #expect(experiment.rows.map(\.finding) == [.open])
        #expect(!experiment.isSettled && experiment.outcome == .inconclusive)
    }

    @Test("a number that no run can have is named after the first round")
    func missing() throws {
        let settings = Self.settings([.p95, .mean])
        let experiment = try #require(Experiment(Self.rounds(1, factors: [1, 1], settings)))
        // One sample a run, as of a command, is its own percentile.
        #expect(experiment.missing == nil)
        var runs = Self.rounds(1, factors: [1, 1], settings)
        for index in runs.indices {
            runs[index].timelines[0].total.successes.count = 199
        }
        let short = try #require(Experiment(runs))
        #expect(
            short.missing == .init(statistic: .p95, fewest: 199, needed: 200))
    }

    @Test("a round counts when each variant has one run that finished and was not left out")
    func whichRoundsCount() throws {
        let settings = Self.settings()
        var runs = Self.rounds(6, factors: [1, 1.1], settings)
        runs[1].state = .failed
        runs[2].state = .stopped
        runs[4].leftOut = .init(reason: "a build ran", at: .epoch)
        runs.removeLast()
        // Twice the same variant in one round, as no program writes it.
        runs.append(Self.run(0, round: 5, place: 1, value: 9, settings))
        // Of something else.
        runs.append(
            RunSummary(
                run: "other", state: .finished, params: .emptyObject, environment: .emptyObject,
                series: [], timelines: []))
        let experiment = try #require(Experiment(runs))
        #expect(experiment.rounds.map(\.number) == [4])
        #expect(experiment.incompleteRounds == 5 && experiment.lastRound == 6)
    }

    @Test("the order of the runs is no matter")
    func order() throws {
        let settings = Self.settings()
        let runs = Self.rounds(12, factors: [1, 1.03], settings)
        var generator = SeededGenerator(seed: 4)
        let first = try #require(Experiment(runs))
        let second = try #require(Experiment(runs.shuffled(using: &generator)))
        #expect(first.rows == second.rows)
        #expect(first.json == second.json)
    }

    @Test("a comparison shows the variant as a condition, and not the round")
    func condition() {
        let settings = Self.settings()
        let runs = Self.rounds(2, factors: [1, 1], settings)
        let differences = EnvironmentDifference.between(
            [runs[0], runs[2]], [runs[1], runs[3]])
        #expect(
            differences == [EnvironmentDifference(name: "ab", a: ["A"], b: ["B"])])
    }
}
