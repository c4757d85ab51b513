import Glibc
import TrackerLog

/// In which order the variants of a round are run: random, but balanced.
///
/// The chance is what makes the experiment valid, so the probability of what was drawn is known
/// exactly. Independent coins would be enough; balance makes a drift of the machine cancel out
/// better. It is that of Efron's biased coin (1971, DOI 10.1093/biomet/58.3.403): who came later
/// more often comes first with better odds.
package struct RoundOrder: Sendable {
    /// For each variant: in how many more rounds it came after the first variant than before it.
    private let late: [Int]

    /// - Parameter past: the orders of the rounds so far, each a permutation of the variants.
    package init(variants: Int, past: [[Int]]) {
        var late = Array(repeating: 0, count: variants)
        for order in past {
            for variant in 1..<variants { late[variant] += Self.isLater(variant, order) ? 1 : -1 }
        }
        self.late = late
    }

    /// - Returns: the same for the same seed, round and past.
    package func draw(seed: UInt64, round: Int) -> [Int] {
        // Seeds that are neighbours give unrelated orders.
        var seeds = SplitMix64(seed: seed)
        var generator = SplitMix64(seed: seeds.next() &+ UInt64(round))
        var order = Array(late.indices)
        for _ in 0..<SequentialLimits.maxOrderDraws {
            order.shuffle(using: &generator)
            let most = SequentialLimits.balanceOdds.squareRoot()
            if generator.nextUnit() * most < weight(of: order) { break }
        }
        return order
    }

    /// The probability of this order, of the two that differ only in that the first variant and
    /// this one change places.
    package func probability(of order: [Int], for variant: Int) -> Double {
        var swapped = order
        if let first = order.firstIndex(of: 0), let other = order.firstIndex(of: variant) {
            swapped.swapAt(first, other)
        }
        let (drawn, opposite) = (weight(of: order), weight(of: swapped))
        return drawn / (drawn + opposite)
    }

    /// From 1 / √odds to √odds.
    private func weight(of order: [Int]) -> Double {
        guard late.count > 1 else { return 1 }
        var sum = 0
        for variant in 1..<late.count {
            sum += (Self.isLater(variant, order) ? -1 : 1) * late[variant].signum()
        }
        let part = Double(sum) / Double(late.count - 1)
        return pow(SequentialLimits.balanceOdds, part / 2)
    }

    private static func isLater(_ variant: Int, _ order: [Int]) -> Bool {
        (order.firstIndex(of: variant) ?? 0) > (order.firstIndex(of: 0) ?? 0)
    }
}
