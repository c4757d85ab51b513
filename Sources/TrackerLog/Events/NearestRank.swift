/// The nearest-rank rule for all quantiles: the value whose rank in the sorted samples is `q ·
/// count`, rounded up, and at least 1.
package enum NearestRank {
    /// - Parameters:
    ///   - q: 0 to 1.
    ///   - count: samples, or the sum of their weights.
    /// - Returns: a rank from 1.
    @inline(__always)
    package static func rank(_ q: Double, of count: Double) -> Double {
        max(1, (q * count).rounded(.up))
    }

    /// Whether fewer than `LogLimits.fewSamplesBeyond` of `count` samples lie above the nearest
    /// rank, so that the quantile depends on a few samples only.
    package static func hasFewSamples(_ count: Double, beyond q: Double) -> Bool {
        // Not `(1 - q) · count`: 1 - 0.9 is slightly less than 0.1.
        count - (q * count).rounded(.up) < Double(LogLimits.fewSamplesBeyond)
    }
}
