/// How often the live index does what.
enum LivePace {
    /// A running test is shown a few times a second: more often no eye follows.
    static let publishInterval = Duration.milliseconds(200)
    /// Sizes are looked at this often, for what no watch reported.
    static let scanInterval = Duration.seconds(1)
    /// A look at everything may take one part in so many of the time.
    static let scanShare = 20
    /// A crash costs folding this much of the log again.
    static let saveInterval = Duration.seconds(10)
    /// How much of a session's files is folded at one look: a few hundredths of a second.
    static let stepBytes = 1 << 20
    /// How long one look folds, before others are listened to.
    static let foldTime = Duration.milliseconds(150)
    /// A run that is going on is looked at again this often: its writer may be gone.
    static let agedAfter = Duration.seconds(60)
    /// Sessions kept ready to fold further.
    static let maxLoadedSessions = 16
}
