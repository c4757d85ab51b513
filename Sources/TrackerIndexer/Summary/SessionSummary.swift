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
    /// Where its times are ahead: what lists take instead. `nil` for nearly all sessions.
    package var undated: Undated?
    /// What the session's events say of its metrics, by name.
    package var declared: [MetricDeclaration] = []
    /// Metrics that were logged in several units, by name.
    package var units: [UnitNote] = []
    /// Samples that no metric of a run contains: see `IndexLimits.maxTotalBytesPerSession`.
    package var uncountedSamples = 0
    /// Edits beyond those that are kept: see `IndexLimits.maxEditsPerSession`.
    package var unkeptEdits = 0
    /// Details of all runs that are not kept.
    package var unkept: UnkeptDetails { runs.reduce(UnkeptDetails()) { $0 + $1.unkept } }
    /// What is left out of runs and edits, for people.
    package var unkeptTexts: [String] {
        let unkept = unkept
        return (unkept.isEmpty ? [] : [unkept.text])
            + (unkeptEdits == 0 ? [] : [IndexLimits.unkeptEditsText(unkeptEdits)])
    }
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

extension SessionSummary {
    package struct Undated: Sendable, Equatable {
        /// When its lines were written, as their headers say, else when it was edited; `nil` where
        /// neither is known.
        package var span: ClosedRange<Timestamp>?

        package init(span: ClosedRange<Timestamp>?) { self.span = span }
    }

    /// The first and last time by which lists order and choose sessions: one whose clock was ahead
    /// is not the newest for ever.
    package var listedFirst: Timestamp? {
        if let undated { return undated.span?.lowerBound }
        return first
    }
    package var listedLast: Timestamp? {
        if let undated { return undated.span?.upperBound }
        return ([last] + runs.map { $0.undated?.span?.lowerBound }).compactMap(\.self).max()
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
        /// There are samples. Whether it started and ended is not known: it is beyond
        /// `IndexLimits.maxRunsPerSession`.
        case beyondLimit = "beyond_limit"

        /// Whether the start of the run is known to be in the log.
        package var isAnnounced: Bool { self != .unannounced && self != .beyondLimit }
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
    /// Where `started` is a time that nobody can mean: see `listedStart`.
    package var undated: SessionSummary.Undated?
    /// Time of `run_finished`; `nil` while there is no such event.
    package var finished: Timestamp?
    /// Time of the last sample.
    package var last: Timestamp?
    /// JSON objects, as given in `run_started`.
    package var params: JSONValue
    package var environment: JSONValue
    /// The summary in `run_finished`: reported by the load generator, not measured.
    package var reported: JSONValue?
    /// What of these details is in the log alone.
    package var unkept = UnkeptDetails()
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

extension RunSummary {
    /// The time by which runs are ordered: one whose clock was ahead is not the newest for ever.
    /// Of such runs it is only known when the first line of any of them was written.
    package var listedStart: Timestamp? {
        if let undated { return undated.span?.lowerBound }
        return started
    }

    /// By when they are listed, then by start and name. Numbers are put in order, not runs: to move
    /// one touches the reference count of each of its fields.
    static func oldestFirst(_ runs: [RunSummary]) -> [RunSummary] {
        let places = runs.indices.map { index in
            let started = runs[index].started ?? .epoch
            return (runs[index].listedStart ?? .epoch, started, index)
        }
        let order = places.sorted { a, b in
            guard (a.0, a.1) == (b.0, b.1) else { return (a.0, a.1) < (b.0, b.1) }
            return ExactText(runs[a.2].run) < ExactText(runs[b.2].run)
        }
        return order.map { runs[$0.2] }
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
