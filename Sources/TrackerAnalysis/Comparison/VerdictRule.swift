import Glibc
import TrackerIndexer
import TrackerLog

/// Turns the bootstraps of two groups into rows with interval and verdict.
///
/// The intervals are simultaneous: in 95 of 100 tables all of them cover the true values. Their
/// width in standard errors is chosen so that 95 of 100 replicates stay within it in every row.
struct VerdictRule {
    let a: ComparisonSamples
    let b: ComparisonSamples
    let drawsA: Resampling?
    let drawsB: Resampling?
    let settings: ComparisonSettings
    let isSameData: Bool

    func rows() -> [ComparisonRow] {
        let alpha = self.alpha
        return settings.statistics.map { row($0, alpha: alpha) }
    }

    private func row(_ statistic: Statistic, alpha: Double) -> ComparisonRow {
        let valueA = Self.shown(a.value(of: statistic) ?? 0)
        let valueB = Self.shown(b.value(of: statistic) ?? 0)
        var row = ComparisonRow(
            statistic: statistic, a: valueA, b: valueB, countA: a.count(of: statistic),
            countB: b.count(of: statistic), verdict: .inconclusive(.noRatio))
        let isPoints = statistic == .errorRate
        guard isPoints || (valueA > 0 && valueB > 0) else { return row }
        row.difference = isPoints ? valueB - valueA : valueB / valueA - 1
        if let reason = tooLittle(statistic) {
            row.verdict = .inconclusive(reason)
            return row
        }
        guard let spread = spread(statistic, alpha: alpha) else { return row }
        let centre = isPoints ? valueB - valueA : log(valueB / valueA)
        let low = centre - spread.halfWidth
        let high = centre + spread.halfWidth
        row.interval = isPoints ? max(low, -100)...min(high, 100) : expm1(low)...expm1(high)
        row.verdict = verdict(row, centre: centre, spread, alpha: alpha)
        return row
    }

    private func verdict(
        _ row: ComparisonRow, centre: Double, _ spread: Spread, alpha: Double
    ) -> Verdict {
        guard !isSameData, let interval = row.interval, let difference = row.difference else {
            return .noDifferenceFound
        }
        let isPoints = row.statistic == .errorRate
        let margin = settings.margin(of: row.statistic)
        if interval.lowerBound >= -margin && interval.upperBound <= margin {
            return .noDifferenceFound
        }
        if difference.magnitude >= margin && (interval.lowerBound > 0 || interval.upperBound < 0) {
            return (difference > 0) == row.statistic.higherIsBetter ? .better : .worse
        }
        let room = isPoints ? margin : log1p(margin)
        let target = centre.magnitude >= room ? centre.magnitude : room - centre.magnitude
        return .inconclusive(.wide(furtherRuns: furtherRuns(spread, target: target, alpha: alpha)))
    }

    private func tooLittle(_ statistic: Statistic) -> Verdict.Reason? {
        if let q = statistic.quantile,
            a.total.successes.hasFewSamples(beyond: q)
                || b.total.successes.hasFewSamples(beyond: q)
        {
            let needed = Double(LogLimits.fewSamplesBeyond) / (1 - q)
            return .tooFewSamples(needed: Int((needed - 1e-6).rounded(.up)))
        }
        guard drawsA != nil && drawsB != nil else {
            return .tooShort(neededSlots: ComparisonLimits.minSlots)
        }
        return nil
    }

    /// The half width of an interval, and what it is computed from.
    private struct Spread {
        var halfWidth: Double
        var standardError: Double
        var degrees: Double
    }

    private func spread(_ statistic: Statistic, alpha: Double) -> Spread? {
        guard let drawsA, let drawsB else { return nil }
        let partA = part(statistic, drawsA, other: drawsB)
        let partB = part(statistic, drawsB, other: drawsA)
        let variance = partA.variance + partB.variance
        guard variance > 0 else { return Spread(halfWidth: 0, standardError: 0, degrees: 1) }
        // Welch and Satterthwaite.
        let degrees =
            variance * variance
            / (partA.variance * partA.variance / partA.degrees
                + partB.variance * partB.variance / partB.degrees)
        let error = variance.squareRoot()
        let critical = StudentT.critical(alpha: alpha, degrees: degrees)
        return Spread(halfWidth: critical * error, standardError: error, degrees: degrees)
    }

    /// One or two runs do not show how much runs vary. If the other group shows it, its variance is
    /// used when that is larger.
    private func part(
        _ statistic: Statistic, _ draws: Resampling, other: Resampling
    ) -> (variance: Double, degrees: Double) {
        let own = draws.variance[statistic] ?? 0
        guard draws.kind != .runs, let perRun = other.variancePerRun(of: statistic),
            perRun / Double(draws.runs) > own
        else { return (own, draws.degrees) }
        return (perRun / Double(draws.runs), other.degrees)
    }

    /// The error probability of each row with which all rows hold simultaneously.
    ///
    /// Rows are correlated, so this costs less width than dividing by their number (Bonferroni).
    private var alpha: Double {
        let allowed = 1 - ComparisonLimits.confidence
        guard let drawsA, let drawsB else { return allowed }
        var largest = [Double](repeating: 0, count: settings.replicates)
        for statistic in settings.statistics where tooLittle(statistic) == nil {
            let inA = drawsA.deviations[statistic] ?? []
            let inB = drawsB.deviations[statistic] ?? []
            let joint = zip(inA, inB).map { $1 - $0 }
            let mean = joint.reduce(0, +) / Double(max(joint.count, 1))
            let squares = joint.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            let deviation = (squares / Double(max(joint.count, 1))).squareRoot()
            guard deviation > 0 else { continue }
            for (index, value) in joint.enumerated() {
                largest[index] = max(largest[index], ((value - mean) / deviation).magnitude)
            }
        }
        largest.sort()
        let rank = Int((ComparisonLimits.confidence * Double(largest.count)).rounded(.up)) - 1
        guard largest.indices.contains(rank), largest[rank] > 0 else { return allowed }
        let rows = Double(max(settings.statistics.count, 1))
        return min(allowed, max(StudentT.normalTail(largest[rank]), allowed / rows))
    }

    /// The number of further runs in each group that brings the half width below `target`. It
    /// shrinks with the square root of the number of runs.
    private func furtherRuns(_ spread: Spread, target: Double, alpha: Double) -> Int? {
        guard let drawsA, let drawsB, target > 0 else { return nil }
        let runs = min(drawsA.runs, drawsB.runs)
        for further in 1...ComparisonLimits.maxFurtherRuns {
            let all = runs + further
            let isResampled = all >= ComparisonLimits.minRunsToResample
            let degrees = isResampled ? Double(2 * (all - 1)) : spread.degrees
            let error = spread.standardError * (Double(runs) / Double(all)).squareRoot()
            if StudentT.critical(alpha: alpha, degrees: degrees) * error < target {
                return further
            }
        }
        return nil
    }

    /// Rounds to four digits: the numbers shown are the numbers compared.
    static func shown(_ value: Double) -> Double {
        guard value != 0, value.isFinite else { return 0 }
        let exponent = 3 - floor(log10(value.magnitude))
        guard exponent.magnitude < 300 else { return value }
        // Powers of ten are exact up to 22: dividing by them gives the nearest double.
        return exponent >= 0
            ? (value * pow(10, exponent)).rounded() / pow(10, exponent)
            : (value / pow(10, -exponent)).rounded() * pow(10, -exponent)
    }
}
