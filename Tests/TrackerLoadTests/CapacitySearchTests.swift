import Testing
import TrackerLog

@testable import TrackerLoad

@Suite("What a search for the highest rate decides")
struct CapacitySearchTests {
    private static let promise = CapacityPromise([
        .init(text: "p99<20ms", number: .quantile(0.99), limit: 20)
    ])

    /// A target that answers in 5 ms up to its limit, and in a second beyond it.
    private static func step(
        _ search: CapacitySearch, _ rate: Double, _ requests: Double, limit: Double, run: Int,
        generatorLimit: String? = nil
    ) -> CapacityStep {
        var counts = StepCounts(conditions: search.promise.conditions.count)
        // All requests of a slice at once: some of these rates are millions a second.
        for slice in 0..<10 {
            counts.add(
                search.promise, responseMs: rate <= limit ? 5 : 1_000, ok: true, timeoutMs: 10_000,
                place: (Double(slice) + 0.5) / 10, times: requests / 10)
        }
        return CapacityStep(
            run: "\(run)", rate: rate, counts: counts,
            generatorLimit: rate > limit ? generatorLimit : nil)
    }

    private static func search(
        limit: Double, from start: Double, width: Double = 0.05, highest: Double = 1e6,
        generatorLimit: String? = nil
    ) -> (search: CapacitySearch, steps: Int) {
        var search = CapacitySearch(
            promise: promise, startRate: start, width: width, highestRate: highest)
        var steps = 0
        while case .step(let rate, let requests) = search.next(), steps < 200 {
            steps += 1
            search.add(
                step(
                    search, rate, requests, limit: limit, run: steps,
                    generatorLimit: generatorLimit))
        }
        return (search, steps)
    }

    @Test(
        "A cliff is found within the width, from below and from above",
        arguments: [7.0, 100, 333, 4_321, 70_000], [0.01, 0.05])
    func cliff(limit: Double, width: Double) throws {
        for start in [limit / 50, limit * 0.9, limit, limit * 40] {
            let (search, steps) = Self.search(limit: limit, from: start, width: width)
            let result = search.result
            let (kept, broken) = (try #require(result.kept), try #require(result.broken))
            #expect(kept <= limit && limit < broken, "from \(start)")
            #expect(broken / kept <= 1 + width + 0.002, "from \(start): \(kept) to \(broken)")
            #expect(result.interval.map { $0.contains(limit) } == true)
            #expect(steps < 60)
            #expect(result.ending == .found && result.limit == .target)
            // What the result rests on was tried twice.
            #expect(try #require(search.kept).steps.count > 1)
            #expect(try #require(search.broken).steps.count > 1)
        }
    }

    @Test("One bad step does not decide: a disturbed one at each place of the search")
    func disturbed() throws {
        let promise = CapacityPromise([
            .init(text: "p90<30ms", number: .quantile(0.9), limit: 30)
        ])
        let truth = QueueTheory(servers: 2, meanServiceMs: 4).highestRate(
            quantile: 0.9, below: 30)
        for place in 0..<6 {
            var target = SimulatedTarget(servers: 2, meanServiceMs: 4, seed: 3)
            let search = target.search(promise, from: 150, disturbed: [place])
            let found = try #require(search.result.rate)
            #expect(abs(found / truth - 1) < 0.08, "step \(place): \(found), exact \(truth)")
        }
    }

    @Test("No rate keeps it, or none breaks it")
    func oneSided() {
        // Broken at each rate, down to where the longest step has too few requests.
        let never = Self.search(limit: 0.001, from: 10).search
        #expect(never.result.ending == .neverKept && never.result.rate == nil)
        #expect(never.rates.first.map { $0.rate >= never.lowestRate } == true)
        let always = Self.search(limit: 1e9, from: 10, highest: 1_000).search
        #expect(always.result.ending == .neverBroken && always.result.kept == 1_000)
    }

    @Test("What the limit is: the target, the generator, or too few connections")
    func limits() throws {
        let slow = Self.search(limit: 100, from: 50, generatorLimit: "it was late").search
        #expect(slow.result.limit == .generator)
        #expect(slow.result.generatorLimit == "it was late")
        // All that were sent were fast, and a tenth was not sent, of each part of the step.
        var search = CapacitySearch(promise: Self.promise, startRate: 50)
        var run = 0
        while case .step(let rate, let requests) = search.next(), run < 200 {
            run += 1
            var step = Self.step(search, rate, requests, limit: 1e9, run: run)
            if rate > 100 {
                step.unsent = UInt64(requests / 10)
                step.unqueued = step.counts
                for slice in 0..<10 {
                    step.counts.add(
                        Self.promise, responseMs: nil, ok: false, timeoutMs: 10_000,
                        place: (Double(slice) + 0.5) / 10, times: Double(step.unsent) / 10)
                }
            }
            search.add(step)
        }
        #expect(search.result.limit == .connections)
        #expect(try #require(search.result.broken) <= 105)
    }

    @Test(
        "Requests that waited for a connection: the connections are the limit, unless what was sent is too slow as well",
        arguments: [(5.0, CapacityResult.Limit.connections), (25, .target)])
    func connections(unqueuedMs: Double, limit: CapacityResult.Limit) throws {
        var search = CapacitySearch(promise: Self.promise, startRate: 50)
        var run = 0
        while case .step(let rate, let requests) = search.next(), run < 200 {
            run += 1
            var step = Self.step(search, rate, requests, limit: 100, run: run)
            var unqueued = StepCounts(conditions: 1)
            unqueued.add(
                Self.promise, responseMs: rate > 100 ? unqueuedMs : 5, ok: true,
                timeoutMs: 10_000, place: 0.5, times: requests)
            step.unqueued = unqueued
            search.add(step)
        }
        #expect(search.result.limit == limit)
        #expect(try #require(search.result.broken) <= 105)
    }

    @Test("A step counts the time that a request waited for a connection, and the same without it")
    func unqueued() throws {
        let target = try TargetURL(parsing: "http://127.0.0.1:1/")
        let plan = try LoadPlan(
            origin: target.origin, templates: [try RequestTemplate(target: target)],
            duration: .seconds(10))
        let counter = StepCounter(Self.promise, plan: plan)
        // 30 ms from the intended start; 5 of them being late, 20 waiting for a connection.
        counter.completed([
            CompletedRequest(
                template: 0, outcome: .status(200), intendedNs: 0, startNs: 25_000_000,
                endNs: 30_000_000, generatorDelayNs: 5_000_000)
        ])
        let condition = Self.promise.conditions[0]
        #expect(counter.counts(unsent: 0).estimate(condition, at: 0)?.mean == 1)
        #expect(counter.unqueued.estimate(condition, at: 0)?.mean == 0)
        // One that never got a connection is missing in one of them only.
        #expect(counter.counts(unsent: 3).estimate(condition, at: 0)?.requests == 4)
        #expect(counter.unqueued.estimate(condition, at: 0)?.requests == 1)
    }

    @Test("Failures count as slow, unless errors have a condition of their own")
    func failures() {
        let alone = Self.promise
        let both = CapacityPromise(
            alone.conditions + [.init(text: "errors<5%", number: .errors, limit: 0.05)])
        let (slow, errors) = (both.conditions[0], both.conditions[1])
        func weight(
            _ promise: CapacityPromise, _ condition: CapacityPromise.Condition, _ ms: Double?,
            _ ok: Bool
        ) -> Double? {
            promise.weight(condition, responseMs: ms, ok: ok, timeoutMs: 10_000)
        }
        #expect(weight(alone, slow, 1, true) == 0)
        #expect(weight(alone, slow, 20, true) == 1)
        #expect(weight(alone, slow, 1, false) == 1)
        #expect(weight(both, slow, 1, false) == nil)
        // One that was never sent has no time, and breaks everything.
        #expect(weight(both, slow, nil, false) == 1)
        #expect(weight(both, errors, nil, false) == 1)
        #expect(weight(both, errors, 1, false) == 1)
        #expect(weight(both, errors, 1, true) == 0)
        // The rarest condition decides how long a step is.
        let rare = CapacityPromise([.init(text: "e", number: .errors, limit: 0.001)])
        #expect(alone.requestsOfStep == 990)
        #expect(both.requestsOfStep == 990)
        #expect(rare.requestsOfStep == 9_990)
    }

    @Test("The plan of a step sends at exactly its rate, after a warm-up")
    func plan() throws {
        let target = try TargetURL(parsing: "http://127.0.0.1:1/")
        let base = try LoadPlan(
            origin: target.origin, templates: [try RequestTemplate(target: target)], seed: 5)
        let plans = CapacityPlan(
            base: base, arrivals: .poisson, maxTime: .seconds(60), maxConnections: 64)
        let plan = try plans.step(rate: 333.3, requests: 3_333, step: 2)
        guard case .open(let schedule) = plan.model else {
            Issue.record("\(plan.model)")
            return
        }
        #expect(schedule.peakPerSecond == 333.3 && schedule.arrivals == .poisson)
        #expect(plan.duration == .seconds(10) && plan.warmup == .seconds(2))
        #expect(plan.seed == 7)
        // The plan that the search is made of is a closed loop of one connection here.
        #expect(base.maxConnections == 1 && plan.maxConnections == 64)
        // 12 s with its warm-up: not begun where they are not left.
        #expect(plans.fits(plan, after: .seconds(48)))
        #expect(!plans.fits(plan, after: .milliseconds(48_001)))
    }

    @Test("The shortest step is a hundred times the allowed time, with a warm-up")
    func leastStep() {
        func least(_ limit: Double, _ number: CapacityPromise.Number) -> Duration {
            CapacityPromise([.init(text: "", number: number, limit: limit)]).leastStep
        }
        #expect(least(200, .quantile(0.9)) == .seconds(24))
        #expect(least(1_000, .mean) == .seconds(105))
        #expect(least(60_000, .quantile(0.9)) == .seconds(605))
        // Without a time: connections and caches.
        #expect(least(0.001, .errors) == .seconds(2.4))
    }

    @Test("Rates have few digits")
    func rounding() {
        #expect(CapacitySearch.rounded(123.456) == 123.5)
        #expect(CapacitySearch.rounded(0.012_345_6) == 0.012_35)
        #expect(CapacitySearch.rounded(9_999.6) == 10_000)
        #expect(CapacitySearch.rounded(1_234_567) == 1_235_000)
    }
}
