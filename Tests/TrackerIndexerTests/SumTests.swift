import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerTestSupport

@Suite("Exact sums")
struct SumTests {
    static func sum(_ values: [Double]) -> ExactSum {
        var sum = ExactSum()
        for value in values { sum.add(value) }
        return sum
    }

    @Test("values that cancel leave no trace")
    func cancellation() {
        #expect(Self.sum([1e300, 1, -1e300]).value == 1)
        #expect(Self.sum([1e-300, 1e300, -1e300]).value == 1e-300)
        #expect(Self.sum([0.1, 0.2, -0.3]).value == 0x1p-55, "of these three doubles")
        #expect(Self.sum(Array(repeating: 0.1, count: 10)).value == 1)
        #expect(Self.sum([1e300, 1, -1e300]) == Self.sum([1]))
        #expect(Self.sum([]).value == 0)
    }

    @Test(
        "the smallest and largest doubles",
        arguments: [
            .leastNonzeroMagnitude, 0x1p-1030, .leastNormalMagnitude, 1e-305, 1e-290, 1e-5, 1,
            131_072, 1e22, 1e300,
            1.7976931348623157e308,
        ])
    func extremes(value: Double) {
        #expect(Self.sum([value]).value == value)
        #expect(Self.sum([-value]).value == -value)
        #expect(Self.sum([value, -value]).value == 0)
        #expect(Self.sum([value / 2, value / 2, value]).value == value / 2 + value / 2 + value)
    }

    @Test("beyond the largest double the sum is infinite, and comes back")
    func overflow() {
        let most = Double.greatestFiniteMagnitude
        #expect(Self.sum([most, most]).value == .infinity)
        #expect(Self.sum([most, most, -most]).value == most)
    }

    @Test("the nearest double, also where bands cancel each other or only a bit far below decides")
    func nearest() {
        let (half, tiny) = (0x1p-53, Double.leastNonzeroMagnitude)
        #expect(Self.sum([1, half]).value == 1)
        #expect(Self.sum([1, half, tiny]).value == 1 + 2 * half)
        #expect(Self.sum([-1, -half, -tiny]).value == -1 - 2 * half)
        #expect(Self.sum([1, half, -tiny]).value == 1)
        #expect(Self.sum([1e300, 1, tiny, -1e300, -1]).value == tiny)
        #expect(Self.sum([0x1p40, 0x1p-20, -0x1p40, 0x1p-60]).value == 0x1p-20 + 0x1p-60)
        #expect(Self.sum([tiny, 1e300, -1e300, tiny]).value == 2 * tiny)
        #expect(Self.sum([1e300, -1e300]).value == 0)
    }

    @Test("zero and negative zero add nothing")
    func zero() {
        #expect(Self.sum([0, -0.0]) == ExactSum())
        #expect(Self.sum([-0.0]).value.sign == .plus)
    }

    /// Values that are multiples of 2^-40 below 2^60 add exactly in 128 bits: the truth to compare
    /// with.
    @Test("any order, any split: the sum of the integers")
    func againstIntegers() {
        for seed in Sweep.seeds(300, long: 5_000) {
            var generator = SeededGenerator(seed: seed)
            var exact: Int128 = 0
            let values = (0..<200).map { _ -> Double in
                let mantissa = Int64.random(in: -(1 << 52)...(1 << 52), using: &generator)
                let shift = Int.random(in: 0...47, using: &generator)
                exact += Int128(mantissa) << Int128(shift)
                return Double(mantissa) * Double(sign: .plus, exponent: shift - 40, significand: 1)
            }
            let sum = Self.sum(values)
            let expected = Double(exact) * 0x1p-40
            #expect(sum.value == expected, "seed \(seed)")
            // What is left when nearly all of it goes again.
            let rest = exact - Int128(Double(exact))
            #expect(Self.sum(values + [-expected]).value == Double(rest) * 0x1p-40, "seed \(seed)")
            #expect(Self.sum(values.shuffled(using: &generator)) == sum, "seed \(seed)")
            let cut = Int.random(in: 0...200, using: &generator)
            var left = Self.sum(Array(values[..<cut]))
            var right = Self.sum(Array(values[cut...]))
            let kept = right
            right.merge(left)
            left.merge(kept)
            #expect(left == sum && right == sum, "seed \(seed)")
        }
    }
}
