import Glibc

/// The bars of one histogram.
package struct OtlpBars: Hashable, Sendable {
    enum Layout: Hashable, Sendable {
        /// The bounds between the bars, from low to high.
        case explicit([Double])
        /// Bar j is from base^j to base^(j + 1), where base = 2^(2^-scale).
        case exponential(scale: Int)
    }

    /// Bars in a row.
    struct Row: Hashable, Sendable {
        /// The index of its first bar.
        var offset = 0
        var counts: [UInt64] = []

        func count(at index: Int) -> UInt64 {
            counts.indices.contains(index - offset) ? counts[index - offset] : 0
        }

        /// With bars twice as wide, `steps` times.
        func coarser(by steps: Int) -> Row {
            guard steps > 0, !counts.isEmpty else { return self }
            var row = Row(offset: offset >> steps)
            for (place, count) in counts.enumerated() {
                let at = ((offset + place) >> steps) - row.offset
                while row.counts.count <= at { row.counts.append(0) }
                row.counts[at] = row.counts[at].addingReportingOverflow(count).partialValue
            }
            return row
        }

        /// Less what was there before; `nil` if a bar had more then.
        func less(_ before: Row) -> Row? {
            var row = self
            for (place, count) in before.counts.enumerated() where count > 0 {
                let at = before.offset + place - offset
                guard row.counts.indices.contains(at), row.counts[at] >= count else { return nil }
                row.counts[at] -= count
            }
            return row
        }
    }

    let layout: Layout
    /// Of values above zero, or of all.
    private(set) var positive: Row
    private(set) var negative = Row()
    private(set) var zeros: UInt64 = 0

    /// Bars between bounds, and one before and behind them.
    init(explicit point: OtlpMessage) throws(OtlpFault) {
        guard let edges = point.numbers(.explicitBounds), let all = point.counts(.bucketCounts),
            all.count <= ImportLimits.maxBars,
            zip(edges, edges.dropFirst()).allSatisfy({ $0 <= $1 })
        else { throw .wrongBars }
        layout = .explicit(edges)
        guard !edges.isEmpty else {
            // Without a bound the values are between the extremes, or anywhere.
            guard all.count <= 1 else { throw .wrongBars }
            let count = all.first ?? point.count(.count) ?? 0
            let extremes = point.extremes
            guard count == 0 || extremes.least != nil && extremes.most != nil else { throw .noBars }
            positive = Row(counts: [count])
            return
        }
        guard all.count == edges.count + 1 else { throw .wrongBars }
        positive = Row(counts: all)
    }

    /// Bars between powers of a base, and one of values around zero.
    init(exponential point: OtlpMessage) throws(OtlpFault) {
        // Any scale: of bars that are wider than all numbers one may be the right one still.
        guard let scale = Int32(exactly: point.whole(.scale) ?? 0),
            let above = Self.row(point.message(.positive)),
            let below = Self.row(point.message(.negative))
        else { throw .wrongBars }
        layout = .exponential(scale: Int(scale))
        positive = above
        negative = below
        zeros = point.count(.zeroCount) ?? 0
        let reach = reach(of: point.extremes, sum: point.number(.sum))
        guard isWithin(above, reach: reach.most), isWithin(below, reach: reach.least.map(-)) else {
            throw .endlessBars
        }
    }

    /// What bounds the outer bars: the extremes, and of values between powers of a base that are
    /// all above zero their sum.
    func reach(
        of extremes: (least: Double?, most: Double?), sum: Double?
    ) -> (least: Double?, most: Double?) {
        guard case .exponential = layout, negative.counts.allSatisfy({ $0 == 0 }) else {
            return extremes
        }
        return (extremes.least, extremes.most ?? sum)
    }

    /// Whether the last bar that has values ends at a number, or they are known to end before.
    private func isWithin(_ row: Row, reach: Double?) -> Bool {
        guard let last = row.counts.lastIndex(where: { $0 > 0 }) else { return true }
        let index = row.offset + last
        return edge(index + 1).isFinite || (reach.map { edge(index) < $0 } ?? false)
    }

    private static func row(_ bars: OtlpMessage?) -> Row? {
        guard let bars else { return Row() }
        guard let counts = bars.counts(.bucketCounts), counts.count <= ImportLimits.maxBars else {
            return nil
        }
        guard let offset = Int32(exactly: bars.whole(.offset) ?? 0) else { return nil }
        return Row(offset: Int(offset), counts: counts)
    }

    /// How many values there are; `nil` for more than can be counted.
    var total: UInt64? {
        var total = zeros
        for count in positive.counts + negative.counts {
            let (sum, isTooMuch) = total.addingReportingOverflow(count)
            if isTooMuch { return nil }
            total = sum
        }
        return total
    }

    private func edge(_ index: Int) -> Double {
        guard case .exponential(let scale) = layout else { return 0 }
        return exp2(scalbn(Double(index), Int32(clamping: -scale)))
    }

    /// What came since an earlier point; `nil` if a bar had more then: the counts began anew.
    func grown(since before: OtlpBars) -> OtlpBars? {
        var before = before
        switch (before.layout, layout) {
        case (.explicit(let a), .explicit(let b)): guard a == b else { return nil }
        case (.exponential(let a), .exponential(let b)):
            // A scale only gets smaller while values come.
            guard a >= b else { return nil }
            before.positive = before.positive.coarser(by: a - b)
            before.negative = before.negative.coarser(by: a - b)
        default: return nil
        }
        guard zeros >= before.zeros, let above = positive.less(before.positive),
            let below = negative.less(before.negative)
        else { return nil }
        var grown = self
        (grown.positive, grown.negative, grown.zeros) = (above, below, zeros - before.zeros)
        return grown
    }

    /// - Parameters:
    ///   - least: of all values, where it is known: the first bar reaches from there.
    ///   - most: the last bar reaches to there.
    func fill(_ builder: inout HistogramBuilder, least: Double?, most: Double?) {
        switch layout {
        case .explicit(let edges):
            for (index, count) in positive.counts.enumerated() where count > 0 {
                let first = edges.first ?? least ?? 0
                let lower = index > 0 ? edges[index - 1] : min(least ?? min(0, first), first)
                let upper = index < edges.count ? edges[index] : max(most ?? lower, lower)
                builder.spread(from: lower, to: upper, count: count)
            }
        case .exponential:
            func spread(_ lower: Double, _ upper: Double, _ count: UInt64) {
                // What is rounded may be beyond the bar: then it bounds nothing.
                let upper = most.map { $0 > lower ? min($0, upper) : upper } ?? upper
                let lower = least.map { $0 < upper ? max($0, lower) : lower } ?? lower
                builder.spread(from: lower, to: upper, count: count)
            }
            for (place, count) in negative.counts.enumerated() where count > 0 {
                let index = negative.offset + place
                spread(-edge(index + 1), -edge(index), count)
            }
            for (place, count) in positive.counts.enumerated() where count > 0 {
                let index = positive.offset + place
                spread(edge(index), edge(index + 1), count)
            }
            builder.add(0, count: zeros)
        }
    }
}
