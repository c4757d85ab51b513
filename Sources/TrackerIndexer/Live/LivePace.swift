/// Intervals and time budgets of the live index.
enum LivePace {
    /// A running session is published at most this often; the eye follows no faster.
    static let publishInterval = Duration.milliseconds(200)
    /// File sizes are compared this often, to find changes that no watch reported.
    static let scanInterval = Duration.seconds(1)
    /// A scan is followed by a pause of at least this many times its duration.
    static let scanPauseFactor = 20
    /// After a crash, at most the events of this time are folded again.
    static let saveInterval = Duration.seconds(10)
    /// Bytes of a session folded per step: a few hundredths of a second.
    static let stepBytes = 1 << 20
    /// Time that one pass folds before it checks for changes again.
    static let foldBudget = Duration.milliseconds(150)
    /// An unfinished run is published again this often: its writer may be gone.
    static let refreshInterval = Duration.seconds(60)
    /// Sessions whose state stays loaded, to continue their fold.
    static let maxLoadedSessions = 16
}
