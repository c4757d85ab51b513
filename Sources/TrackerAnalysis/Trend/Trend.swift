package import TrackerIndexer
package import TrackerLog

/// The numbers of a target over all its runs, and where they changed.
package struct Trend: Sendable {
    /// A run as a point of the history.
    package struct Point: Sendable {
        /// `USER/SESSION#RUN`.
        package var name: String
        package var commit: String?
        package var started: Timestamp?
        /// Number of samples of the metric.
        package var count: Int
        /// Only statistics with enough samples.
        package var values: [Statistic: Double]
        /// Whether records of the run are missing: its values are of what is left.
        package var isLossy = false
        package var key: DataFolder.SessionKey
        package var run: String
        /// What it says of how much runs differ by themselves.
        var ofHistory: RunHistory.Run?
    }

    /// A change point, and the runs right before and after it.
    package struct Change: Sendable {
        package var statistic: Statistic
        package var point: ChangePoint
        package var before: Point
        package var after: Point
        /// Other facts that differ between the two runs.
        package var differences: [EnvironmentDifference]
        /// Whether it exceeds what runs differ by themselves: see `RunNoiseSource`.
        package var isSettled = true
        /// Runs of the new level that are missing to three; at least 1.
        package var furtherRuns: Int {
            max(ComparisonLimits.minRunsToResample - point.after.count, 1)
        }

        /// Whether the conditions of the runs before and after are those of one history: the same
        /// load, rate, test and mix of requests.
        package var isLike = true
        /// Whether more requests failed in the runs of the new level: what is left of them may be
        /// better because of that.
        package var hasMoreFailures = false
        /// Which way of the number is better; `nil` if nobody knows.
        var better: MetricMeaning.Direction?

        package var isHigher: Bool { point.after.mean > point.before.mean }

        /// `nil` if nobody knows, if more than the target changed, or if it is better and more
        /// requests failed.
        package var isBetter: Bool? {
            guard isLike, let better else { return nil }
            let isBetter = isHigher == (better == .higher)
            return isBetter && hasMoreFailures ? nil : isBetter
        }
    }

    /// The current level of a statistic: since its last change point.
    package struct Level: Sendable {
        package var statistic: Statistic
        /// Runs that have a value.
        package var runs: Int
        package var now: ChangePoint.Level
        package var changes: Int
    }

    package var target: String
    package var metric: String
    package var unit: String?
    /// Whether it is a number that the runs report, one for each.
    package var isReported: Bool
    package var meaning: MetricMeaning
    /// Oldest first.
    package var points: [Point]
    package var levels: [Level]
    /// By time, then by statistic; without those too small to matter.
    package var changes: [Change]
    /// Change points smaller than what matters: `ComparisonLimits.minEffect`.
    package var smallChanges = 0
    /// Runs that a person left out, newest session first.
    package var leftOut: [LeftOutRun]
    /// Runs that are not finished, or failed, or were stopped.
    package var unfinishedRuns: Int
    /// Finished runs without the metric, or that report what the newest run measured, or the other
    /// way round.
    package var otherRuns: Int
    /// Finished runs with the metric in a unit that is not converted to that of the newest run.
    package var unlikeUnitRuns = 0
    /// Runs that were converted to the unit of the newest run.
    package var convertedRuns = 0
    /// Sessions with damaged or missing data.
    package var damagedSessions: Int

    /// - Parameters:
    ///   - metric: `nil` takes the headline of the newest run.
    ///   - statistics: those to analyse.
    package init(
        of history: TargetHistory, metric wanted: String?,
        statistics: [Statistic] = Statistic.allCases, runNoise: RunNoiseRule = .history
    ) throws(TargetError) {
        let headline = wanted == nil ? try history.newestHeadline() : nil
        guard let metric = wanted ?? headline else {
            throw .noRuns(of: "any metric", history.target)
        }
        var collector = Collector(metric: metric)
        let digests = try history.digests(metric: metric)
        for (entry, digest) in digests where !entry.isArchived {
            collector.add(digest, .init(user: entry.user, session: entry.session))
        }
        leftOut = TargetHistory.leftOut(in: digests)
        guard !collector.points.isEmpty else {
            throw .noRuns(of: metric, history.target, leftOut: leftOut.count)
        }
        target = history.target
        self.metric = metric
        unit = collector.unit
        isReported = collector.isReported ?? false
        meaning = MetricMeaning(
            metric: metric, unit: collector.unit,
            declared: MetricDeclaration(
                metric: metric, kind: collector.kind, better: collector.better))
        points = collector.points.sorted {
            ($0.started ?? .epoch, ExactText($0.name)) < ($1.started ?? .epoch, ExactText($1.name))
        }
        unfinishedRuns = collector.unfinished
        otherRuns = collector.others
        unlikeUnitRuns = collector.unlikeUnits
        convertedRuns = collector.converted
        damagedSessions = collector.damaged
        levels = []
        changes = []
        var conditions = RunConditions(history: history)
        for statistic in statistics where !WorkBudget.isOver(after: points.count) {
            try findChanges(of: statistic, runNoise, &conditions)
        }
        changes.sort {
            ($0.after.started ?? .epoch, ExactText($0.after.name))
                < ($1.after.started ?? .epoch, ExactText($1.after.name))
        }
    }

    private mutating func findChanges(
        of statistic: Statistic, _ runNoise: RunNoiseRule, _ conditions: inout RunConditions
    ) throws(TargetError) {
        let runs = points.filter { $0.values[statistic] != nil }
        guard !runs.isEmpty else { return }
        var series = ChangePointSeries()
        series.append(contentsOf: runs.compactMap { $0.values[statistic] })
        let found = series.changePoints
        let now = found.last?.after ?? series.level
        levels.append(
            Level(statistic: statistic, runs: runs.count, now: now, changes: found.count))
        let noise = TrendNoise(runs: runs.map(\.ofHistory), statistic, runNoise)
        let better = statistic.better(of: meaning)
        for point in found {
            // Each is held against all runs.
            guard !WorkBudget.isOver(after: runs.count * WorkLimits.stepsPerRun) else { return }
            guard point.matters(to: statistic) else {
                smallChanges += 1
                continue
            }
            let before = runs[point.index - 1]
            let after = runs[point.index]
            var change = Change(
                statistic: statistic, point: point, before: before, after: after,
                differences: EnvironmentDifference.between(
                    try conditions.of(before), try conditions.of(after)))
            change.isSettled = noise.isSettled(point)
            change.better = better
            change.hasMoreFailures =
                statistic != .errorRate && Self.hasMoreFailures(runs, point)
            if let a = before.ofHistory, let b = after.ofHistory {
                change.isLike = a.conditions == b.conditions
            }
            changes.append(change)
        }
    }
}

extension Trend {
    /// Whether more requests failed in the runs of the level after than in those of the one before:
    /// by as much as matters, and by more than chance where there are enough runs to test it.
    private static func hasMoreFailures(_ runs: [Point], _ point: ChangePoint) -> Bool {
        func rates(_ range: Range<Int>) -> Moments {
            Moments(of: runs[range].compactMap { $0.values[.errorRate] })
        }
        let before = rates(point.index - point.before.count..<point.index)
        let after = rates(point.index..<point.index + point.after.count)
        guard before.count > 0, after.count > 0,
            after.mean - before.mean >= ComparisonLimits.minErrorPoints
        else { return false }
        return before.count + after.count <= 2
            || Moments.pValue(before, after) <= 1 - ComparisonLimits.confidence
    }
}

extension ChangePoint {
    /// Whether the change is as large as what a comparison calls a difference.
    fileprivate func matters(to statistic: Statistic) -> Bool {
        if statistic == .errorRate {
            return (after.mean - before.mean).magnitude >= ComparisonLimits.minErrorPoints
        }
        if let change { return change.magnitude >= ComparisonLimits.minEffect }
        let larger = max(before.mean.magnitude, after.mean.magnitude)
        return (after.mean - before.mean).magnitude >= ComparisonLimits.minEffect * larger
    }
}

/// Collects the points of a trend, session by session.
private struct Collector {
    let metric: String
    var unit: String?
    var isReported: Bool?
    /// Whether a run was met whose unit decides.
    private var hasUnit = false
    /// Of the newest run that says them.
    var kind: MetricDeclaration.Kind?
    var better: MetricDeclaration.Better?
    var points: [Trend.Point] = []
    var unfinished = 0
    var others = 0
    var damaged = 0
    /// Runs in another unit, which were converted.
    var converted = 0
    /// Runs in a unit that is not converted.
    var unlikeUnits = 0

    init(metric: String) { self.metric = metric }

    /// - Parameter session: called with the newest session first.
    mutating func add(_ session: TargetSessionRuns, _ key: DataFolder.SessionKey) {
        unfinished += session.unfinished.count
        if !session.isWhole { damaged += 1 }
        for run in session.runs.reversed() {
            guard let numbers = run.numbers, isOfOneKind(numbers) else {
                others += 1
                continue
            }
            guard let conversion = conversion(from: numbers.unit) else {
                unlikeUnits += 1
                continue
            }
            if !conversion.isIdentity { converted += 1 }
            var ofHistory = run.ofHistory
            ofHistory?.unit = unit
            ofHistory?.numbers = run.ofHistory?.numbers.converted(conversion) ?? [:]
            let values = numbers.values.map { statistic, value in
                (statistic, statistic.isInUnit ? conversion(value) : value)
            }
            kind = kind ?? numbers.kind
            better = better ?? numbers.better
            points.append(
                Trend.Point(
                    name: TargetRun.name(run.run, in: key), commit: run.commit,
                    started: run.started, count: numbers.count,
                    values: Dictionary(uniqueKeysWithValues: values), isLossy: run.isLossy,
                    key: key, run: run.run, ofHistory: ofHistory))
        }
    }

    /// The newest run decides whether the trend is of what was measured or of what was reported.
    private mutating func isOfOneKind(_ numbers: TargetSessionRuns.Numbers) -> Bool {
        isReported = isReported ?? numbers.isReported
        return numbers.isReported == isReported
    }

    /// The unit of the newest run decides.
    private mutating func conversion(from other: String?) -> UnitConversion? {
        if !hasUnit { (unit, hasUnit) = (other, true) }
        return UnitConversion(metric: metric, from: other, to: unit)
    }
}

/// Environment and parameters of the runs at change points: few runs, so a session is read only
/// when one of its runs is asked for.
private struct RunConditions {
    let history: TargetHistory
    private var known: [DataFolder.SessionKey: [RunSummary]] = [:]

    init(history: TargetHistory) { self.history = history }

    mutating func of(_ point: Trend.Point) throws(TargetError) -> [RunSummary] {
        if known[point.key] == nil {
            known[point.key] = try history.runs(ofKey: point.key).runs.map { run in
                var conditions = run.summary
                conditions.series = []
                conditions.timelines = []
                conditions.reported = nil
                return conditions
            }
        }
        return known[point.key]?.filter { $0.run.isExactly(point.run) } ?? []
    }
}
