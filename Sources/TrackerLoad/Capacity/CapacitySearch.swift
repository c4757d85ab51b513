import Glibc

/// Finds the highest rate at which a target keeps a promise: what to try next, from all that was
/// tried. Pure: whoever calls it makes the runs.
///
/// 1. Bracket: twice the rate until the promise is broken, half of it until it is kept.
/// 2. Bisect: the middle of the highest rate that keeps it and the lowest that breaks it.
/// 3. Each rate gets steps until it is clear, twice as long each time. A broken one needs two, and
///    the two rates of the result are tried again where they were tried once.
///
/// Nothing is remembered but the steps: a rate that turns out otherwise moves the bracket back.
package struct CapacitySearch: Sendable {
    package enum Decision: Sendable, Hashable {
        case step(rate: Double, requests: Double)
        case finished
    }

    package let promise: CapacityPromise
    package let startRate: Double
    /// Width of the bracket that is fine enough, relative.
    package let width: Double
    package let highestRate: Double
    /// The rates that were tried, in order of rate.
    package private(set) var rates: [RateEvidence] = []

    package init(
        promise: CapacityPromise, startRate: Double,
        width: Double = CapacityLimits.defaultWidth,
        highestRate: Double = Double(LoadLimits.maxRequestsPerSecond)
    ) {
        self.promise = promise
        self.startRate = Self.rounded(min(startRate, highestRate))
        self.width = width
        self.highestRate = highestRate
    }

    package mutating func add(_ step: CapacityStep) {
        if let index = rates.firstIndex(where: { $0.rate == step.rate }) {
            rates[index].add(step, promise: promise)
        } else {
            var evidence = RateEvidence(rate: step.rate)
            evidence.add(step, promise: promise)
            let index = rates.firstIndex { $0.rate > step.rate } ?? rates.count
            rates.insert(evidence, at: index)
        }
        for index in rates.indices { rates[index].judge(crowds: crowds(at: rates[index].rate)) }
    }

    /// For each condition, how many requests share one fate: those that are in a queue at the same
    /// time do. As seen at the rate that is the nearest to the limit; before there is one, as many
    /// as are under way where each response takes as long as it may.
    func crowds(at rate: Double) -> [Double] {
        promise.conditions.enumerated().map { index, condition in
            guard case .quantile = condition.number else { return 1 }
            let underWay = 1 + rate * condition.limit / 1e3
            let estimates = rates.map { $0.estimates[index] }.filter { $0.crowd != nil }
            let nearest = estimates.min { $0.distance < $1.distance }
            guard let seen = nearest?.crowd else {
                return min(underWay, CapacityLimits.likelyCrowd)
            }
            return min(seen, underWay * CapacityLimits.largestCrowd)
        }
    }

    /// The lowest rate that breaks the promise, and the highest below it that keeps it.
    package var broken: RateEvidence? { rates.first(where: \.breaks) }
    package var kept: RateEvidence? {
        let end = broken?.rate ?? .infinity
        return rates.last { $0.rate < end && $0.keeps }
    }

    /// Rates between the two: near the limit.
    var unclear: [RateEvidence] {
        let (low, high) = (kept?.rate ?? 0, broken?.rate ?? .infinity)
        return rates.filter { $0.finding == .unclear && $0.rate > low && $0.rate < high }
    }

    package func next() -> Decision {
        if let open = rates.first(where: { $0.finding == .open }) { return step(open) }
        guard !rates.isEmpty else { return step(at: startRate) }
        let isSpent = rates.count >= CapacityLimits.rates
        if let rate = isSpent ? nil : nextRate() { return step(at: rate) }
        // What the result rests on has to be sure. Where it is not, the bracket moves back.
        if let kept, kept.finding == .likelyKept { return step(kept) }
        if let broken, broken.finding == .likelyBroken { return step(broken) }
        if let refined = rateToRefine { return step(refined) }
        return .finished
    }

    /// The rate at which one more step makes the result more certain, until that is certain enough.
    private var rateToRefine: RateEvidence? {
        guard let kept, let broken, let crossing = crossing(kept, broken),
            crossing.error * CapacityLimits.intervalScore > width
        else { return nil }
        let near = ([kept] + unclear + [broken]).filter { !$0.isSpent }
        return near.min { $0.steps.count < $1.steps.count }
    }

    private func nextRate() -> Double? {
        let factor = CapacityLimits.growth
        guard let broken else {
            let top = rates.last?.rate ?? startRate
            return top < highestRate ? Self.rounded(min(top * factor, highestRate)) : nil
        }
        guard let low = kept else {
            let bottom = Self.rounded((rates.first?.rate ?? startRate) / factor)
            return bottom >= lowestRate ? bottom : nil
        }
        let near = unclear.map(\.rate)
        let ratio = broken.rate / low.rate
        guard ratio > 1 + width else { return nil }
        guard let first = near.first, let last = near.last else {
            return middle(low.rate, broken.rate)
        }
        // The limit is among the unclear rates. From both sides, as far as that is of use.
        guard ratio > 1 + width * CapacityLimits.unclearWidths else { return nil }
        let (below, above) = (first / low.rate, broken.rate / last)
        guard max(below, above) > 1 + width else { return nil }
        return below > above ? middle(low.rate, first) : middle(last, broken.rate)
    }

    /// With fewer, the longest step has too few requests to show that the promise is kept.
    package var lowestRate: Double { promise.requestsOfStep / CapacityLimits.longestStepS }

    /// The geometric mean; `nil` where no rate of so few digits is between.
    private func middle(_ low: Double, _ high: Double) -> Double? {
        let rate = Self.rounded((low * high).squareRoot())
        return rate > low && rate < high ? rate : nil
    }

    private func step(at rate: Double) -> Decision {
        .step(rate: rate, requests: requests(of: rate, steps: 0))
    }

    private func step(_ evidence: RateEvidence) -> Decision {
        .step(
            rate: evidence.rate, requests: requests(of: evidence.rate, steps: evidence.steps.count))
    }

    private func requests(of rate: Double, steps: Int) -> Double {
        let shortest = max(
            promise.requestsOfStep / rate, CapacityLimits.shortestStepS, promise.shortestStepS)
        let seconds = min(
            shortest * pow(2, Double(max(0, steps - 1))), CapacityLimits.longestStepS)
        return (seconds * rate).rounded(.up)
    }

    /// A rate as it is asked of the generator: with few digits.
    package static func rounded(_ rate: Double) -> Double {
        guard rate > 0, rate.isFinite else { return rate }
        let behind = CapacityLimits.digitsOfRate - 1 - Int(log10(rate).rounded(.down))
        let scale = pow(10, Double(behind.magnitude))
        return behind >= 0 ? (rate * scale).rounded() / scale : (rate / scale).rounded() * scale
    }
}
