/// Every limit and default of the load generator, with its reason.
package enum LoadLimits {
    /// Open loop: 256 requests in flight. With more, the generator rather than the target is
    /// measured.
    package static let defaultMaxConnections = 256
    /// A higher number is a typing mistake: each connection needs a descriptor, and a process has
    /// 1,024 by default.
    package static let maxConnections = 100_000
    /// A request that takes longer has failed for its user.
    package static let defaultTimeoutMs = 10_000
    /// With neither `--duration` nor `--requests`: long enough for percentiles, short enough to
    /// wait for.
    package static let defaultDurationMs = 10_000
    /// Higher rates are typing mistakes: no machine sends that much.
    package static let maxRequestsPerSecond = 10_000_000
    /// Larger weights are typing mistakes; their sum must fit 64 bits.
    package static let maxWeight = 1_000_000
    /// Stages are typed by hand; each adds a search step to every request.
    package static let maxStages = 1_000
    /// A hundred years: longer durations would overflow nanoseconds in 64 bits.
    package static let maxDurationNs: Int64 = 100 * 366 * 24 * 3_600 * 1_000_000_000
    /// A page of metrics has some hundred kilobytes; it is held in memory.
    static let maxPageBytes = 16 << 20
    /// Completed requests per batch for the recorder: passing a batch on costs as much as a dozen
    /// records.
    static let recordBatchSize = 256
    /// An incomplete batch is passed on after this time, so that a page follows the test live.
    static let recordBatchDelayMs: Int64 = 50
    /// Records waiting for the log (32 MB of them). Further requests are counted as unrecorded.
    static let maxWaitingRecords = 500_000
    /// With this backlog the log cannot keep up with samples, and distributions begin. Half of the
    /// limit above, so that none is lost before they do.
    static let waitingRecordsBeforeSeconds = maxWaitingRecords / 2
    /// Seconds that a distribution stays open for requests of its second that end late.
    static let openDistributionSeconds: Int64 = 2
    /// Open loop: when the generator's own delay makes the mean or a percentile higher by more than
    /// this share, the generator is the limit. `tracker compare` takes smaller changes as none.
    static let maxGeneratorBias = 0.02
    /// Sending threads that are at work for more than this share of the time read answers late.
    static let maxSendingShare = 0.9
    /// Interval of reading watched processes: curves have a point a second.
    static let watchIntervalMs = 1_000
    /// Of a server with more worker processes on one port, only this many are watched.
    static let maxWatchedProcesses = 64
    /// Closed loop: delay before a failed connection is tried again. Without it, a target that
    /// refuses would get tens of thousands of connection attempts a second.
    static let reconnectDelayMs: Int64 = 100
    /// A run gives up a target that has accepted no connection after this time …
    static let giveUpAfterNs: Int64 = 1_000_000_000
    /// … and this many attempts, so that a slow start of the target does not end the run.
    static let giveUpAfterTries = 10
    /// Open loop: how long after the planned end due requests may still be sent. It absorbs a pause
    /// at the very end; the backlog of a target that cannot keep up is larger, and is counted.
    static let backlogGraceNs: Int64 = 1_000_000_000
    /// How long requests in flight may continue after a stop signal.
    static let stopGraceMs: Int64 = 1_000
    /// Kept free on the disk for the end of a run: a frame of its last events takes a few
    /// kilobytes, and a new segment a block of the file system for itself and one for its folder.
    package static let endReserveBytes = 256 << 10
    /// A response with more header bytes is an error of the target.
    static let maxResponseHeaderBytes = 64 << 10
    /// Room for a small response; a larger one grows the buffer.
    static let minTLSReadBytes = 4 << 10
    /// Four records of TLS at a time, as much as a channel takes before it is not writable.
    static let maxTLSWriteBytes = 64 << 10
    /// A request body given with `--body-file` is held in memory, once.
    package static let maxBodyBytes = 256 << 20
    /// Descriptors until the first request is sent: the event loops, the runtime's own, the log, a
    /// connection.
    package static func startDescriptors(shards: Int) -> Int {
        shards * StartResources.descriptorsPerLoop + 16
    }
    /// Threads beside those that send: to resolve a name, to record, to write, to wait for signals.
    package static let startThreads = 6
    /// Commands and pages show session names; longer texts are not names.
    package static let maxSessionNameBytes = 1_024
    /// Requests of a plan that `run_started` lists one by one; a hash stands for the others, so
    /// that the line stays far below its limit.
    static let maxListedRequests = 64
}
