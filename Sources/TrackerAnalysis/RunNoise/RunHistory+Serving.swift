import TrackerLog

extension RunHistory {
    /// Runs that say how much those of two groups vary: before the last of them, none of them,
    /// under the conditions of one of them, in a unit of theirs; the newest ones.
    func serving(_ a: [Run], _ b: [Run], _ pattern: RunPattern) -> RunHistory {
        let compared = a + b
        let last = compared.map(\.started).max() ?? .epoch
        let conditions = Set(compared.map(\.conditions))
        let names = Set(compared.map { "\($0.started.milliseconds) \($0.run)" })
        let found = runs.compactMap { run in
            compared.first.map { run.converted(to: $0) } ?? run
        }.filter {
            $0.started <= last && conditions.contains($0.conditions)
                && $0.isReported == compared.first?.isReported
                && !names.contains("\($0.started.milliseconds) \($0.run)")
        }
        let chains = Dictionary(grouping: found, by: \.conditions).sorted { $0.key < $1.key }
        func apart(by spacingMs: Double) -> [Run] {
            chains.flatMap { pattern.spaced($0.value, by: spacingMs) }
        }
        // Far apart, there may be too few: closer ones say less, and more than none.
        var spacingMs = pattern.spacingMs
        var kept = apart(by: spacingMs)
        while kept.count < RunNoiseLimits.fewestSpacedRuns,
            spacingMs > RunNoiseLimits.shortestSpacingMs
        {
            spacingMs = max(
                spacingMs / RunNoiseLimits.spacingStep, RunNoiseLimits.shortestSpacingMs)
            kept = apart(by: spacingMs)
        }
        return RunHistory(Array(RunHistory(kept).runs.suffix(RunNoiseLimits.maxRuns)))
    }
}
