import Glibc

/// Whether a change point of a trend exceeds what runs differ by themselves.
struct TrendNoise {
    private let runs: [RunHistory.Run?]
    private let statistic: Statistic
    private let rule: RunNoiseRule

    /// - Parameter runs: those of the trend that have a value, in its order.
    init(runs: [RunHistory.Run?], _ statistic: Statistic, _ rule: RunNoiseRule) {
        self.runs = runs
        self.statistic = statistic
        self.rule = rule
    }

    /// Three runs or more on each side show it themselves: the test of the change point is enough.
    func isSettled(_ point: ChangePoint) -> Bool {
        let few = ComparisonLimits.minRunsToResample
        guard rule != .within, min(point.before.count, point.after.count) < few else { return true }
        let before = runs[(point.index - point.before.count)..<point.index].compactMap(\.self)
        let after = runs[point.index..<(point.index + point.after.count)].compactMap(\.self)
        let source = RunNoiseSource(
            rule: rule, a: before, b: after, history: RunHistory(runs.compactMap(\.self)))
        guard let low = mean(before), let high = mean(after) else { return false }
        let rate = (point.before.mean + point.after.mean) / 2
        guard let noise = source.noise(of: statistic, rate: rate) else { return false }
        // Of a known spread, what varies within the runs is not part.
        let inside = squares(before) + squares(after)
        let error = (noise.between + (noise.within > 0 ? noise.within : inside)).squareRoot()
        let alpha = 1 - ComparisonLimits.confidence
        return (high - low).magnitude
            > StudentT.critical(alpha: alpha, degrees: noise.degrees) * error
    }

    private func mean(_ runs: [RunHistory.Run]) -> Double? {
        let levels = runs.compactMap { $0.numbers[statistic]?.level(statistic) }
        return levels.isEmpty ? nil : levels.reduce(0, +) / Double(levels.count)
    }

    /// The variance of the mean by what varies within runs.
    private func squares(_ runs: [RunHistory.Run]) -> Double {
        let errors = runs.compactMap { $0.numbers[statistic]?.standardError }
        guard !errors.isEmpty else { return 0 }
        return errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count * errors.count)
    }
}
