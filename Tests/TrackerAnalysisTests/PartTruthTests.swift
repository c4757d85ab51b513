import Testing
import TrackerAnalysis
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

/// How often the part that changed is found, and how often one is named that did not, measured.
@Suite("Where the change is: how often it is wrong")
struct PartTruthTests {
    private static let isLong = TestMode.isLong

    struct Case: Sendable, CustomTestStringConvertible {
        var runs: Int
        /// Between runs, of each route by itself.
        var spread: Double
        var seed: UInt64
        var seconds = 60

        var testDescription: String { "\(runs) runs a side, spread \(spread)" }
    }

    static let cases = [
        Case(runs: 1, spread: 0, seed: 0x2A00),
        Case(runs: 1, spread: 0.02, seed: 0x2A02),
        Case(runs: 3, spread: 0.02, seed: 0x2A32, seconds: 20),
        Case(runs: 5, spread: 0.05, seed: 0x2A55, seconds: 20),
    ]

    private static func parts(
        _ generator: inout RouteGenerator, runs: Int, after change: (inout RouteGenerator) -> Void
    ) throws -> ChangeParts {
        let a = ComparisonGroup(name: "a", runs: (0..<runs).map { generator.run("a\($0)") })
        change(&generator)
        let b = ComparisonGroup(name: "b", runs: (0..<runs).map { generator.run("b\($0)") })
        let comparison = try Comparison(a, b, settings: .init(replicates: 50))
        return try #require(ChangeParts(a, b, of: comparison))
    }

    private static func generator(_ which: Case, _ trial: Int) -> RouteGenerator {
        var generator = RouteGenerator(seed: which.seed &+ UInt64(trial) &* 7_919)
        generator.routeSpread = which.spread
        generator.seconds = which.seconds
        return generator
    }

    @Test("A/A: nothing is named in at least 95 of 100", arguments: cases)
    func nothingChanged(_ which: Case) throws {
        let count = Self.isLong ? 400 : 6
        var named = 0
        for trial in 0..<count {
            var generator = Self.generator(which, trial)
            let parts = try Self.parts(&generator, runs: which.runs) { _ in }
            named += parts.named.isEmpty ? 0 : 1
        }
        print(
            "parts, A/A, \(which.testDescription), seed \(which.seed): named in \(named) of \(count)"
        )
        // Of six trials two would be chance once in thirty times.
        #expect(named <= (Self.isLong ? count / 20 : 2))
    }

    @Test("one of 20 routes 30 % slower stands first in at least 95 of 100", arguments: cases)
    func oneChanged(_ which: Case) throws {
        let count = Self.isLong ? 400 : 6
        var (first, alone) = (0, 0)
        for trial in 0..<count {
            var generator = Self.generator(which, trial)
            let route = trial % generator.routes
            let parts = try Self.parts(&generator, runs: which.runs) { $0.slower[route] = 1.3 }
            let isFirst =
                parts.named.first?.labels.contains { $0.value == "/r\(route)" } ?? false
            first += isFirst ? 1 : 0
            alone += isFirst && parts.named.count == 1 ? 1 : 0
        }
        print(
            "parts, one of 20 30 % slower, \(which.testDescription), seed \(which.seed): first in"
                + " \(first) of \(count), named alone in \(alone)")
        #expect(first >= (Self.isLong ? count * 95 / 100 : 5))
    }
}
