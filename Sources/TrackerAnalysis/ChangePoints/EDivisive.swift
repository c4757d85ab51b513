/// Candidates for change points in one window: the divisive search of Matteson and James (2014,
/// DOI 10.1080/01621459.2013.849605), stopped by a t-test instead of permutations, as in Fleming
/// et al. (2023, DOI 10.1145/3578244.3583719).
///
/// Cost: O(n²) for each candidate found.
package struct EDivisive {
    private let values: [Double]
    /// A matrix of n + 1 columns. Row a, column b: the sum of the distances of all pairs of values
    /// in `a..<b`.
    private var within: [Double]

    /// - Parameter values: finite.
    package init(_ values: [Double]) {
        self.values = values
        let width = values.count + 1
        within = [Double](repeating: 0, count: width * width)
        for last in values.indices {
            var toLast = 0.0
            for first in stride(from: last, through: 0, by: -1) {
                toLast += (values[first] - values[last]).magnitude
                within[first * width + last + 1] = within[first * width + last] + toLast
            }
        }
    }

    /// Indices where the values change, ascending: each is the first value of a new level.
    ///
    /// The best split of all pieces is taken, as long as it passes the test; it divides its piece
    /// in two.
    package func candidates(maxPValue: Double) -> [Int] {
        var ends = [0, values.count]
        while true {
            var best: (piece: Int, split: Int, score: Double)?
            for piece in 1..<ends.count {
                guard let found = bestSplit(of: ends[piece - 1]..<ends[piece]) else { continue }
                if best.map({ found.score > $0.score }) ?? true {
                    best = (piece, found.split, found.score)
                }
            }
            guard let best else { break }
            let left = Moments(of: values[ends[best.piece - 1]..<best.split])
            let right = Moments(of: values[best.split..<ends[best.piece]])
            guard Moments.pValue(left, right) <= maxPValue else { break }
            ends.insert(best.split, at: best.piece)
        }
        return Array(ends[1..<(ends.count - 1)])
    }

    /// The split with the largest divergence between the values before it and a range of values
    /// that starts at it.
    private func bestSplit(of piece: Range<Int>) -> (split: Int, score: Double)? {
        guard piece.count > 1 else { return nil }
        var best: (split: Int, score: Double)?
        for split in (piece.lowerBound + 1)..<piece.upperBound {
            for end in (split + 1)...piece.upperBound {
                let score = divergence(piece.lowerBound..<split, split..<end)
                if best.map({ score > $0.score }) ?? true { best = (split, score) }
            }
        }
        return best
    }

    /// The energy distance of two neighbouring ranges, times nm / (n + m): twice the mean distance
    /// between them, less the mean distances within each.
    private func divergence(_ left: Range<Int>, _ right: Range<Int>) -> Double {
        let inLeft = pairs(left)
        let inRight = pairs(right)
        let between = pairs(left.lowerBound..<right.upperBound) - inLeft - inRight
        let n = Double(left.count)
        let m = Double(right.count)
        var distance = 2 * between / (n * m)
        if left.count > 1 { distance -= 2 * inLeft / (n * (n - 1)) }
        if right.count > 1 { distance -= 2 * inRight / (m * (m - 1)) }
        return distance * n * m / (n + m)
    }

    private func pairs(_ range: Range<Int>) -> Double {
        within[range.lowerBound * (values.count + 1) + range.upperBound]
    }
}
