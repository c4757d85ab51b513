/// Every limit and default of the load generator in one place, with its reason.
package enum LoadLimits {
    /// Open loop: enough for 256 requests in flight; beyond it the generator, not the target, is
    /// measured.
    package static let defaultMaxConnections = 256
    /// A process has 1,024 descriptors by default, of which log and loops need a few.
    package static let maxConnections = 100_000
    /// A request that takes longer has failed for whoever waits for it.
    package static let defaultTimeoutMs = 10_000
    /// With neither `--duration` nor `--requests`: long enough for percentiles, short enough to
    /// wait for.
    package static let defaultDurationMs = 10_000
    /// Rates beyond it are typing mistakes: no machine sends that much.
    package static let maxRequestsPerSecond = 10_000_000
    /// Larger weights are typing mistakes; their sum must fit 64 bits.
    package static let maxWeight = 1_000_000
    /// Stages that a person types; each costs a step of a search a request.
    package static let maxStages = 1_000
    /// A hundred years: longer durations would overflow nanoseconds in 64 bits.
    package static let maxDurationNs: Int64 = 100 * 366 * 24 * 3_600 * 1_000_000_000
    /// Completed requests go to the recorder in batches of this many: one hand-over costs as much
    /// as a dozen records.
    static let recordBatchSize = 256
    /// A batch that is not full is handed over after this long, so that a page follows the test
    /// live.
    static let recordBatchDelayMs: Int64 = 50
    /// Records that wait for the log (32 MB of them). What comes on top is counted as unrecorded.
    static let maxWaitingRecords = 500_000
    /// With so many records waiting, the log is seen not to keep up with samples: half of the
    /// above, so that none is lost by the time that distributions begin.
    static let waitingRecordsBeforeSeconds = maxWaitingRecords / 2
    /// How many seconds a distribution stays open for requests of its second that end late.
    static let openDistributionSeconds: Int64 = 2
    /// Open loop: when one request in a hundred is sent later than this, the generator is the
    /// limit: the delay counts as latency of the target.
    static let maxSendLagMs = 1.0
    /// A generator that needs more than this share of its sending threads has none left to be on
    /// time.
    static let maxGeneratorShare = 0.9
    /// How often watched processes are read: once a second is what a curve shows.
    static let watchIntervalMs = 1_000
    /// A server with more worker processes on one port is watched in part.
    static let maxWatchedProcesses = 64
    /// Closed loop: how long a connection that failed waits before it is tried again; without it, a
    /// target that refuses would be asked tens of thousands of times a second.
    static let reconnectDelayMs: Int64 = 100
    /// A target that never accepted a connection is given up after this long …
    static let giveUpAfterNs: Int64 = 1_000_000_000
    /// … and this many tries, so that one slow start of the target does not end the run.
    static let giveUpAfterTries = 10
    /// Open loop: how long after the planned end requests that are due may still be sent. It takes
    /// up a hiccup at the very end; a target that cannot keep up leaves more than that, and it is
    /// counted.
    static let backlogGraceNs: Int64 = 1_000_000_000
    /// How long requests in flight may still finish after a stop signal.
    static let stopGraceMs: Int64 = 1_000
    /// More response header bytes than this are an error of the target.
    static let maxResponseHeaderBytes = 64 << 10
    /// Room for a small response; a larger one grows the buffer.
    static let minTLSReadBytes = 4 << 10
    /// Four records of TLS at a time, as much as a channel takes before it is not writable.
    static let maxTLSWriteBytes = 64 << 10
    /// A request body given with `--body-file` is held in memory once.
    package static let maxBodyBytes = 256 << 20
    /// Commands and pages name a session; longer names are texts.
    package static let maxSessionNameBytes = 1_024
}
