import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@Suite("Curves over time")
struct TimelineTests {
    private static func curve(_ times: [String]) throws -> MetricTimeline {
        let lines = times.map { "{\"ts\":\($0),\"metric\":\"m\",\"value\":1}" }
        return try #require(try FoldHarness.summary(of: lines).runs.first?.timelines.first)
    }

    @Test(
        "the width doubles when a curve would have more than 1,200 buckets",
        arguments: [
            (1_199, 1_000), (1_200, 2_000), (2_399, 2_000), (2_400, 4_000), (100_000, 128_000),
        ])
    func widths(lastSecond: Int, widthMs: Int) throws {
        let curve = try Self.curve(["0", "\(lastSecond * 1_000)", "500"])
        #expect(curve.bucketWidthMs == widthMs)
        #expect(curve.buckets.map(\.aggregate.count) == [2, 1])
    }

    @Test("buckets are aligned, in order, and hold every sample once, in any order")
    func aligned() throws {
        for seed in Sweep.seeds(30, long: 500) {
            var generator = SeededGenerator(seed: seed)
            let span = Double(1 << Int.random(in: 8...26, using: &generator))
            let start = Double.random(in: 0...1.8e12, using: &generator)
            let times = (0..<80).map { _ in start + Double.random(in: 0...span, using: &generator) }
            let curve = try Self.curve(times.map { "\($0)" })
            let again = try Self.curve(times.shuffled(using: &generator).map { "\($0)" })
            #expect(curve.buckets.map(\.startMs) == again.buckets.map(\.startMs), "seed \(seed)")
            #expect(
                curve.buckets.map(\.aggregate) == again.buckets.map(\.aggregate), "seed \(seed)")
            #expect(curve.total.count == times.count)
            #expect(curve.buckets.allSatisfy { $0.startMs % curve.bucketWidthMs == 0 })
            for bucket in curve.buckets {
                let inside = times.count {
                    Int($0) >= bucket.startMs && Int($0) < bucket.startMs + curve.bucketWidthMs
                }
                #expect(bucket.aggregate.count == inside, "seed \(seed)")
            }
        }
    }

    @Test("F44: implausible times count, and date nothing while another event has a plausible one")
    func weird() throws {
        let times = ["0", "9223372036854775808", "-1", "-1e308", "1e308", "1763899200000", "-0.0"]
        for seed in 0..<20 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let lines = times.shuffled(using: &generator).map {
                "{\"ts\":\($0),\"metric\":\"m\",\"value\":1}"
            }
            let summary = try FoldHarness.summary(of: lines)
            let curve = summary.runs[0].timelines[0]
            #expect(curve.total.count == times.count)
            #expect(curve.buckets.map(\.aggregate.count) == [1])
            #expect(curve.undated?.count == times.count - 1)
            #expect(summary.first == 1_763_899_200_000 && summary.last == 1_763_899_200_000)
            #expect(summary.health.implausibleTimes == times.count - 1)
            #expect(summary.eventCount == times.count)
        }
    }

    @Test("F44: with implausible times alone they are clamped to the years 1970 to 9999")
    func nothingPlausible() throws {
        let lines = ["0", "9223372036854775808", "-1", "-1e308", "1e308", "5"].map {
            "{\"ts\":\($0),\"metric\":\"m\",\"value\":1}"
        }
        let summary = try FoldHarness.summary(of: lines)
        #expect(summary.runs[0].timelines[0].buckets.map(\.aggregate.count) == [4, 2])
        #expect(summary.first == 0)
        #expect(summary.last?.milliseconds == IndexLimits.maxTimestampMs)
    }

    @Test("curves that were summarised before are those of a rebuild, whatever is added to them")
    func grown() throws {
        for seed in Sweep.seeds(60, long: 2_000) {
            let log = GeneratedLog(seed: seed)
            let harness = try FoldHarness()
            let index = harness.newIndex()
            for file in log.files {
                // In two parts, so that what is added belongs to curves that are known.
                let middle = file.bytes.count / 2
                for part in [file.bytes[..<middle], file.bytes[middle...]] {
                    try harness.append(Array(part), to: file.name)
                    try harness.update(index)
                    let curves = harness.summary(index).runs.map(\.timelines)
                    let rebuilt = harness.summary(try harness.rebuilt()).runs.map(\.timelines)
                    #expect(curves == rebuilt, "seed \(seed)")
                }
            }
        }
    }
}
