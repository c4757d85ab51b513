import Glibc

/// How much two groups of runs differ because runs differ: the one rule of `compare`, `gate` and
/// `trend`.
///
/// Runs of one group differ, and earlier runs do. Both are pooled by their degrees of freedom.
struct RunNoiseSource {
    let rule: RunNoiseRule
    let a: [RunHistory.Run]
    let b: [RunHistory.Run]
    /// Only runs that serve.
    let history: RunHistory
    let pattern: RunPattern

    init(rule: RunNoiseRule, a: [RunHistory.Run], b: [RunHistory.Run], history: RunHistory) {
        self.rule = rule
        self.a = a
        self.b = b
        pattern = RunPattern(a: a.map(\.started), b: b.map(\.started))
        self.history = rule == .history ? history.serving(a, b, pattern) : RunHistory([])
    }

    /// - Parameter rate: the error rate in percent, for a known share of it.
    /// - Returns: `nil` if nothing tells.
    func noise(of statistic: Statistic, rate: Double) -> RunNoise? {
        if let known = known(statistic, rate: rate) { return known }
        let past = earlier(statistic)
        // Two runs alone say too little of how much runs differ.
        let most = max(a.count, b.count)
        guard past != nil || most >= ComparisonLimits.minRunsToResample else { return nil }
        var found = [a, b].reduce(past) { noise, runs in
            RunNoise(of: statistic, within: runs, pattern)?.pooled(with: noise) ?? noise
        }
        if let noise = found {
            // What differs less between runs than within them is not there.
            found?.ofSample = min(noise.within, noise.total) / pattern.size * samplesOfRun
        }
        return found
    }

    /// Whether runs tell how much a number varies.
    func isTold(_ statistic: Statistic) -> Bool { (noise(of: statistic, rate: 0)?.runs ?? 0) > 0 }

    /// Of the runs that tell, on average.
    private var samplesOfRun: Double {
        let telling = history.runs + [a, b].filter { $0.count > 1 }.joined()
        return telling.reduce(0) { $0 + Double($1.count) } / Double(max(telling.count, 1))
    }

    /// What the difference of groups with enough runs of their own varies at least.
    func least(of statistic: Statistic, rate: Double) -> RunNoise? {
        known(statistic, rate: rate) ?? earlier(statistic)
    }

    private func known(_ statistic: Statistic, rate: Double) -> RunNoise? {
        guard case .known(let share) = rule else { return nil }
        let spread = statistic == .errorRate ? share * rate : log1p(share)
        return RunNoise(known: spread, pattern: pattern)
    }

    /// Of earlier runs alone.
    private func earlier(_ statistic: Statistic) -> RunNoise? {
        RunNoise(statistic, in: history, pattern: pattern)
    }
}

extension RunNoise {
    /// The spread between the runs of one group.
    fileprivate init?(of statistic: Statistic, within runs: [RunHistory.Run], _ pattern: RunPattern)
    {
        let numbers = runs.compactMap { $0.numbers[statistic] }
        let levels = numbers.compactMap { $0.level(statistic) }
        guard levels.count > 1 else { return nil }
        let mean = levels.reduce(0, +) / Double(levels.count)
        let squares = levels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let inside = numbers.reduce(0) { $0 + $1.standardError * $1.standardError }
        total = squares / Double(levels.count - 1) * pattern.size
        within = inside / Double(numbers.count) * pattern.size
        degrees = Double(levels.count - 1)
        self.runs = levels.count
        spread = (max(total - within, 0) / pattern.size).squareRoot()
    }

    fileprivate func pooled(with other: RunNoise?) -> RunNoise {
        guard let other else { return self }
        func mean(_ a: Double, _ b: Double, _ weightA: Double, _ weightB: Double) -> Double {
            (a * weightA + b * weightB) / (weightA + weightB)
        }
        var all = self
        all.total = mean(total, other.total, degrees, other.degrees)
        all.within = mean(within, other.within, degrees, other.degrees)
        all.degrees += other.degrees
        all.runs += other.runs
        let squares = mean(
            spread * spread, other.spread * other.spread, degrees, other.degrees)
        all.spread = squares.squareRoot()
        return all
    }
}
