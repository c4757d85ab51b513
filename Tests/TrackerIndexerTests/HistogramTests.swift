import Glibc
import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@Suite("Histograms and quantiles")
struct HistogramTests {
    /// Kinds of data, each made from a uniform number and a kind of switch.
    static let kinds: [(name: String, value: @Sendable (Double, Double) -> Double)] = [
        ("uniform", { u, _ in u * 1_000 }),
        ("log-normal", { u, v in exp(sqrt(-2 * log(u)) * cos(6.283_185_307 * v)) * 12 }),
        ("bimodal", { u, v in v < 0.7 ? 2 + u : 480 + u * 9 }),
        ("constant", { _, _ in 12.5 }),
        ("heavy tail", { u, _ in pow(u, -2.5) }),
        ("negative", { u, _ in -1 / u }),
        ("both signs", { u, v in (u - 0.5) * v * 1e6 }),
        ("zero", { _, v in v < 0.5 ? 0 : -0.0 }),
        ("tiny", { u, _ in u * 1e-300 }),
        ("huge", { u, _ in u * 1e300 }),
    ]

    /// Of a thousand, and as a part of one.
    static let ranks = [
        (0, 0), (500, 0.5), (900, 0.9), (950, 0.95), (990, 0.99), (999, 0.999), (1_000, 1.0),
    ]

    static func values(_ kind: Int, count: Int, seed: UInt64) -> [Double] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            let u = Double.random(in: 0x1p-40..<1, using: &generator)
            return kinds[kind].value(u, Double.random(in: 0..<1, using: &generator))
        }
    }

    static func population(_ values: [Double]) throws -> Population {
        let lines = values.map { "{\"ts\":1,\"metric\":\"m\",\"value\":\($0)}" }
        let summary = try FoldHarness.summary(of: lines)
        return try #require(summary.runs.first?.series.first).aggregate.successes
    }

    @Test("a quantile is the nearest rank, at most 0.4 % off", arguments: kinds.indices)
    func quantiles(kind: Int) throws {
        for (seed, count) in [(1, 1), (2, 2), (3, 10), (4, 99), (5, 1_000), (6, 6_000)] {
            let values = Self.values(kind, count: count, seed: UInt64(seed)).map { $0 + 0 }
            let sorted = values.sorted()
            let population = try Self.population(values)
            #expect(population.count == count)
            #expect(population.min == sorted.first && population.max == sorted.last)
            for (numerator, q) in Self.ranks {
                let rank = max(1, (numerator * count + 999) / 1_000)
                let exact = sorted[rank - 1]
                let found = try #require(population.quantile(q))
                let what =
                    "\(Self.kinds[kind].name), \(count) values, q \(q): \(found) for \(exact)"
                #expect(abs(found - exact) <= 0.004 * abs(exact), "\(what)")
            }
        }
    }

    @Test("magnitudes below 2^-1029 are reported as zero, within the extremes")
    func belowTheFirstBucket() throws {
        let least = Double.leastNonzeroMagnitude
        let population = try Self.population([least, 0x1p-1040])
        #expect(population.quantile(0.5) == least)
        #expect(population.sum == least + 0x1p-1040)
    }

    @Test("merging is commutative and associative, and counts add up")
    func merging() {
        for seed in Sweep.seeds(300, long: 5_000) {
            var generator = SeededGenerator(seed: seed)
            let parts = (0..<3).map { _ in
                var counts: [Int32: UInt64] = [:]
                for _ in 0..<Int.random(in: 0...40, using: &generator) {
                    let bucket = Int32.random(in: -60...60, using: &generator)
                    counts[bucket, default: 0] += UInt64.random(in: 1...9, using: &generator)
                }
                return Histogram(
                    sorted: counts.sorted { $0.key < $1.key }
                        .map { BucketCount(bucket: $0.key, count: $0.value) })
            }
            func merged(_ a: Histogram, _ b: Histogram) -> Histogram {
                var result = a
                result.merge(b)
                return result
            }
            let (a, b, c) = (parts[0], parts[1], parts[2])
            #expect(merged(a, b) == merged(b, a), "seed \(seed)")
            #expect(merged(merged(a, b), c) == merged(a, merged(b, c)), "seed \(seed)")
            #expect(merged(a, b).count == a.count + b.count, "seed \(seed)")
            #expect(merged(a, Histogram()) == a, "seed \(seed)")
        }
    }

    @Test("a distribution is the same as its samples one by one", arguments: kinds.indices)
    func distributions(kind: Int) throws {
        let values = Self.values(kind, count: 400, seed: 7).map { $0 + 0 }
        var counts: [Int32: UInt64] = [:]
        for value in values { counts[Bucket.index(of: value), default: 0] += 1 }
        let histogram = counts.sorted { $0.key < $1.key }
        let pairs = histogram.map { "[\($0.key),\($0.value)]" }.joined(separator: ",")
        let single = try Self.population(values)
        let line = """
            {"ts":1,"metric":"m","hist":[\(pairs)],"count":400,"sum":\(single.sum),\
            "min":\(single.min),"max":\(single.max)}
            """
        let summary = try FoldHarness.summary(of: [line])
        #expect(summary.runs.first?.series.first?.aggregate == Aggregate(successes: single))
        #expect(summary.eventCount == 1)
    }

    @Test("many equal values are counted beyond 32 bits")
    func manyEqual() throws {
        let count = 1 << 33
        let line = """
            {"ts":1,"metric":"m","hist":[[\(Bucket.index(of: 5)),\(count)]],"count":\(count),\
            "sum":5,"min":5,"max":5}
            """
        let single = "{\"ts\":1,\"metric\":\"m\",\"value\":5}"
        let summary = try FoldHarness.summary(of: [single, line, single, line])
        let aggregate = try #require(summary.runs.first?.series.first).aggregate
        #expect(aggregate.count == 2 * count + 2)
        #expect(aggregate.successes.histogram.count == UInt64(2 * count + 2))
    }

    @Test("claims of more samples than a number holds stop at 2^53, in any order")
    func hostileCounts() throws {
        let count = Int.max
        let pairs = "[[1,\(count - 2)],[2,2]]"
        let line = """
            {"ts":1,"metric":"m","hist":\(pairs),"count":\(count),"sum":5,"min":0,"max":5,"errors":\(count)}
            """
        let single = "{\"ts\":1,\"metric\":\"m\",\"value\":5}"
        let harness = try FoldHarness()
        let index = harness.newIndex()
        var texts: Set<String> = []
        for _ in 0..<4 {
            try harness.append([line, single, line], to: "shared.000001.jsonl")
            try harness.update(index)
            _ = try harness.restarted(index)
        }
        let other = try FoldHarness()
        let singles = Array(repeating: single, count: 4)
        try other.append(singles + Array(repeating: line, count: 8), to: "shared.000001.jsonl")
        texts = [harness.text(index), other.text(try other.rebuilt())]
        #expect(texts.count == 1)
        let aggregate = try #require(harness.summary(index).runs.first?.timelines.first).total
        #expect(aggregate.count == 1 << 53)
        #expect(aggregate.errors == 1 << 53)
        #expect(aggregate.all.quantile(0.5) != nil)
        #expect(CatalogEntry(harness.summary(index)).headline?.count == 1 << 53)
    }
}
