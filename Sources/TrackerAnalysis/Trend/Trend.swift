import TrackerIndexer
package import TrackerLog

/// How the numbers of a target went, run after run, and where they changed.
package struct Trend: Sendable {
    /// A run as a point of the history.
    package struct Point: Sendable {
        /// `USER/SESSION#RUN`.
        package var name: String
        package var commit: String?
        package var started: Timestamp?
        /// Samples of the metric.
        package var count: Int
        /// What is compared; only those of which it has enough samples.
        package var values: [Statistic: Double]
        var key: DataFolder.SessionKey
        var run: String
    }

    /// A change point, and the two runs that it lies between.
    package struct Change: Sendable {
        package var statistic: Statistic
        package var point: ChangePoint
        package var before: Point
        package var after: Point
        /// What else is not the same around the two runs.
        package var differences: [EnvironmentDifference]

        package var isBetter: Bool {
            (point.after.mean > point.before.mean) == statistic.higherIsBetter
        }
    }

    /// The level of a number now: since its last change point.
    package struct Level: Sendable {
        package var statistic: Statistic
        /// Runs with a value at all.
        package var runs: Int
        package var now: ChangePoint.Level
        package var changes: Int
    }

    package var target: String
    package var metric: String
    package var unit: String?
    /// Oldest first.
    package var points: [Point]
    package var levels: [Level]
    /// In the order of time, then of the statistics.
    package var changes: [Change]
    /// Runs that did not finish as they should; and finished ones without the metric, or with it
    /// in another unit than the newest run has.
    package var unfinishedRuns: Int
    package var otherRuns: Int
    /// Sessions with damaged or missing data.
    package var damagedSessions: Int

    /// - Parameters:
    ///   - metric: `nil` takes the headline of the newest run.
    ///   - statistics: the numbers to look at.
    package init(
        of history: TargetHistory, metric wanted: String?,
        statistics: [Statistic] = Statistic.allCases
    ) throws(TargetError) {
        let headline = wanted == nil ? try history.newestHeadline() : nil
        guard let metric = wanted ?? headline else {
            throw .noRuns(of: "any metric", history.target)
        }
        var collector = Collector()
        for (entry, digest) in try history.digests(metric: metric) where !entry.isArchived {
            collector.add(digest, .init(user: entry.user, session: entry.session))
        }
        guard !collector.points.isEmpty else { throw .noRuns(of: metric, history.target) }
        target = history.target
        self.metric = metric
        unit = collector.unit
        points = collector.points.sorted {
            ($0.started ?? .epoch, $0.name) < ($1.started ?? .epoch, $1.name)
        }
        unfinishedRuns = collector.unfinished
        otherRuns = collector.others
        damagedSessions = collector.damaged
        levels = []
        changes = []
        var facts = SeriesFacts(history: history)
        for statistic in statistics { try look(at: statistic, &facts) }
        changes.sort {
            ($0.after.started ?? .epoch, $0.after.name)
                < ($1.after.started ?? .epoch, $1.after.name)
        }
    }

    private mutating func look(
        at statistic: Statistic, _ facts: inout SeriesFacts
    ) throws(TargetError) {
        let having = points.filter { $0.values[statistic] != nil }
        guard !having.isEmpty else { return }
        var series = ChangePointSeries()
        series.append(contentsOf: having.compactMap { $0.values[statistic] })
        let found = series.changePoints
        let now = found.last?.after ?? series.level
        levels.append(
            Level(statistic: statistic, runs: having.count, now: now, changes: found.count))
        for point in found {
            let before = having[point.index - 1]
            let after = having[point.index]
            changes.append(
                Change(
                    statistic: statistic, point: point, before: before, after: after,
                    differences: EnvironmentDifference.between(
                        try facts.of(before), try facts.of(after))))
        }
    }
}

/// Takes from each session what a trend needs of it.
private struct Collector {
    var unit: String?
    var points: [Trend.Point] = []
    var unfinished = 0
    var others = 0
    var damaged = 0

    /// - Parameter session: the newest first.
    mutating func add(_ session: TargetSessionRuns, _ key: DataFolder.SessionKey) {
        unfinished += session.unfinishedCount
        if !session.isWhole { damaged += 1 }
        for run in session.runs.reversed() {
            guard let numbers = run.numbers, isInUnit(numbers) else {
                others += 1
                continue
            }
            points.append(
                Trend.Point(
                    name: TargetRun.name(run.run, in: key), commit: run.commit,
                    started: run.started, count: numbers.count, values: numbers.values,
                    key: key, run: run.run))
        }
    }

    /// The first unit that is given decides.
    private mutating func isInUnit(_ numbers: TargetSessionRuns.Numbers) -> Bool {
        unit = unit ?? numbers.unit
        return numbers.unit == nil || numbers.unit == unit
    }
}

/// The conditions of runs, of few of which they are asked.
private struct SeriesFacts {
    let history: TargetHistory
    private var known: [DataFolder.SessionKey: [RunSummary]] = [:]

    init(history: TargetHistory) { self.history = history }

    mutating func of(_ point: Trend.Point) throws(TargetError) -> [RunSummary] {
        if known[point.key] == nil {
            known[point.key] = try history.runs(ofKey: point.key).runs.map { run in
                var facts = run.summary
                facts.series = []
                facts.timelines = []
                facts.reported = nil
                return facts
            }
        }
        return known[point.key]?.filter { $0.run == point.run } ?? []
    }
}
