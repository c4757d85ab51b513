import Glibc

/// The difference of two variants, and an interval around it that holds at every look.
///
/// If the true difference is δ, then a round's difference less δ has the sign that the order of the
/// round gave it: with the other order it would have been the other. So for each δ somebody may
/// bet on the signs, at fair odds: a stake on "B is larger by more than δ" is multiplied by
///
///     1 / (p + (1 − p) · exp(−2 λ (difference − δ)))
///
/// where p is the probability of the order that was drawn, and the exponent is limited. Its mean
/// is 1, however the machine drifts and whatever the runs depend on. By Ville's inequality such a
/// stake grows to 2 / α in at most α / 2 of all experiments, however often one looks. The interval
/// is every δ against which neither bet has grown to that. See `docs/decisions`.
package struct ConfidenceSequence: Sendable {
    private struct Round {
        var difference: Double
        /// Of the order that was drawn.
        var probability: Double
        /// One by the spread of the rounds before.
        var perSpread: Double
    }

    private enum Side: Double {
        case above = 1
        case below = -1
    }

    /// The ends so far; `nil` where nothing is known yet. They never move apart.
    package private(set) var lower: Double?
    package private(set) var upper: Double?
    private var rounds: [Round] = []
    private let threshold: Double
    private let expectedSpread: Double
    private let widest: Double

    /// - Parameters:
    ///   - alpha: the probability that the interval misses the difference at any look.
    ///   - expectedSpread: of the differences, before two rounds have shown it.
    ///   - widest: no end lies beyond this.
    package init(alpha: Double, expectedSpread: Double, widest: Double) {
        threshold = log(2 / alpha)
        self.expectedSpread = expectedSpread
        self.widest = widest
    }

    package var count: Int { rounds.count }

    /// - Parameter probability: of the order that was drawn, of the two in which the variants
    ///   change places; above 0 and below 1.
    package mutating func add(_ difference: Double, probability: Double) {
        rounds.append(
            Round(difference: difference, probability: probability, perSpread: 1 / spread))
        let (low, high) = (bound(lower, .above), bound(upper, .below))
        // Nothing is left where the difference itself changes. The last interval stays then.
        if let low, let high, low > high { return }
        (lower, upper) = (low, high)
    }

    /// The median of the means of all pairs of rounds (Hodges and Lehmann, 1963), within the
    /// interval: single disturbed rounds hardly move it. `nil` without rounds.
    package var estimate: Double? {
        let values = rounds.map(\.difference)
        var means: [Double] = []
        means.reserveCapacity(values.count * (values.count + 1) / 2)
        for first in values.indices {
            for second in first..<values.count {
                means.append((values[first] + values[second]) / 2)
            }
        }
        guard let middle = Self.median(&means) else { return nil }
        return min(max(middle, lower ?? middle), upper ?? middle)
    }

    /// By the rounds so far, and at first by what is expected: from the median distance to the
    /// median, which single disturbed rounds hardly move.
    private var spread: Double {
        var values = rounds.map(\.difference)
        guard values.count > 1, let middle = Self.median(&values) else { return expectedSpread }
        let degrees = Double(values.count - 1)
        var distances = values.map { ($0 - middle).magnitude }
        let seen = (Self.median(&distances) ?? 0) * Self.normalSpread
        let known = SequentialLimits.expectationRounds
        return
            ((expectedSpread * expectedSpread * known + seen * seen * degrees)
            / (known + degrees)).squareRoot()
    }

    /// The standard deviation of a normal distribution, by its median distance to the median.
    private static let normalSpread = 1.482_602

    /// Moves an end inwards as far as the bets allow.
    private func bound(_ known: Double?, _ side: Side) -> Double? {
        let sign = side.rawValue
        var refused = known ?? -sign * widest
        guard stake(against: refused, side) >= threshold else { return known }
        var step = expectedSpread
        var open = refused + sign * step
        while stake(against: open, side) >= threshold {
            guard open.magnitude < widest else { return open }
            (refused, step) = (open, step * 2)
            open = refused + sign * step
        }
        let precision = expectedSpread * SequentialLimits.precision
        while (open - refused).magnitude > precision {
            let middle = (open + refused) / 2
            if stake(against: middle, side) >= threshold { refused = middle } else { open = middle }
        }
        return refused
    }

    /// The logarithm of what a stake of 1 has become that was bet against this difference. The
    /// further the difference is from the rounds, the more: it is monotone.
    private func stake(against difference: Double, _ side: Side) -> Double {
        var logs: [Double] = []
        for stake in SequentialLimits.stakes {
            var sum = 0.0
            for round in rounds {
                let apart = side.rawValue * (round.difference - difference)
                let most = SequentialLimits.mostStaked
                let bet = min(max(stake * round.perSpread * apart, -most), most)
                sum -= log(round.probability + (1 - round.probability) * exp(-2 * bet))
            }
            logs.append(sum)
        }
        let largest = logs.max() ?? 0
        let mean = logs.reduce(0) { $0 + exp($1 - largest) } / Double(logs.count)
        return largest + log(mean)
    }

    private static func median(_ values: inout [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        values.sort()
        let middle = values.count / 2
        return values.count.isMultiple(of: 2)
            ? (values[middle - 1] + values[middle]) / 2 : values[middle]
    }
}
