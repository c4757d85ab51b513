/// What a target has to keep at a rate: all of its conditions.
package struct CapacityPromise: Sendable, Hashable {
    package enum Number: Sendable, Hashable {
        /// Response time of the successes, from the intended start.
        case quantile(Double)
        case mean
        /// Failures of all requests.
        case errors
    }

    package struct Condition: Sendable, Hashable {
        /// As it was given, such as `p99<20ms`.
        package let text: String
        package let number: Number
        /// Milliseconds; of errors a share.
        package let limit: Double

        package init(text: String, number: Number, limit: Double) {
            self.text = text
            self.number = number
            self.limit = limit
        }

        /// What the mean over all requests has to be below: for p99 one of a hundred.
        var allowed: Double {
            switch number {
            case .quantile(let q): 1 - q
            case .mean, .errors: limit
            }
        }

        /// How rare the requests are that decide. Those of a mean are not rare.
        var share: Double? { number == .mean ? nil : allowed }
    }

    package let conditions: [Condition]

    package init(_ conditions: [Condition]) { self.conditions = conditions }

    package var text: String { conditions.map(\.text).joined(separator: ",") }

    /// Whether failures have a condition of their own. Without one, a failure counts as a response
    /// that took as long as the timeout: no target keeps a promise by failing fast.
    private var limitsErrors: Bool { conditions.contains { $0.number == .errors } }

    /// What a request adds to the mean of a condition; `nil` where it does not count.
    /// - Parameter responseMs: `nil` for a request that was due and never sent.
    func weight(
        _ condition: Condition, responseMs: Double?, ok: Bool, timeoutMs: Double
    ) -> Double? {
        if condition.number == .errors { return ok ? 0 : 1 }
        var ms = responseMs ?? timeoutMs
        if !ok {
            guard responseMs == nil || !limitsErrors else { return nil }
            ms = max(ms, timeoutMs)
        }
        if case .quantile = condition.number { return ms < condition.limit ? 0 : 1 }
        return ms
    }

    /// A queue in which requests wait that long takes many times that to come and to go.
    var shortestStepS: Double {
        let times = conditions.filter { $0.number != .errors }.map(\.limit)
        return (times.max() ?? 0) / 1e3 * CapacityLimits.limitsOfStep
    }

    /// How long a step is at any rate at least, with its warm-up.
    package var leastStep: Duration {
        let lengthS = min(
            max(CapacityLimits.shortestStepS, shortestStepS), CapacityLimits.longestStepS)
        return .seconds(lengthS + CapacityPlan.warmupS(lengthS: lengthS))
    }

    /// Requests of the shortest step that tells something: so many that some are beyond the limit
    /// of the rarest condition when it is just kept.
    package var requestsOfStep: Double {
        // A mean is as certain as a percentile that one in twenty exceeds.
        let rarest = conditions.map { $0.share ?? 0.05 }.min() ?? 0.05
        return (Double(CapacityLimits.beyondOfStep) * (1 - rarest) / rarest).rounded(.up)
    }
}
