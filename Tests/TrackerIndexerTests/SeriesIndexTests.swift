import Testing
import TrackerTestSupport

@testable import TrackerIndexer

/// The table of series keys against a plain list, with ranks that collide.
@Suite("Series index")
struct SeriesIndexTests {
    private struct Series: Equatable {
        var key: [UInt8]
        var rank: UInt64
        var accumulator: AccumulatorID
    }

    @Test("finds what is in, and nothing else", arguments: [1, 2, 3] as [UInt64])
    func matchesModel(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let index = SeriesIndex()
        var model: [Series] = []
        var removed: [Series] = []
        for step in 0..<6_000 {
            // More come than go at first, then the other way round.
            let adds = Int.random(in: 0..<10, using: &random) < (step < 3_000 ? 7 : 3)
            if adds || model.isEmpty {
                let length = Int.random(in: 1...60, using: &random)
                let key =
                    (0..<length).map { _ in UInt8.random(in: 97...122, using: &random) }
                    + Array("\(step)".utf8)
                // Few ranks in few places: most searches pass others.
                let rank = UInt64.random(in: 0..<40, using: &random) << 40 | UInt64(step % 7)
                let series = Series(key: key, rank: rank, accumulator: AccumulatorID(step))
                unsafe key.withUnsafeBufferPointer {
                    unsafe index.append($0, rank: rank, accumulator: series.accumulator, names: -1)
                }
                model.append(series)
            } else {
                let position = Int.random(in: 0..<model.count, using: &random)
                index.remove(at: position)
                removed.append(model[position])
                model.swapAt(position, model.count - 1)
                model.removeLast()
            }
            if step % 100 == 99 {
                Self.check(index, model, removed.suffix(50), "seed \(seed), step \(step)")
            }
        }
    }

    private static func check(
        _ index: SeriesIndex, _ model: [Series], _ removed: ArraySlice<Series>, _ what: String
    ) {
        #expect(index.count == model.count, "\(what)")
        for (position, series) in model.enumerated() {
            unsafe series.key.withUnsafeBufferPointer { key in
                let entry = unsafe index.entry(key, rank: series.rank, names: 5)
                #expect(entry == Int32(position), "\(what)")
                guard let base = key.baseAddress else { return }
                let found = unsafe index.accumulator(series.rank, base, count: key.count, names: 5)
                #expect(found == series.accumulator, "\(what)")
                let other = unsafe index.accumulator(series.rank, base, count: key.count, names: 6)
                #expect(other.isNone, "\(what)")
            }
            let key = unsafe Array(index.key(at: position))
            #expect(key == series.key, "\(what)")
        }
        for series in removed {
            let entry = unsafe series.key.withUnsafeBufferPointer { key in
                unsafe index.entry(key, rank: series.rank, names: -1)
            }
            #expect(entry == nil, "\(what)")
        }
    }
}
