import TrackerIndexer
import TrackerLog

extension VerdictRule {
    /// B alone: for a limit such as `p95<200ms`.
    func level(of statistic: Statistic, alpha: Double) -> UnitInterval? {
        guard let value = b.value(of: statistic), let drawsB, tooLittle(statistic) == nil else {
            return nil
        }
        let found = between(statistic, of: [(value, drawsB)])
        guard found.isKnown || !b.isReported else { return nil }
        let times = StudentT.critical(
            alpha: alpha, degrees: found.degrees ?? drawsB.degrees)
        let reach = drawsB.reachInUnit(of: statistic, times: times)
        let wider = times * times * found.variance
        var low = value - (reach.down * reach.down + wider).squareRoot()
        var high = value + (reach.up * reach.up + wider).squareRoot()
        if statistic == .errorRate { (low, high) = (max(low, 0), min(high, 100)) }
        if statistic == .perSecond { low = max(low, 0) }
        return UnitInterval(value: value, interval: low...high, coversRuns: found.isKnown)
    }

    /// B less A: for a limit such as `p95:+5ms`, and where a value of zero or less has no ratio.
    func difference(of statistic: Statistic, alpha: Double) -> UnitInterval? {
        guard let inA = a.value(of: statistic), let inB = b.value(of: statistic),
            let drawsA, let drawsB, tooLittle(statistic) == nil
        else { return nil }
        let found = between(statistic, of: [(inA, drawsA), (inB, drawsB)])
        guard found.isKnown || !a.isReported else { return nil }
        // The smaller side's, where both show it: never more certain than its parts.
        let own = min(drawsA.degrees, drawsB.degrees)
        let times = StudentT.critical(alpha: alpha, degrees: found.degrees ?? own)
        let fromA = drawsA.reachInUnit(of: statistic, times: times)
        let fromB = drawsB.reachInUnit(of: statistic, times: times)
        let wider = times * times * found.variance
        let down = (fromB.down * fromB.down + fromA.up * fromA.up + wider).squareRoot()
        let up = (fromB.up * fromB.up + fromA.down * fromA.down + wider).squareRoot()
        return UnitInterval(
            value: inB - inA, interval: (inB - inA - down)...(inB - inA + up),
            coversRuns: found.isKnown)
    }

    /// What runs differ by themselves, in the unit of the number, for sides that do not show it.
    private func between(
        _ statistic: Statistic, of sides: [(value: Double, draws: Resampling)]
    ) -> (variance: Double, degrees: Double?, isKnown: Bool) {
        let lacking = sides.filter { $0.draws.kind != .runs }
        let isWithin = settings.runNoise == .within && !a.isReported
        guard !lacking.isEmpty, !isWithin else { return (0, nil, true) }
        let rates = sides.map(\.value).reduce(0, +) / Double(sides.count)
        guard sides.allSatisfy({ statistic == .errorRate || $0.value > 0 }),
            let noise = noise.noise(of: statistic, rate: rates)
        else { return (0, nil, false) }
        let variance = lacking.reduce(0) { sum, side in
            // A spread is relative; of the error rate it is in points.
            let spread = noise.spread * (statistic == .errorRate ? 1 : side.value)
            return sum + spread * spread / Double(side.draws.runs)
        }
        return (variance, min(noise.degrees, sides.map(\.draws.degrees).min() ?? 1), true)
    }

    /// The row of numbers that have no ratio: by their difference.
    func differenceRow(_ row: ComparisonRow, alpha: Double) -> ComparisonRow {
        var row = row
        row.isInUnit = row.statistic != .errorRate
        row.difference = Self.shown(row.b - row.a)
        if let reason = tooLittle(row.statistic) {
            row.verdict = .inconclusive(reason)
            return row
        }
        guard let found = difference(of: row.statistic, alpha: alpha) else {
            if a.isReported { row.verdict = .inconclusive(oneRun) }
            return row
        }
        row.interval = found.interval
        let margin = settings.minEffect * max(row.a.magnitude, row.b.magnitude)
        let ends = found.interval
        if isSameData || max(ends.lowerBound.magnitude, ends.upperBound.magnitude) <= margin {
            row.verdict = .noDifferenceFound
        } else if !found.coversRuns {
            row.verdict = .inconclusive(oneRun)
        } else if found.value.magnitude >= margin, !ends.contains(0) {
            row.verdict =
                switch row.statistic.better(of: meaning) {
                case nil: found.value > 0 ? .higher : .lower
                case .higher?: found.value > 0 ? .better : .worse
                case .lower?: found.value > 0 ? .worse : .better
                }
            if row.verdict == .better, row.statistic.isResponseTime, hasMoreFailures {
                row.verdict = .inconclusive(.moreFailures)
            }
        } else {
            row.verdict = .inconclusive(.wide(furtherRuns: nil))
        }
        return row
    }
}
