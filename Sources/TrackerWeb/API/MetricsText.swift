import TrackerIndexer
import TrackerLog
import TrackerTelemetry

/// The answer of `GET /metrics`: the state of the tracker, and the latest run of each target.
struct MetricsText {
    /// What the server knows of itself.
    struct Server {
        var version: String
        var uptime: Duration
        var accepted: Int
        var refused: Int
        var statsd: StatsDCounts?
    }

    private var writer = ExpositionWriter()

    var bytes: [UInt8] { writer.bytes }

    init(server: Server, catalog: Catalog, runs: [LatestRun], leftOut: Int, now: Timestamp) {
        add(server)
        add(catalog, now: now)
        if let counts = server.statsd { add(counts) }
        add(runs, leftOut: leftOut)
    }

    private mutating func one(
        _ name: String, _ kind: ExpositionWriter.Kind, _ help: String, _ value: Double
    ) {
        writer.family(name, kind, help)
        writer.sample(name, value)
    }

    private mutating func one(
        _ name: String, _ kind: ExpositionWriter.Kind, _ help: String, count: Int
    ) {
        writer.family(name, kind, help)
        writer.sample(name, count: count)
    }

    private mutating func add(_ server: Server) {
        let info = "tracker_build_info"
        writer.family(info, .gauge, "The version of the tracker; the value is always 1.")
        writer.sample(info, count: 1, [Label("version", server.version)])
        one(
            "tracker_uptime_seconds", .gauge, "How long the server has been running.",
            server.uptime / .seconds(1))
        let reports = "tracker_reports_total"
        writer.family(reports, .counter, "Reports over HTTP since the server started.")
        writer.sample(reports, count: server.accepted, [Label("outcome", "accepted")])
        writer.sample(reports, count: server.refused, [Label("outcome", "refused")])
    }

    private mutating func add(_ catalog: Catalog, now: Timestamp) {
        let entries = catalog.entries
        let freshness = catalog.freshness
        func sum(_ number: (CatalogEntry) -> Int) -> Int { entries.reduce(0) { $0 + number($1) } }
        one("tracker_sessions", .gauge, "Sessions in the list.", count: entries.count)
        one("tracker_events", .gauge, "Events of all sessions.", count: sum(\.eventCount))
        one(
            "tracker_log_bytes", .gauge, "Bytes of the log, as far as they are known.",
            count: sum { $0.foldedBytes + $0.unreadBytes })
        one(
            "tracker_backlog_sessions", .gauge, "Sessions with bytes that are not read yet.",
            count: freshness.backlog.sessions)
        one(
            "tracker_backlog_bytes", .gauge, "Bytes of the log that are not read yet.",
            count: freshness.backlog.bytes)
        one(
            "tracker_index_age_seconds", .gauge, "Time since the index was up to date.",
            max(0, now.milliseconds(since: freshness.indexedAt)) / 1_000)
        one(
            "tracker_problem", .gauge, "1 if the index is behind or not saved; /health says why.",
            count: freshness.problem == nil ? 0 : 1)
        one(
            "tracker_lost_records", .gauge, "Records that are known to be missing in the log.",
            count: sum { $0.lost?.events ?? 0 })
        one(
            "tracker_bad_regions", .gauge, "Damaged places in the files of the log.",
            count: sum(\.badRegionCount))
        one(
            "tracker_bad_lines", .gauge, "Lines of the log that are no events.",
            count: sum(\.badLineCount))
        one(
            "tracker_missing_frames", .gauge, "Frames that are missing in the log.",
            count: sum(\.missingFrames))
    }

    private mutating func add(_ counts: StatsDCounts) {
        one(
            "tracker_statsd_datagrams_total", .counter, "Datagrams read from the StatsD port.",
            count: counts.datagrams)
        one(
            "tracker_statsd_values_total", .counter, "Values taken from the StatsD port.",
            count: counts.values)
        let refused = "tracker_statsd_refused_total"
        writer.family(refused, .counter, "Parts of datagrams that were not taken.")
        for refusal in StatsDRefusal.allCases {
            writer.sample(
                refused, count: counts.count(of: refusal), [Label("reason", refusal.rawValue)])
        }
        guard let dropped = counts.droppedBySystem else { return }
        one(
            "tracker_statsd_dropped_total", .counter,
            "Datagrams that the system discarded before they were read.", count: dropped)
    }

    // MARK: runs

    private mutating func add(_ runs: [LatestRun], leftOut: Int) {
        one("tracker_targets", .gauge, "Targets with runs.", count: runs.count + leftOut)
        one(
            "tracker_targets_left_out", .gauge,
            "Targets that are not below: the \(WebLimits.maxMetricsTargets) newest are.",
            count: leftOut)
        let info = "tracker_run_info"
        writer.family(info, .gauge, "The latest run of each target; the value is always 1.")
        for run in runs { writer.sample(info, count: 1, run.infoLabels) }
        let start = "tracker_run_start_time_seconds"
        writer.family(start, .gauge, "When the run started, in Unix time.")
        for run in runs {
            guard let time = run.run.started else { continue }
            writer.sample(start, time.milliseconds / 1_000, run.labels)
        }
        let cut = "tracker_run_metrics_left_out"
        writer.family(cut, .gauge, "Metrics of the run that are not below.")
        for run in runs { writer.sample(cut, count: run.leftOut, run.labels) }
        addValues(runs)
    }

    private mutating func addValues(_ runs: [LatestRun]) {
        let all = runs.flatMap(\.metrics)
        let value = "tracker_run_value"
        writer.family(
            value, .summary,
            "Values of a metric that succeeded, in its unit, over the whole run.")
        for metric in all {
            let values = metric.total.successes
            guard values.count > 0 else { continue }
            let found = values.quantiles(Self.quantiles.map(\.q))
            for (quantile, number) in zip(Self.quantiles, found) {
                writer.sample(value, number, metric.labels + [Label("quantile", quantile.text)])
            }
            writer.sample(value + "_sum", values.sum, metric.labels)
            writer.sample(value + "_count", count: values.count, metric.labels)
        }
        let rate = "tracker_run_throughput_per_second"
        writer.family(rate, .gauge, "Samples that succeeded, per second of the run.")
        for metric in all {
            guard let perSecond = metric.perSecond else { continue }
            writer.sample(rate, perSecond, metric.labels)
        }
        let errors = "tracker_run_error_ratio"
        writer.family(errors, .gauge, "Share of the samples that failed, 0 to 1.")
        for metric in all where metric.total.count > 0 {
            let share = Double(metric.total.errors) / Double(metric.total.count)
            writer.sample(errors, share, metric.labels)
        }
        let samples = "tracker_run_samples"
        writer.family(samples, .gauge, "Samples of the metric, failed ones included.")
        for metric in all { writer.sample(samples, count: metric.total.count, metric.labels) }
    }

    private static let quantiles = [
        (q: 0.5, text: "0.5"), (q: 0.95, text: "0.95"), (q: 0.99, text: "0.99"),
    ]
}

/// The newest run of a target, with the metrics of which it has the most samples.
struct LatestRun {
    struct Metric {
        var labels: [Label]
        var total: Aggregate
        var perSecond: Double?
    }

    var run: RunSummary
    var labels: [Label]
    var infoLabels: [Label]
    var metrics: [Metric]
    /// Metrics beyond the limit.
    var leftOut: Int

    init(_ run: RunSummary, of target: String, in key: DataFolder.SessionKey) {
        self.run = run
        let labels = [Label("target", target), Label("test", run.test ?? "")]
        self.labels = labels
        infoLabels =
            labels + [
                Label("user", key.user.value), Label("session", key.session.value),
                Label("run", run.run), Label("state", run.state.rawValue),
            ]
        let most = run.timelines.sorted { $0.total.count > $1.total.count }
        metrics = most.prefix(WebLimits.maxMetricsPerRun).map { timeline in
            let seconds = Interval.totalMs(timeline.activity(in: run)) / 1_000
            return Metric(
                labels: labels + [
                    Label("metric", timeline.metric), Label("unit", timeline.unit ?? ""),
                ],
                total: timeline.total,
                perSecond: seconds > 0 ? Double(timeline.total.succeeded) / seconds : nil)
        }
        leftOut = max(0, most.count - WebLimits.maxMetricsPerRun)
    }
}
