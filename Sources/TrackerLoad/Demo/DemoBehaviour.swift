import Glibc
package import TrackerLog

/// How the demo target answers. Pure: the caller passes time and randomness.
package struct DemoBehaviour: Sendable, Hashable {
    /// A recurring period in which the target is slow.
    ///
    /// ```text
    /// |<------------ every ------------>|
    /// |                      |<-length->|                      |<-length->|
    /// start                   slow                              slow
    /// ```
    package struct Spell: Sendable, Hashable {
        package enum Effect: Sendable, Hashable {
            /// Latencies are multiplied by this factor.
            case slower(Double)
            /// No answer before the spell ends.
            case stall
        }

        package var every: Duration
        /// The spell is the last part of each period, so a test begins outside of it.
        package var length: Duration
        package var effect: Effect

        package init(every: Duration, length: Duration, effect: Effect) {
            self.every = every
            self.length = length
            self.effect = effect
        }

        /// Remaining time of the spell at `elapsedNs`; `nil` outside of spells.
        package func remainingNs(elapsedNs: Int64) -> Int64? {
            let periodNs = every.wholeNanoseconds
            guard periodNs > 0, elapsedNs >= 0 else { return nil }
            let inPeriodNs = elapsedNs % periodNs
            return inPeriodNs >= periodNs - length.wholeNanoseconds ? periodNs - inPeriodNs : nil
        }
    }

    package struct Answer: Sendable, Hashable {
        package var delayNs: Int64
        package var status: Int
        package var bodyBytes: Int
    }

    /// Median latency of a route with factor 1; latencies are log-normal around it.
    package var medianMs: Double
    /// Standard deviation of the latency's logarithm; 0: always the median.
    package var sigma: Double
    /// Share of requests answered with status 500, 0 to 1.
    package var errorShare: Double
    package var spell: Spell?
    /// Factors of `medianMs` by route, overriding `DemoRoute.factor`.
    package var factors: [String: Double]

    package init(
        medianMs: Double = 4, sigma: Double = 0.4, errorShare: Double = 0.01,
        spell: Spell? = nil, factors: [String: Double] = [:]
    ) {
        self.medianMs = medianMs
        self.sigma = sigma
        self.errorShare = errorShare
        self.spell = spell
        self.factors = factors
    }

    /// Decides the answer to one request.
    /// - Parameters:
    ///   - path: with or without a query.
    ///   - elapsedNs: since the target was started.
    package func answer(
        path: String, elapsedNs: Int64, random: inout SplitMix64
    ) -> Answer {
        let spread = exp(sigma * Self.normal(&random))
        let fails = random.nextUnit() < errorShare
        guard let route = DemoRoute.matching(path) else {
            return Answer(delayNs: 0, status: 404, bodyBytes: DemoRoute.errorBytes)
        }
        var latencyMs = medianMs * (factors[route.name] ?? route.factor) * spread
        var stallNs: Int64 = 0
        if let spell, let remainingNs = spell.remainingNs(elapsedNs: elapsedNs) {
            switch spell.effect {
            case .slower(let factor): latencyMs *= factor
            case .stall: stallNs = remainingNs
            }
        }
        // At most an hour: far above every timeout, far below the range of nanoseconds.
        let delayNs = stallNs + Int64(min(max(latencyMs, 0), 3_600_000) * 1e6)
        return fails && route.canFail
            ? Answer(delayNs: delayNs, status: 500, bodyBytes: DemoRoute.errorBytes)
            : Answer(delayNs: delayNs, status: 200, bodyBytes: route.bodyBytes)
    }

    /// A standard normal number (Box and Muller's method).
    private static func normal(_ random: inout SplitMix64) -> Double {
        // nextUnit() is below 1, so the argument is above 0 and its logarithm finite.
        let radius = (-2 * log(1 - random.nextUnit())).squareRoot()
        return radius * cos(2 * Double.pi * random.nextUnit())
    }
}

/// A route of the demo target.
package struct DemoRoute: Sendable, Hashable {
    /// As in the label `route`, for example `/api/items/{id}`.
    package var name: String
    /// Its median latency as a factor of the behaviour's.
    package var factor: Double
    package var bodyBytes: Int
    /// Its share of the demo's requests, in percent.
    package var weight: Int
    package var canFail = true

    static let errorBytes = 32

    package static let all = [
        DemoRoute(name: "/", factor: 1, bodyBytes: 4_096, weight: 25),
        DemoRoute(name: "/api/items", factor: 2.5, bodyBytes: 16_384, weight: 25),
        DemoRoute(name: "/api/items/{id}", factor: 0.8, bodyBytes: 1_024, weight: 30),
        DemoRoute(name: "/api/cart", factor: 4, bodyBytes: 2_048, weight: 10),
        DemoRoute(name: "/login", factor: 8, bodyBytes: 256, weight: 5),
        DemoRoute(name: "/healthz", factor: 0.05, bodyBytes: 2, weight: 5, canFail: false),
    ]

    /// The route that a path belongs to.
    static func matching(_ path: String) -> DemoRoute? {
        let plain = path.prefix { $0 != "?" }
        let item = "/api/items/"
        let name =
            plain.hasPrefix(item) && plain.count > item.count ? "/api/items/{id}" : String(plain)
        return all.first { $0.name == name }
    }
}
