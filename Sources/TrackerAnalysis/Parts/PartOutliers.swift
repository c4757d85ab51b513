import Glibc

/// Which of several movements are unlike the others.
///
/// Each movement has a variance that is known from its samples. How much parts move by chance
/// beyond that is estimated from the other parts, so no earlier run is needed, and what moves all
/// of them alike, such as a slower machine, names none.
struct PartOutliers {
    struct Movement {
        var value: Double
        /// From its samples, or from its runs.
        var variance: Double
    }

    /// What parts that do not stand out have in common.
    struct Common {
        var centre = 0.0
        /// Of a movement beyond its own.
        var between = 0.0
        /// Of the centre.
        var variance = 0.0
        var degrees = 1.0

        /// How far a movement lies from the others, and how uncertain that is.
        func apart(_ movement: Movement) -> (value: Double, error: Double) {
            let error = (movement.variance + between + variance).squareRoot()
            return (movement.value - centre, error)
        }
    }

    /// Indices of those that stand out.
    private(set) var named: Set<Int> = []
    /// Of the others.
    private(set) var common = Common()
    /// The probability of one so far away by chance, times the number of parts.
    private(set) var probabilities: [Double]

    /// Rosner's procedure (1983): the one farthest from all others is taken away, again and again,
    /// and the last step that is improbable names all that were taken until then. So two that moved
    /// do not hide each other.
    ///
    /// - Parameter allowed: the probability of naming any by chance.
    init(_ movements: [Movement], allowed: Double) {
        probabilities = movements.map { _ in 1 }
        var rest = Array(movements.indices)
        var taken: [Int] = []
        var isNamed = 0
        for _ in 0..<max(movements.count / PartLimits.mostOutOf, 0) {
            guard rest.count >= PartLimits.fewestToMeasureAgainst - 1 else { break }
            guard let (index, probability) = Self.farthest(rest, movements) else { break }
            taken.append(index)
            probabilities[index] = min(probability * Double(rest.count), 1)
            rest.removeAll { $0 == index }
            if probabilities[index] < allowed { isNamed = taken.count }
        }
        named = Set(taken.prefix(isNamed))
        let others = movements.indices.filter { !named.contains($0) }
        common = Self.common(others.map { movements[$0] })
        for index in movements.indices where !named.contains(index) { probabilities[index] = 1 }
    }

    /// Each against all others that are left: so it does not widen its own yardstick.
    private static func farthest(
        _ rest: [Int], _ movements: [Movement]
    ) -> (index: Int, probability: Double)? {
        var found: (index: Int, distance: Double)?
        var degrees = 1.0
        for index in rest {
            let common = common(rest.filter { $0 != index }.map { movements[$0] })
            let apart = common.apart(movements[index])
            guard apart.error > 0 else { continue }
            let distance = apart.value.magnitude / apart.error
            if distance > found?.distance ?? -1 { found = (index, distance) }
            degrees = common.degrees
        }
        return found.map { ($0.index, StudentT.twoSided($0.distance, degrees: degrees)) }
    }

    /// Mean and spread by the method of moments (DerSimonian and Laird, 1986).
    static func common(_ movements: [Movement]) -> Common {
        let usable = movements.filter { $0.variance > 0 }
        guard usable.count > 1 else { return Common(centre: movements.first?.value ?? 0) }
        func centre(_ between: Double) -> (value: Double, weight: Double, squares: Double) {
            var (weight, squares, sum) = (0.0, 0.0, 0.0)
            for movement in usable {
                let own = 1 / (movement.variance + between)
                weight += own
                squares += own * own
                sum += own * movement.value
            }
            return (sum / weight, weight, squares)
        }
        let fixed = centre(0)
        let excess = usable.reduce(-Double(usable.count - 1)) {
            $0 + pow($1.value - fixed.value, 2) / $1.variance
        }
        let between = max(excess / (fixed.weight - fixed.squares / fixed.weight), 0)
        let final = centre(between)
        return Common(
            centre: final.value, between: between, variance: 1 / final.weight,
            degrees: Double(usable.count - 1))
    }
}
