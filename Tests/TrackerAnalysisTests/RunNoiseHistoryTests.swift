import Glibc
import Testing
import TrackerLog

@testable import TrackerAnalysis

@Suite("How much earlier runs say that runs differ")
struct RunNoiseHistoryTests {
    /// Twenty runs, ten minutes apart, with these logarithms of their p50.
    private static func history(_ level: (Int) -> Double) -> RunHistory {
        RunHistory(
            (0..<20).map { index in
                RunHistory.Run(
                    run: "r\(index)", started: time(index), conditions: "same", unit: "ms",
                    count: 1_000,
                    numbers: [
                        .p50: RunHistory.Number(value: exp(level(index)), standardError: 0.001)
                    ])
            })
    }

    private static func time(_ index: Int) -> Timestamp {
        Timestamp(clamping: 1_763_899_200_000 + Double(index) * 600_000)
    }

    /// The standard deviation of a difference between five runs and the five after them.
    private static func deviation(_ level: (Int) -> Double) throws -> Double {
        let pattern = RunPattern(a: (20..<25).map(time), b: (25..<30).map(time))
        let noise = try #require(RunNoise(.p50, in: history(level), pattern: pattern))
        return noise.total.squareRoot()
    }

    /// Small and alternating, so that levels can be told apart.
    private static func jitter(_ index: Int) -> Double { index % 2 == 0 ? 0.001 : -0.001 }

    @Test("a drift counts as far as it moves one group away from the other")
    func drift() throws {
        // One percent a run: groups of five are five runs apart.
        let found = try Self.deviation { 0.01 * Double($0) + Self.jitter($0) }
        #expect(found > 0.045 && found < 0.055, "\(found)")
    }

    @Test("a step that somebody made does not count")
    func step() throws {
        let found = try Self.deviation { ($0 < 10 ? 0 : 0.5) + Self.jitter($0) }
        #expect(found < 0.005, "\(found)")
    }

    @Test("runs that differ by chance alone: by what chance does to means of five")
    func chance() throws {
        let found = try Self.deviation { $0 % 2 == 0 ? 0.02 : -0.02 }
        #expect(found > 0 && found < 0.04, "\(found)")
    }
}
