import TrackerIndexer
import TrackerLog

extension VerdictRule {
    /// B alone: for a limit such as `p95<200ms`.
    func level(of statistic: Statistic, alpha: Double) -> UnitInterval? {
        guard let value = b.value(of: statistic), let drawsB else { return nil }
        // What A lacks does not matter here.
        if let q = statistic.quantile, b.total.successes.hasFewSamples(beyond: q) { return nil }
        let found = between(statistic, of: [(value, drawsB)])
        guard found.isKnown || !b.isReported else { return nil }
        let times = StudentT.critical(
            alpha: alpha, degrees: found.degrees ?? drawsB.degrees(of: statistic))
        let alone =
            found.isTold || drawsB.kind == .runs
            ? nil : StudentT.critical(alpha: alpha, degrees: RunNoiseLimits.knownDegrees)
        let reach = drawsB.reachInUnit(of: statistic, times: times, alone: alone)
        let wider = times * found.error
        return UnitInterval(
            value: value, down: rootOfSquares([reach.down, wider]),
            up: rootOfSquares([reach.up, wider]), possible: possible(statistic, in: b),
            coversRuns: found.isKnown)
    }

    /// Beyond these the number of a side cannot be, or not by what its samples allow.
    private func possible(
        _ statistic: Statistic, in side: ComparisonSamples
    ) -> ClosedRange<Double> {
        let most = Double.greatestFiniteMagnitude
        switch statistic {
        case .errorRate: return 0...100
        case .perSecond: return 0...most
        default:
            let total = side.total.successes
            guard side.isReported else { return total.min...total.max }
            return meaning.isNeverNegative && total.min >= 0 ? 0...most : -most...most
        }
    }

    /// B less A: for a limit such as `p95:+5ms`, and where a value of zero or less has no ratio.
    func difference(of statistic: Statistic, alpha: Double) -> UnitInterval? {
        guard let inA = a.value(of: statistic), let inB = b.value(of: statistic),
            let drawsA, let drawsB, tooLittle(statistic) == nil
        else { return nil }
        let found = between(statistic, of: [(inA, drawsA), (inB, drawsB)])
        guard found.isKnown || !a.isReported else { return nil }
        // The smaller side's, where both show it: never more certain than its parts.
        let own = min(drawsA.degrees(of: statistic), drawsB.degrees(of: statistic))
        let times = StudentT.critical(alpha: alpha, degrees: found.degrees ?? own)
        let fromA = drawsA.reachInUnit(of: statistic, times: times)
        let fromB = drawsB.reachInUnit(of: statistic, times: times)
        let wider = times * found.error
        let (ofA, ofB) = (possible(statistic, in: a), possible(statistic, in: b))
        return UnitInterval(
            value: inB - inA, down: rootOfSquares([fromB.down, fromA.up, wider]),
            up: rootOfSquares([fromB.up, fromA.down, wider]),
            possible: (ofB.lowerBound - ofA.upperBound)...(ofB.upperBound - ofA.lowerBound),
            coversRuns: found.isKnown)
    }

    /// One standard error of what runs differ by themselves, in the unit of the number, for sides
    /// that do not show it. `isTold`: whether runs tell it, and not only who asks.
    private func between(
        _ statistic: Statistic, of sides: [(value: Double, draws: Resampling)]
    ) -> (error: Double, degrees: Double?, isKnown: Bool, isTold: Bool) {
        let lacking = sides.filter { $0.draws.kind != .runs }
        let isWithin = settings.runNoise == .within && !a.isReported
        guard !lacking.isEmpty, !isWithin else { return (0, nil, true, false) }
        let rates = sides.map(\.value).reduce(0, +) / Double(sides.count)
        guard sides.allSatisfy({ statistic == .errorRate || $0.value > 0 }),
            let noise = noise.noise(of: statistic, rate: rates)
        else { return (0, nil, false, false) }
        let errors = lacking.map { side in
            // A spread is relative; of the error rate it is in points.
            let unseen = side.draws.unseen(statistic, by: noise)
            let spread = (noise.spread * noise.spread + unseen).squareRoot()
            return spread * (statistic == .errorRate ? 1 : side.value)
                / Double(side.draws.runs).squareRoot()
        }
        let degrees = min(noise.degrees, sides.map { $0.draws.degrees(of: statistic) }.min() ?? 1)
        return (rootOfSquares(errors), degrees, true, noise.runs > 0)
    }

    /// The row of numbers that have no ratio: by their difference.
    func differenceRow(
        _ row: ComparisonRow, from shownA: Double, to shownB: Double, alpha: Double
    ) -> ComparisonRow {
        var row = row
        row.isInUnit = row.statistic != .errorRate
        row.difference = Self.shown(shownB - shownA)
        if let reason = tooLittle(row.statistic) {
            row.verdict = .inconclusive(reason)
            return row
        }
        guard let found = difference(of: row.statistic, alpha: alpha) else {
            if a.isReported { row.verdict = .inconclusive(oneRun) }
            return row
        }
        row.interval = found.interval
        let margin = settings.minEffect * max(shownA.magnitude, shownB.magnitude)
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

extension MetricMeaning {
    /// Whether no value below zero can be: a temperature or a change can.
    fileprivate var isNeverNegative: Bool {
        switch kind {
        case .duration, .size, .rate, .count: true
        case .ratio, .temperature, nil: false
        }
    }
}
