/// The number of requests intended to start in a period. Exact: the i-th start has no rounding
/// error.
package struct Rate: Sendable, Hashable, CustomStringConvertible {
    /// Requests in one period; at least 1.
    package let requests: UInt64
    package let periodNs: UInt64

    /// - Returns: `nil` unless both are positive and the rate is within
    ///   `LoadLimits.maxRequestsPerSecond`.
    package init?(requests: UInt64, periodNs: UInt64) {
        guard requests > 0, periodNs > 0, periodNs <= UInt64(LoadLimits.maxDurationNs),
            Double(requests) * 1e9 / Double(periodNs) <= Double(LoadLimits.maxRequestsPerSecond)
        else { return nil }
        self.requests = requests
        self.periodNs = periodNs
    }

    /// Parses `200` (a second), `0.5`, `30/m`, `100/s` or `1000/h`.
    package init(parsing text: String, argument: String) throws(LoadError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let unitNs: UInt64? =
            switch parts.count == 2 ? parts[1] : "s" {
            case "s": 1_000_000_000
            case "m": 60_000_000_000
            case "h": 3_600_000_000_000
            default: nil
            }
        guard let unitNs, let number = DecimalText(parts[0]), number.scale <= 6,
            let rate = Rate(requests: number.digits, periodNs: unitNs * powerOfTen(number.scale))
        else {
            throw .invalid(
                argument: argument, value: text,
                problem: "write requests a second, for example 200 or 0.5, or 30/m; above 0 "
                    + "and at most \(LoadLimits.maxRequestsPerSecond)")
        }
        self = rate
    }

    package var perSecond: Double { Double(requests) * 1e9 / Double(periodNs) }
    package var description: String { "\(perSecond)/s" }

    /// Intended start of request `index` (from 0), in nanoseconds after the run's start:
    /// `index × period / requests`, rounded down.
    /// - Returns: `nil` when it does not fit into 64 bits.
    package func intendedStartNs(of index: UInt64) -> Int64? {
        let product = index.multipliedFullWidth(by: periodNs)
        guard product.high < requests else { return nil }
        return Int64(exactly: requests.dividingFullWidth(product).quotient)
    }
}
