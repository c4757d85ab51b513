package import TrackerIndexer
package import TrackerLog

/// Everything the page of a session shows, computed from its summary. Pure.
package struct SessionModel: Sendable {
    /// One run and its display name.
    package struct Run: Sendable {
        package var index: Int
        package var name: String
        package var summary: RunSummary
        /// When it began, also where only a later span of it is in view.
        package var started: Timestamp?
        /// All its samples of the chosen metric; `nil` when it has none.
        package var total: Aggregate?
        /// Its periods of activity, according to the chosen metric.
        package var activity: [Interval]

        package var perSecond: Double? { SessionModel.rate(of: [self]) }
    }

    /// One set of labels, over all runs in view.
    package struct LabelRow: Sendable {
        package var labels: [Label]
        package var total: Aggregate
    }

    /// Of the span in view only.
    package let summary: SessionSummary
    /// What the address asks for.
    let query: SessionQuery
    package let metrics: [MetricChoice]
    /// The metric in view; `nil` in a session without samples.
    package let metric: MetricChoice?
    package let runs: [Run]
    /// The run in view alone; `nil` shows all runs together.
    package let only: Run?
    /// All samples of the metric in view, in the runs in view.
    package let total: Aggregate?
    package let perSecond: Double?
    /// What the runs in view report, in a session in which nothing was measured.
    package let reported: ReportedHeadline?
    package let chart: TimeChart?
    /// How the metric in view is shown; `nil` without samples.
    package let style: MetricStyle?
    /// Each value, where there are few.
    package let few: FewValues?
    /// Runs in view whose course over time was not kept.
    package let runsWithoutCurve: Int
    /// Whether the numbers of a span of time are those of its samples, not of the columns.
    let isFromLog: Bool
    package let labelRows: [LabelRow]
    /// The same samples by route, and by status within.
    let routes: RouteTable
    /// Label sets of the metric in view.
    package let labelCount: Int
    /// The page of the table by labels, from 1: those with the most samples.
    package let labelPage: Int
    package let labelPageCount: Int
    /// The runs of the tables: those with samples in the span in view, else all.
    let listedRuns: [Run]
    /// The page of the tables of runs: from 1, the newest, to `runPageCount`.
    package let runPage: Int

    /// - Parameter fold: of the span in view, from the log; `nil` takes what the columns have.
    package init(_ whole: SessionSummary, query: SessionQuery, fold: SpanFold? = nil) {
        let span = query.span?.interval
        let summary = span.map { whole.cut(to: $0, fold) } ?? whole
        isFromLog = span != nil && fold != nil
        self.summary = summary
        self.query = query
        metrics = MetricChoice.all(in: whole)
        let metric = metrics.first { $0.id.isExactly(query.metric) } ?? metrics.first
        self.metric = metric
        let names = SessionModel.names(of: summary.runs)
        let runs = summary.runs.enumerated().map { index, run in
            SessionModel.run(
                run, index: index, name: names[index], metric: metric,
                started: whole.runs[index].started)
        }
        self.runs = runs
        let only = query.run.flatMap { id in runs.first { $0.summary.run.isExactly(id) } }
        self.only = only
        let inView = only.map { [$0] } ?? runs
        reported = metrics.isEmpty ? ReportedHeadline(inView.map(\.summary)) : nil
        total = Aggregate.merged(inView.compactMap(\.total))
        perSecond = SessionModel.rate(of: inView)
        runsWithoutCurve = inView.count { run in
            metric.flatMap { run.summary.timeline(of: $0.name, unit: $0.loggedUnit) }?.isExcluded
                ?? false
        }
        let most = inView.compactMap(\.total?.count).max() ?? 0
        let all = total
        style = metric.map { MetricStyle(metric: $0, total: all, mostInRun: most) }
        few =
            style?.shape == .few
            ? FewValues(
                inView.compactMap { run in
                    metric.flatMap { run.summary.timeline(of: $0.name, unit: $0.loggedUnit) }
                        .map { (run.index, $0) }
                }) : nil
        let slices = inView.compactMap { run in metric.flatMap { run.slice(of: $0) } }
        chart =
            slices.isEmpty
            ? nil
            : TimeChart(
                slices, isLatency: metric?.isLatency ?? false, lost: summary.health.lost.times,
                showsAll: query.view == .heat)
        let labels = metric.map { SessionModel.labelRows(inView, metric: $0) } ?? [:]
        labelPageCount = Self.pages(labels.count, perPage: ViewLimits.labelRows)
        labelPage = min(query.labelPage ?? 1, labelPageCount)
        labelRows = Self.page(of: labels, labelPage)
        routes = RouteTable(labels, limit: ViewLimits.labelRows)
        let listed = span == nil ? runs : runs.filter { $0.total != nil }
        listedRuns = listed
        let pages = Self.pages(listed.count, perPage: ViewLimits.runRows)
        let place = only.flatMap { only in listed.firstIndex { $0.index == only.index } }
        let pageOfOnly = place.map { (listed.count - 1 - $0) / ViewLimits.runRows + 1 }
        runPage = min(query.runPage ?? pageOfOnly ?? 1, pages)
        labelCount = labels.count
    }

    static let withoutCurveText =
        "of more than \(NumberText.count(IndexLimits.maxTimelinesPerSession)) curves over time, a"
        + " session keeps so many."

    /// Throughput: successes per second of activity; parallel runs add up. A run of which it is not
    /// known when it was active has no part in it.
    static func rate(of runs: [Run]) -> Double? {
        let active = runs.filter { $0.total != nil && !$0.activity.isEmpty }
        let lengthMs = Interval.totalMs(active.flatMap(\.activity))
        guard lengthMs > 0 else { return nil }
        let succeeded = active.reduce(0) { SaturatingCount.sum($0, $1.total?.succeeded ?? 0) }
        return Double(succeeded) * 1_000 / lengthMs
    }

    /// Short ids, probably chosen by a person, are shown; longer ones become "Run 1", "Run 2", ….
    private static let longestOwnName = 16

    private static func names(of runs: [RunSummary]) -> [String] {
        runs.enumerated().map { index, run in
            if run.run.isEmpty { return "No run" }
            return run.run.count <= longestOwnName ? run.run : "Run \(index + 1)"
        }
    }

    private static func run(
        _ run: RunSummary, index: Int, name: String, metric: MetricChoice?, started: Timestamp?
    ) -> Run {
        var model = Run(
            index: index, name: name, summary: run, started: started, activity: [])
        guard let metric else { return model }
        guard let timeline = run.timeline(of: metric.name, unit: metric.loggedUnit) else {
            return model
        }
        model.total = timeline.total.count > 0 ? timeline.total : nil
        model.activity = timeline.activity(in: run)
        return model
    }

    /// The samples of each label set.
    private static func labelRows(
        _ runs: [Run], metric: MetricChoice
    ) -> [[Label]: [Aggregate]] {
        var parts: [[Label]: [Aggregate]] = [:]
        for run in runs {
            for series in run.summary.series where metric.isOf(series) {
                parts[series.labels, default: []].append(series.aggregate)
            }
        }
        return parts
    }

    /// A page of the label sets, those with the most samples first. Only these are merged.
    private static func page(
        of parts: [[Label]: [Aggregate]], _ page: Int, rows: Int = ViewLimits.labelRows
    ) -> [LabelRow] {
        let counted = parts.map { labels, all in
            (labels: labels, count: all.reduce(0) { SaturatingCount.sum($0, $1.count) })
        }
        let ordered = counted.sorted {
            $0.count == $1.count
                ? $0.labels.lexicographicallyPrecedes($1.labels) : $0.count > $1.count
        }
        return ordered.dropFirst((page - 1) * rows).prefix(rows)
            .compactMap { row in
                Aggregate.merged(parts[row.labels] ?? []).map {
                    LabelRow(labels: row.labels, total: $0)
                }
            }
    }
}

extension SessionModel {
    /// The rows of all pages of the table by labels.
    var allLabelRows: [LabelRow] {
        guard let metric else { return [] }
        let parts = Self.labelRows(inView, metric: metric)
        return Self.page(of: parts, 1, rows: max(1, parts.count))
    }

    /// All routes.
    var allRoutes: RouteTable {
        RouteTable(metric.map { Self.labelRows(inView, metric: $0) } ?? [:])
    }

    /// Throughput of some of the samples: their share of that of all.
    func perSecond(of part: Aggregate) -> Double? {
        guard let all = total?.succeeded, let perSecond else { return nil }
        return perSecond * Double(part.succeeded) / Double(max(1, all))
    }
}

extension SessionModel.Run {
    /// The run's timeline of a metric; `nil` when it has none.
    func slice(of metric: MetricChoice) -> RunSlice? {
        guard let timeline = summary.timeline(of: metric.name, unit: metric.loggedUnit),
            !timeline.buckets.isEmpty
        else { return nil }
        return RunSlice(
            index: index, name: name, isAnnounced: summary.state.isAnnounced,
            started: summary.started, ended: summary.finished ?? summary.last,
            timeline: timeline)
    }

    /// Why it failed, why a person left it out, and reasons to doubt its numbers.
    var doubts: [String] {
        let told = [
            summary.failureReason.map { "failed: \($0)" }, summary.leftOut?.text,
        ]
        return told.compactMap(\.self) + summary.ownDoubts
    }

    /// Whether it ended abnormally.
    var isFlagged: Bool { [.failed, .stopped, .unfinished].contains(summary.state) }
}

extension SessionModel {
    var isRunning: Bool { runs.contains { $0.summary.state == .running } }

    static func pages(_ rows: Int, perPage: Int) -> Int {
        max(1, (rows + perPage - 1) / perPage)
    }

    var runPageCount: Int { Self.pages(listedRuns.count, perPage: ViewLimits.runRows) }

    /// The runs of this page of the tables, oldest first.
    package var shownRuns: ArraySlice<Run> {
        listedRuns.dropLast((runPage - 1) * ViewLimits.runRows).suffix(ViewLimits.runRows)
    }

    /// The path of this page with another page of runs.
    func path(runPage: Int) -> String {
        path(metric: metric?.id, run: only?.summary.run, runPage: runPage)
    }

    /// The path of this page with another page of the table by labels.
    func path(labelPage: Int) -> String {
        path(metric: metric?.id, run: only?.summary.run, more: [("labels", "\(labelPage)")])
    }

    /// The page of another metric or run; the default metric is omitted.
    func path(metric: String?, run: String?, runPage: Int? = nil) -> String {
        path(metric: metric, run: run, more: runPage.map { [("runs", "\($0)")] } ?? [])
    }

    private func path(metric: String?, run: String?, more: [(String, String)]) -> String {
        let address = address(metric: metric, run: run)
        return address.path + queryText(address.items + more)
    }

    /// The path, and the part of the query that says what is in view.
    func address(metric: String?, run: String?) -> (path: String, items: [(String, String)]) {
        let path = sessionPath(user: summary.user, session: summary.session)
        var items: [(String, String)] = []
        if let metric, !metric.isExactly(metrics.first?.id) { items.append(("metric", metric)) }
        if let span = query.span, span.isUsable { items += span.items }
        if query.view != .percentiles { items.append(("view", query.view.rawValue)) }
        guard let run else { return (path, items) }
        if hasRunPath(run) {
            return (runPath(user: summary.user, session: summary.session, run: run), items)
        }
        return (path, items + [("run", run)])
    }

    /// What is in view, for the title of the window: run, metric, session.
    var pageTitle: String {
        let ofTime = query.span.map { _ in "a part of the time" }
        let chosen = metric.flatMap { $0.id.isExactly(metrics.first?.id) ? nil : $0.id }
        return [only?.name, chosen, ofTime, title].compactMap(\.self).joined(separator: ", ")
    }

    /// Whether the page follows what is recorded.
    func isFollowed(now: Timestamp) -> Bool { isRunning || isFresh(now: now) }
    /// Whether a run has no end, and something was recorded lately.
    func isRecording(now: Timestamp) -> Bool { isRunning && isFresh(now: now) }
    private func isFresh(now: Timestamp) -> Bool {
        summary.listedLast.map { now.milliseconds(since: $0) < ViewLimits.liveForMs }
            ?? (summary.undated == nil)
    }

    /// p99 over time, or the mean of what is no latency: for the small curve of a run.
    func course(of run: Run) -> [Double] {
        let timeline = metric.flatMap { run.summary.timeline(of: $0.name, unit: $0.loggedUnit) }
        let values = (timeline?.buckets ?? []).map(\.aggregate.successes)
        let course =
            style?.shape == .requests
            ? NearestRank.ranges(of: values.map(\.count), beyond: 0.99).compactMap { range in
                Population.merged(values[range]).quantile(0.99)
            } : values.compactMap(\.mean)
        return peaks(course, atMost: IndexLimits.sparklinePoints)
    }

    /// The metrics to choose from at once, that in view among them.
    var offeredMetrics: [MetricChoice] {
        let first = metrics.prefix(ViewLimits.offeredMetrics)
        guard let metric, !first.contains(where: { $0.id.isExactly(metric.id) }) else {
            return Array(first)
        }
        return first.dropLast() + [metric]
    }

    /// All others.
    var otherMetrics: [MetricChoice] {
        let offered = Set(offeredMetrics.map { ExactText($0.id) })
        return metrics.filter { !offered.contains(ExactText($0.id)) }
    }

    /// The newest value, or the mean of those of the last bucket of time that has any.
    var newest: (value: Double, note: String)? {
        if let last = few?.shown.last(where: { !$0.hasFailed }) {
            let run = runs[last.run]
            return (last.value, run.summary.run.isEmpty ? "last value" : "in \(run.name)")
        }
        guard
            let column = chart?.points.last(where: { $0.column.aggregate?.successes.mean != nil }),
            let mean = column.column.aggregate?.successes.mean
        else { return nil }
        let (count, lengthMs) = (
            column.column.aggregate?.successes.count ?? 0, column.column.interval.lengthMs
        )
        // The last column is cut where the run ends: maybe at its start.
        let whole = lengthMs > 0 ? ClockText.wholeSeconds(lengthMs) : "\(count) values"
        return (mean, count == 1 ? "last value" : "mean of \(whole)")
    }

    /// Whether records of a run in view are missing.
    var isLowerBound: Bool { (only.map { [$0] } ?? runs).contains { $0.summary.lost != nil } }

    var title: String { summary.name ?? summary.session.value }

    /// Distinct, in the order of the runs.
    var targets: [String] {
        var seen: Set<ExactText> = []
        return runs.compactMap(\.summary.target).filter { seen.insert(ExactText($0)).inserted }
    }
}
