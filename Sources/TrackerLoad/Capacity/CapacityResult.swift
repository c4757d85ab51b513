import Glibc

/// What a search knows, finished or not.
package struct CapacityResult: Sendable, Hashable {
    package enum Ending: String, Sendable, Hashable {
        /// Both sides of the limit are known.
        case found
        /// No rate that was tried keeps the promise.
        case neverKept = "never_kept"
        /// No rate that was tried breaks it.
        case neverBroken = "never_broken"
    }

    /// What breaks the promise at the lowest rate that does.
    package enum Limit: String, Sendable, Hashable {
        case target
        case generator
        /// The promise is broken by the time that requests waited for a connection, as all were
        /// busy, and by those that never got one.
        case connections
    }

    package let ending: Ending
    /// Where the promise is just kept, and its 95 % interval; `nil` unless it is found.
    package let rate: Double?
    package let interval: ClosedRange<Double>?
    /// The highest rate that keeps the promise, and the lowest that breaks it.
    package let kept: Double?
    package let broken: Double?
    package let limit: Limit?
    /// Why the generator may have been the limit.
    package let generatorLimit: String?
    /// The condition that decides, as it was given.
    package let condition: String?
}

extension CapacitySearch {
    package var result: CapacityResult {
        let (kept, broken) = (self.kept, self.broken)
        let reason = broken?.counted.lazy.compactMap(\.generatorLimit).first
        let found = kept.flatMap { low in broken.map { self.found(low, $0) } }
        return CapacityResult(
            ending: broken == nil ? .neverBroken : kept == nil ? .neverKept : .found,
            rate: found?.rate, interval: found?.interval,
            kept: kept?.rate, broken: broken?.rate,
            limit: broken.map { limit(of: $0, generator: reason) }, generatorLimit: reason,
            condition: broken.map { promise.conditions[$0.tightest].text })
    }

    private func limit(of broken: RateEvidence, generator: String?) -> CapacityResult.Limit {
        if generator != nil { return .generator }
        return broken.lacksConnections(promise) ? .connections : .target
    }

    /// The rate, and its interval. Not without the rates that were tried: between two of which one
    /// keeps and one breaks the promise, all is possible where nothing tells more.
    private func found(
        _ kept: RateEvidence, _ broken: RateEvidence
    ) -> (rate: Double, interval: ClosedRange<Double>) {
        let (low, high) = (kept.rate, broken.rate)
        guard let crossing = crossing(kept, broken) else {
            return ((low * high).squareRoot(), low...high)
        }
        let reach = exp(crossing.error * CapacityLimits.intervalScore)
        return (crossing.rate, min(low, crossing.rate / reach)...max(high, crossing.rate * reach))
    }

    /// Where the number that decides crosses its limit: a line through the logarithms of the rates
    /// near it, each as certain as it is. With the relative standard error.
    func crossing(
        _ kept: RateEvidence, _ broken: RateEvidence
    ) -> (rate: Double, error: Double)? {
        let factor = CapacityLimits.fitFactor
        let index = broken.tightest
        let crowd = crowds(at: broken.rate)[index]
        let points = rates.filter {
            $0.rate >= kept.rate / factor && $0.rate <= broken.rate * factor
        }.map { rate in
            (x: log(rate.rate), y: rate.estimates[index].level(crowd: crowd))
        }
        let weights = points.map { 1 / ($0.y.error * $0.y.error) }
        let total = weights.reduce(0, +)
        guard points.count > 1, total > 0 else { return nil }
        let meanX = zip(points, weights).reduce(0) { $0 + $1.0.x * $1.1 } / total
        let meanY = zip(points, weights).reduce(0) { $0 + $1.0.y.log * $1.1 } / total
        var (both, squares) = (0.0, 0.0)
        for (point, weight) in zip(points, weights) {
            both += weight * (point.x - meanX) * (point.y.log - meanY)
            squares += weight * (point.x - meanX) * (point.x - meanX)
        }
        guard both > 0, squares > 0 else { return nil }
        let slope = both / squares
        let from = meanY / slope
        // Of the level, and of the slope as far as the crossing is from the middle of the points.
        let error = (1 / total + from * from / squares).squareRoot() / slope
        let rate = min(max(exp(meanX - from), kept.rate), broken.rate)
        return (rate, error)
    }
}
