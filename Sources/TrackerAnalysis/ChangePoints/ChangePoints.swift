/// A position where a series of values moves to a new level.
package struct ChangePoint: Sendable, Hashable {
    /// One level: the values between two change points.
    package struct Level: Sendable, Hashable {
        package var count: Int
        package var mean: Double
        /// Of the population: the variance is divided by the count. `nil` of a single value, which
        /// shows none.
        package var standardDeviation: Double?
    }

    /// Index of the first value of the new level.
    package var index: Int
    package var before: Level
    package var after: Level
    /// p-value of a t-test of the two levels. The position was chosen from the data, so this ranks
    /// change points; it is not the probability of a false alarm.
    package var pValue: Double

    /// Relative to the mean before; `nil` where there is no ratio: it is zero, or one is below.
    package var change: Double? {
        before.mean > 0 && after.mean >= 0 ? (after.mean - before.mean) / before.mean : nil
    }
}

/// A growing series and its change points, by the method of Fleming et al. (2023, DOI
/// 10.1145/3578244.3583719) that Apache Otava implements.
///
/// Windows of `window` values are searched for candidates. Each starts half a window after the one
/// before, or at its last candidate if that is later. Then all candidates are tested together,
/// each with the whole levels on both sides, and the weakest is removed until all pass.
///
/// A pure function of the values: the result does not depend on how they were appended. Appending
/// a value searches at most three windows, whatever the length; in `changePoints` each test of a
/// candidate takes O(log n).
package struct ChangePointSeries: Sendable {
    package let window: Int
    package let maxPValue: Double
    package private(set) var values: [Double] = []
    private var tree = MomentTree()
    /// A power of two that the values are taken times, so that their squares are numbers; decided
    /// by the first that is not zero, whatever comes behind it.
    private var scale: Double?
    /// Candidates of full windows: final.
    private var settled: [Int] = []
    /// Candidates of windows that are not full: searched again after each append.
    private var open: [Int] = []
    /// Start of the first window that is not full.
    private var nextStart = 0
    /// Windows searched so far, repeated searches included: the cost of appending.
    package private(set) var searches = 0

    package init(window: Int = TrendLimits.window, maxPValue: Double = TrendLimits.maxPValue) {
        self.window = max(2, window)
        self.maxPValue = maxPValue
    }

    /// - Parameter new: finite, oldest first.
    package mutating func append(contentsOf new: some Sequence<Double>) {
        for value in new {
            values.append(value)
            if scale == nil, value != 0 { scale = Self.scale(for: value) }
            tree.append(value * (scale ?? 1))
        }
        while nextStart + window <= values.count {
            let found = search(from: nextStart)
            settled += found.candidates
            nextStart = found.nextStart
        }
        open = []
        var start = nextStart
        while start < values.count {
            let found = search(from: start)
            open += found.candidates
            start = found.nextStart
        }
    }

    /// 1 for what one can measure: then nothing is rounded or lost.
    private static func scale(for value: Double) -> Double {
        if (1e-100...1e100).contains(value.magnitude) { return 1 }
        let exponent = min(max(-value.exponent, -1_000), 1_000)
        return Double(sign: .plus, exponent: exponent, significand: 1)
    }

    private mutating func search(from start: Int) -> (candidates: [Int], nextStart: Int) {
        searches += 1
        let slice = values[start..<min(start + window, values.count)].map { $0 * (scale ?? 1) }
        let candidatePValue = max(TrendLimits.candidatePValue, maxPValue)
        let candidates = EDivisive(slice).candidates(maxPValue: candidatePValue).map { $0 + start }
        return (candidates, max(candidates.last ?? 0, start + max(1, window / 2)))
    }

    /// Sorted by index.
    package var changePoints: [ChangePoint] {
        var points = Set(settled).union(open).sorted().map {
            ChangePoint(index: $0, before: .none, after: .none, pValue: 1)
        }
        for position in points.indices { test(&points, position) }
        while let weakest = points.indices.max(by: { points[$0].pValue < points[$1].pValue }),
            points[weakest].pValue >= maxPValue
        {
            points.remove(at: weakest)
            // Its neighbours now have a longer level on one side.
            for position in [weakest - 1, weakest] where points.indices.contains(position) {
                test(&points, position)
            }
        }
        return points
    }

    /// All values as one level.
    package var level: ChangePoint.Level {
        .init(tree.moments(of: values.indices), scale: scale ?? 1)
    }

    private func test(_ points: inout [ChangePoint], _ position: Int) {
        let index = points[position].index
        let start = position > 0 ? points[position - 1].index : 0
        let end = position + 1 < points.count ? points[position + 1].index : values.count
        let before = tree.moments(of: start..<index)
        let after = tree.moments(of: index..<end)
        points[position] = ChangePoint(
            index: index, before: .init(before, scale: scale ?? 1),
            after: .init(after, scale: scale ?? 1),
            pValue: Moments.pValue(before, after))
    }
}

extension ChangePoint.Level {
    fileprivate static let none = ChangePoint.Level(Moments(), scale: 1)

    fileprivate init(_ moments: Moments, scale: Double) {
        self.init(
            count: moments.count, mean: moments.mean / scale,
            standardDeviation: moments.count > 1 ? moments.variance.squareRoot() / scale : nil)
    }
}
