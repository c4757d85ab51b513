import Glibc

/// Quantiles and tail probabilities of Student's t, for any positive degrees of freedom.
///
/// With t = √df · tan θ the density of θ is proportional to cos(θ)^(df−1): one sum over a quarter
/// of the circle gives a quantile, without a special function.
package enum StudentT {
    /// With more, the normal distribution differs by less than 0.1 %.
    private static let maxDegrees = 1_000.0
    private static let steps = 2_000

    /// The t which |T| exceeds with probability `alpha`.
    /// - Parameters:
    ///   - alpha: between 0 and 1, both excluded.
    ///   - degrees: less than 1 counts as 1.
    static func critical(alpha: Double, degrees: Double) -> Double {
        let degrees = min(max(degrees, 1), maxDegrees)
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

    /// The probability that |T| is at least |t|: the regularised incomplete beta function
    /// I(ν/2, 1/2) at ν / (ν + t²), from its continued fraction (DLMF 8.17.22). Accurate
    /// however small the result is.
    package static func twoSided(_ t: Double, degrees: Double) -> Double {
        guard t.isFinite else { return 0 }
        let a = degrees / 2
        let x = degrees / (degrees + t * t)
        // The fraction converges on one side of the mean; the other follows by symmetry.
        return x < (a + 1) / (a + 2.5)
            ? incompleteBeta(x, a, 0.5) : 1 - incompleteBeta(1 - x, 0.5, a)
    }

    private static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
        guard x > 0 else { return 0 }
        let front = exp(
            lgamma(a + b).0 - lgamma(a).0 - lgamma(b).0 + a * log(x) + b * log1p(-x))
        // Modified Lentz: the fraction is the product of the ratios of its convergents.
        let tiny = 1e-300
        var c = 1.0
        var d = 1 / nonZero(1 - (a + b) * x / (a + 1), tiny)
        var fraction = d
        for step in 1...TrendLimits.maxFractionSteps {
            let m = Double(step)
            let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            for numerator in [even, odd] {
                c = nonZero(1 + numerator / c, tiny)
                d = 1 / nonZero(1 + numerator * d, tiny)
                fraction *= c * d
            }
            if (c * d - 1).magnitude < 1e-15 { break }
        }
        return min(max(front * fraction / a, 0), 1)
    }

    private static func nonZero(_ value: Double, _ tiny: Double) -> Double {
        value.magnitude < tiny ? tiny : value
    }

    /// The probability that a normal deviate is beyond ±z.
    static func normalTail(_ z: Double) -> Double { erfc(z / 2.0.squareRoot()) }
}
