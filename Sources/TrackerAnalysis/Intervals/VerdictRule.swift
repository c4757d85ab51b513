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
    let noise: RunNoiseSource
    let meaning: MetricMeaning
    let settings: ComparisonSettings
    let isSameData: Bool

    func rows() -> [ComparisonRow] {
        let alpha = self.alpha
        return settings.statistics.map { statistic in
            var row = row(statistic, alpha: alpha)
            row.levelB = level(of: statistic, alpha: alpha)
            row.inUnit = difference(of: statistic, alpha: alpha)
            return row
        }
    }

    private func row(_ statistic: Statistic, alpha: Double) -> ComparisonRow {
        // A sum may be beyond what a double holds: then there is no mean.
        let (valueA, valueB) = (a.value(of: statistic), b.value(of: statistic))
        let shownA = valueA.flatMap { $0.isFinite ? Self.shown($0) : nil }
        let shownB = valueB.flatMap { $0.isFinite ? Self.shown($0) : nil }
        var row = ComparisonRow(
            statistic: statistic, a: shownA, b: shownB, countA: a.count(of: statistic),
            countB: b.count(of: statistic), verdict: .inconclusive(.noValue))
        guard let valueA = shownA, let valueB = shownB else { return row }
        row.verdict = .inconclusive(.noRatio)
        let isPoints = statistic == .errorRate
        guard isPoints || valueA > 0 && valueB > 0 else {
            return differenceRow(row, from: valueA, to: valueB, alpha: alpha)
        }
        row.difference = isPoints ? valueB - valueA : valueB / valueA - 1
        if let reason = tooLittle(statistic) {
            row.verdict = .inconclusive(reason)
            return row
        }
        guard let spread = spread(statistic, alpha: alpha) else { return row }
        // Nothing within a run tells how far a reported number may be off.
        guard spread.coversRuns || !a.isReported else {
            row.verdict = .inconclusive(oneRun)
            return row
        }
        row.noise = spread.noise
        let centre = isPoints ? valueB - valueA : log(valueB / valueA)
        let limits = limits(of: statistic, spread)
        let low = max(centre - spread.down, limits.lowerBound)
        let high = min(centre + spread.up, limits.upperBound)
        // The difference shown is within, although it is rounded.
        let ends = min(low, centre)...max(high, centre)
        row.interval =
            isPoints ? ends : expm1(ends.lowerBound)...expm1(ends.upperBound)
        row.verdict = verdict(row, centre: centre, spread, alpha: alpha)
        return row
    }

    private func verdict(
        _ row: ComparisonRow, centre: Double, _ spread: Spread, alpha: Double
    ) -> Verdict {
        guard !isSameData, let interval = row.interval, let difference = row.difference else {
            return .noDifferenceFound
        }
        guard spread.coversRuns || settings.runNoise == .within else {
            return .inconclusive(oneRun)
        }
        let isPoints = row.statistic == .errorRate
        let margin = settings.margin(of: row.statistic)
        if interval.lowerBound >= -margin && interval.upperBound <= margin {
            return .noDifferenceFound
        }
        if difference.magnitude >= margin && (interval.lowerBound > 0 || interval.upperBound < 0) {
            guard let better = row.statistic.better(of: meaning) else {
                return difference > 0 ? .higher : .lower
            }
            let isBetter = (difference > 0) == (better == .higher)
            // What is left when the slow requests fail is fast.
            if isBetter, row.statistic.isResponseTime, hasMoreFailures {
                return .inconclusive(.moreFailures)
            }
            return isBetter ? .better : .worse
        }
        let room = isPoints ? margin : log1p(margin)
        let target = centre.magnitude >= room ? centre.magnitude : room - centre.magnitude
        return .inconclusive(.wide(furtherRuns: furtherRuns(spread, target: target, alpha: alpha)))
    }

    var oneRun: Verdict.Reason {
        let fewest = min(a.runs.count, b.runs.count)
        return .oneRun(furtherRuns: max(1, ComparisonLimits.minRunsToResample - fewest))
    }

    /// Whether B failed more than A by what matters, found or not: enough to doubt a better time.
    var hasMoreFailures: Bool {
        let rise = (b.value(of: .errorRate) ?? 0) - (a.value(of: .errorRate) ?? 0)
        return !settings.includesFailures && rise >= settings.margin(of: .errorRate)
    }

    /// The error rate, whether or not the table lists it.
    func failures() -> ComparisonRow { row(.errorRate, alpha: alpha) }

    func tooLittle(_ statistic: Statistic) -> Verdict.Reason? {
        if let q = statistic.quantile,
            [a, b].contains(where: { $0.total.successes.hasFewSamples(beyond: q) })
        {
            return .tooFewSamples(needed: NearestRank.samplesNeeded(beyond: q))
        }
        guard drawsA != nil && drawsB != nil else {
            return .tooShort(neededSlots: ComparisonLimits.minSlots)
        }
        return nil
    }

    /// How far the interval reaches, and what it is computed from.
    private struct Spread {
        var down = 0.0
        var up = 0.0
        var standardError = 0.0
        var degrees = 1.0
        /// Of earlier runs, or of a known spread; `nil` where the runs compared tell alone.
        var noise: RunNoise?
        /// Whether it is about the next runs, and not about these ones alone.
        var coversRuns = false
    }

    /// One or two runs do not show how much runs vary: see `RunNoiseSource`.
    private func spread(_ statistic: Statistic, alpha: Double) -> Spread? {
        guard let drawsA, let drawsB else { return nil }
        let sides = [drawsA, drawsB]
        let own = sides.map { pow($0.standardError(of: statistic), 2) }
        let inner = own.reduce(0, +)
        var spread = Spread()
        var between = 0.0
        var uncertainty = zip(own, sides).reduce(0) {
            $0 + $1.0 * $1.0 / $1.1.degrees(of: statistic)
        }
        // The sides that lack the spread between runs, by their part in the variance.
        let all = sides.reduce(0) { $0 + 1 / Double($1.runs) }
        let lacking = sides.reduce(0) { $0 + ($1.kind == .runs ? 0 : 1 / Double($1.runs)) } / all
        let rate = ((a.value(of: .errorRate) ?? 0) + (b.value(of: .errorRate) ?? 0)) / 2
        if lacking > 0 {
            if let found = noise.noise(of: statistic, rate: rate) {
                between = found.between * lacking
                for side in sides where side.kind != .runs {
                    between += side.unseen(statistic, by: found) / Double(side.runs)
                }
                uncertainty += pow(found.total * lacking, 2) / found.degrees
                spread.noise = found
                spread.coversRuns = true
            }
        } else {
            spread.coversRuns = true
            // Runs close together differ less than groups far apart.
            if let found = noise.least(of: statistic, rate: rate), found.total > inner {
                between = found.total - inner
                spread.noise = found
            }
        }
        let variance = inner + between
        guard variance > 0 else { return spread }
        // Welch and Satterthwaite.
        let sum = lacking > 0 ? variance : inner
        let fewest =
            sides.map { $0.degrees(of: statistic) } + [spread.noise?.degrees].compactMap(\.self)
        // A sum is never less certain than its parts: what runs differ by may be zero, and is still
        // uncertain.
        let least = max(fewest.min() ?? 1, 1)
        spread.degrees = uncertainty > 0 ? max(sum * sum / uncertainty, least) : 1
        if lacking == 0, let noise = spread.noise {
            let few = max(noise.degrees, RunNoiseLimits.fewestDegreesOfDrift)
            spread.degrees = min(spread.degrees, few)
        }
        spread.standardError = variance.squareRoot()
        let times = StudentT.critical(alpha: alpha, degrees: spread.degrees)
        let fromA = drawsA.reach(of: statistic, times: times)
        let fromB = drawsB.reach(of: statistic, times: times)
        let wider = times * between.squareRoot()
        // Zou and Donner (2008): each end from the limits of A and B on its side.
        spread.down = rootOfSquares([fromB.down, fromA.up, wider])
        spread.up = rootOfSquares([fromB.up, fromA.down, wider])
        guard spread.down.isFinite, spread.up.isFinite else { return nil }
        return spread
    }

    /// Beyond these no difference can be, or none that the samples allow.
    private func limits(of statistic: Statistic, _ spread: Spread) -> ClosedRange<Double> {
        if statistic == .errorRate {
            let rateA = a.value(of: .errorRate) ?? 0
            let rateB = b.value(of: .errorRate) ?? 0
            // B is not below zero, and A not above what its samples allow.
            return -min(rateA + spread.down, 100)...min(rateB + spread.up, 100)
        }
        let (inA, inB) = (a.total.successes, b.total.successes)
        guard statistic != .perSecond, !a.isReported, inA.min > 0, inB.min > 0 else {
            return -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
        }
        return log(inB.min / inA.max)...log(inB.max / inA.min)
    }

    /// The error probability of each row with which all rows hold simultaneously.
    ///
    /// Rows are correlated, so this costs less width than dividing by their number (Bonferroni).
    private var alpha: Double {
        let allowed = (1 - ComparisonLimits.confidence) / Double(max(settings.tables, 1))
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
        let rank = Int(((1 - allowed) * Double(largest.count)).rounded(.up)) - 1
        guard largest.indices.contains(rank), largest[rank] > 0 else { return allowed }
        let rows = Double(max(settings.statistics.count, 1))
        return min(allowed, max(StudentT.normalTail(largest[rank]), allowed / rows))
    }

    /// The number of further runs in each group that brings the half width below `target`. It
    /// shrinks with the square root of the number of runs.
    private func furtherRuns(_ spread: Spread, target: Double, alpha: Double) -> Int? {
        guard let drawsA, let drawsB, target > 0 else { return nil }
        let runs = min(drawsA.runs, drawsB.runs)
        func isEnough(_ further: Int) -> Bool {
            let all = runs + further
            let isResampled = all >= ComparisonLimits.minRunsToResample
            let degrees = isResampled ? Double(2 * (all - 1)) : spread.degrees
            let error = spread.standardError * (Double(runs) / Double(all)).squareRoot()
            return StudentT.critical(alpha: alpha, degrees: degrees) * error < target
        }
        // The degrees change once, where whole runs are drawn; from there on more runs are better.
        let firstResampled = max(1, ComparisonLimits.minRunsToResample - runs)
        if let few = (1..<firstResampled).first(where: isEnough) { return few }
        var (low, high) = (firstResampled, ComparisonLimits.maxFurtherRuns)
        guard isEnough(high) else { return nil }
        while low < high {
            let middle = (low + high) / 2
            if isEnough(middle) { high = middle } else { low = middle + 1 }
        }
        return high
    }

    /// Rounds to the digits shown: the numbers shown are the numbers compared.
    static func shown(_ value: Double) -> Double {
        guard value != 0, value.isFinite else { return 0 }
        let behindFirst = Double(ComparisonLimits.shownDigits - 1)
        let exponent = behindFirst - floor(log10(value.magnitude))
        guard exponent.magnitude < 300 else { return value }
        // Powers of ten are exact up to 22: dividing by them gives the nearest double.
        return exponent >= 0
            ? (value * pow(10, exponent)).rounded() / pow(10, exponent)
            : (value / pow(10, -exponent)).rounded() * pow(10, -exponent)
    }
}
