import Glibc
import Testing
import TrackerAnalysis
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@Suite("Sessions beyond what earlier ones vary by")
struct EarlierSessionsTests {
    private static func entry(
        _ number: Int, p99: Double, samples: Int = 10_000, better: String? = "lower",
        conditions: String? = "same", target: String = "api"
    ) throws -> CatalogEntry {
        var entry = CatalogEntry(
            user: try UserID("ann"), session: try SessionID("s\(number)"), tags: [],
            isArchived: false, isRunning: false, targets: [target], runCount: 1, eventCount: 1,
            badRegionCount: 0, badLineCount: 0, missingFrames: 0)
        (entry.first, entry.last) = (Timestamp(clamping: Double(number)), nil)
        entry.conditions = conditions
        entry.headline = CatalogEntry.Headline(
            metric: "m", unit: "ms", count: samples, errors: 0, successes: samples, perSecond: 1,
            p50: p99 / 2, p99: p99, p99OverTime: [])
        entry.headline?.better = better
        return entry
    }

    private static func found(_ word: String, _ entries: [CatalogEntry]) -> [String] {
        CatalogFilter(terms: [CatalogFilter.Term(word)]).found(in: entries.shuffled()).map {
            $0.session.value
        }
    }

    @Test("a session that is far beyond is found, one that is not is none")
    func beyond() throws {
        let usual = try (0..<6).map { try Self.entry($0, p99: [20, 21, 20.5][$0 % 3]) }
        let table: [(Double, [String], [String])] = [
            (30, ["s9"], []), (10, [], ["s9"]), (20.4, [], []), (21.5, [], []),
        ]
        for (p99, worse, better) in table {
            let all = usual + [try Self.entry(9, p99: p99)]
            #expect(Self.found("worse", all) == worse, "\(p99)")
            #expect(Self.found("better", all) == better, "\(p99)")
        }
        let higher = try (0..<6).map { try Self.entry($0, p99: 20 + Double($0), better: "higher") }
        let all = higher + [try Self.entry(9, p99: 5, better: "higher")]
        #expect(Self.found("worse", all) == ["s9"])
    }

    @Test("what was measured otherwise, has few samples or no direction, is not judged by it")
    func unlike() throws {
        let usual = try (0..<6).map { try Self.entry($0, p99: 20 + Double($0 % 2)) }
        let others = [
            try Self.entry(9, p99: 90, conditions: "other"),
            try Self.entry(9, p99: 90, conditions: nil),
            try Self.entry(9, p99: 90, target: "other"),
            try Self.entry(9, p99: 90, better: nil),
            // p50 is of ten samples a side and more, and judges: it is as usual.
            try Self.entry(9, p99: 20, samples: 500),
        ]
        for other in others { #expect(Self.found("worse", usual + [other]).isEmpty) }
        var failed = try Self.entry(9, p99: 90)
        failed.failure = "it broke"
        #expect(Self.found("worse", usual + [failed]).isEmpty)
        let few = try Self.entry(9, p99: 90, samples: 500)
        #expect(Self.found("worse", usual + [few]) == ["s9"], "by its p50")
        #expect(Self.found("worse", Array(usual.prefix(2)) + [few]).isEmpty, "of two there is none")
    }

    @Test("where nothing changes, about one session in twenty is called better or worse")
    func falseAlarms() throws {
        var (found, judged) = (0, 0)
        for seed in Sweep.seeds(60, long: 600) {
            var generator = SeededGenerator(seed: seed)
            let all = try (0..<40).map { number in
                let normal = (0..<12).reduce(-6.0) { sum, _ in
                    sum + Double.random(in: 0..<1, using: &generator)
                }
                return try Self.entry(number, p99: 20 * exp(0.05 * normal))
            }
            found += Self.found("worse", all).count + Self.found("better", all).count
            judged += 37
        }
        let share = Double(found) / Double(judged)
        #expect((0.03..<0.07).contains(share), "\(found) of \(judged)")
    }
}
