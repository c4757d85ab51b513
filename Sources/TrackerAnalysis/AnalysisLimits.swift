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

/// Every limit of the session list's `worse` and `better`, with its reason.
enum ListingLimits {
    /// Earlier sessions that one is held against: older ones tell of another machine and program.
    static let mostEarlier = 10
    /// With fewer, the interval of one more session is wider than any change.
    static let fewestEarlier = 3
    /// Of logarithms: what percentiles of a histogram are exact to.
    static let leastSpread = 0.004
}

/// Every limit of latency over rate, with its reason.
enum RateCurveLimits {
    /// As the search itself cuts a step: still longer than a queue takes to forget.
    static let slicesOfRun = 10
    /// From fewer, the spread between them says nothing.
    static let fewestSlices = 4
}

/// Every limit of an experiment in one place, with its reason.
package enum SequentialLimits {
    /// All intervals of an experiment hold together with this confidence, at every look.
    package static let confidence = 0.95
    /// How much is staked in a round, for a difference of one spread. No single stake is good for
    /// few rounds and for many, so each has an equal part.
    static let stakes = [0.25, 0.5, 1, 2]
    /// Limits λ · (difference − δ): 98 % of a stake at even odds. A disturbed round costs six
    /// rounds or so then, and not the whole stake.
    static let mostStaked = 2.0
    /// What the logarithm of the ratio of two runs is taken to vary by before two rounds show it:
    /// 3 to 10 % is what services have. Wrong by a factor of five, it costs a round or two.
    static let expectedSpread = 0.03
    /// The same for an error rate, in percentage points.
    static let expectedErrorPoints = 0.5
    /// Counts this many rounds for what is expected; those that took place count for the rest.
    static let expectationRounds = 1.0
    /// No end of an interval is looked for beyond this ratio, or this many points.
    static let widestRatio = 100.0
    static let widestPoints = 100.0
    /// An end is found to this part of the spread that is expected: far less than is shown.
    static let precision = 1.0 / 300
    /// A variant that came later more often comes first with these odds in the next round.
    static let balanceOdds = 2.0
    /// Draws of an order before the last one is taken. Each is taken with a probability of at
    /// least a half.
    static let maxOrderDraws = 100
    /// Nothing is settled before. Four rounds can suffice by chance, where each has the same, then
    /// unlikely, order; nobody would believe them.
    static let fewestRounds = 6
    /// More are a day, and a page that is slow.
    package static let maxRounds = 500
    /// Names are the letters A to H.
    package static let maxVariants = 8
    /// Bytes of a variant's name that are kept: it stands in each run.
    package static let maxVariantNameBytes = 400
}

/// Every limit of the work for one question, with its reason.
enum WorkLimits {
    /// Numbers looked at between two looks at the clock: some milliseconds even in a debug build,
    /// and thousands of times what a look costs.
    static let stepsBetweenLooks = 100_000
    /// What a run costs beside its numbers: names, conditions and tables.
    static let stepsPerRun = 200
}
