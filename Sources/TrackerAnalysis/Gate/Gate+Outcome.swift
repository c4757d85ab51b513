import TrackerIndexer

extension Gate {
    /// Of a change the verdict of the comparison, with the limit as the margin. An inconclusive row
    /// passes if the worse end of its interval is within the limit, however much better the other
    /// end is.
    package static func outcome(_ row: ComparisonRow, _ limit: GateLimit) -> Outcome {
        switch limit.form {
        case .change where row.isInUnit:
            // A share of A, where there is no ratio; any of B, where A is nothing.
            guard let a = row.a, let b = row.b else { return .inconclusive }
            let whole = a == 0 ? b.magnitude : a.magnitude
            return difference(row, limit, amount: limit.amount * whole)
        case .change: return change(row, limit)
        case .difference: return difference(row, limit, amount: limit.amount)
        case .level:
            guard let level = row.levelB, level.coversRuns else { return .inconclusive }
            let (low, high) = (level.interval.lowerBound, level.interval.upperBound)
            if limit.isRise ? high < limit.amount : low > limit.amount { return .pass }
            return (limit.isRise ? low >= limit.amount : high <= limit.amount)
                ? .worse : .inconclusive
        }
    }

    /// As a change, but in the unit of the number.
    private static func difference(
        _ row: ComparisonRow, _ limit: GateLimit, amount: Double
    ) -> Outcome {
        // The same data.
        if row.inUnit?.value == 0, row.verdict == .noDifferenceFound { return .pass }
        guard let found = row.inUnit, found.coversRuns, amount >= 0 else { return .inconclusive }
        let (low, high) = (found.interval.lowerBound, found.interval.upperBound)
        let (best, worst) = limit.isRise ? (low, high) : (-high, -low)
        if best > 0, (limit.isRise ? found.value : -found.value) >= amount { return .worse }
        return worst <= amount ? .pass : .inconclusive
    }

    private static func change(_ row: ComparisonRow, _ limit: GateLimit) -> Outcome {
        switch row.verdict {
        case .better, .noDifferenceFound: return .pass
        case .worse: return .worse
        case .higher: return limit.isRise ? .worse : .pass
        case .lower: return limit.isRise ? .pass : .worse
        // An interval within one run of each says nothing about the next.
        case .inconclusive(.oneRun): return .inconclusive
        case .inconclusive:
            guard let interval = row.interval else { return .inconclusive }
            let worst = limit.isRise ? interval.upperBound : -interval.lowerBound
            return worst <= limit.amount ? .pass : .inconclusive
        }
    }
}
