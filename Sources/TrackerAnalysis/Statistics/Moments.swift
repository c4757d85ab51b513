/// Count, mean and sum of squared deviations of some values; mergeable.
package struct Moments: Sendable, Hashable {
    package private(set) var count = 0
    package private(set) var mean = 0.0
    /// The sum of the squared deviations from the mean.
    package private(set) var squares = 0.0

    package init() {}

    package init(_ value: Double) {
        count = 1
        mean = value
    }

    package init(of values: some Sequence<Double>) {
        for value in values { merge(Moments(value)) }
    }

    /// Chan, Golub and LeVeque (1979): no large sums are subtracted, so the deviation of equal
    /// values stays exactly zero.
    mutating func merge(_ other: Moments) {
        guard other.count > 0 else { return }
        guard count > 0 else {
            self = other
            return
        }
        let share = Double(other.count) / Double(count + other.count)
        let apart = other.mean - mean
        squares += other.squares + apart * apart * Double(count) * share
        mean += apart * share
        count += other.count
    }

    /// Divided by the count, not by one less: see `pValue`.
    var variance: Double { count > 0 ? squares / Double(count) : 0 }

    /// p-value of Student's two-sided t-test with pooled variance: how likely means this far apart
    /// are by chance.
    ///
    /// Variances are divided by n as in Otava, to find the same change points. With few values
    /// this reports a change a little earlier.
    /// - Returns: 1 where there is nothing to test.
    package static func pValue(_ a: Moments, _ b: Moments) -> Double {
        guard a.count > 0, b.count > 0, a.count + b.count > 2, a.mean != b.mean else { return 1 }
        let degrees = Double(a.count + b.count - 2)
        let pooled =
            (Double(a.count - 1) * a.variance + Double(b.count - 1) * b.variance) / degrees
        let error = (pooled * (1 / Double(a.count) + 1 / Double(b.count))).squareRoot()
        let t = (a.mean - b.mean) / error
        return t.isNaN ? 1 : StudentT.twoSided(t, degrees: degrees)
    }
}

/// Moments of any range of a growing series of n values, in O(log n).
///
/// Each level holds the moments of pairs of the level below:
///
///     levels[2]  |       0..<4       |
///     levels[1]  |  0..<2  |  2..<4  |  4..<6  |
///     levels[0]  | 0  | 1  | 2  | 3  | 4  | 5  | 6  |
///
/// So the result does not depend on how the values were appended, to the last bit.
package struct MomentTree: Sendable {
    private var levels: [[Moments]] = [[]]

    package init() {}

    package mutating func append(_ value: Double) {
        levels[0].append(Moments(value))
        var level = 0
        while levels[level].count.isMultiple(of: 2) {
            var pair = levels[level][levels[level].count - 2]
            pair.merge(levels[level][levels[level].count - 1])
            if level + 1 == levels.count { levels.append([]) }
            level += 1
            levels[level].append(pair)
        }
    }

    package func moments(of range: Range<Int>) -> Moments {
        var result = Moments()
        var start = range.lowerBound
        while start < range.upperBound {
            var level = min(start.trailingZeroBitCount, levels.count - 1)
            while start + 1 << level > range.upperBound { level -= 1 }
            result.merge(levels[level][start >> level])
            start += 1 << level
        }
        return result
    }
}
