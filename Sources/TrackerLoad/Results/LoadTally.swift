/// The counts of a run so far.
package struct LoadTally: Sendable {
    /// Response and service times of successes, as everywhere.
    package private(set) var latency = LatencyCounts()
    package private(set) var service = LatencyCounts()
    /// Response times of successes without the generator's own delay: see `GeneratorBias`.
    package private(set) var undelayed = LatencyCounts()
    /// Response times of failures.
    package private(set) var failedLatency = LatencyCounts()
    package private(set) var successes: UInt64 = 0
    package private(set) var failures: UInt64 = 0
    /// Number of requests by outcome.
    package private(set) var outcomes: [Outcome: UInt64] = [:]
    /// Latencies of requests that ended in the current second, and in the one before.
    private var current = LatencyCounts()
    private var previous = LatencyCounts()
    private var currentSecond: Int64 = 0
    private var currentFailures: UInt64 = 0
    private var previousFailures: UInt64 = 0

    package init() {}

    package var total: UInt64 { successes + failures }

    /// - Parameter warmupNs: requests intended before it count only for the last second.
    package mutating func add(_ batch: [CompletedRequest], warmupNs: Int64 = 0) {
        for request in batch {
            if request.intendedNs >= warmupNs { add(request) }
            addToSecond(request)
        }
    }

    private mutating func add(_ request: CompletedRequest) {
        outcomes[request.outcome, default: 0] += 1
        guard request.outcome.ok else {
            failures += 1
            failedLatency.add(ms: request.responseMs)
            return
        }
        successes += 1
        latency.add(ms: request.responseMs)
        service.add(ms: request.serviceMs)
        undelayed.add(ms: request.undelayedMs)
    }

    private mutating func addToSecond(_ request: CompletedRequest) {
        advance(toSecond: request.endNs / 1_000_000_000)
        current.add(ms: request.responseMs)
        if !request.outcome.ok { currentFailures += 1 }
    }

    /// A request of an earlier second counts in the current one: threads pass on their batches at
    /// slightly different times.
    private mutating func advance(toSecond second: Int64) {
        guard second > currentSecond else { return }
        swap(&current, &previous)
        previousFailures = currentFailures
        if second > currentSecond + 1 {
            previous.removeAll()
            previousFailures = 0
        }
        current.removeAll()
        currentFailures = 0
        currentSecond = second
    }

    /// Progress with the values of the last full second before `elapsedNs`.
    package mutating func lastSecond(elapsedNs: Int64) -> LoadProgress {
        advance(toSecond: elapsedNs / 1_000_000_000)
        return LoadProgress(
            elapsedNs: elapsedNs, total: total, failures: failures,
            lastSecondCount: previous.count, lastSecondFailures: previousFailures,
            lastSecondP50Ms: previous.quantileMs(0.5), lastSecondP99Ms: previous.quantileMs(0.99))
    }
}

/// Progress of a run, for one line on a terminal.
package struct LoadProgress: Sendable, Hashable {
    package var elapsedNs: Int64
    package var total: UInt64
    package var failures: UInt64
    package var lastSecondCount: UInt64
    package var lastSecondFailures: UInt64
    /// `nil` when no request ended in that second.
    package var lastSecondP50Ms: Double?
    package var lastSecondP99Ms: Double?
}
