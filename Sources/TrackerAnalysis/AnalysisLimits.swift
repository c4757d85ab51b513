/// Every limit of a trend in one place, with its reason.
package enum TrendLimits {
    /// Values that one search looks at: what Apache Otava uses, so that its users meet no surprise.
    package static let window = 50
    /// A change point must be less likely by chance than this, by a t-test on both its sides.
    package static let maxPValue = 0.001
    /// In its window a candidate need only be this much: what is weak there may be strong beside
    /// its whole neighbours, and is tested again.
    package static let candidatePValue = 0.01
    /// Fewer digits of a commit say too little: git shows seven.
    package static let fewestCommitDigits = 4
    /// Of the targets that there are, in a message.
    static let mostTargetsListed = 10
    /// Of the commits that a few digits may mean, in a message.
    static let mostCommitsListed = 3
    /// A continued fraction that is not there after so many steps does not converge; each of ours
    /// takes fewer than fifty.
    static let mostFractionSteps = 300
}
