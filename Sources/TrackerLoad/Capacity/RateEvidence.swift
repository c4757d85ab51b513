/// One step: a run at a rate.
package struct CapacityStep: Sendable, Hashable {
    package var run: String
    package var rate: Double
    package var counts: StepCounts
    /// Why the generator may have been the limit.
    package var generatorLimit: String?
    /// Requests that were due and never sent, because all connections were busy.
    package var unsent: UInt64
    /// As if each request that was sent had found a free connection; `nil` where each did.
    package var unqueued: StepCounts?

    package init(
        run: String, rate: Double, counts: StepCounts, generatorLimit: String? = nil,
        unsent: UInt64 = 0, unqueued: StepCounts? = nil
    ) {
        self.run = run
        self.rate = rate
        self.counts = counts
        self.generatorLimit = generatorLimit
        self.unsent = unsent
        self.unqueued = unqueued
    }
}

/// What is known about one rate.
package struct RateEvidence: Sendable, Hashable {
    package enum Finding: String, Sendable, Hashable {
        /// All conditions are clearly kept, or one is clearly not, if each request waits for
        /// itself.
        case likelyKept = "likely_kept"
        case likelyBroken = "likely_broken"
        /// Also if requests share their fate with their neighbours, in two steps or more.
        case kept, broken
        /// Neither, with all steps that a rate gets: the limit is near.
        case unclear
        /// More steps will tell.
        case open
    }

    package let rate: Double
    package private(set) var steps: [CapacityStep] = []
    /// The run of the step that differs from the others so much that it does not count.
    package private(set) var leftOut: String?
    package private(set) var finding = Finding.open
    /// The condition that is the nearest to its limit, or the farthest beyond it.
    package private(set) var tightest = 0
    private(set) var estimates: [StepCounts.Estimate] = []

    init(rate: Double) { self.rate = rate }

    package var counted: [CapacityStep] { steps.filter { $0.run != leftOut } }
    var requests: Double { estimates.map(\.requests).max() ?? 0 }
    var isSpent: Bool { steps.count >= CapacityLimits.stepsOfRate }

    /// The number of the tightest condition as a multiple of what is allowed.
    package var load: Double? {
        estimates.indices.contains(tightest)
            ? estimates[tightest].mean / estimates[tightest].allowed : nil
    }

    mutating func add(_ step: CapacityStep, promise: CapacityPromise) {
        steps.append(step)
        leftOut = steps.count > 2 ? disturbed(promise)?.run : nil
        estimates = Self.estimates(counted.map(\.counts), promise)
    }

    /// - Parameter crowds: for each condition, how many requests stand for one.
    mutating func judge(crowds: [Double]) {
        let scores = zip(estimates, crowds).map { $0.score(crowd: $1) }
        tightest = scores.indices.max { scores[$0] < scores[$1] } ?? 0
        let worst = scores.max() ?? 0
        let alone = estimates.map { $0.score(crowd: 1) }.max() ?? 0
        let isKept = requests > 0 && alone < -CapacityLimits.clearScore
        let isBroken = requests > 0 && alone > CapacityLimits.clearScore
        let isSure = worst.magnitude > CapacityLimits.sureScore && counted.count > 1
        if isSure && (isKept || isBroken) {
            finding = isKept ? .kept : .broken
        } else if isSpent {
            finding = .unclear
        } else if isBroken {
            // One bad step does not decide.
            finding = counted.count > 1 ? .likelyBroken : .open
        } else {
            finding = isKept ? .likelyKept : .open
        }
    }

    var keeps: Bool { finding == .kept || finding == .likelyKept }
    var breaks: Bool { finding == .broken || finding == .likelyBroken }

    /// Whether all conditions would be kept but for the time that requests waited for a free
    /// connection, and those that never got one.
    func lacksConnections(_ promise: CapacityPromise) -> Bool {
        let unqueued = counted.map { $0.unqueued ?? $0.counts }
        return Self.estimates(unqueued, promise).allSatisfy {
            $0.requests > 0 && $0.mean < $0.allowed
        }
    }

    private static func estimates(
        _ steps: [StepCounts], _ promise: CapacityPromise
    ) -> [StepCounts.Estimate] {
        guard var all = steps.first else { return [] }
        for step in steps.dropFirst() { all.append(step) }
        // Without successes there are no response times; that none succeeded is what counts then.
        return promise.conditions.enumerated().map { index, condition in
            all.estimate(condition, at: index)
                ?? StepCounts.Estimate(
                    mean: 0, requests: 0, allowed: condition.allowed,
                    isShare: condition.share != nil)
        }
    }

    /// The step without which the rate looks quite different. Others only slow a target down, so
    /// it is one that is worse than the rest.
    private func disturbed(_ promise: CapacityPromise) -> CapacityStep? {
        var worst: (score: Double, step: CapacityStep)?
        for (index, step) in steps.enumerated() {
            var others = steps
            others.remove(at: index)
            for (own, other) in zip(
                Self.estimates([step.counts], promise),
                Self.estimates(others.map(\.counts), promise))
            {
                let error = other.error(crowd: 1)
                guard error > 0, other.mean < other.allowed, own.mean > own.allowed else {
                    continue
                }
                let score = (own.mean - other.mean) / error
                if score > CapacityLimits.outlierScore, score > worst?.score ?? 0 {
                    worst = (score, step)
                }
            }
        }
        return worst?.step
    }
}
