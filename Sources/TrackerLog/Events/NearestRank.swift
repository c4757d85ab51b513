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

    /// The fewest samples that are not few beyond the quantile.
    /// - Parameter q: from 0, below 1.
    package static func samplesNeeded(beyond q: Double) -> Int {
        // Less than a sample is what `1 - q` is off by.
        Int((Double(LogLimits.fewSamplesBeyond) / (1 - q) - 1e-6).rounded(.up))
    }

    /// Cuts a row of counts into ranges of neighbours, from the left, each as short as it has
    /// enough samples beyond the quantile. What is left at the end goes to the last range; a row
    /// with too few in all is one range.
    /// - Returns: in order; a range begins and ends with a count above zero, and no such count is
    ///   outside all ranges.
    package static func ranges(of counts: [Int], beyond q: Double) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var open: Range<Int>?
        var sum = 0.0
        for (index, count) in counts.enumerated() where count > 0 {
            open = (open?.lowerBound ?? index)..<index + 1
            sum += Double(count)
            guard let range = open, !hasFewSamples(sum, beyond: q) else { continue }
            ranges.append(range)
            open = nil
            sum = 0
        }
        guard let rest = open else { return ranges }
        let last = ranges.popLast()
        return ranges + [(last?.lowerBound ?? rest.lowerBound)..<rest.upperBound]
    }
}
