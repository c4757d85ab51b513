/// The limits of `tracker ab`, each with its reason.
enum AbLimits {
    /// How often a server that starts or stops is looked at: far less than its runs take.
    static let lookMilliseconds = 20
    /// Between two requests to a server that does not answer yet.
    static let probeMilliseconds = 100
    /// A server that starts is given this long for one answer, then it is asked again.
    static let probeTimeoutMilliseconds = 1_000
    /// From SIGTERM to SIGKILL: what is in flight has time to end.
    static let stopMilliseconds = 5_000
    /// A port may stay taken for a moment after the process that listened has ended.
    static let portMilliseconds = 10_000
    /// Rounds that fail one after the other before the experiment is given up.
    static let failedRoundsInARow = 2
    /// Of a started server, whose first requests are rarely those of every day.
    static let warmup = "2s"
    /// Columns of the picture of an interval.
    static let gaugeWidth = 25
    /// Half of that picture shows this many of the smallest differences that matter.
    static let gaugeMargins = 10.0
}
