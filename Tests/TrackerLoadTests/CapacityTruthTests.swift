import Testing
import TrackerTestSupport

@testable import TrackerLoad

@Suite("The highest rate of a queue that is known exactly")
struct CapacityTruthTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var servers: Int
        var meanServiceMs: Double
        var quantile: Double
        var limitMs: Double
        var start: Double

        var truth: Double {
            QueueTheory(servers: servers, meanServiceMs: meanServiceMs)
                .highestRate(quantile: quantile, below: limitMs)
        }
        var promise: CapacityPromise {
            CapacityPromise([
                .init(text: "\(quantile)", number: .quantile(quantile), limit: limitMs)
            ])
        }
        var testDescription: String {
            "M/M/\(servers), \(meanServiceMs) ms, p\(quantile * 100) < \(limitMs) ms"
        }
    }

    /// The first takes a second; all of them are for the long run, where they make the table of
    /// docs/CAPACITY.md.
    private static let cases = [
        Case(servers: 2, meanServiceMs: 4, quantile: 0.9, limitMs: 30, start: 2_000),
        Case(servers: 4, meanServiceMs: 10, quantile: 0.95, limitMs: 60, start: 100),
        Case(servers: 8, meanServiceMs: 20, quantile: 0.99, limitMs: 150, start: 50),
        Case(servers: 16, meanServiceMs: 50, quantile: 0.999, limitMs: 600, start: 20),
        Case(servers: 1, meanServiceMs: 5, quantile: 0.99, limitMs: 100, start: 200),
        Case(servers: 1, meanServiceMs: 10, quantile: 0.99, limitMs: 100, start: 20),
    ]
    private static let trials = 20

    @Test(
        "Within 5 % of the exact rate in at least 18 of 20 trials",
        arguments: TestMode.isLong ? cases : Array(cases.prefix(1)))
    func truth(_ each: Case) throws {
        var good = 0
        var inside = 0
        var worst = 0.0
        var (seconds, runs) = (0.0, 0)
        for seed in 1...UInt64(Self.trials) {
            var target = SimulatedTarget(
                servers: each.servers, meanServiceMs: each.meanServiceMs, seed: seed)
            let result = target.search(each.promise, from: each.start).result
            let found = try #require(result.rate, "seed \(seed)")
            let error = abs(found / each.truth - 1)
            worst = max(worst, error)
            good += error < 0.05 ? 1 : 0
            inside += result.interval?.contains(each.truth) == true ? 1 : 0
            seconds += target.seconds
            runs += target.runs
        }
        print(
            "\(each.testDescription): exact \(each.truth), \(good) of \(Self.trials) within 5 %,"
                + " worst \(worst * 100) %, \(inside) intervals hold it,"
                + " \(seconds / Double(Self.trials)) s and"
                + " \(Double(runs) / Double(Self.trials)) runs a search")
        #expect(good >= 18)
        #expect(inside >= 16)
    }

    @Test("The simulated queue has the response times of theory")
    func theory() {
        let each = Case(servers: 4, meanServiceMs: 10, quantile: 0.95, limitMs: 60, start: 0)
        let theory = QueueTheory(servers: each.servers, meanServiceMs: each.meanServiceMs)
        for rate in [100.0, 250, 300] {
            var target = SimulatedTarget(servers: 4, meanServiceMs: 10, seed: 7)
            let mean = CapacityPromise([.init(text: "m", number: .mean, limit: 1)])
            for (promise, exact) in [
                (each.promise, theory.slower(than: 60, rate: rate)),
                (mean, theory.mean(rate: rate)),
            ] {
                let counts = target.step(promise, rate: rate, requests: 100_000).counts
                let estimate = counts.estimate(promise.conditions[0], at: 0)
                let found = estimate?.mean ?? 0
                // Four standard errors, and those of a share are wide where few are slow.
                let error = 4 * (estimate?.error(crowd: 1) ?? 0) + 1e-4
                #expect(abs(found - exact) < error, "rate \(rate): \(found), exact \(exact)")
            }
        }
        // A single server is known by heart: exponential with what is spare of its rate.
        let one = QueueTheory(servers: 1, meanServiceMs: 10)
        #expect(abs(one.slower(than: 100, rate: 50) - 0.006_737_947) < 1e-8)
        #expect(abs(one.mean(rate: 50) - 20) < 1e-9)
    }
}
