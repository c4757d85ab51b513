import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport
import TrackerUpkeep

/// Samples of old sessions become histograms, and nothing that is shown changes.
@Suite("A size cap: thinning")
struct ThinningTests {
    @Test("thinned, and mixed with copies of what it was made from: the same state")
    func law() throws {
        for seed in Sweep.seeds(30, long: 1_000) {
            let harness = try ThinningHarness.session(seed: seed)
            let before = try harness.rebuilt()
            let storage = try #require(harness.storage as? MemoryStorage)
            let originals = try CompactionHarness.names(harness).map { name in
                (name, try storage.readAll(harness.folder.appending(name), limit: 1 << 24))
            }
            let bytes = try ThinningHarness.bytes(storage)
            let result = try ThinningHarness.thin(storage)
            #expect(result.allSatisfy { $0.problem == nil }, "seed \(seed): \(result)")
            #expect(try ThinningHarness.bytes(storage) < bytes / 2, "seed \(seed)")
            try Self.expectSame(before, harness, "seed \(seed), thinned")
            // A live index that had the samples, and one from a snapshot of before.
            try harness.update(before)
            try Self.expectSame(before, harness, "seed \(seed), updated")
            // A copy brings some of them back, whole or in part.
            var generator = SeededGenerator(seed: seed)
            for (name, bytes) in originals where Bool.random(using: &generator) {
                // Of lines without a header a part counts twice for as long as a copy takes.
                let isWhole = Bool.random(using: &generator) || name.hasSuffix(".jsonl")
                let count = isWhole ? bytes.count : bytes.count / 2
                try harness.append(Array(bytes.prefix(count)), to: name)
            }
            let mixed = try harness.rebuilt()
            #expect(mixed.digest == before.digest, "seed \(seed), copies beside it")
        }
    }

    private static func expectSame(
        _ before: SessionIndex, _ harness: FoldHarness, _ what: String
    ) throws {
        let after = try harness.rebuilt()
        let (old, new) = (harness.summary(before), harness.summary(after))
        #expect(new.eventCount == old.eventCount, "\(what)")
        #expect(new.runs == old.runs, "\(what)")
        #expect(new.notes == old.notes && new.first == old.first && new.last == old.last, "\(what)")
        #expect(new.health.gaps == old.health.gaps, "\(what)")
        #expect(new.health.badLineCount == old.health.badLineCount, "\(what)")
        #expect(new.health.implausibleTimes == old.health.implausibleTimes, "\(what)")
        #expect(new.health.thinned.samples > 0, "\(what)")
    }

    @Test("percentiles of a thinned session are within 0.4 % of the exact ones; counts are exact")
    func percentiles() throws {
        for seed in Sweep.seeds(10, long: 300) {
            var generator = SeededGenerator(seed: seed)
            let harness = try FoldHarness(MemoryStorage())
            var values: [Double] = []
            for seq in 0..<20 {
                let lines = (0..<200).map { index in
                    let uniform = Double.random(in: 0x1p-30..<1, using: &generator)
                    values.append(1 / uniform.squareRoot())
                    let ms = Int(ThinningHarness.startMs) + seq * 900 + index * 4
                    return "{\"ts\":\(ms),\"metric\":\"m\",\"value\":\(values[values.count - 1])}"
                }
                try harness.appendFrame(lines, writer: GeneratedLog.writer(0), seq: seq)
            }
            let result = try ThinningHarness.thin(harness.storage)
            #expect(
                result.first?.segments.first?.thinned?.samples == values.count - 20, "\(result)")
            let summary = harness.summary(try harness.rebuilt())
            let all = try #require(summary.runs.first?.series.first).aggregate.successes
            let sorted = values.sorted()
            #expect(all.count == values.count && summary.eventCount == values.count)
            #expect(all.min == sorted.first && all.max == sorted.last, "seed \(seed)")
            for perMille in [1, 10, 250, 500, 750, 900, 950, 990, 999] {
                let exact = sorted[max(1, (perMille * sorted.count + 999) / 1_000) - 1]
                let found = try #require(all.quantile(Double(perMille) / 1_000))
                #expect(abs(found - exact) <= 0.004 * exact, "p\(perMille), seed \(seed)")
            }
        }
    }
}
