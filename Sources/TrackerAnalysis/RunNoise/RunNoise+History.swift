import TrackerLog

extension RunNoise {
    /// A spread that is known.
    init(known spread: Double, pattern: RunPattern) {
        total = spread * spread * pattern.size
        within = 0
        degrees = RunNoiseLimits.knownDegrees
        runs = 0
        self.spread = spread
    }

    /// - Parameter history: oldest first, under like conditions.
    /// - Returns: `nil` if the history is too short.
    init?(_ statistic: Statistic, in history: RunHistory, pattern: RunPattern) {
        var shaped = Windows(pattern.weights)
        var neighbours = Windows([-1, 1])
        var runs = 0
        for chains in Self.chains(of: statistic, in: history) {
            runs += chains.joined.count
            shaped.add(chains.joined)
            for chain in chains.cut { neighbours.add(chain) }
        }
        guard runs >= RunNoiseLimits.minRuns, neighbours.count >= RunNoiseLimits.minRuns - 1 else {
            return nil
        }
        let size = pattern.size
        // Few windows of the shape say little, but a drift that they show is there.
        let isShaped =
            shaped.degrees >= RunNoiseLimits.minWindowDegrees
            || shaped.total > neighbours.total * size / 2
        let used = isShaped ? shaped : neighbours
        let factor = isShaped ? 1 : size / 2
        total = used.total * factor
        within = used.within * factor
        degrees = max(used.degrees, 1)
        self.runs = runs
        spread = (max(total - within, 0) / size).squareRoot()
    }

    typealias Point = (level: Double, within: Double)

    /// Runs under the same conditions, in order.
    private struct Chains {
        /// Cut where the level changed: a change that somebody made is not noise.
        var cut: [[Point]] = []
        /// The pieces as one chain. Where it steps by more than neighbours differ otherwise, the
        /// rest is moved to where the piece before ends: somebody made that step. A slow drift,
        /// which is cut into pieces as well, stays.
        var joined: [Point] = []

        init(_ points: [Point]) {
            var series = ChangePointSeries()
            series.append(contentsOf: points.map(\.level))
            var start = 0
            for end in series.changePoints.map(\.index) + [points.count] where end > start {
                cut.append(Array(points[start..<end]))
                start = end
            }
            let differences = cut.flatMap { zip($0, $0.dropFirst()).map { $1.level - $0.level } }
            let squares = differences.reduce(0) { $0 + $1 * $1 } / Double(max(differences.count, 1))
            var moved = 0.0
            for (before, piece) in zip([nil] + cut.map(\.last), cut) {
                let jump = before.map { piece[0].level - $0.level } ?? 0
                if jump.magnitude > RunNoiseLimits.stepOfNeighbours * squares.squareRoot() {
                    moved -= jump
                }
                joined += piece.map { ($0.level + moved, $0.within) }
            }
        }
    }

    private static func chains(of statistic: Statistic, in history: RunHistory) -> [Chains] {
        let groups = Dictionary(grouping: history.runs, by: \.conditions)
        return groups.sorted { $0.key < $1.key }.map { _, runs in
            Chains(
                runs.compactMap { run in
                    guard let number = run.numbers[statistic], let level = number.level(statistic)
                    else { return nil }
                    return (level, number.standardError * number.standardError)
                })
        }
    }

    /// Weighted sums of neighbouring runs, at every place of a chain.
    private struct Windows {
        let weights: [Double]
        private(set) var count = 0
        private var squares = 0.0
        private var withins = 0.0
        private var correlations = 0.0

        init(_ weights: [Double]) { self.weights = weights }

        mutating func add(_ chain: [Point]) {
            let places = chain.count - weights.count + 1
            guard places > 0 else { return }
            for start in 0..<places {
                var sum = 0.0
                for (offset, weight) in weights.enumerated() {
                    sum += weight * chain[start + offset].level
                    withins += weight * weight * chain[start + offset].within
                }
                squares += sum * sum
            }
            count += places
            for lag in 0..<min(weights.count, places) {
                let correlation = RunPattern.correlation(of: weights, lag: lag)
                let pairs = Double(lag == 0 ? places : 2 * (places - lag))
                correlations += pairs * correlation * correlation
            }
        }

        var total: Double { squares / Double(max(count, 1)) }
        var within: Double { withins / Double(max(count, 1)) }
        /// Overlapping windows are not independent.
        var degrees: Double {
            correlations > 0 ? Double(count) * Double(count) / correlations : 0
        }
    }
}
