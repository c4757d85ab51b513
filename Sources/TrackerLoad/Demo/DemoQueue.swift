import Glibc
package import TrackerLog

/// Servers with one line in front of them, as of a bank: requests are served in the order of their
/// arrival, each for a random time with an exponential distribution.
///
/// With random arrivals (Poisson) this is the queue M/M/c, whose response times are known exactly.
package struct DemoQueue: Sendable, Hashable {
    /// The free one is looked for among all of them at each request.
    package static let mostServers = 1_000

    package let servers: Int
    package let meanServiceMs: Double
    /// When each server is free again.
    private var freeNs: [Int64]

    package init(servers: Int, meanServiceMs: Double) {
        precondition(servers > 0, "a queue with \(servers) servers")
        self.servers = servers
        self.meanServiceMs = meanServiceMs
        freeNs = Array(repeating: 0, count: servers)
    }

    /// - Returns: how long a request that arrives now waits and is served.
    package mutating func delayNs(arrivalNs: Int64, random: inout SplitMix64) -> Int64 {
        let first = freeNs.indices.min { freeNs[$0] < freeNs[$1] } ?? 0
        let begin = max(arrivalNs, freeNs[first])
        // nextUnit() is below 1, so the argument is above 0 and its logarithm finite.
        let serviceMs = -meanServiceMs * log(1 - random.nextUnit())
        // At most an hour, as everywhere in the demo.
        freeNs[first] = begin + Int64(min(serviceMs, 3_600_000) * 1e6)
        return freeNs[first] - arrivalNs
    }
}
