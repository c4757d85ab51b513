/// Every limit of a trend in one place, with its reason.
package enum TrendLimits {
    /// Values in one search window: the default of Apache Otava, so that both find the same.
    package static let window = 50
    /// A change point needs a p-value below this, by a t-test of its two sides.
    package static let maxPValue = 0.001
    /// A candidate needs a p-value of at most this within its window. It may be higher than
    /// `maxPValue`: each candidate is tested again with the whole levels on both sides.
    package static let candidatePValue = 0.01
    /// Fewer digits of a commit are ambiguous; git shows seven.
    package static let minCommitDigits = 4
    /// Known targets listed in an error message.
    static let maxTargetsListed = 10
    /// Matching commits listed in an error message.
    static let maxCommitsListed = 3
    /// Stops a continued fraction that does not converge; in practice each takes fewer than fifty
    /// steps.
    static let maxFractionSteps = 300
}
