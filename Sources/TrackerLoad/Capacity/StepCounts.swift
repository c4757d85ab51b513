import Glibc
import Synchronization
package import TrackerLog

/// What the requests of a step, or of several at one rate, add to the conditions of a promise: for
/// each condition a sum for each slice of time.
package struct StepCounts: Sendable, Hashable {
    package struct Slice: Sendable, Hashable {
        var requests = 0.0
        var sum = 0.0
        var squares = 0.0

        mutating func add(_ weight: Double, times: Double = 1) {
            requests += times
            sum += weight * times
            squares += weight * weight * times
        }
    }

    /// By condition, then by slice.
    package private(set) var slices: [[Slice]]

    package init(conditions: Int, slices: Int = CapacityLimits.slicesOfStep) {
        self.slices = Array(
            repeating: Array(repeating: Slice(), count: slices), count: conditions)
    }

    /// - Parameter place: of the request in the step, from 0 to 1.
    package mutating func add(
        _ promise: CapacityPromise, responseMs: Double?, ok: Bool, timeoutMs: Double,
        place: Double, times: Double = 1
    ) {
        for (index, condition) in promise.conditions.enumerated() {
            let weight = promise.weight(
                condition, responseMs: responseMs, ok: ok, timeoutMs: timeoutMs)
            guard let weight else { continue }
            let count = slices[index].count
            let slice = min(max(Int(place * Double(count)), 0), count - 1)
            slices[index][slice].add(weight, times: times)
        }
    }

    /// The slices of both, one after the other.
    mutating func append(_ other: StepCounts) {
        for index in slices.indices { slices[index] += other.slices[index] }
    }

    /// The mean of a condition, and how well it is known.
    func estimate(_ condition: CapacityPromise.Condition, at index: Int) -> Estimate? {
        let slices = slices[index].filter { $0.requests > 0 }
        let requests = slices.reduce(0) { $0 + $1.requests }
        guard requests > 0 else { return nil }
        let sum = slices.reduce(0) { $0 + $1.sum }
        let mean = sum / requests
        // Neighbouring requests wait in the same queue: only slices are taken as independent.
        let count = Double(slices.count)
        let rest = slices.reduce(0) { total, slice in
            let difference = slice.sum - mean * slice.requests
            return total + difference * difference
        }
        let squares = slices.reduce(0) { $0 + $1.squares }
        return Estimate(
            mean: mean, requests: requests, allowed: condition.allowed,
            isShare: condition.share != nil,
            between: count > 1 ? rest * count / (count - 1) / (requests * requests) : 0,
            within: max(0, squares / requests - mean * mean) / requests)
    }

    struct Estimate: Sendable, Hashable {
        var mean: Double
        var requests: Double
        var allowed: Double
        /// Whether it is the share of requests beyond something.
        var isShare: Bool
        /// Variance of the mean, from the spread between slices, and if requests were independent.
        var between = 0.0
        var within = 0.0

        /// Requests come together that are beyond: so many at a time. `nil` where too few were, or
        /// so many that most of the time was one crowd.
        var crowd: Double? {
            guard isShare, mean * requests >= CapacityLimits.beyondForCrowd,
                mean <= min(allowed * CapacityLimits.levelForCrowd, 0.5), within > 0
            else { return nil }
            return max(1, between / within)
        }

        /// How far from the limit, by its logarithm.
        var distance: Double { log(max(mean, 1e-300) / allowed).magnitude }

        /// - Parameter crowd: how many requests stand for one that is independent.
        func error(crowd: Double) -> Double {
            // Where none was beyond, the spread is that of a promise that is just kept.
            let least = isShare ? allowed * (1 - allowed) / requests : within
            return max(between, least * crowd).squareRoot()
        }

        /// Standard errors beyond what is allowed.
        func score(crowd: Double) -> Double {
            guard requests > 0 else { return -.infinity }
            let (beyond, error) = (mean - allowed, error(crowd: crowd))
            guard error > 0 else { return beyond < 0 ? -.infinity : .infinity }
            return beyond / error
        }

        /// The logarithm of the number as a multiple of what is allowed, and its error.
        func level(crowd: Double) -> (log: Double, error: Double) {
            // Half a request more: where none was beyond, nobody knows how far it is.
            let value = mean + 0.5 / max(1, requests) * (isShare ? 1 : allowed)
            let least = isShare ? value * (1 - min(value, 1)) / max(1, requests) : within
            let error = max(between, least * crowd).squareRoot() / value
            return (log(value / allowed), max(error, CapacityLimits.leastError))
        }
    }
}

/// Counts the requests of a run for a promise while it runs.
package final class StepCounter: LoadObserver {
    private let promise: CapacityPromise
    private let warmupNs: Int64
    private let lengthNs: Double
    private let timeoutMs: Double
    private struct State {
        var counts: StepCounts
        var unqueued: StepCounts
    }

    private let state: Mutex<State>

    /// - Parameter plan: of an open loop with a duration.
    package init(_ promise: CapacityPromise, plan: LoadPlan) {
        self.promise = promise
        warmupNs = plan.warmup.wholeNanoseconds
        lengthNs = Double(max(1, plan.duration?.wholeNanoseconds ?? 1))
        timeoutMs = plan.timeout.milliseconds
        let none = StepCounts(conditions: promise.conditions.count)
        state = Mutex(State(counts: none, unqueued: none))
    }

    package func began(at time: Timestamp) {}

    package func completed(_ batch: [CompletedRequest]) {
        state.withLock { state in
            for request in batch where request.intendedNs >= warmupNs {
                let (ok, place) = (
                    request.outcome.ok, Double(request.intendedNs - warmupNs) / lengthNs
                )
                state.counts.add(
                    promise, responseMs: request.responseMs, ok: ok, timeoutMs: timeoutMs,
                    place: place)
                state.unqueued.add(
                    promise, responseMs: request.unqueuedMs, ok: ok, timeoutMs: timeoutMs,
                    place: place)
            }
        }
    }

    /// - Parameter unsent: requests that were due and never sent. They were due last.
    package func counts(unsent: UInt64) -> StepCounts {
        state.withLock { state in
            var all = state.counts
            if unsent > 0 {
                all.add(
                    promise, responseMs: nil, ok: false, timeoutMs: timeoutMs, place: 1,
                    times: Double(unsent))
            }
            return all
        }
    }

    /// The same as if each request that was sent had found a free connection.
    package var unqueued: StepCounts { state.withLock(\.unqueued) }
}
