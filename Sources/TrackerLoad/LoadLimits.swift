import TrackerLog

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

/// Every limit of the search for the highest rate, with its reason.
package enum CapacityLimits {
    /// The steps at a rate are cut into so many slices, which show how much the number varies in
    /// time: enough for a variance, and still longer than a queue takes to forget.
    static let slicesOfStep = 10
    /// By how many standard errors a number is on one side of its limit to be clearly there. One
    /// step in two hundred is by chance; a rate is looked at up to five times.
    static let clearScore = 2.6
    /// The same where requests share their fate with their neighbours: less, because what the
    /// result rests on is looked at together in the end.
    static let sureScore = 2.0
    /// The interval of the result: 95 % would be 1.96 if the errors were known; they are estimated
    /// from some dozen slices of requests that wait for each other.
    static let intervalScore = 2.6
    /// A step expects so many requests beyond the limit where it is just kept, as any percentile
    /// on a page needs.
    static let beyondOfStep = LogLimits.fewSamplesBeyond
    /// Looks at a rate: the steps double in length, so a sixth would be as long as all before.
    static let stepsOfRate = 5
    /// From fewer requests beyond the limit it cannot be seen how many come together …
    static let beyondForCrowd = 20.0
    /// … and at rates that are this far beyond it, they do because the queue never ends.
    static let levelForCrowd = 10.0
    /// Before that is seen, at most so many are taken to share one fate: else the first steps
    /// would take longer than all others.
    static let likelyCrowd = 20.0
    /// What is seen may be chance as well: at most so many times those that are under way.
    static let largestCrowd = 2.0
    /// A step that differs from the others at its rate by so many standard errors was disturbed:
    /// one of each rate is left out.
    static let outlierScore = 6.0
    /// From one rate to the next while both sides are not known.
    static let growth = 2.0
    /// A rate that is not clear on either side may be so many times the wanted width away from
    /// those that are: its own number says the rest.
    static let unclearWidths = 4.0
    /// Rates that are tried: a factor of a million takes twenty, and the last percent ten more.
    static let rates = 40
    /// The run that finds a rate to begin with.
    static let probeS = 1
    /// Shortest step: connections are made and caches warm within it.
    static let shortestStepS = 2.0
    /// A step lasts so many times the longest response time that is allowed.
    static let limitsOfStep = 100.0
    /// Longest step: who waits longer for one does not wait for twenty.
    static let longestStepS = 600.0
    /// The warm-up of a step, as a share of it: the queue of the rate has to build up.
    static let warmupShare = 0.2
    static let longestWarmupS = 5.0
    /// Digits of a rate: more would not be kept by the clock of a short step.
    static let digitsOfRate = 4
    /// Beyond the bracket by this factor, a rate says nothing about the limit any more.
    static let fitFactor = 1.3
    /// The least error of a number in the fit, relative: it is not known better.
    static let leastError = 0.05
    /// How long a search takes at most: of the queues that it was tried on, the slowest took 40
    /// minutes. A promise that nothing settles would take a day.
    package static let defaultTime = "1h"
    /// Width between the highest rate that keeps the promise and the lowest that does not.
    package static let defaultWidth = 0.05
    /// Finer takes hours, and the machine changes by more meanwhile.
    package static let widths = 0.005...0.5
}

/// From where on a machine is not quiet, with the reason.
package enum QuietLimits {
    /// They choose a clock rate by the load of the last moments.
    static let slowGovernors: Set<String> = ["powersave", "ondemand", "conservative", "schedutil"]
    static let savingPreferences: Set<String> = ["power", "balance_power"]
    static let savingProfiles: Set<String> = ["low-power", "quiet", "cool"]
    /// Their registers are outside of the processor: a look takes a microsecond or more.
    static let slowClocks: Set<String> = ["hpet", "acpi_pm", "jiffies", "pit", "refined-jiffies"]
    /// Of sched(7): those that let all others go first.
    static let slowPolicies = [3: "SCHED_BATCH", 5: "SCHED_IDLE"]
    /// The highest rate is often given a little lower than the processor's.
    static let allowedClock = 0.95
    /// As a run that is busy before its start in a comparison.
    static let loadOfProcessor = 0.5
    /// With less, the system takes memory from programs.
    static let availableMemory = 0.05
    static let groupMemory = 0.95
    /// Processors that others may use: what a desktop does beside.
    static let otherProcessors = 0.1
    /// Programs that used more are named, the busiest first.
    static let namedProcessors = 0.02
    static let namedPrograms = 3
    /// Of all processors' time: half the smallest change that a comparison takes as one.
    static let steal = 0.01
    static let interrupts = 0.1
    /// A page a second is hardly one request.
    static let swappedPages = 1.0
    static let memoryWait = 0.01
    static let diskWait = 0.1
    /// A generator and a target that are busy wait for each other at times.
    static let processorWait = 0.2
    /// Both clocks are read one after the other.
    static let sleep = Duration.milliseconds(100)
    /// Times that the same calculation is done, and how long each is about: long enough for the
    /// clock, short enough to be disturbed in few of them.
    static let probes = 200
    static let probeMs = 1.0
    /// A calculation that was interrupted for this long …
    static let gapMs = 0.5
    /// … in so many of them.
    static let gapShare = 0.02
    /// The spread of the middle half of the calculations, relative.
    static let speedSpread = 0.05
}
