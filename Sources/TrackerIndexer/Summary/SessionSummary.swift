package import TrackerLog

/// Everything that a page or command shows of one session, computed from the folded state.
package struct SessionSummary: Sendable, Equatable {
    package var user: UserID
    package var session: SessionID
    /// The latest name given by a person or client; `nil` shows the id.
    package var name: String?
    package var host: String?
    package var commit: String?
    package var tags: [String]
    package var isArchived: Bool
    /// Sorted by time, then text.
    package var notes: [Edit]
    /// What people did to the session, notes included, without what they took back; sorted like
    /// the notes.
    package var edits: [Edit]
    /// Oldest first: by start, then by id. Samples without a run are in a run whose id is empty.
    package var runs: [RunSummary]
    /// All samples of series beyond `IndexLimits.maxSeriesPerSession`.
    package var overflow: Aggregate?
    /// What the session's events say of its metrics, by name.
    package var declared: [MetricDeclaration] = []
    /// Metrics that were logged in several units, by name.
    package var units: [UnitNote] = []
    /// Samples that no metric of a run contains: see `IndexLimits.maxTotalBytesPerSession`.
    package var uncountedSamples = 0
    package var health: SessionHealth
    /// Times of the first and last event; `nil` when there are none. Edits count only where there
    /// is nothing else.
    package var first: Timestamp?
    package var last: Timestamp?
    /// Events folded, of every kind.
    package var eventCount: Int

    package init(
        user: UserID,
        session: SessionID,
        name: String? = nil,
        host: String? = nil,
        commit: String? = nil,
        tags: [String],
        isArchived: Bool,
        notes: [Edit],
        edits: [Edit] = [],
        runs: [RunSummary],
        overflow: Aggregate? = nil,
        health: SessionHealth,
        first: Timestamp? = nil,
        last: Timestamp? = nil,
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
        self.edits = edits
        self.runs = runs
        self.overflow = overflow
        self.health = health
        self.first = first
        self.last = last
        self.eventCount = eventCount
    }
}

/// One load test.
package struct RunSummary: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        /// Started, not finished yet.
        case running
        case finished, failed, stopped
        /// Started, never finished, and its segments are closed: nothing can follow.
        case unfinished
        /// There are samples, but no `run_started`.
        case unannounced
    }

    /// A person's reason not to compare a run.
    package struct LeftOut: Sendable, Hashable {
        package var reason: String
        package var by: String?
        package var at: Timestamp
        /// Of the edit that says so.
        package var id: String?

        /// `REASON (AUTHOR)`.
        package var why: String {
            (reason.isEmpty ? "no reason given" : reason) + (by.map { " (\($0))" } ?? "")
        }

        /// For people, in commands and on pages.
        package var text: String { "left out of comparisons, trends and gates: \(why)" }

        package init(reason: String, by: String? = nil, at: Timestamp, id: String? = nil) {
            self.reason = reason
            self.by = by
            self.at = at
            self.id = id
        }
    }

    /// Empty for samples without a run.
    package var run: String
    package var test: String?
    package var target: String?
    package var commit: String?
    package var state: State
    /// Time of `run_started`, else of the first sample, else of `run_finished`.
    package var started: Timestamp?
    /// Time of `run_finished`; `nil` while there is no such event.
    package var finished: Timestamp?
    /// Time of the last sample.
    package var last: Timestamp?
    /// JSON objects, as given in `run_started`.
    package var params: JSONValue
    package var environment: JSONValue
    /// The summary in `run_finished`: reported by the load generator, not measured.
    package var reported: JSONValue?
    /// Why a person left the run out of comparisons, trends and gates.
    package var leftOut: LeftOut?
    /// What is missing in the log of the time of the run.
    package var lost: LostRecords?
    /// Sorted by metric, then labels.
    package var series: [SeriesSummary]
    /// One per metric, sorted by metric: all labels together, over time. Several of a metric in
    /// units that cannot be converted: see `SessionUnits`.
    package var timelines: [MetricTimeline]

    package init(
        run: String,
        test: String? = nil,
        target: String? = nil,
        commit: String? = nil,
        state: State,
        started: Timestamp? = nil,
        finished: Timestamp? = nil,
        last: Timestamp? = nil,
        params: JSONValue,
        environment: JSONValue,
        reported: JSONValue? = nil,
        leftOut: LeftOut? = nil,
        series: [SeriesSummary],
        timelines: [MetricTimeline]
    ) {
        self.run = run
        self.test = test
        self.target = target
        self.commit = commit
        self.state = state
        self.started = started
        self.finished = finished
        self.last = last
        self.params = params
        self.environment = environment
        self.reported = reported
        self.leftOut = leftOut
        self.series = series
        self.timelines = timelines
    }
}

/// One metric with one set of labels in one run.
package struct SeriesSummary: Sendable, Equatable {
    package var metric: String
    package var unit: String?
    /// Sorted by name.
    package var labels: [Label]
    package var aggregate: Aggregate

    package init(
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
package struct MetricTimeline: Sendable, Equatable {
    package var metric: String
    package var unit: String?
    /// A power of two times `IndexLimits.baseBucketMs`.
    package var bucketWidthMs: Int
    /// Non-empty buckets, by time.
    package var buckets: [TimeBucket]
    /// Samples without a plausible time, which are in no bucket; `nil` when there are none.
    package var undated: Aggregate?
    /// All samples.
    package var total: Aggregate
    /// What the session's events say of the metric.
    package var declared: MetricDeclaration?

    package init(
        metric: String,
        unit: String? = nil,
        bucketWidthMs: Int,
        buckets: [TimeBucket],
        undated: Aggregate? = nil,
        total: Aggregate
    ) {
        self.metric = metric
        self.unit = unit
        self.bucketWidthMs = bucketWidthMs
        self.buckets = buckets
        self.undated = undated
        self.total = total
    }
}

/// One bucket of time. `startMs` is in Unix milliseconds, a multiple of the width.
package struct TimeBucket: Sendable, Equatable {
    package var startMs: Int
    package var aggregate: Aggregate

    package init(startMs: Int, aggregate: Aggregate) {
        self.startMs = startMs
        self.aggregate = aggregate
    }
}

/// One row of the session list. Small: ten thousand are loaded at once.
package struct CatalogEntry: Sendable, Hashable {
    package var user: UserID
    package var session: SessionID
    package var name: String?
    package var tags: [String]
    package var isArchived: Bool
    package var isRunning: Bool
    /// Distinct targets, sorted.
    package var targets: [String]
    /// Distinct commits and tests of the session and its runs, sorted.
    package var commits: [String] = []
    package var tests: [String] = []
    /// Equal for sessions that were measured alike: see `LikeConditions`.
    package var conditions: String?
    package var runCount: Int
    package var first: Timestamp?
    package var last: Timestamp?
    package var eventCount: Int
    /// The numbers of the headline metric: the latency with the most samples.
    package var headline: Headline?
    /// What its runs reported, where nothing was measured.
    package var reported: ReportedHeadline?
    package var badRegionCount: Int
    package var badLineCount: Int
    package var missingFrames: Int
    /// Which part of its records is missing; `nil` when none is.
    package var lost: Loss?
    /// Bytes of its files up to which it is folded, damage included.
    package var foldedBytes = 0
    /// Bytes that are known to be in its files and are not folded. The numbers of the row do not
    /// contain them.
    package var unreadBytes = 0
    /// Why the newest run failed, in a few words; `nil` if it did not.
    package var failure: String?

    /// See `LostRecords`.
    package struct Loss: Sendable, Hashable {
        package var events: Int
        /// 0 to 1.
        package var share: Double
        /// For people, in a few words.
        package var text: String
    }

    package struct Headline: Sendable, Hashable {
        package var metric: String
        package var unit: String?
        /// See `MetricMeaning`; `nil` where nothing tells.
        package var kind: String?
        package var better: String?
        package var count: Int
        package var errors: Int
        /// Values that p50 and p99 are taken from: see `Aggregate.successes`.
        package var successes: Int
        /// Throughput: successes per second of activity.
        package var perSecond: Double
        /// Of the successes; `nil` if there are none.
        package var p50: Double?
        package var p99: Double?
        /// p99 over time, at most `IndexLimits.sparklinePoints` points.
        package var p99OverTime: [Double]

        package init(
            metric: String,
            unit: String? = nil,
            count: Int,
            errors: Int,
            successes: Int,
            perSecond: Double,
            p50: Double?,
            p99: Double?,
            p99OverTime: [Double]
        ) {
            self.metric = metric
            self.unit = unit
            self.count = count
            self.errors = errors
            self.successes = successes
            self.perSecond = perSecond
            self.p50 = p50
            self.p99 = p99
            self.p99OverTime = p99OverTime
        }
    }

    package init(
        user: UserID,
        session: SessionID,
        name: String? = nil,
        tags: [String],
        isArchived: Bool,
        isRunning: Bool,
        targets: [String],
        runCount: Int,
        first: Timestamp? = nil,
        last: Timestamp? = nil,
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
        self.first = first
        self.last = last
        self.eventCount = eventCount
        self.headline = headline
        self.badRegionCount = badRegionCount
        self.badLineCount = badLineCount
        self.missingFrames = missingFrames
    }
}
