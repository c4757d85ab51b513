import Glibc

/// Quantiles of Student's t, for any positive degrees of freedom.
///
/// With t = √df · tan θ the density of θ is proportional to cos(θ)^(df−1): so one sum over a
/// quarter of the circle gives the distribution, and no special function is needed.
enum StudentT {
    /// Beyond it the normal distribution differs by less than 0.1 %.
    private static let mostDegrees = 1_000.0
    private static let steps = 2_000

    /// The t which |T| exceeds with probability `alpha`.
    /// - Parameters:
    ///   - alpha: between 0 and 1, both excluded.
    ///   - degrees: at least 1 is assumed for less.
    static func critical(alpha: Double, degrees: Double) -> Double {
        let degrees = min(max(degrees, 1), mostDegrees)
        let width = Double.pi / 2 / Double(steps)
        var weights: [Double] = []
        weights.reserveCapacity(steps)
        var total = 0.0
        for step in 0..<steps {
            let weight = pow(cos((Double(step) + 0.5) * width), degrees - 1)
            weights.append(weight)
            total += weight
        }
        var rest = alpha * total
        for step in stride(from: steps - 1, through: 0, by: -1) {
            if weights[step] >= rest, weights[step] > 0 {
                let theta = (Double(step) + 1 - rest / weights[step]) * width
                return degrees.squareRoot() * tan(theta)
            }
            rest -= weights[step]
        }
        return 0
    }

    /// The probability that a normal deviate is beyond ±z.
    static func normalTail(_ z: Double) -> Double { erfc(z / 2.0.squareRoot()) }
}
