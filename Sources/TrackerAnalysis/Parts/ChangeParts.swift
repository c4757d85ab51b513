import Glibc
import TrackerIndexer
package import TrackerLog

/// One part of what was measured: the requests with these labels.
package struct ChangePart: Sendable, Hashable {
    /// How far one number of it moved, and how much of the whole that is.
    package struct Move: Sendable, Hashable {
        /// From A to B: relative; of the error rate in points. `nil` where a side has too few.
        package var change: Double?
        /// The same beside what the other parts did: see `PartYardstick`.
        package var apart: Double?
        /// Around `apart`; holds for all parts together.
        package var interval: ClosedRange<Double>?
        /// What it added to the number of the whole, in its unit: the sum of all is the change.
        package var contribution: Double
        /// Whether it is unlike the others, or unlike standing still, beyond chance.
        package var isNamed = false
    }

    package var labels: [Label]
    /// Successes.
    package var countA: Int
    package var countB: Int
    /// Of the successes.
    package var meanA: Double?
    package var meanB: Double?
    package var requestsA: Int
    package var requestsB: Int
    package var failedA: Int
    package var failedB: Int
    package var mean: Move
    package var errors: Move

    package var isNamed: Bool { mean.isNamed || errors.isNamed }

    /// `route=/checkout method=GET`.
    package var name: String {
        labels.isEmpty
            ? "without labels" : labels.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
    }
}

/// Which part of what was measured moved the whole.
///
/// The mean of the whole is that of its parts, weighted by their shares; so is the error rate. What
/// each part added to the change is exact (Kitagawa, 1955); whether a part moved beyond chance is a
/// question of its own, answered for all parts of all groupings together.
package struct ChangeParts: Sendable {
    /// Names of the labels that cut the whole.
    package private(set) var names: [String]
    /// Those that stand out first, then by what they added to the mean.
    package private(set) var parts: [ChangePart]
    /// Smaller parts that are in none of them, and what they added together.
    package private(set) var otherCount = 0
    package private(set) var otherContribution = 0.0
    package private(set) var yardstick: PartYardstick
    /// What the parts that do not stand out did: relative.
    package private(set) var common: Double?
    /// Of the whole.
    package private(set) var meanA: Double
    package private(set) var meanB: Double
    package private(set) var errorRateA: Double
    package private(set) var errorRateB: Double
    package private(set) var unit: String?
    /// Runs of the smaller group.
    package private(set) var fewestRuns: Int

    package var named: [ChangePart] { parts.filter(\.isNamed) }

    /// - Parameters:
    ///   - a: runs, with the metric in any unit.
    ///   - comparison: of these two groups.
    /// - Returns: `nil` where no label cuts the metric into parts.
    package init?(_ a: ComparisonGroup, _ b: ComparisonGroup, of comparison: Comparison) {
        guard !comparison.isReported else { return nil }
        let pieces = PartGrouping.pieces(
            a.runs, b.runs, metric: comparison.metric, unit: comparison.unit,
            includesFailures: comparison.settings.includesFailures)
        guard pieces.contains(where: { !$0.isB }), pieces.contains(where: \.isB) else { return nil }
        let groupings = PartGrouping.all(pieces)
        guard !groupings.isEmpty else { return nil }
        let conditions = PartConditions(comparison, a, b)
        // Of two measures of every grouping, any may err.
        let allowed = PartLimits.errorShare / Double(2 * groupings.count)
        let isSame = comparison.warnings.contains(ComparisonWarnings.sameData)
        guard !WorkBudget.hasStopped else { return nil }
        let found = groupings.map { grouping in
            Found(
                grouping: grouping,
                mean: PartMovements(grouping, .mean, conditions, allowed: allowed),
                errors: PartMovements(grouping, .errorRate, conditions, allowed: allowed))
        }
        guard let best = Self.best(found) else { return nil }
        names = best.grouping.names
        yardstick = best.mean.yardstick
        common = best.mean.common.map { expm1($0) }
        unit = comparison.unit
        fewestRuns = min(comparison.runsA, comparison.runsB)
        let (wholeA, wholeB) = (Self.whole(pieces, isB: false), Self.whole(pieces, isB: true))
        (meanA, meanB) = (wholeA.mean ?? 0, wholeB.mean ?? 0)
        (errorRateA, errorRateB) = (wholeA.errorRate ?? 0, wholeB.errorRate ?? 0)
        let shares = Shares(wholeA: wholeA, wholeB: wholeB)
        parts = best.grouping.parts.indices.map { best.part($0, shares, isSame: isSame) }
        if let others = best.grouping.others {
            otherCount = best.grouping.otherCount
            otherContribution = shares.toMean(others.wholeA, others.wholeB)
        }
        parts.sort { first, second in
            guard first.isNamed == second.isNamed else { return first.isNamed }
            let (one, other) = (first.weight, second.weight)
            return one == other
                ? first.labels.lexicographicallyPrecedes(second.labels) : one > other
        }
    }

    private static func whole(_ pieces: [PartGrouping.Piece], isB: Bool) -> PartNumbers {
        pieces.reduce(into: PartNumbers()) { if $1.isB == isB { $0.add($1.numbers) } }
    }

    /// The grouping that says it with the fewest parts; where none stands out, the one with the
    /// most parts that can be told apart.
    private static func best(_ found: [Found]) -> Found? {
        let named = found.filter { $0.namedParts > 0 }
        guard let fewest = named.map(\.namedParts).min() else {
            return found.max { $0.toldParts < $1.toldParts }
        }
        let short = named.filter { $0.namedParts == fewest }
        let surest = short.map(\.probability).min() ?? 1
        // The same requests by more names say nothing more.
        return short.filter { $0.probability <= surest * 10 }
            .min { $0.grouping.names.count < $1.grouping.names.count }
    }
}

extension ChangePart {
    /// What it added, for the order: its part in the mean, else in the errors.
    fileprivate var weight: Double {
        mean.isNamed || !errors.isNamed
            ? mean.contribution.magnitude : errors.contribution.magnitude
    }
}

/// A grouping and what its parts did.
private struct Found {
    var grouping: PartGrouping
    var mean: PartMovements
    var errors: PartMovements

    /// Of the part that stands out the most; 1 where none does.
    var probability: Double {
        (mean.all + errors.all).compactMap(\.self).filter(\.isNamed).map(\.probability).min() ?? 1
    }

    var toldParts: Int { mean.all.count { $0 != nil } }

    var namedParts: Int {
        zip(mean.all, errors.all).count { $0?.isNamed ?? false || $1?.isNamed ?? false }
    }

    func part(_ index: Int, _ shares: Shares, isSame: Bool) -> ChangePart {
        let part = grouping.parts[index]
        let (a, b) = (part.wholeA, part.wholeB)
        var mean = Self.move(self.mean.all[index], shares.toMean(a, b)) { expm1($0) }
        var errors = Self.move(self.errors.all[index], shares.toErrorRate(a, b)) { $0 }
        if isSame { (mean.isNamed, errors.isNamed) = (false, false) }
        return ChangePart(
            labels: part.labels, countA: Int(a.count), countB: Int(b.count), meanA: a.mean,
            meanB: b.mean, requestsA: Int(a.requests), requestsB: Int(b.requests),
            failedA: Int(a.failed), failedB: Int(b.failed), mean: mean, errors: errors)
    }

    private static func move(
        _ movement: PartMovements.Movement?, _ contribution: Double, _ scale: (Double) -> Double
    ) -> ChangePart.Move {
        guard let movement else { return .init(contribution: contribution) }
        var move = ChangePart.Move(
            change: scale(movement.value), apart: scale(movement.apart),
            contribution: contribution, isNamed: movement.isNamed)
        if let reach = movement.reach, reach.isFinite {
            move.interval = scale(movement.apart - reach)...scale(movement.apart + reach)
        }
        return move
    }
}

/// What parts added to the numbers of the whole.
private struct Shares {
    var wholeA: PartNumbers
    var wholeB: PartNumbers

    func toMean(_ a: PartNumbers, _ b: PartNumbers) -> Double {
        Self.added(
            (a.mean, a.count / max(wholeA.count, 1)), (b.mean, b.count / max(wholeB.count, 1)),
            around: ((wholeA.mean ?? 0) + (wholeB.mean ?? 0)) / 2)
    }

    func toErrorRate(_ a: PartNumbers, _ b: PartNumbers) -> Double {
        Self.added(
            (a.errorRate, a.requests / max(wholeA.requests, 1)),
            (b.errorRate, b.requests / max(wholeB.requests, 1)),
            around: ((wholeA.errorRate ?? 0) + (wholeB.errorRate ?? 0)) / 2)
    }

    /// By its own change at its usual share, and by the change of its share.
    private static func added(
        _ a: (value: Double?, share: Double), _ b: (value: Double?, share: Double),
        around whole: Double
    ) -> Double {
        guard let any = a.value ?? b.value else { return 0 }
        let (inA, inB) = (a.value ?? any, b.value ?? any)
        return (a.share + b.share) / 2 * (inB - inA)
            + (b.share - a.share) * ((inA + inB) / 2 - whole)
    }
}

extension PartConditions {
    fileprivate init(_ comparison: Comparison, _ a: ComparisonGroup, _ b: ComparisonGroup) {
        let settings = comparison.settings
        func spread(_ statistic: Statistic) -> Spread? {
            let row = comparison.rows.first { $0.statistic == statistic }
            return row?.noise.map { Spread(perRun: $0.spread, degrees: $0.degrees) }
        }
        self.init(
            margin: settings.margin(of: .mean), errorMargin: settings.margin(of: .errorRate),
            spread: spread(.mean), errorSpread: spread(.errorRate),
            isWithin: settings.runNoise == .within,
            errorClustering: Self.clustering(a.runs + b.runs, comparison.metric))
    }

    /// How much more the failures of a second differ than if each request failed by itself.
    private static func clustering(_ runs: [RunSummary], _ metric: String) -> Double {
        var (squares, expected) = (0.0, 0.0)
        for timeline in runs.compactMap({ $0.timeline(of: metric) }) {
            let (requests, failed) = (Double(timeline.total.count), Double(timeline.total.errors))
            guard requests > 0, failed > 0 else { continue }
            let share = failed / requests
            for bucket in timeline.buckets {
                let count = Double(bucket.aggregate.count)
                let deviation = Double(bucket.aggregate.errors) - share * count
                squares += deviation * deviation
                expected += share * (1 - share) * count
            }
        }
        return expected > 0 ? max(squares / expected, 1) : 1
    }
}
