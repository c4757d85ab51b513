import Glibc
import Testing
import TrackerAnalysis
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerTestSupport

@Suite("Change points of a series")
struct ChangePointTests {
    private static let seed: UInt64 = 20_261_125
    private static let seeds = TestMode.isLong ? 200 : 12

    /// Levels with normal noise: each level with its length.
    static func series(
        _ levels: [(mean: Double, count: Int)], noise: Double, seed: UInt64
    ) -> [Double] {
        var generator = SeededGenerator(seed: seed)
        func uniform() -> Double { (Double(generator.next() >> 11) + 0.5) / Double(1 << 53) }
        return levels.flatMap { level in
            (0..<level.count).map { _ in
                level.mean + noise * (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform())
            }
        }
    }

    private static func points(_ values: [Double]) -> [ChangePoint] {
        var series = ChangePointSeries()
        series.append(contentsOf: values)
        return series.changePoints
    }

    /// A series of 1 to 160 values with up to five levels.
    private static func anySeries(seed: UInt64) -> [Double] {
        var generator = SeededGenerator(seed: seed)
        let levels = (0...Int(generator.next() % 5)).map { _ in
            (mean: 100 + Double(generator.next() % 40), count: 1 + Int(generator.next() % 40))
        }
        return series(levels, noise: 2, seed: seed &+ 1)
    }

    @Test("a step is found where it is, with both levels")
    func step() throws {
        let point = try #require(
            Self.points(Self.series([(100, 40), (110, 30)], noise: 1, seed: Self.seed)).first)
        #expect(point.index == 40)
        #expect(point.before.count == 40 && point.after.count == 30)
        #expect((point.before.mean - 100).magnitude < 1 && (point.after.mean - 110).magnitude < 1)
        #expect(try #require(point.change) > 0.08 && point.pValue < 1e-10)
    }

    @Test("the unit changes nothing, also where squares are beyond a double", arguments: 0..<12)
    func anyUnit(_ extra: UInt64) throws {
        let values = Self.anySeries(seed: Self.seed &+ extra)
        let points = Self.points(values)
        for exponent in [-1_000, -700, 700, 1_000] {
            let factor = Double(sign: .plus, exponent: exponent, significand: 1)
            let scaled = Self.points(values.map { $0 * factor })
            #expect(scaled.map(\.index) == points.map(\.index))
            #expect(scaled.map(\.pValue) == points.map(\.pValue))
            #expect(scaled.map(\.before.mean) == points.map { $0.before.mean * factor })
            #expect(
                scaled.map { $0.after.standardDeviation.map { $0 / factor } }
                    == points.map(\.after.standardDeviation))
        }
    }

    @Test("in 150 values of noise alone a change is found in at most one series of ten")
    func noise() {
        let wrong = (0..<UInt64(Self.seeds)).filter { extra in
            let noise = Self.series([(100, 150)], noise: 3, seed: Self.seed &+ extra)
            return !Self.points(noise).isEmpty
        }
        print("noise alone, seed \(Self.seed): changes in \(wrong.count) of \(Self.seeds) series")
        #expect(wrong.count * 10 <= Self.seeds)
    }

    @Test(
        "what needs no noise: nothing, one value, equal values, a step of equal values",
        arguments: [
            ([], []), ([5], []), ([5, 6], []), (Array(repeating: 0.1, count: 120), []),
            (Array(repeating: 0.1, count: 60) + Array(repeating: 0.2, count: 60), [60]),
            (Array(repeating: 0, count: 9) + Array(repeating: 1, count: 9), [9]),
        ] as [([Double], [Int])])
    func exact(values: [Double], expected: [Int]) {
        #expect(Self.points(values).map(\.index) == expected)
    }

    @Test("a level that comes back is two change points, and so is a value far out")
    func shapes() {
        let back = Self.series([(100, 60), (90, 60), (100, 60)], noise: 1, seed: Self.seed)
        #expect(Self.points(back).map(\.index) == [60, 120])
        var outlier = Self.series([(100, 120)], noise: 1, seed: Self.seed)
        outlier[70] = 140
        #expect(Self.points(outlier).map(\.index) == [70, 71])
        outlier[70] = 102
        #expect(Self.points(outlier).isEmpty)
    }

    @Test("values appended one by one, or in any pieces, give what they give at once")
    func incremental() {
        for number in 0..<UInt64(Self.seeds) {
            let seed = Self.seed &+ number &* 31
            let values = Self.anySeries(seed: seed)
            var generator = SeededGenerator(seed: seed)
            var one = ChangePointSeries()
            var pieces = ChangePointSeries()
            var taken = 0
            for (index, value) in values.enumerated() {
                one.append(contentsOf: [value])
                #expect(
                    one.changePoints == Self.points(Array(values[...index])),
                    "seed \(seed), \(index + 1) values")
                let next = min(values.count, taken + Int(generator.next() % 30))
                pieces.append(contentsOf: values[taken..<next])
                taken = next
            }
            pieces.append(contentsOf: values[taken...])
            #expect(pieces.changePoints == one.changePoints, "seed \(seed)")
        }
    }

    @Test("a new value searches three windows at most, however long the series is")
    func bounded() {
        var series = ChangePointSeries()
        series.append(contentsOf: Self.series([(9, 700), (5, 800)], noise: 1, seed: Self.seed))
        for value in Self.series([(5, 60)], noise: 1, seed: 4) {
            let before = series.searches
            series.append(contentsOf: [value])
            #expect(series.searches - before <= 3)
        }
    }

    @Test("candidates are those of the formula, pair by pair")
    func candidates() {
        var found = 0
        for seed in 0..<UInt64(20) {
            let values = Self.anySeries(seed: seed).prefix(24) + [90]
            let expected = Self.candidates(Array(values), maxPValue: 0.05)
            #expect(
                EDivisive(Array(values)).candidates(maxPValue: 0.05) == expected, "seed \(seed)")
            found += expected.count
        }
        #expect(found > 20)
    }

    private static func candidates(_ values: [Double], maxPValue: Double) -> [Int] {
        var ends = [0, values.count]
        while true {
            var best = (score: -Double.infinity, piece: 0, index: 0)
            for piece in 1..<ends.count {
                let (start, stop) = (ends[piece - 1], ends[piece])
                for index in start..<stop where index > start {
                    for end in (index + 1)...stop {
                        let score = energy(Array(values[start..<index]), Array(values[index..<end]))
                        if score > best.score + 1e-9 { best = (score, piece, index) }
                    }
                }
            }
            guard best.piece > 0 else { break }
            let left = Moments(of: values[ends[best.piece - 1]..<best.index])
            let right = Moments(of: values[best.index..<ends[best.piece]])
            guard Moments.pValue(left, right) <= maxPValue else { break }
            ends.insert(best.index, at: best.piece)
        }
        return Array(ends.dropFirst().dropLast())
    }

    private static func energy(_ x: [Double], _ y: [Double]) -> Double {
        func mean(_ a: [Double], _ b: [Double], pairs: Double) -> Double {
            guard pairs > 0 else { return 0 }
            return a.reduce(0) { sum, v in sum + b.reduce(0) { $0 + ($1 - v).magnitude } } / pairs
        }
        let n = Double(x.count)
        let m = Double(y.count)
        let apart =
            2 * mean(x, y, pairs: n * m) - mean(x, x, pairs: n * (n - 1))
            - mean(y, y, pairs: m * (m - 1))
        return apart * n * m / (n + m)
    }

    @Test("moments of any stretch are those of its values")
    func moments() {
        let values = Self.series([(1e6, 90)], noise: 0.01, seed: Self.seed)
        var tree = MomentTree()
        for (index, value) in values.enumerated() {
            tree.append(value)
            for start in stride(from: 0, through: index, by: 7) {
                let slice = values[start...index]
                let mean = slice.reduce(0, +) / Double(slice.count)
                let squares = slice.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
                let moments = tree.moments(of: start..<(index + 1))
                #expect(moments.count == slice.count)
                #expect((moments.mean - mean).magnitude < 1e-9)
                #expect((moments.squares - squares).magnitude < 1e-9)
            }
        }
    }

    /// From an independent implementation of the distribution.
    @Test(
        "the tail of Student's t",
        arguments: [
            (0.1, 1.0, 0.9365489651388929),
            (1.0, 1.0, 0.49999999999999956),
            (2.5, 3.0, 0.08770664700806555),
            (3.3, 10.0, 0.00801349811369833),
            (3.5, 48.0, 0.0010152350979649883),
            (12.0, 98.0, 6.000153201837787e-21),
            (0.5, 1000.0, 0.617185080833875),
            (40.0, 5.0, 1.8411962171772952e-07),
            (6.5, 3.0, 0.007394524636583828),
        ])
    func tail(t: Double, degrees: Double, expected: Double) {
        let p = StudentT.twoSided(t, degrees: degrees)
        #expect((p / expected - 1).magnitude < 1e-10, "\(p)")
        #expect(StudentT.twoSided(-t, degrees: degrees) == p)
    }
}
