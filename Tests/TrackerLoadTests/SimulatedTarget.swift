import Glibc
import TrackerLog

@testable import TrackerLoad

/// A queue whose clock is simulated: a step of a minute takes some milliseconds.
struct SimulatedTarget {
    let servers: Int
    let meanServiceMs: Double
    private var random: SplitMix64
    private(set) var runs = 0
    /// What all steps would have taken.
    private(set) var seconds = 0.0

    init(servers: Int, meanServiceMs: Double, seed: UInt64) {
        self.servers = servers
        self.meanServiceMs = meanServiceMs
        random = SplitMix64(seed: seed)
    }

    /// A run as `tracker load --arrivals poisson` makes it, its warm-up included.
    /// - Parameter isDisturbed: whether a neighbour takes the machine for a third of it.
    mutating func step(
        _ promise: CapacityPromise, rate: Double, requests: Double, isDisturbed: Bool = false
    ) -> CapacityStep {
        var queue = DemoQueue(servers: servers, meanServiceMs: meanServiceMs)
        let lengthNs = requests / rate * 1e9
        let warmupNs = min(
            lengthNs * CapacityLimits.warmupShare, CapacityLimits.longestWarmupS * 1e9)
        var counts = StepCounts(conditions: promise.conditions.count)
        var now = 0.0
        while true {
            now -= log(1 - random.nextUnit()) / rate * 1e9
            guard now < warmupNs + lengthNs else { break }
            var delayNs = queue.delayNs(arrivalNs: Int64(now), random: &random)
            let place = (now - warmupNs) / lengthNs
            guard place >= 0 else { continue }
            if isDisturbed, (0.3..<0.6).contains(place) { delayNs += 10_000_000_000 }
            counts.add(
                promise, responseMs: Double(delayNs) / 1e6, ok: true, timeoutMs: 10_000,
                place: place)
        }
        runs += 1
        seconds += (lengthNs + warmupNs) / 1e9
        return CapacityStep(run: "run-\(runs)", rate: rate, counts: counts)
    }

    /// The whole search.
    /// - Parameter disturbed: numbers of steps, from 0.
    mutating func search(
        _ promise: CapacityPromise, from start: Double, disturbed: Set<Int> = []
    ) -> CapacitySearch {
        var search = CapacitySearch(promise: promise, startRate: start)
        while case .step(let rate, let requests) = search.next() {
            search.add(
                step(
                    promise, rate: rate, requests: requests, isDisturbed: disturbed.contains(runs)))
        }
        return search
    }
}
