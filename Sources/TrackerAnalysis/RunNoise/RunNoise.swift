/// How much the difference of two groups varies because runs differ, for one number.
///
/// Relative differences are on the scale of logarithms, those of the error rate in points.
package struct RunNoise: Sendable, Hashable {
    /// Of the difference, sampling within runs included, squared.
    var total: Double
    /// What sampling within runs explains of it.
    var within: Double
    package var degrees: Double
    /// Runs it is computed from.
    package var runs: Int
    /// Of one run, beyond what sampling within it explains.
    package var spread: Double
    /// Variance of one sample, by what varied within the runs that tell; as if samples were
    /// independent. 0 where nothing tells.
    var ofSample = 0.0

    var between: Double { max(total - within, 0) }
}
