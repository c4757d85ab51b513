import TrackerLog

/// Counts latencies in the buckets of `docs/FORMAT.md` section 5, for the progress line and the
/// run's summary.
///
/// An array of 50 kB over the buckets from a nanosecond to eleven days; values outside count in the
/// first or last bucket. Adding takes constant time. Quantiles are nearest-rank, within 0.4 %.
package struct LatencyCounts: Sendable {
    private static let base = Int(Bucket.index(of: 1e-6))
    private static let size = Int(Bucket.index(of: 1e9)) - base + 1
    /// Count of zero, which has a bucket outside of this range.
    private var zeros: UInt64 = 0
    private var counts = [UInt64](repeating: 0, count: size)

    package private(set) var count: UInt64 = 0
    package private(set) var sumMs = 0.0
    private var sumOfSquares = 0.0
    package private(set) var maxMs = 0.0

    package init() {}

    /// Adds one latency; negative ones count as zero.
    package mutating func add(ms: Double) {
        let latencyMs = max(0, ms)
        count += 1
        sumMs += latencyMs
        sumOfSquares += latencyMs * latencyMs
        maxMs = max(maxMs, latencyMs)
        guard latencyMs > 0 else {
            zeros += 1
            return
        }
        let slot = Int(Bucket.index(of: latencyMs)) - Self.base
        counts[min(max(slot, 0), Self.size - 1)] += 1
    }

    /// Adds the counts of another value.
    package mutating func add(_ other: LatencyCounts) {
        for index in counts.indices { counts[index] += other.counts[index] }
        zeros += other.zeros
        count += other.count
        sumMs += other.sumMs
        sumOfSquares += other.sumOfSquares
        maxMs = max(maxMs, other.maxMs)
    }

    /// Sets all counts to zero and keeps the memory.
    package mutating func removeAll() {
        for index in counts.indices { counts[index] = 0 }
        zeros = 0
        count = 0
        sumMs = 0
        sumOfSquares = 0
        maxMs = 0
    }

    package var meanMs: Double? { count == 0 ? nil : sumMs / Double(count) }

    /// Half the 95 % interval of the mean: what chance makes of it. `nil` when empty.
    package var meanErrorMs: Double? {
        guard let meanMs else { return nil }
        let variance = max(0, sumOfSquares / Double(count) - meanMs * meanMs)
        return Self.normal95 * (variance / Double(count)).squareRoot()
    }

    /// The upper end of the 95 % interval of a quantile: that of its rank, as a share.
    package func upperQuantileMs(_ q: Double) -> Double? {
        let error = Self.normal95 * (q * (1 - q) / Double(max(1, count))).squareRoot()
        return quantileMs(min(1, q + error))
    }

    /// 95 % of a normal distribution are within so many standard deviations.
    private static let normal95 = 1.96

    /// Whether fewer than `LogLimits.fewSamplesBeyond` values are above the nearest rank.
    package func hasFewSamples(beyond q: Double) -> Bool {
        NearestRank.hasFewSamples(Double(count), beyond: q)
    }

    /// The nearest-rank quantile: the middle of its bucket, at most the largest value.
    /// - Parameter q: 0 to 1.
    /// - Returns: `nil` when empty.
    package func quantileMs(_ q: Double) -> Double? {
        guard count > 0 else { return nil }
        let rank = UInt64(NearestRank.rank(q, of: Double(count)))
        guard rank > zeros else { return 0 }
        var seen = zeros
        for (slot, inSlot) in counts.enumerated() where inSlot > 0 {
            seen += inSlot
            if seen >= rank {
                return min(Bucket.middle(of: Int32(slot + Self.base)), maxMs)
            }
        }
        return maxMs
    }
}
