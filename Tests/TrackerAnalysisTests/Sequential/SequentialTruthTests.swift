import Glibc
import Testing
import TrackerIndexer
import TrackerTestSupport

@testable import TrackerAnalysis

/// How often an experiment of two equal variants finds a difference at any look, and how many
/// rounds it takes to find one: measured. The long form is 1,000 experiments a row:
/// `docs/STATISTICS.md` has its table and the command.
@Suite("Experiments: how often a verdict is wrong, and how many rounds it takes")
struct SequentialTruthTests {
    private static let experiments = TestMode.isLong ? 1_000 : 150
    private static let rounds = 60

    /// A machine on which runs differ by 5 %, each like the one before by 0.6, and which becomes
    /// 20 % slower over the experiment.
    struct Machine {
        static let spread = 0.05
        static let correlation = 0.6
        static let drift = 0.2
        private var generator: SeededGenerator
        private var level: Double?
        private var runs = 0

        init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

        private mutating func unit() -> Double {
            (Double(generator.next() >> 11) + 0.5) / Double(1 << 53)
        }

        private mutating func normal() -> Double {
            (-2 * log(unit())).squareRoot() * cos(2 * Double.pi * unit())
        }

        /// The number of the next run.
        mutating func run(_ scale: Double) -> Double {
            let fresh = normal()
            let kept = Self.correlation
            let now = level.map { kept * $0 + (1 - kept * kept).squareRoot() * fresh } ?? fresh
            level = now
            let part = Double(runs) / Double(2 * SequentialTruthTests.rounds - 1)
            runs += 1
            return 100 * scale * (1 + Self.drift * part) * exp(Self.spread * now)
        }
    }

    private struct Found {
        /// The first look at which the number is better or worse, and at which it is equal.
        var different: Int?
        var equal: Int?
        /// Of each round, the logarithm of the ratio.
        var differences: [Double] = []
    }

    private static func experiment(seed: UInt64, scale: Double) -> Found {
        var machine = Machine(seed: seed)
        var rows = ExperimentRows(.p95, 1, alpha: 0.05, margin: 0.02, better: .lower)
        var past: [[Int]] = []
        var found = Found()
        for round in 1...rounds {
            let design = RoundOrder(variants: 2, past: past)
            let order = design.draw(seed: seed, round: round)
            var values = [0.0, 0.0]
            for variant in order { values[variant] = machine.run(variant == 0 ? 1 : scale) }
            rows.add(
                round, values[0], values[1], probability: design.probability(of: order, for: 1))
            past.append(order)
            found.differences.append(log(values[1] / values[0]))
            switch rows.row.finding {
            case .better, .worse: found.different = found.different ?? round
            case .equal: found.equal = found.equal ?? round
            case .open: break
            }
        }
        return found
    }

    private static func all(_ scale: Double, seed: UInt64) -> [Found] {
        (0..<experiments).map { experiment(seed: seed &+ UInt64($0) &* 104_729, scale: scale) }
    }

    /// The smallest number of rounds, looked at once, with which Student's t-test finds the
    /// difference in this share of the experiments: what one would choose who knew it before.
    private static func withHindsight(_ found: [Found], share: Double) -> Int? {
        (2...rounds).first { count in
            let hits = found.filter { one in
                let moments = Moments(of: one.differences.prefix(count))
                let error = (moments.squares / Double(count * (count - 1))).squareRoot()
                let p = StudentT.twoSided(moments.mean / error, degrees: Double(count - 1))
                return p < 0.05 && expm1(moments.mean).magnitude >= 0.02
            }
            return Double(hits.count) >= share * Double(found.count)
        }
    }

    private static func quantile(_ looks: [Int?], _ share: Double) -> Int? {
        let sorted = looks.map { $0 ?? .max }.sorted()
        let look = sorted[Int((share * Double(sorted.count)).rounded(.up)) - 1]
        return look == .max ? nil : look
    }

    @Test("two equal variants are told apart, at any look, in at most 5 % of the experiments")
    func equalVariants() {
        let seed: UInt64 = 90_001
        let found = Self.all(1, seed: seed)
        let wrong = found.count { $0.different != nil }
        let equal = found.count { $0.equal != nil }
        print(
            "A/A, seed \(seed): \(wrong) of \(found.count) told apart at any of \(Self.rounds)"
                + " looks, \(equal) called equal")
        #expect(Double(wrong) <= 0.05 * Double(found.count))
    }

    @Test("a change of 5 % and of 10 % is found", arguments: [1.05, 1.10])
    func shifts(scale: Double) throws {
        let seed: UInt64 = 90_002
        let found = Self.all(scale, seed: seed)
        let looks = found.map(\.different)
        let median = try #require(Self.quantile(looks, 0.5))
        let ninety = try #require(Self.quantile(looks, 0.9))
        let fixed = [0.5, 0.9].map { Self.withHindsight(found, share: $0) }
        print(
            "shift \(scale), seed \(seed): found by round \(median) in half, by \(ninety) in 90 %"
                + " of \(found.count); a fixed number with hindsight:"
                + " \(fixed.map { $0.map(String.init) ?? "none" }.joined(separator: " and "))")
        // Twice what one would need who knew the difference before.
        let most = try fixed.map { try #require($0) * 2 + 2 }
        #expect(median <= most[0] && ninety <= most[1])
    }
}
