public import TrackerLog

/// Everything a page or command shows of one session: a value, computed from the folded state.
public struct SessionSummary: Sendable {
    public var user: UserID
    public var session: SessionID
    /// The last name a person or client gave it; `nil` shows the id.
    public var name: String?
    public var host: String?
    public var commit: String?
    public var tags: [String]
    public var isArchived: Bool
    /// Sorted by time, then text.
    public var notes: [Edit]
    /// Oldest first: by start, then by id. Samples without a run are in a run whose id is empty.
    public var runs: [RunSummary]
    /// What did not fit into `IndexLimits.maxSeriesPerSession`, all together.
    public var overflow: Aggregate?
    public var health: SessionHealth
    /// Unix milliseconds of the first and last event; `nil` when there is none.
    public var firstMs: Double?
    public var lastMs: Double?
    /// Events folded, of every kind.
    public var eventCount: Int

    public init(
        user: UserID,
        session: SessionID,
        name: String? = nil,
        host: String? = nil,
        commit: String? = nil,
        tags: [String],
        isArchived: Bool,
        notes: [Edit],
        runs: [RunSummary],
        overflow: Aggregate? = nil,
        health: SessionHealth,
        firstMs: Double? = nil,
        lastMs: Double? = nil,
        eventCount: Int
    ) {
        self.user = user
        self.session = session
        self.name = name
        self.host = host
        self.commit = commit
        self.tags = tags
        self.isArchived = isArchived
        self.notes = notes
        self.runs = runs
        self.overflow = overflow
        self.health = health
        self.firstMs = firstMs
        self.lastMs = lastMs
        self.eventCount = eventCount
    }
}

/// One load test.
public struct RunSummary: Sendable {
    public enum State: String, Sendable, CaseIterable {
        /// Started, and not (yet) finished.
        case running
        case finished, failed, stopped
        /// Started, never finished, and nobody is left who could: its segments are closed.
        case unfinished
        /// Samples came without `run_started`.
        case unannounced
    }

    /// Empty for samples that name no run.
    public var run: String
    public var test: String?
    public var target: String?
    public var commit: String?
    public var state: State
    /// Unix milliseconds of `run_started`, else of the first sample.
    public var startedMs: Double?
    /// Unix milliseconds of `run_finished`; `nil` while it has not come.
    public var finishedMs: Double?
    /// Unix milliseconds of the last sample.
    public var lastMs: Double?
    /// As given in `run_started`: objects.
    public var params: JSONValue
    public var environment: JSONValue
    /// What the tool itself said in `run_finished`: reported, not measured.
    public var reported: JSONValue?
    /// Sorted by metric, then labels.
    public var series: [SeriesSummary]
    /// One for each metric, sorted by metric: all labels together, over time.
    public var timelines: [MetricTimeline]

    public init(
        run: String,
        test: String? = nil,
        target: String? = nil,
        commit: String? = nil,
        state: State,
        startedMs: Double? = nil,
        finishedMs: Double? = nil,
        lastMs: Double? = nil,
        params: JSONValue,
        environment: JSONValue,
        reported: JSONValue? = nil,
        series: [SeriesSummary],
        timelines: [MetricTimeline]
    ) {
        self.run = run
        self.test = test
        self.target = target
        self.commit = commit
        self.state = state
        self.startedMs = startedMs
        self.finishedMs = finishedMs
        self.lastMs = lastMs
        self.params = params
        self.environment = environment
        self.reported = reported
        self.series = series
        self.timelines = timelines
    }
}

/// One metric with one set of labels in one run.
public struct SeriesSummary: Sendable {
    public var metric: String
    public var unit: String?
    /// Sorted by name.
    public var labels: [Label]
    public var aggregate: Aggregate

    public init(
        metric: String,
        unit: String? = nil,
        labels: [Label],
        aggregate: Aggregate
    ) {
        self.metric = metric
        self.unit = unit
        self.labels = labels
        self.aggregate = aggregate
    }
}

/// One metric of one run, all labels together, cut into equal time buckets.
public struct MetricTimeline: Sendable {
    public var metric: String
    public var unit: String?
    /// A power of two times `IndexLimits.baseBucketMs`.
    public var bucketWidthMs: Int
    /// Only buckets that hold something, by time.
    public var buckets: [TimeBucket]
    /// All buckets together.
    public var total: Aggregate

    public init(
        metric: String,
        unit: String? = nil,
        bucketWidthMs: Int,
        buckets: [TimeBucket],
        total: Aggregate
    ) {
        self.metric = metric
        self.unit = unit
        self.bucketWidthMs = bucketWidthMs
        self.buckets = buckets
        self.total = total
    }
}

/// One slice of time. `startMs` is a multiple of the width.
public struct TimeBucket: Sendable {
    public var startMs: Int
    public var aggregate: Aggregate

    public init(
        startMs: Int,
        aggregate: Aggregate
    ) {
        self.startMs = startMs
        self.aggregate = aggregate
    }
}

/// Count, errors, sum, extremes and distribution of some samples.
public struct Aggregate: Sendable, Hashable {
    public var count: Int
    public var errors: Int
    public var sum: Double
    public var min: Double
    public var max: Double
    public var histogram: Histogram

    /// `nil` when there is no sample.
    public var mean: Double? { count > 0 ? sum / Double(count) : nil }

    /// The nearest-rank quantile, at the middle of its bucket, held within `min` and `max`.
    /// - Parameter q: 0 to 1.
    /// - Returns: `nil` when there is no sample.
    public func quantile(_ q: Double) -> Double? {
        histogram.quantile(q).map { Swift.min(Swift.max($0, min), max) }
    }

    /// Whether fewer than `IndexLimits.fewSamplesBeyond` samples lie beyond the quantile.
    public func hasFewSamples(beyond q: Double) -> Bool {
        IndexLimits.isFew(count, beyond: q)
    }

    public init(
        count: Int,
        errors: Int,
        sum: Double,
        min: Double,
        max: Double,
        histogram: Histogram
    ) {
        self.count = count
        self.errors = errors
        self.sum = sum
        self.min = min
        self.max = max
        self.histogram = histogram
    }
}

/// What is wrong with a session's data, and where.
public struct SessionHealth: Sendable, Hashable {
    /// Stretches of segment files that could not be read.
    public var badRegions: [BadRegion]
    public var badRegionCount: Int
    public var badRegionBytes: Int
    /// Lines inside good frames that are no event.
    public var badLines: [BadLine]
    public var badLineCount: Int
    /// Frames whose sequence number never came.
    public var gaps: [Gap]
    public var missingFrames: Int
    /// Frames without checksum that were read all the same.
    public var uncheckedFrames: Int
    /// Frames that were there more than once, and counted once.
    public var duplicateFrames: Int
    /// Identities that came with two different contents; both were counted.
    public var conflictingFrames: Int
    /// Frames of a newer format: kept in the log, not folded.
    public var newerFrames: Int
    /// Events that writers could not keep: their disk was full, or their queue.
    public var droppedEvents: Int
    /// Bytes at the end of segments that are not a whole frame yet.
    public var pendingBytes: Int
    /// Files in the session's folder that are no segments, and were left alone.
    public var ignoredFiles: [String]

    public var isWhole: Bool {
        badRegionCount == 0 && badLineCount == 0 && missingFrames == 0 && conflictingFrames == 0
            && droppedEvents == 0
    }

    public init(
        badRegions: [BadRegion],
        badRegionCount: Int,
        badRegionBytes: Int,
        badLines: [BadLine],
        badLineCount: Int,
        gaps: [Gap],
        missingFrames: Int,
        uncheckedFrames: Int,
        duplicateFrames: Int,
        conflictingFrames: Int,
        newerFrames: Int,
        droppedEvents: Int,
        pendingBytes: Int,
        ignoredFiles: [String]
    ) {
        self.badRegions = badRegions
        self.badRegionCount = badRegionCount
        self.badRegionBytes = badRegionBytes
        self.badLines = badLines
        self.badLineCount = badLineCount
        self.gaps = gaps
        self.missingFrames = missingFrames
        self.uncheckedFrames = uncheckedFrames
        self.duplicateFrames = duplicateFrames
        self.conflictingFrames = conflictingFrames
        self.newerFrames = newerFrames
        self.droppedEvents = droppedEvents
        self.pendingBytes = pendingBytes
        self.ignoredFiles = ignoredFiles
    }
}

/// Missing sequence numbers of one writer, `first` to `last` inclusive.
public struct Gap: Sendable, Hashable {
    public var writer: String
    public var first: Int
    public var last: Int

    public init(
        writer: String,
        first: Int,
        last: Int
    ) {
        self.writer = writer
        self.first = first
        self.last = last
    }
}

/// One row of the session list: small, so that ten thousand open at once.
public struct CatalogEntry: Sendable, Hashable {
    public var user: UserID
    public var session: SessionID
    public var name: String?
    public var tags: [String]
    public var isArchived: Bool
    public var isRunning: Bool
    /// Distinct targets, sorted.
    public var targets: [String]
    public var runCount: Int
    public var firstMs: Double?
    public var lastMs: Double?
    public var eventCount: Int
    /// Samples and errors of the headline metric: the latency that has most samples.
    public var headline: Headline?
    public var badRegionCount: Int
    public var badLineCount: Int
    public var missingFrames: Int

    public struct Headline: Sendable, Hashable {
        public var metric: String
        public var unit: String?
        public var count: Int
        public var errors: Int
        /// Samples a second over the time in which there were any.
        public var perSecond: Double
        public var p50: Double
        public var p99: Double
        /// p99 over time, at most `IndexLimits.sparklinePoints` points.
        public var p99OverTime: [Double]

        public init(
            metric: String,
            unit: String? = nil,
            count: Int,
            errors: Int,
            perSecond: Double,
            p50: Double,
            p99: Double,
            p99OverTime: [Double]
        ) {
            self.metric = metric
            self.unit = unit
            self.count = count
            self.errors = errors
            self.perSecond = perSecond
            self.p50 = p50
            self.p99 = p99
            self.p99OverTime = p99OverTime
        }
    }

    public init(
        user: UserID,
        session: SessionID,
        name: String? = nil,
        tags: [String],
        isArchived: Bool,
        isRunning: Bool,
        targets: [String],
        runCount: Int,
        firstMs: Double? = nil,
        lastMs: Double? = nil,
        eventCount: Int,
        headline: Headline? = nil,
        badRegionCount: Int,
        badLineCount: Int,
        missingFrames: Int
    ) {
        self.user = user
        self.session = session
        self.name = name
        self.tags = tags
        self.isArchived = isArchived
        self.isRunning = isRunning
        self.targets = targets
        self.runCount = runCount
        self.firstMs = firstMs
        self.lastMs = lastMs
        self.eventCount = eventCount
        self.headline = headline
        self.badRegionCount = badRegionCount
        self.badLineCount = badLineCount
        self.missingFrames = missingFrames
    }
}
