import TrackerLog

/// The runs of two groups in order of time, each with its share in the difference of the groups.
///
/// The same weights laid over earlier runs give differences that stand for no change at all. So a
/// drift counts as noise as far as it moves one group away from the other: fully where all of A
/// came before B, hardly where they alternated.
struct RunPattern {
    /// Negative for A, positive for B; each side adds up to one.
    let weights: [Double]
    /// Runs of one group that are closer together count as one: half the distance of the groups.
    /// Two runs of one session do not stand for the difference between two sessions.
    let spacingMs: Double

    init(a: [Timestamp], b: [Timestamp]) {
        let inOrder = (a.map { ($0, false) } + b.map { ($0, true) }).sorted { $0.0 < $1.0 }
        // The two that are closest have no other between them.
        let gap = zip(inOrder, inOrder.dropFirst()).reduce(Double.infinity) { gap, pair in
            pair.0.1 == pair.1.1 ? gap : min(gap, Self.distance(pair.0.0, pair.1.0))
        }
        spacingMs = gap.isFinite ? gap / 2 : 0
        var weights: [Double] = []
        var last: (time: Timestamp, isB: Bool)?
        for (time, isB) in inOrder {
            let weight = isB ? 1 / Double(b.count) : -1 / Double(a.count)
            if let last, last.isB == isB, Self.distance(last.time, time) < spacingMs {
                weights[weights.count - 1] += weight
            } else {
                weights.append(weight)
            }
            last = (time, isB)
        }
        self.weights = weights
    }

    private static func distance(_ a: Timestamp, _ b: Timestamp) -> Double {
        Double((a.milliseconds - b.milliseconds).magnitude)
    }

    /// The variance of the difference, in units of that of one run.
    var size: Double { weights.reduce(0) { $0 + $1 * $1 } }

    /// Drops runs that follow another one too closely.
    func spaced(_ runs: [RunHistory.Run], by spacingMs: Double) -> [RunHistory.Run] {
        var kept: [RunHistory.Run] = []
        for run in runs {
            if let last = kept.last, Self.distance(last.started, run.started) < spacingMs {
                continue
            }
            kept.append(run)
        }
        return kept
    }

    /// The correlation of two windows `lag` runs apart, if runs are independent.
    static func correlation(of weights: [Double], lag: Int) -> Double {
        guard lag < weights.count else { return 0 }
        let square = weights.reduce(0) { $0 + $1 * $1 }
        return zip(weights, weights.dropFirst(lag)).reduce(0) { $0 + $1.0 * $1.1 } / square
    }
}
