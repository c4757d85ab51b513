import Testing
import TrackerLoad
import TrackerTestSupport

@Suite("Latency counts")
struct LatencyCountsTests {
    @Test("Quantiles are the nearest rank, within 0.4 %", arguments: [1, 2, 3, 4, 5] as [UInt64])
    func quantiles(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var counts = LatencyCounts()
        // From nanoseconds to hours.
        let values = (0..<1_000).map { _ in Double.random(in: -6...7, using: &generator) }
            .map { exponent in (0..<Int(exponent + 6)).reduce(1e-6) { power, _ in power * 10 } }
        for value in values { counts.add(ms: value) }
        let sorted = values.sorted()
        for q in [0.0, 0.5, 0.9, 0.99, 1.0] {
            let exact = sorted[max(1, Int((q * 1_000).rounded(.up))) - 1]
            let got = counts.quantileMs(q) ?? -1
            #expect(abs(got - exact) <= exact * 0.004, "seed \(seed), q \(q)")
        }
        #expect(counts.maxMs == sorted.last)
        #expect(counts.count == 1_000)
    }

    @Test("Nothing has no quantile; zero and what is outside are counted")
    func edges() {
        var counts = LatencyCounts()
        #expect(counts.quantileMs(0.5) == nil)
        #expect(counts.meanMs == nil)
        counts.add(ms: 0)
        counts.add(ms: -1)
        #expect(counts.quantileMs(1) == 0)
        counts.add(ms: 1e300)
        #expect(counts.count == 3)
        #expect(counts.quantileMs(0.5) == 0)
        counts.removeAll()
        #expect(counts.quantileMs(0.5) == nil)
    }

    @Test(
        "Ten beyond a percentile are enough, nine are few",
        arguments: [(0.5, 20), (0.9, 100), (0.95, 200), (0.99, 1_000), (0.999, 10_000)])
    func few(q: Double, enough: Int) {
        var counts = LatencyCounts()
        for _ in 1..<enough { counts.add(ms: 1) }
        #expect(counts.hasFewSamples(beyond: q))
        counts.add(ms: 1)
        #expect(!counts.hasFewSamples(beyond: q))
    }

    @Test("A quantile is never above the largest value")
    func heldAtMax() {
        var counts = LatencyCounts()
        for _ in 0..<9 { counts.add(ms: 501.2) }
        #expect(counts.quantileMs(0.5).map { $0 <= 501.2 && $0 >= 499.1 } == true)
    }
}
