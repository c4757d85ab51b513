import Testing
import TrackerLog
import TrackerTestSupport

@testable import TrackerIndexer

/// Counts of buckets against a dictionary.
@Suite("Counts of buckets")
struct BucketCountsTests {
    /// How far apart the buckets of one kind are, and how often the last one comes again.
    static let kinds: [(spread: Int32, repeats: Int)] = [
        (0, 9), (1, 5), (40, 0), (3_000, 3), (200_000, 1),
    ]

    @Test("are the same in any order and any number of windows", arguments: kinds.indices)
    func matchesDictionary(_ kind: Int) {
        let (spread, repeats) = Self.kinds[kind]
        for seed in 1...40 as ClosedRange<UInt64> {
            var random = SeededGenerator(seed: seed)
            var windows = (0..<3).map { _ in BucketCounts() }
            var model: [Int32: UInt64] = [:]
            for _ in 0..<Int.random(in: 1...40, using: &random) {
                let bucket = 130_000 + Int32.random(in: -spread...spread, using: &random)
                for _ in 0...Int.random(in: 0...repeats, using: &random) {
                    let window = Int.random(in: 0..<windows.count, using: &random)
                    let count: UInt64 =
                        Bool.random(using: &random)
                        ? 1 : [2, 7, 8, 9, 1 << 32, 1 << 40].randomElement(using: &random) ?? 1
                    if count == 1 {
                        windows[window].add(bucket)
                    } else {
                        windows[window].add(bucket, count: count)
                    }
                    model[bucket, default: 0] += count
                }
            }
            var all = BucketCounts()
            for window in windows { all.merge(window) }
            let expected = model.sorted { $0.key < $1.key }
            #expect(all.sorted.map(\.bucket) == expected.map(\.key), "seed \(seed)")
            #expect(all.sorted.map(\.count) == expected.map(\.value), "seed \(seed)")
            var visited: [Int32: UInt64] = [:]
            all.visit { visited[$0, default: 0] += $1 }
            #expect(visited == model, "seed \(seed)")
            all.free()
            #expect(all.sorted.isEmpty)
            for at in windows.indices { windows[at].free() }
        }
    }
}
