import TrackerLog

/// Curves as they were summarised, for as long as no sample is added to them: a summary then takes
/// as long as what is new in it, not as long as everything that was recorded.
struct SummarisedCurves {
    /// Samples are only ever added, and each one counts: the same number in the same buckets are
    /// the same samples.
    struct Stamp: Hashable {
        /// Of the numbers in the buckets, in any order.
        private var mixed: UInt64 = 0
        private let buckets: Int
        private let widthMs: Int
        private let firstMs: Double
        private let lastMs: Double

        /// - Parameter pool: of its accumulators.
        init(_ curve: Timeline, in pool: AccumulatorPool) {
            for (index, id) in curve.accumulators {
                mixed &+= Self.mix(UInt64(truncatingIfNeeded: index), pool[id].count)
            }
            (buckets, widthMs) = (curve.accumulators.count, curve.widthMs)
            (firstMs, lastMs) = (curve.firstMs, curve.lastMs)
        }

        private static func mix(_ index: UInt64, _ count: UInt64) -> UInt64 {
            var ofIndex = SplitMix64(seed: index)
            var both = SplitMix64(seed: ofIndex.next() ^ count)
            return both.next()
        }
    }

    /// What is computed of a curve from all its samples.
    struct Curve {
        var buckets: [TimeBucket]
        var total: Aggregate
    }

    private var known: [Timeline.Key: (stamp: Stamp, curve: Curve)] = [:]

    func curve(of key: Timeline.Key, at stamp: Stamp) -> Curve? {
        known[key].flatMap { $0.stamp == stamp ? $0.curve : nil }
    }

    /// Forgets all when most are of curves that are no more.
    mutating func forget(unlessOf curves: Int) {
        if known.count > 2 * curves { known = [:] }
    }

    mutating func keep(_ curve: Curve, of key: Timeline.Key, at stamp: Stamp) {
        known[key] = (stamp, curve)
    }
}
