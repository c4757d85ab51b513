import Glibc
import Testing
import TrackerTestSupport

@testable import TrackerAnalysis

@Suite("Orders of rounds, and intervals that hold at every look")
struct ConfidenceSequenceTests {
    private func sequence() -> ConfidenceSequence {
        ConfidenceSequence(alpha: 0.05, expectedSpread: 0.03, widest: 4)
    }

    @Test("every order is a permutation, the same for the same seed, round and past")
    func orders() {
        for variants in 2...SequentialLimits.maxVariants {
            var past: [[Int]] = []
            for round in 1...40 {
                let design = RoundOrder(variants: variants, past: past)
                let order = design.draw(seed: 7, round: round)
                #expect(order.sorted() == Array(0..<variants))
                #expect(design.draw(seed: 7, round: round) == order)
                past.append(order)
            }
            #expect(Set(past).count > 1)
        }
    }

    @Test("each order is drawn as often as its probability says", arguments: [2, 3, 4])
    func probabilities(variants: Int) {
        // B was later in one round and C in none more: the next order is not uniform.
        let design = RoundOrder(variants: variants, past: [Array(0..<variants)])
        let draws = 20_000
        var counts: [[Int]: Int] = [:]
        for round in 0..<draws { counts[design.draw(seed: 11, round: round), default: 0] += 1 }
        for (order, count) in counts {
            for variant in 1..<variants {
                var swapped = order
                let places = [0, variant].compactMap { order.firstIndex(of: $0) }
                swapped.swapAt(places[0], places[1])
                let both = Double(count + counts[swapped, default: 0])
                let probability = design.probability(of: order, for: variant)
                let error = (probability * (1 - probability) / both).squareRoot()
                #expect(abs(Double(count) / both - probability) < 4.5 * error, "\(order)")
                #expect(
                    abs(probability + design.probability(of: swapped, for: variant) - 1) < 1e-12)
            }
        }
    }

    @Test("orders stay balanced: of 100 rounds, each variant is first and last in 40 to 60")
    func balance() {
        for seed in 1...50 as ClosedRange<UInt64> {
            var past: [[Int]] = []
            for round in 1...100 {
                past.append(
                    RoundOrder(variants: 2, past: past).draw(seed: seed, round: round))
            }
            #expect((40...60).contains(past.count { $0 == [0, 1] }), "seed \(seed)")
        }
    }

    @Test("a bet is fair: over both orders, weighted by their probability, a stake stays 1")
    func fairness() {
        // What became of a stake shows in the interval alone, so the law is that of all orders:
        // with n rounds of one magnitude, the intervals that miss weigh at most alpha.
        let rounds = 10
        var missed = 0.0
        for bits in 0..<(1 << rounds) {
            var sequence = sequence()
            var weight = 1.0
            var hasMissed = false
            for round in 0..<rounds {
                let isAbove = bits >> round & 1 == 1
                // Uneven, as after an unbalanced past.
                let above = round.isMultiple(of: 3) ? 2.0 / 3 : 0.5
                let probability = isAbove ? above : 1 - above
                weight *= probability
                let size = 0.01 * Double(round % 4 + 1)
                sequence.add(isAbove ? size : -size, probability: probability)
                hasMissed =
                    hasMissed || (sequence.lower ?? -1) > 0 || (sequence.upper ?? 1) < 0
            }
            if hasMissed { missed += weight }
        }
        #expect(missed <= 0.05)
        #expect(missed > 0.001)
    }

    @Test("an interval never widens, and holds its estimate")
    func narrowing() {
        for seed in 1...TestMode.rounds(30) {
            var generator = SeededGenerator(seed: UInt64(seed))
            var sequence = sequence()
            var (low, high) = (-Double.infinity, Double.infinity)
            for _ in 0..<40 {
                let value = Double(generator.next() >> 11) / Double(1 << 53) * 0.2 - 0.05
                sequence.add(value, probability: 0.5)
                let (newLow, newHigh) = (sequence.lower ?? low, sequence.upper ?? high)
                #expect(newLow >= low && newHigh <= high, "seed \(seed)")
                (low, high) = (newLow, newHigh)
                if let estimate = sequence.estimate {
                    #expect(low <= estimate && estimate <= high, "seed \(seed)")
                }
            }
            #expect(high - low < 0.2, "seed \(seed)")
        }
    }

    @Test("a unit is no matter: differences a thousand times larger give intervals as much larger")
    func scale() {
        var generator = SeededGenerator(seed: 3)
        var small = ConfidenceSequence(alpha: 0.05, expectedSpread: 0.03, widest: 4)
        var large = ConfidenceSequence(alpha: 0.05, expectedSpread: 30, widest: 4_000)
        for _ in 0..<30 {
            let value = Double(generator.next() >> 11) / Double(1 << 53) * 0.1
            small.add(value, probability: 0.5)
            large.add(value * 1_000, probability: 0.5)
        }
        let (a, b) = (small.upper ?? 0, large.upper ?? 0)
        #expect(abs(a * 1_000 - b) < 1e-6 * b)
    }

    @Test("one disturbed round hardly moves the estimate")
    func outlier() {
        var sequence = sequence()
        for round in 0..<15 {
            sequence.add(round == 5 ? 3 : round.isMultiple(of: 2) ? 0.05 : 0.06, probability: 0.5)
        }
        #expect((0.05...0.06).contains(sequence.estimate ?? 0))
        #expect((sequence.lower ?? 0) > 0.03)
        #expect((sequence.upper ?? 1) < 0.2)
    }

    @Test("without rounds, or with few, nothing is known")
    func few() {
        var sequence = sequence()
        #expect(sequence.estimate == nil && sequence.lower == nil)
        for _ in 0..<4 { sequence.add(0.1, probability: 0.5) }
        #expect(sequence.lower == nil && sequence.upper == nil)
    }
}
