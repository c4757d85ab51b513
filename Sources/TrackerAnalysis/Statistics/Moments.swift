/// Count, mean and squared deviations of some values; two of them make one.
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

    /// Chan, Golub and LeVeque (1979): no large sums are subtracted, equal values stay without
    /// deviation.
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

    /// How likely means so far apart are by chance: Student's t-test, two-sided, with one variance.
    ///
    /// Otava gives the test variances divided by n; so do we, to find the change points that it
    /// finds. With few values that says "change" a little earlier.
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

/// Moments of any stretch of a growing series, in a time that grows with the logarithm of its
/// length.
///
/// Each level holds the moments of pairs of the level below, so how the values came makes no
/// difference to the last bit.
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
