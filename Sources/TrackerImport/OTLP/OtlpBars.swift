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
    init?(explicit point: OtlpMessage) {
        guard let edges = point.numbers(.explicitBounds), let all = point.counts(.bucketCounts),
            all.count <= ImportLimits.maxBars,
            zip(edges, edges.dropFirst()).allSatisfy({ $0 <= $1 })
        else { return nil }
        layout = .explicit(edges)
        // Without a bound the values are between the extremes, or anywhere.
        guard !edges.isEmpty || point.has(.min) && point.has(.max) else { return nil }
        if all.isEmpty, edges.isEmpty, let count = point.whole(.count), count >= 0 {
            positive = Row(counts: [UInt64(count)])
            return
        }
        guard all.count == edges.count + 1 else { return nil }
        positive = Row(counts: all)
    }

    /// Bars between powers of a base, and one of values around zero.
    init?(exponential point: OtlpMessage) {
        let scale = point.whole(.scale) ?? 0
        // Beyond these a bar holds every double, or less than one.
        guard (-10...20).contains(scale) else { return nil }
        layout = .exponential(scale: scale)
        guard let above = Self.row(point.message(.positive)),
            let below = Self.row(point.message(.negative))
        else { return nil }
        positive = above
        negative = below
        if let number = point.whole(.zeroCount) {
            guard number >= 0 else { return nil }
            zeros = UInt64(number)
        }
        for row in [above, below] where !row.counts.isEmpty {
            guard edge(row.offset + row.counts.count).isFinite else { return nil }
        }
    }

    private static func row(_ bars: OtlpMessage?) -> Row? {
        guard let bars else { return Row() }
        guard let counts = bars.counts(.bucketCounts), counts.count <= ImportLimits.maxBars else {
            return nil
        }
        let offset = bars.whole(.offset) ?? 0
        guard offset.magnitude < 1 << 40 else { return nil }
        return Row(offset: offset, counts: counts)
    }

    private func edge(_ index: Int) -> Double {
        guard case .exponential(let scale) = layout else { return 0 }
        let exponent = scale >= 0 ? 1 / Double(1 << scale) : Double(1 << -scale)
        return pow(2, Double(index) * exponent)
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
            for (place, count) in negative.counts.enumerated() where count > 0 {
                let index = negative.offset + place
                builder.spread(from: -edge(index + 1), to: -edge(index), count: count)
            }
            for (place, count) in positive.counts.enumerated() where count > 0 {
                let index = positive.offset + place
                builder.spread(from: edge(index), to: edge(index + 1), count: count)
            }
            builder.add(0, count: zeros)
        }
    }
}
