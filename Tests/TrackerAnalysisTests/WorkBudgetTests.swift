import Synchronization
import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@testable import TrackerAnalysis

/// Long work stops when the time of its question is over.
@Suite("The time of long work") struct WorkBudgetTests {
    /// Time that is over when so many looks at it were taken.
    private final class Looks: Sendable {
        private let most: Int
        private let count = Atomic(0)

        init(_ most: Int) { self.most = most }

        var taken: Int { count.load(ordering: .relaxed) }
        var budget: WorkBudget {
            WorkBudget { self.count.add(1, ordering: .relaxed).newValue > self.most }
        }
    }

    private static func group(_ name: String, runs: Int, seed: UInt64) -> ComparisonGroup {
        var generator = RunGenerator(seed: seed)
        (generator.seconds, generator.perSecond) = (12, 4)
        return ComparisonGroup(name: name, runs: (0..<runs).map { generator.run("\(name)\($0)") })
    }

    @Test("a comparison of many runs stops at each look, and is the same when its time is enough")
    func comparison() throws {
        let a = Self.group("a", runs: 60, seed: 1)
        let b = Self.group("b", runs: 60, seed: 2)
        let right = try Comparison(a, b).json
        let (whole, enough) = (Looks(.max), Looks(.max).budget)
        let same = try WorkBudget.$current.withValue(whole.budget) { try Comparison(a, b).json }
        #expect(same == right)
        _ = try WorkBudget.$current.withValue(enough) { try Comparison(a, b) }
        #expect(!enough.hasStopped)
        // Each of the thousand draws of a side is of 60 runs.
        #expect(whole.taken >= 6)
        for count in 0..<whole.taken {
            let looks = Looks(count)
            let budget = looks.budget
            // Whatever it makes of what it got: who gave the time sees that something is missing.
            _ = Result { try WorkBudget.$current.withValue(budget) { try Comparison(a, b) } }
            #expect(budget.hasStopped && looks.taken == count + 1, "after \(count)")
        }
        #expect(try Comparison(a, b).json == right)
    }

    @Test("looks grow with the work, and hardly one is taken for a small comparison")
    func proportion() throws {
        func looks(runs: Int) throws -> Int {
            let looks = Looks(.max)
            let a = Self.group("a", runs: runs, seed: 1)
            let b = Self.group("b", runs: runs, seed: 2)
            _ = try WorkBudget.$current.withValue(looks.budget) { try Comparison(a, b) }
            return looks.taken
        }
        let (few, some, many) = (try looks(runs: 3), try looks(runs: 40), try looks(runs: 160))
        #expect(few <= 2)
        #expect(many >= 3 * some && many <= 5 * some + 5)
    }

    @Test("the distance of two groups is that of their closest runs", arguments: 1...50)
    func closest(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        func times() -> [Timestamp] {
            (0..<Int.random(in: 1...12, using: &generator)).map { _ in
                Timestamp(clamping: 1e12 + Double(Int.random(in: 0...500, using: &generator)))
            }
        }
        let (a, b) = (times(), times())
        let gaps = a.flatMap { one in
            b.map { Double((one.milliseconds - $0.milliseconds).magnitude) }
        }
        #expect(RunPattern(a: a, b: b).spacingMs == (gaps.min() ?? 0) / 2, "seed \(seed)")
        #expect(RunPattern(a: a, b: []).spacingMs == 0)
    }
}
