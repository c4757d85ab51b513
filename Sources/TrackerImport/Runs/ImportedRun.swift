package import TrackerLog

/// What a reader says of one run besides its samples. What the file does not say stays `nil` or
/// empty: nothing is filled in with zero.
package struct ImportedRun: Sendable, Hashable {
    /// How the latencies relate to coordinated omission.
    package enum Latency: String, Sendable, Hashable {
        /// From the time at which the request was due.
        case corrected
        /// From the time at which it was sent.
        case uncorrected
        /// wrk corrects its histogram afterwards by an expected interval.
        case adjusted = "adjusted by the tool"
        /// The file does not say.
        case unknown = "not said by the file"
    }

    /// Where the times of samples, start and end come from.
    package enum TimeSource: String, Sendable, Hashable {
        case file = "in the file"
        case assumedUTC = "in the file, without a zone: UTC assumed"
    }

    /// The kind of test, or the name of the simulation, plan or script.
    package var test: String?
    /// What was tested, usually a URL.
    package var target: String?
    package var toolVersion: String?
    package var commit: String?
    package var start: Timestamp?
    package var end: Timestamp?
    package var durationMs: Double?
    package var state = RunFinished.State.finished
    /// Settings of the test: each name once.
    package var params: [JSONValue.Member] = []
    /// Facts about the machine.
    package var environment: [JSONValue.Member] = []
    package var reported = ReportedNumbers()
    package var latency = Latency.unknown
    package var timeSource = TimeSource.file
    /// Whether the file has times since the start alone: they are counted from the anchor.
    package var isRelative = false
    /// What this file, other than its format, does not have.
    package var lacks: [String] = []
    /// What was in the file and is not in the log, and why: for example "tags url".
    package var leftOut: [String] = []

    package init() {}
}
