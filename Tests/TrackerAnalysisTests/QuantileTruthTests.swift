import Glibc
import Testing
import TrackerAnalysis
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerTestSupport

/// How far percentiles are off, measured against sorting. The long form is `scripts/test --long`.
@Suite("Percentiles: how far they are off")
struct QuantileTruthTests {
    private static let seed: UInt64 = 0x9_0A17
    private static let count = TestMode.isLong ? 200_000 : 4_000
    /// From a nanosecond to three hours, in milliseconds.
    private static let scales = [1e-6, 1e-3, 1.0, 1e3, 1.08e7]
    private static let shapes: [(name: String, value: @Sendable (Double, Double) -> Double)] = [
        ("uniform", { u, _ in u }),
        ("log-normal", { u, v in exp(0.5 * (-2 * log(u)).squareRoot() * cos(2 * .pi * v)) }),
        ("bimodal", { u, v in v < 0.9 ? 1 + u / 10 : 40 + u }),
        ("constant", { _, _ in 1 }),
        ("heavy-tailed", { u, _ in pow(u, -1.5) }),
    ]

    @Test("at most 0.4 % from the exact nearest rank, from nanoseconds to hours")
    func error() {
        var generator = SeededGenerator(seed: Self.seed)
        func uniform() -> Double { (Double(generator.next() >> 11) + 0.5) / Double(1 << 53) }
        for shape in Self.shapes {
            var worst = 0.0
            for scale in Self.scales {
                let values = (0..<Self.count).map { _ in scale * shape.value(uniform(), uniform()) }
                let sorted = values.sorted()
                let population = RunGenerator.aggregate(values, 0).successes
                for q in [0.5, 0.9, 0.95, 0.99, 0.999] {
                    let rank = Int((q * Double(values.count)).rounded(.up))
                    let exact = sorted[max(rank, 1) - 1]
                    let error = ((population.quantile(q) ?? .infinity) / exact - 1).magnitude
                    worst = max(worst, error)
                }
            }
            print(
                "\(shape.name), \(Self.count) values at each of \(Self.scales.count) scales, seed"
                    + " \(Self.seed): at most \((worst * 1e5).rounded() / 1e3) % off")
            #expect(worst <= 0.004, "\(shape.name)")
        }
    }
}
