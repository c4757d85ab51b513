/// The plans of the runs that a search makes.
package struct CapacityPlan: Sendable {
    /// The search's requests, limits and seed. Its load is not used.
    package let base: LoadPlan
    package let arrivals: Schedule.Arrivals

    package init(base: LoadPlan, arrivals: Schedule.Arrivals) {
        self.base = base
        self.arrivals = arrivals
    }

    /// One connection that sends one request after the other: its rate is one that the target
    /// takes, whatever it is.
    package func probe() throws(LoadError) -> LoadPlan {
        try LoadPlan(
            origin: base.origin, tls: base.tls, templates: base.requests,
            model: .closed(connections: 1), duration: .seconds(CapacityLimits.probeS),
            timeout: base.timeout, seed: base.seed)
    }

    /// - Parameters:
    ///   - step: from 0. Each has arrivals of its own, so that none repeats the chance of another.
    package func step(
        rate: Double, requests: Double, step: Int
    ) throws(LoadError) -> LoadPlan {
        // Exact for rates of so few digits, from a request in ten days on.
        let periodS = 1_000_000.0
        guard
            let exact = Rate(
                requests: UInt64((rate * periodS).rounded()), periodNs: UInt64(periodS * 1e9))
        else {
            throw .invalid(
                argument: "--rate", value: "\(rate)", problem: "no rate that requests can have")
        }
        let lengthS = requests / rate
        let warmupS = min(lengthS * CapacityLimits.warmupShare, CapacityLimits.longestWarmupS)
        let seed = base.seed &+ UInt64(step)
        return try LoadPlan(
            origin: base.origin, tls: base.tls, templates: base.requests,
            model: .open(
                Schedule(profile: .constant(exact), arrivals: arrivals, seed: seed)),
            warmup: .milliseconds(Int64(warmupS * 1e3)),
            duration: .milliseconds(Int64((lengthS * 1e3).rounded(.up))),
            timeout: base.timeout, maxConnections: base.maxConnections, seed: seed)
    }
}
