import Testing
import TrackerImport
import TrackerLog
import TrackerTestSupport

@Suite("Import: histograms of other tools")
struct HistogramTests {
    @Test("no value is lost or made when bars become buckets", arguments: UInt64(1)...40)
    func totals(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var (builder, total, sum) = (HistogramBuilder(), UInt64(0), 0.0)
        for _ in 0..<20 {
            let lower = Double.random(in: 0...1e3, using: &generator)
            let widths: [Double] = [0, 1e-9, 0.5, 1e4]
            let width = widths.randomElement(using: &generator) ?? 0
            let count = UInt64.random(in: 0...100_000, using: &generator)
            builder.spread(from: lower, to: lower + width, count: count)
            total += count
            sum += (lower + width / 2) * Double(count)
        }
        let distribution = try #require(
            builder.distribution("m", at: Imported.anchor, lastingMs: nil, unit: nil))
        #expect(distribution.histogram.reduce(0) { $0 + $1.count } == total)
        #expect(distribution.count == Int(total))
        #expect(abs(distribution.sum - sum) <= 1e-9 * sum)
        var line: [UInt8] = []
        #expect(EventEncoder.append(.distribution(distribution), to: &line))
    }

    @Test("a percentile of a bar is that of an even spread, to a bucket's width")
    func evenly() throws {
        var builder = HistogramBuilder()
        builder.spread(from: 0, to: 100, count: 10_000)
        let distribution = try #require(
            builder.distribution("m", at: Imported.anchor, lastingMs: nil, unit: nil))
        for percent in stride(from: 1, through: 99, by: 7) {
            var (below, value) = (UInt64(0), 0.0)
            for bucket in distribution.histogram where below < UInt64(percent * 100) {
                below += bucket.count
                value = Bucket.middle(of: bucket.bucket)
            }
            #expect(abs(value - Double(percent)) <= 0.011 * Double(percent), "\(percent) %")
        }
    }

    @Test("what is beyond numbers is no distribution")
    func huge() {
        var builder = HistogramBuilder()
        builder.add(.greatestFiniteMagnitude, count: 3)
        builder.add(1, count: .max)
        #expect(builder.distribution("m", at: Imported.anchor, lastingMs: nil, unit: nil) == nil)
        #expect(builder.count == 3)
    }

    @Test(
        "each value has one place, and the places follow each other",
        arguments: [0, 1, 2, 3, 4] as [UInt64], [1, 1_000, 20_000] as [UInt64])
    func places(_ digits: UInt64, _ lowest: UInt64) throws {
        let index = try #require(HdrIndex(digits, lowest: lowest, highest: 3_600_000_000_000))
        let unit = Int64(1) << Int64(63 - lowest.leadingZeroBitCount)
        let parts: [Int64] = [1, 10, 100, 1_000, 10_000, 100_000]
        var (next, wrong) = (Int64(0), 0)
        for place in 0..<index.count {
            guard let range = index.range(at: place), range.lowest == next else {
                wrong += 1
                continue
            }
            // With d digits values are told apart within 1 of 10^d.
            let exact = max(unit, range.lowest / parts[Int(digits)])
            if range.highest - range.lowest >= exact { wrong += 1 }
            next = range.highest + 1
        }
        #expect(wrong == 0)
        #expect(next > 3_600_000_000_000)
        #expect(index.range(at: index.count) == nil)
        #expect(index.range(at: -1) == nil)
    }

    @Test(
        "contradicting headers of a histogram",
        arguments: [
            (6, 1, 100), (2, 0, 100), (2, 100, 1), (3, 1 << 60, 1 << 62),
        ] as [(UInt64, UInt64, UInt64)])
    func headers(_ digits: UInt64, _ lowest: UInt64, _ highest: UInt64) {
        #expect(HdrIndex(digits, lowest: lowest, highest: highest) == nil)
    }

    /// Of 1,000,000 three times, of 2,500,000 twice, and of 40,000,000.
    private static let texts = [
        "HISTFAAAACl4nJNpmSzMwMDAyQABTFCakYGB2c1gxwIGGP+5NNtRJpa/7EwAc+8F/g==",
        "HISTIgAAAEp4nJNpmazIwCBsxAABTFCakYGB2c1gxwIG+w8Mo2AUjIJRMApGwSgYBaNgFIyCUTAK"
            + "hiNgHmgHDBPARFjJKBgFo2CYAkYAA90Eow==",
        "HISTSQAAAEp4nO3OMQ2AMABE0WuboAIRqGgQhgMMIAN5DDCwMULIe9tPbrhxWeckNaeStD7t25UZ"
            + "AgAAAAAAAHxZe/sA3NTnCQDwM+UAijUDXA==",
    ]

    @Test("the three versions say the same")
    func versions() throws {
        let steps = try Self.texts.map { try HdrHistogram(base64: $0.utf8).steps }
        #expect(steps[0].map(\.count) == [3, 2, 1])
        #expect(steps[0].map(\.lowest) == [999_424, 2_490_368, 39_845_888])
        #expect(steps[0].map(\.highest) == [1_003_519, 2_506_751, 40_108_031])
        #expect(steps[1] == steps[0])
        #expect(steps[2] == steps[0])
    }

    @Test("a histogram that is damaged anywhere ends nothing", arguments: texts)
    func damage(_ text: String) {
        for seed in UInt64(1)...200 {
            var generator = SeededGenerator(seed: seed)
            var bytes = Array(text.utf8)
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            bytes[index] = UInt8.random(in: 0...255, using: &generator)
            do throws(HdrHistogram.Failure) {
                let histogram = try HdrHistogram(base64: bytes)
                #expect(histogram.steps.allSatisfy { $0.lowest <= $0.highest }, "seed \(seed)")
            } catch {
                #expect(!error.rawValue.isEmpty)
            }
        }
    }
}
