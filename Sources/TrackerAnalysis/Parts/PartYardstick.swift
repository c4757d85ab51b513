import Glibc

/// What the movement of a part is measured against.
package enum PartYardstick: Sendable, Hashable {
    /// The movement of the other parts, and how much they differ.
    case otherParts
    /// Standing still, by how much the runs of each side differ.
    case runs
    /// Standing still, by a spread between runs that is known from elsewhere.
    case spread
    /// Standing still, within these very runs.
    case within
    /// Nothing tells how much a part moves by chance.
    case nothing

    /// As programs read it.
    package var name: String? {
        switch self {
        case .otherParts: "other_parts"
        case .runs: "runs"
        case .spread: "run_noise"
        case .within: "within_runs"
        case .nothing: nil
        }
    }
}

/// What is known of two groups of runs beside their samples.
struct PartConditions {
    /// The smallest relative movement of a mean that matters.
    var margin: Double
    /// The same of an error rate, in points.
    var errorMargin: Double
    /// Of one run, where earlier runs or a person told it: of the mean, relative; of the error
    /// rate in points.
    var spread: Spread?
    var errorSpread: Spread?
    /// Whether the answer is about these very runs.
    var isWithin: Bool
    /// How much more an error rate varies than if each request failed by itself.
    var errorClustering: Double

    struct Spread {
        var perRun: Double
        var degrees: Double
    }
}

/// What is counted of a part: how long it takes, or how much of it fails.
enum PartMeasure: CaseIterable {
    case mean, errorRate

    /// Of one side; `nil` where there are too few samples. The mean on the scale of logarithms.
    func level(of numbers: PartNumbers) -> Double? {
        switch self {
        case .mean:
            guard Int(numbers.count) >= PartLimits.fewestSamples, let mean = numbers.mean, mean > 0
            else { return nil }
            return log(mean)
        case .errorRate:
            guard Int(numbers.requests) >= PartLimits.fewestSamples else { return nil }
            return numbers.errorRate
        }
    }

    /// Of the movement from A to B, from the samples alone.
    func samplingVariance(
        _ a: PartNumbers, _ b: PartNumbers, _ conditions: PartConditions
    ) -> Double {
        switch self {
        case .mean: return a.relativeVariance + b.relativeVariance
        case .errorRate:
            // As if both were one, and one more of two had failed: no failure proves no certainty.
            let share = (a.failed + b.failed + 1) / (a.requests + b.requests + 2)
            let each = 1 / a.requests + 1 / b.requests
            return share * (1 - share) * each * 10_000 * conditions.errorClustering
        }
    }

    func margin(_ conditions: PartConditions) -> Double {
        self == .mean ? log1p(conditions.margin) : conditions.errorMargin
    }

    func spread(_ conditions: PartConditions) -> PartConditions.Spread? {
        self == .mean ? conditions.spread : conditions.errorSpread
    }
}

/// The movements of the parts of one grouping in one measure, and which of them are no chance.
struct PartMovements {
    struct Movement {
        /// From A to B: on the scale of logarithms, or in points.
        var value: Double
        /// Less what the others did, or as it is: see `PartYardstick`.
        var apart: Double
        /// Half of the interval of `apart`, which holds for all parts together.
        var reach: Double?
        var isNamed = false
        var probability = 1.0
    }

    /// One for each part; `nil` where it has too few samples on a side.
    private(set) var all: [Movement?]
    private(set) var yardstick = PartYardstick.nothing
    /// What the parts that are not named did.
    private(set) var common: Double?

    /// - Parameter allowed: the probability of naming any part by chance.
    init(
        _ grouping: PartGrouping, _ measure: PartMeasure, _ conditions: PartConditions,
        allowed: Double
    ) {
        let usable = grouping.parts.indices.compactMap { index -> (part: Int, value: Double)? in
            let part = grouping.parts[index]
            guard let a = measure.level(of: part.wholeA), let b = measure.level(of: part.wholeB)
            else { return nil }
            return (index, b - a)
        }
        all = grouping.parts.map { _ in nil }
        for (part, value) in usable { all[part] = Movement(value: value, apart: value) }
        guard !usable.isEmpty else { return }
        let runs = PartRuns(grouping, usable.map(\.part), measure)
        let sampling = usable.map { found in
            let part = grouping.parts[found.part]
            return measure.samplingVariance(part.wholeA, part.wholeB, conditions)
        }
        if usable.count >= PartLimits.fewestToMeasureAgainst {
            againstOthers(
                usable, variances: zip(sampling, runs.apartVariances).map { max($0, $1) }, measure,
                conditions, allowed: allowed)
        } else {
            byThemselves(usable, sampling, runs, measure, conditions, allowed: allowed)
        }
    }

    private mutating func againstOthers(
        _ usable: [(part: Int, value: Double)], variances: [Double], _ measure: PartMeasure,
        _ conditions: PartConditions, allowed: Double
    ) {
        yardstick = .otherParts
        let movements = zip(usable, variances).map {
            PartOutliers.Movement(value: $0.value, variance: $1)
        }
        let outliers = PartOutliers(movements, allowed: allowed)
        common = outliers.common.centre
        let margin = measure.margin(conditions)
        let times = StudentT.critical(
            alpha: allowed / Double(usable.count), degrees: outliers.common.degrees)
        for (index, found) in usable.enumerated() {
            let apart = outliers.common.apart(movements[index])
            // Far from the others, and by itself: where most of the parts moved, the rest stood
            // still.
            let own = max(margin, times * movements[index].variance.squareRoot())
            let matters = apart.value.magnitude >= margin && found.value.magnitude >= own
            all[found.part] = Movement(
                value: found.value, apart: apart.value, reach: times * apart.error,
                isNamed: outliers.named.contains(index) && matters,
                probability: outliers.probabilities[index])
        }
    }

    /// Too few parts to measure each against the others: against standing still.
    private mutating func byThemselves(
        _ usable: [(part: Int, value: Double)], _ sampling: [Double], _ runs: PartRuns,
        _ measure: PartMeasure, _ conditions: PartConditions, allowed: Double
    ) {
        var between = 0.0
        var degrees = PartLimits.knownDegrees
        if conditions.isWithin {
            yardstick = .within
        } else if runs.isEnough {
            yardstick = .runs
        } else if let spread = measure.spread(conditions) {
            yardstick = .spread
            between = spread.perRun * spread.perRun * (1 / Double(runs.inA) + 1 / Double(runs.inB))
            degrees = spread.degrees
        } else {
            return
        }
        let margin = measure.margin(conditions)
        for (index, found) in usable.enumerated() {
            var variance = sampling[index] + between
            var degrees = degrees
            if yardstick == .runs {
                variance = max(sampling[index], runs.variances[index])
                degrees = runs.degrees
            }
            let error = variance.squareRoot()
            let share = allowed / Double(usable.count)
            let times = StudentT.critical(alpha: share, degrees: degrees)
            let probability =
                error > 0 ? StudentT.twoSided(found.value / error, degrees: degrees) : 1
            all[found.part] = Movement(
                value: found.value, apart: found.value, reach: times * error,
                isNamed: probability < share && found.value.magnitude >= margin,
                probability: min(probability * Double(usable.count), 1))
        }
    }
}

/// How much parts differ from run to run, where both groups have enough runs.
struct PartRuns {
    let inA: Int
    let inB: Int
    /// Of the movement of each part, from its runs; 0 where there are too few.
    private(set) var variances: [Double]
    /// The same of what each part does beyond what all parts of a run do.
    private(set) var apartVariances: [Double]
    private(set) var degrees = 1.0

    var isEnough: Bool { min(inA, inB) >= PartLimits.runsThatTell }

    init(_ grouping: PartGrouping, _ parts: [Int], _ measure: PartMeasure) {
        inA = grouping.parts.first?.a.count ?? 0
        inB = grouping.parts.first?.b.count ?? 0
        variances = parts.map { _ in 0 }
        apartVariances = variances
        guard isEnough else { return }
        degrees = Double(inA + inB - 2)
        for side in [\PartGrouping.Part.a, \PartGrouping.Part.b] {
            let levels = parts.map { grouping.parts[$0][keyPath: side].map(measure.level) }
            let means = levels.map { Self.mean($0.compactMap(\.self)) ?? 0 }
            let runs = grouping.parts[parts[0]][keyPath: side].count
            // What all parts of a run have in common.
            let ofRuns = (0..<runs).map { run -> Double in
                Self.mean(
                    levels.indices.compactMap { part in
                        levels[part][run].map { $0 - means[part] }
                    }) ?? 0
            }
            for part in levels.indices {
                let known = levels[part].indices.compactMap { run in
                    levels[part][run].map { ($0, $0 - ofRuns[run]) }
                }
                variances[part] += Self.varianceOfMean(known.map(\.0))
                apartVariances[part] += Self.varianceOfMean(known.map(\.1))
            }
        }
        // A few runs show some parts as steady by chance: none counts as steadier than usual.
        let usual = Self.mean(apartVariances) ?? 0
        apartVariances = apartVariances.map { max($0, usual) }
    }

    private static func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    private static func varianceOfMean(_ values: [Double]) -> Double {
        guard values.count > 1, let mean = mean(values) else { return 0 }
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return squares / Double(values.count - 1) / Double(values.count)
    }
}
