import Testing
import TrackerIndexer
import TrackerTestSupport

@testable import TrackerAnalysis

@Suite("Laws of moments, of Student's t, and of what a comparison shows")
struct StatisticsLawTests {
    private struct Draw {
        var generator: SeededGenerator
        init(_ seed: UInt64) { generator = SeededGenerator(seed: seed) }

        mutating func unit() -> Double { Double(generator.next() >> 11) / Double(1 << 53) }
        mutating func values(_ count: Int) -> [Double] {
            (0..<count).map { _ in (unit() - 0.5) * 200 }
        }
    }

    private func isNear(_ a: Double, _ b: Double, _ tolerance: Double = 1e-9) -> Bool {
        abs(a - b) <= tolerance * max(1, abs(a), abs(b))
    }

    @Test(
        "moments are count, mean and squared deviations by their definition",
        arguments: [1, 2] as [UInt64])
    func definition(seed: UInt64) {
        var draw = Draw(seed)
        for _ in 0..<200 {
            let values = draw.values(1 + Int(draw.generator.next() % 60))
            let moments = Moments(of: values)
            let mean = values.reduce(0, +) / Double(values.count)
            let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            #expect(moments.count == values.count)
            #expect(isNear(moments.mean, mean), "seed \(seed)")
            #expect(isNear(moments.squares, squares), "seed \(seed)")
        }
    }

    @Test(
        "moments of two parts make those of the whole, in any grouping",
        arguments: [3, 4] as [UInt64])
    func grouping(seed: UInt64) {
        var draw = Draw(seed)
        for _ in 0..<200 {
            let parts = (0..<3).map { _ in draw.values(Int(draw.generator.next() % 20)) }
            let whole = Moments(of: parts.flatMap { $0 })
            var left = Moments(of: parts[0])
            left.merge(Moments(of: parts[1]))
            left.merge(Moments(of: parts[2]))
            var right = Moments(of: parts[1])
            right.merge(Moments(of: parts[2]))
            var first = Moments(of: parts[0])
            first.merge(right)
            for found in [left, first] {
                #expect(found.count == whole.count)
                #expect(isNear(found.mean, whole.mean), "seed \(seed)")
                #expect(isNear(found.squares, whole.squares), "seed \(seed)")
            }
        }
    }

    @Test("nothing changes nothing, and equal values have no deviation at all")
    func identities() {
        var moments = Moments(of: [1.5, 2.5, 9])
        let before = moments
        moments.merge(Moments())
        #expect(moments == before)
        var empty = Moments()
        empty.merge(before)
        #expect(empty == before)
        #expect(Moments().variance == 0)
        for value in [0.1, 1e-300, 1e300, -7] {
            let same = Moments(of: Array(repeating: value, count: 1_000))
            #expect(same.mean == value && same.squares == 0, "\(value)")
        }
    }

    @Test("a tree of moments answers for any stretch", arguments: [5, 6] as [UInt64])
    func tree(seed: UInt64) {
        var draw = Draw(seed)
        let values = draw.values(300)
        var tree = MomentTree()
        for value in values { tree.append(value) }
        for _ in 0..<500 {
            let a = Int(draw.generator.next() % 301)
            let b = Int(draw.generator.next() % 301)
            let range = min(a, b)..<max(a, b)
            let found = tree.moments(of: range)
            let wanted = Moments(of: values[range])
            #expect(found.count == wanted.count, "seed \(seed), \(range)")
            #expect(isNear(found.mean, wanted.mean), "seed \(seed), \(range)")
            #expect(isNear(found.squares, wanted.squares), "seed \(seed), \(range)")
        }
    }

    @Test("how a tree has grown makes no difference to the last bit")
    func treeGrowth() {
        var draw = Draw(7)
        let values = draw.values(130)
        var tree = MomentTree()
        for (count, value) in values.enumerated() {
            tree.append(value)
            var other = MomentTree()
            for value in values[...count] { other.append(value) }
            #expect(tree.moments(of: 0..<count + 1) == other.moments(of: 0..<count + 1))
        }
    }

    /// Two-sided 5 % points of Student's t, from the tables of any textbook.
    @Test(
        "critical values are those of the tables",
        arguments: [
            (1, 12.706), (2, 4.303), (3, 3.182), (5, 2.571), (10, 2.228), (30, 2.042), (120, 1.980),
        ] as [(Double, Double)])
    func tables(degrees: Double, t: Double) {
        #expect(abs(StudentT.critical(alpha: 0.05, degrees: degrees) - t) < 0.002)
        #expect(abs(StudentT.twoSided(t, degrees: degrees) - 0.05) < 0.0002)
    }

    @Test(
        "a critical value and its probability are each other's inverse",
        arguments: [8, 9] as [UInt64])
    func inverse(seed: UInt64) {
        var draw = Draw(seed)
        for _ in 0..<200 {
            let degrees = 1 + (draw.unit() * 80).rounded()
            let alpha = 0.002 + 0.9 * draw.unit()
            let t = StudentT.critical(alpha: alpha, degrees: degrees)
            let back = StudentT.twoSided(t, degrees: degrees)
            #expect(abs(back - alpha) < 0.002, "seed \(seed): \(degrees), \(alpha), \(back)")
        }
    }

    @Test("further out is less likely, and both sides are alike")
    func monotone() {
        for degrees in [1, 2, 5, 20, 300] as [Double] {
            var last = 1.0
            for step in 0..<200 {
                let t = Double(step) * 0.25
                let p = StudentT.twoSided(t, degrees: degrees)
                #expect(p <= last + 1e-12, "\(degrees), \(t)")
                #expect(p == StudentT.twoSided(-t, degrees: degrees))
                #expect((0...1).contains(p))
                last = p
            }
            #expect(StudentT.twoSided(0, degrees: degrees) == 1)
            #expect(StudentT.twoSided(.infinity, degrees: degrees) == 0)
        }
    }

    @Test(
        "a test of means sees neither a shift nor a scale of both, nor their order",
        arguments: [10, 11] as [UInt64])
    func invariance(seed: UInt64) {
        var draw = Draw(seed)
        for _ in 0..<100 {
            let a = draw.values(12)
            let b = draw.values(9).map { $0 + 30 }
            let p = Moments.pValue(Moments(of: a), Moments(of: b))
            #expect((0...1).contains(p))
            #expect(isNear(p, Moments.pValue(Moments(of: b), Moments(of: a))), "seed \(seed)")
            let (scaledA, scaledB) = (a.map { $0 * 3 + 1_000 }, b.map { $0 * 3 + 1_000 })
            let scaled = Moments.pValue(Moments(of: scaledA), Moments(of: scaledB))
            #expect(isNear(p, scaled, 1e-6), "seed \(seed): \(p), \(scaled)")
        }
    }

    @Test("where there is nothing to test, nothing is found")
    func nothing() {
        let one = Moments(1)
        #expect(Moments.pValue(Moments(), one) == 1)
        #expect(Moments.pValue(one, Moments(2)) == 1)
        #expect(Moments.pValue(Moments(of: [1, 1, 1]), Moments(of: [1, 1])) == 1)
        // Levels without any noise are told apart for certain.
        #expect(Moments.pValue(Moments(of: [1, 1, 1]), Moments(of: [2, 2])) == 0)
    }

    @Test(
        "a limit that cannot be read says why",
        arguments: [
            ("p99", "NAME:CHANGE"), ("p99:+5%:x", "not a number"), ("", "NAME:CHANGE"),
            ("p42:+5%", "p42"), ("P99:+5%", "P99"), ("errors:-1pp", "begins with +"),
            ("p99:5%", "begins with +"), ("rps:+5%", "begins with -"), ("p99>5ms", "--min"),
            ("p99<x", "not a number"), ("errors<1", "in %"), ("errors<100%", "never"),
            ("errors<0%", "never"), ("errors<1pp", "in %"),
            ("p99=5", "NAME<VALUE"), ("errors:+5%", "pp"), ("p99:+%", "not a number"),
            ("p99:+1e3%", "not a number"), ("p99:++5%", "not a number"),
            ("p99:+.5%", "not a number"), ("p99:+5.%", "not a number"), ("p99:+0%", "zero"),
            ("errors:+0.0pp", "zero"), ("rps:-100%", "everything"),
            ("errors:+100pp", "everything"), ("p99:+nan%", "not a number"),
        ])
    func limits(text: String, reason: String) {
        #expect {
            _ = try GateLimit(text)
        } throws: { error in
            let description = "\(error)"
            return description.hasPrefix("--max \"\(text)\": ") && description.contains(reason)
        }
    }

    @Test("every number has a name in limits, and is read by it")
    func limitNames() throws {
        for statistic in Statistic.allCases {
            let name = GateLimit.name(of: statistic)
            let change =
                statistic == .errorRate ? "+0.5pp" : statistic == .perSecond ? "-5%" : "+5%"
            let limit = try GateLimit("\(name):\(change)")
            #expect(limit.statistic == statistic)
            #expect(limit.amount == (statistic == .errorRate ? 0.5 : 0.05))
            #expect(limit.text == "\(name):\(change)")
        }
        #expect(Set(Statistic.allCases.map(GateLimit.name)).count == Statistic.allCases.count)
        // A time may take more than twice as long; a rate cannot fall by more than all of it.
        #expect(try GateLimit("p50:+250%").amount == 2.5)
    }

    @Test(
        "what cannot be over the limit passes; what may be does not",
        arguments: [12, 13] as [UInt64])
    func outcomes(seed: UInt64) throws {
        var draw = Draw(seed)
        for _ in 0..<500 {
            let low = draw.unit() * 0.4 - 0.2
            let interval = low...(low + draw.unit() * 0.3)
            for limit in [try GateLimit("p50:+5%"), try GateLimit("rps:-5%")] {
                let row = ComparisonRow(
                    statistic: limit.statistic, a: 1, b: 1, countA: 9, countB: 9, difference: low,
                    interval: interval, verdict: .inconclusive(.wide(furtherRuns: nil)))
                let worst =
                    limit.statistic == .perSecond ? -interval.lowerBound : interval.upperBound
                let outcome = Gate.outcome(row, limit)
                #expect(outcome == (worst <= 0.05 ? .pass : .inconclusive), "seed \(seed)")
                // A wider limit never turns a pass into anything else.
                var wider = limit
                wider.amount = 0.2
                if outcome == .pass { #expect(Gate.outcome(row, wider) == .pass) }
            }
        }
    }

    @Test("each verdict has words, and four of them are a difference")
    func verdicts() {
        let all: [Verdict] = [
            .better, .worse, .higher, .lower, .noDifferenceFound, .inconclusive(.noRatio),
        ]
        #expect(Set(all.map(\.words)).count == all.count)
        #expect(all.map(\.isDifferent) == [true, true, true, true, false, false])
        let unknown = MetricMeaning(metric: "m", unit: nil)
        #expect(
            Statistic.allCases.map { $0.better(of: unknown) }
                == [nil, nil, nil, nil, nil, .higher, .lower])
        #expect(Statistic.allCases.compactMap(\.quantile) == [0.5, 0.9, 0.95, 0.99])
    }
}
