/// The plans of the runs that a search makes.
package struct CapacityPlan: Sendable {
    /// The search's requests, timeout and seed. Its load is not used.
    package let base: LoadPlan
    private let maxConnections: Int
    package let arrivals: Schedule.Arrivals
    /// How long the search may take.
    package let maxTime: Duration

    /// - Parameter maxConnections: of a step. That of `base` by itself is not it: where `base` is
    ///   a closed loop, it has as many as that loop has.
    package init(
        base: LoadPlan, arrivals: Schedule.Arrivals, maxTime: Duration, maxConnections: Int
    ) {
        self.base = base
        self.maxConnections = maxConnections
        self.arrivals = arrivals
        self.maxTime = maxTime
    }

    /// Whether a step would end in time. One that would not is not begun: half of one tells
    /// nothing.
    /// - Parameter elapsed: since the search began.
    package func fits(_ step: LoadPlan, after elapsed: Duration) -> Bool {
        elapsed + step.warmup + (step.duration ?? .zero) <= maxTime
    }

    static func warmupS(lengthS: Double) -> Double {
        min(lengthS * CapacityLimits.warmupShare, CapacityLimits.longestWarmupS)
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
        let warmupS = Self.warmupS(lengthS: lengthS)
        let seed = base.seed &+ UInt64(step)
        return try LoadPlan(
            origin: base.origin, tls: base.tls, templates: base.requests,
            model: .open(
                Schedule(profile: .constant(exact), arrivals: arrivals, seed: seed)),
            warmup: .milliseconds(Int64(warmupS * 1e3)),
            duration: .milliseconds(Int64((lengthS * 1e3).rounded(.up))),
            timeout: base.timeout, maxConnections: maxConnections, seed: seed)
    }
}
