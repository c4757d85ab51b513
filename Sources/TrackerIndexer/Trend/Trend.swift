/// How the numbers of a target went, run after run, and where they changed.
public struct Trend: Sendable {
    /// A run as a point of the history.
    public struct Point: Sendable {
        /// `USER/SESSION#RUN`.
        public var name: String
        public var commit: String?
        public var startedMs: Double?
        /// Samples of the metric.
        public var count: Int
        /// What is compared; only those of which it has enough samples.
        public var values: [Statistic: Double]
        /// The run without its samples.
        var facts: RunSummary
    }

    /// A change point, and the two runs that it lies between.
    public struct Change: Sendable {
        public var statistic: Statistic
        public var point: ChangePoint
        public var before: Point
        public var after: Point
        /// What else is not the same around the two runs.
        public var differences: [EnvironmentDifference]

        public var isBetter: Bool {
            (point.after.mean > point.before.mean) == statistic.higherIsBetter
        }
    }

    /// The level of a number now: since its last change point.
    public struct Level: Sendable {
        public var statistic: Statistic
        /// Runs with a value at all.
        public var runs: Int
        public var now: ChangePoint.Level
        public var changes: Int
    }

    public var target: String
    public var metric: String
    public var unit: String?
    /// Oldest first.
    public var points: [Point]
    public var levels: [Level]
    /// In the order of time, then of the statistics.
    public var changes: [Change]
    /// Runs that did not finish as they should; and finished ones without the metric, or with it
    /// in another unit than the newest run has.
    public var unfinishedRuns: Int
    public var otherRuns: Int
    /// Sessions with damaged or missing data.
    public var damagedSessions: Int

    /// - Parameters:
    ///   - metric: `nil` takes the headline of the newest run.
    ///   - statistics: the numbers to look at.
    public init(
        of history: TargetHistory, metric wanted: String?,
        statistics: [Statistic] = Statistic.allCases
    ) throws(TargetError) {
        var collector = Collector(metric: wanted)
        for entry in history.sessions where !entry.isArchived {
            collector.add(try history.runs(of: entry))
        }
        guard let metric = collector.metric, !collector.points.isEmpty else {
            throw .noRuns(of: wanted ?? "any metric", history.target)
        }
        target = history.target
        self.metric = metric
        unit = collector.unit
        points = collector.points.sorted {
            ($0.startedMs ?? 0, $0.name) < ($1.startedMs ?? 0, $1.name)
        }
        unfinishedRuns = collector.unfinished
        otherRuns = collector.others
        damagedSessions = collector.damaged
        levels = []
        changes = []
        for statistic in statistics { look(at: statistic) }
        changes.sort {
            ($0.after.startedMs ?? 0, $0.after.name) < ($1.after.startedMs ?? 0, $1.after.name)
        }
    }

    private mutating func look(at statistic: Statistic) {
        let having = points.filter { $0.values[statistic] != nil }
        guard !having.isEmpty else { return }
        var series = ChangePointSeries()
        series.append(contentsOf: having.compactMap { $0.values[statistic] })
        let found = series.changePoints
        let now = found.last?.after ?? series.level
        levels.append(
            Level(statistic: statistic, runs: having.count, now: now, changes: found.count))
        changes += found.map { point in
            let before = having[point.index - 1]
            let after = having[point.index]
            return Change(
                statistic: statistic, point: point, before: before, after: after,
                differences: EnvironmentDifference.between([before.facts], [after.facts]))
        }
    }
}

/// Takes from each session what a trend needs of it.
private struct Collector {
    var metric: String?
    var unit: String?
    var points: [Trend.Point] = []
    var unfinished = 0
    var others = 0
    var damaged = 0

    init(metric: String?) { self.metric = metric }

    /// - Parameter session: the newest first.
    mutating func add(_ session: TargetSession) {
        unfinished += session.unfinishedCount
        if !session.isWhole { damaged += 1 }
        for run in session.runs.reversed() {
            metric = metric ?? run.summary.headline?.metric
            guard let metric, isInUnit(run, metric), let point = point(run, metric) else {
                others += 1
                continue
            }
            points.append(point)
        }
    }

    /// The first unit that is given decides.
    private mutating func isInUnit(_ run: TargetRun, _ metric: String) -> Bool {
        let theirs = run.summary.timelines.first { $0.metric == metric }?.unit
        unit = unit ?? theirs
        return theirs == nil || theirs == unit
    }

    private func point(_ run: TargetRun, _ metric: String) -> Trend.Point? {
        guard let samples = ComparisonSamples([run.summary], metric: metric) else { return nil }
        var values: [Statistic: Double] = [:]
        for statistic in Statistic.allCases {
            if let q = statistic.quantile, samples.total.hasFewSamples(beyond: q) { continue }
            guard let value = samples.value(of: statistic), value.isFinite else { continue }
            values[statistic] = value
        }
        var facts = run.summary
        facts.series = []
        facts.timelines = []
        facts.reported = nil
        return Trend.Point(
            name: run.name, commit: run.commit, startedMs: run.summary.startedMs,
            count: samples.total.count, values: values, facts: facts)
    }
}
