package import TrackerIndexer
package import TrackerLog

/// Everything the page of a session shows, computed from its summary. Pure.
package struct SessionModel: Sendable {
    /// One run and its display name.
    package struct Run: Sendable {
        package var index: Int
        package var name: String
        package var summary: RunSummary
        /// All its samples of the chosen metric; `nil` when it has none.
        package var total: Aggregate?
        /// Its periods of activity, according to the chosen metric.
        package var activity: [Interval]
        /// p99 over time, for the sparkline.
        package var p99s: [Double]

        package var perSecond: Double? { SessionModel.rate(total, activity) }
    }

    /// One set of labels, over all runs in view.
    package struct LabelRow: Sendable {
        package var labels: [Label]
        package var total: Aggregate
    }

    package let summary: SessionSummary
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
    /// Runs in view whose course over time was not kept.
    package let runsWithoutCurve: Int
    package let labelRows: [LabelRow]
    package let hiddenLabelRows: Int
    /// The page of the tables of runs: from 1, the newest, to `runPageCount`.
    package let runPage: Int

    package init(_ summary: SessionSummary, query: SessionQuery) {
        self.summary = summary
        metrics = MetricChoice.all(in: summary)
        let metric = metrics.first { $0.id.isExactly(query.metric) } ?? metrics.first
        self.metric = metric
        let names = SessionModel.names(of: summary.runs)
        let runs = summary.runs.enumerated().map { index, run in
            SessionModel.run(run, index: index, name: names[index], metric: metric)
        }
        self.runs = runs
        let only = query.run.flatMap { id in runs.first { $0.summary.run.isExactly(id) } }
        self.only = only
        let inView = only.map { [$0] } ?? runs
        reported = metrics.isEmpty ? ReportedHeadline(inView.map(\.summary)) : nil
        total = Aggregate.merged(inView.compactMap(\.total))
        perSecond = SessionModel.rate(total, inView.flatMap(\.activity))
        runsWithoutCurve = inView.count { run in
            metric.flatMap { run.summary.timeline(of: $0.name, unit: $0.loggedUnit) }?.isExcluded
                ?? false
        }
        let slices = inView.compactMap { run in metric.flatMap { run.slice(of: $0) } }
        chart =
            slices.isEmpty
            ? nil
            : TimeChart(
                slices, isLatency: metric?.isLatency ?? false, lost: summary.health.lost.times)
        let rows = metric.map { SessionModel.labelRows(inView, metric: $0) } ?? ([], 0)
        let pages = Self.pages(of: runs.count)
        let pageOfOnly = only.map { (runs.count - 1 - $0.index) / ViewLimits.runRows + 1 }
        runPage = min(query.runPage ?? pageOfOnly ?? 1, pages)
        labelRows = rows.0
        hiddenLabelRows = rows.1
    }

    static let withoutCurveText =
        "of more than \(NumberText.count(IndexLimits.maxTimelinesPerSession)) curves over time, a"
        + " session keeps so many."

    /// Throughput: successes per second of activity; parallel runs add up.
    static func rate(_ total: Aggregate?, _ activity: [Interval]) -> Double? {
        let lengthMs = Interval.totalMs(activity)
        guard let total, lengthMs > 0 else { return nil }
        return Double(total.succeeded) * 1_000 / lengthMs
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
        _ run: RunSummary, index: Int, name: String, metric: MetricChoice?
    ) -> Run {
        var model = Run(index: index, name: name, summary: run, activity: [], p99s: [])
        guard let metric else { return model }
        guard let timeline = run.timeline(of: metric.name, unit: metric.loggedUnit) else {
            return model
        }
        model.total = timeline.total.count > 0 ? timeline.total : nil
        model.activity = timeline.activity(in: run)
        let p99s = timeline.buckets.compactMap { $0.aggregate.successes.quantile(0.99) }
        model.p99s = peaks(p99s, atMost: IndexLimits.sparklinePoints)
        return model
    }

    /// The label sets with the most samples, and the number of further ones.
    private static func labelRows(_ runs: [Run], metric: MetricChoice) -> ([LabelRow], Int) {
        var parts: [[Label]: [Aggregate]] = [:]
        for run in runs {
            for series in run.summary.series where metric.isOf(series) {
                parts[series.labels, default: []].append(series.aggregate)
            }
        }
        let counted = parts.map { (labels: $0.key, count: $0.value.reduce(0) { $0 + $1.count }) }
        let ordered = counted.sorted {
            $0.count == $1.count
                ? $0.labels.lexicographicallyPrecedes($1.labels) : $0.count > $1.count
        }
        let shown = ordered.prefix(ViewLimits.labelRows).compactMap { row in
            Aggregate.merged(parts[row.labels] ?? []).map {
                LabelRow(labels: row.labels, total: $0)
            }
        }
        return (shown, max(0, ordered.count - ViewLimits.labelRows))
    }
}

extension SessionModel.Run {
    /// The run's timeline of a metric; `nil` when it has none.
    func slice(of metric: MetricChoice) -> RunSlice? {
        guard let timeline = summary.timeline(of: metric.name, unit: metric.loggedUnit),
            !timeline.buckets.isEmpty
        else { return nil }
        return RunSlice(
            index: index, name: name, isAnnounced: summary.state != .unannounced,
            started: summary.started, ended: summary.finished ?? summary.last,
            timeline: timeline)
    }

    /// Whether it ended abnormally.
    var isFlagged: Bool { [.failed, .stopped, .unfinished].contains(summary.state) }
}

extension SessionModel {
    var isRunning: Bool { runs.contains { $0.summary.state == .running } }

    static func pages(of runs: Int) -> Int {
        max(1, (runs + ViewLimits.runRows - 1) / ViewLimits.runRows)
    }

    var runPageCount: Int { Self.pages(of: runs.count) }

    /// The runs of this page of the tables, oldest first.
    package var shownRuns: ArraySlice<Run> {
        runs.dropLast((runPage - 1) * ViewLimits.runRows).suffix(ViewLimits.runRows)
    }

    /// The path of this page with another page of runs.
    func path(runPage: Int) -> String {
        path(metric: metric?.name, run: only?.summary.run, runPage: runPage)
    }

    /// The path of this page with another metric or run; the default metric is omitted.
    func path(metric: String?, run: String?, runPage: Int? = nil) -> String {
        var items: [(String, String)] = []
        if let metric, !metric.isExactly(metrics.first?.id) { items.append(("metric", metric)) }
        if let run { items.append(("run", run)) }
        if let runPage { items.append(("runs", "\(runPage)")) }
        return sessionPath(user: summary.user, session: summary.session) + queryText(items)
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
