package import TrackerLog

extension RunSummary {
    /// The timeline of a metric; names are bytes. `nil` when the run has no sample of it. In units
    /// that cannot be converted, the one with the most samples.
    package func timeline(of metric: String) -> MetricTimeline? {
        var most: MetricTimeline?
        for timeline in timelines where timeline.metric.isExactly(metric) {
            if most.map({ timeline.total.count > $0.total.count }) ?? true { most = timeline }
        }
        return most
    }

    /// Metrics of which series are missing: there were too many of them.
    package var totalsBeyondSeries: [MetricTimeline] {
        timelines.filter { timeline in
            let apart = series.lazy.filter {
                $0.metric.isExactly(timeline.metric) && $0.unit.isExactly(timeline.unit)
            }
            let count = apart.reduce(0) { SaturatingCount.sum($0, $1.aggregate.count) }
            return count < timeline.total.count
        }
    }

    /// The timeline of a metric in one unit.
    package func timeline(of metric: String, unit: String?) -> MetricTimeline? {
        timelines.first { $0.metric.isExactly(metric) && $0.unit.isExactly(unit) }
    }
}

extension MetricTimeline {
    /// When the run was active, according to this metric. Rates are per second of this time.
    package func activity(in run: RunSummary) -> [Interval] {
        if let length = shortLength(in: run) {
            return length.lengthMs >= MetricTimeline.shortestRunMs ? [length] : []
        }
        if isExcluded, let started = run.started, let ended = run.finished ?? run.last {
            let length = Interval(startMs: started.milliseconds, endMs: ended.milliseconds)
            return length.lengthMs > 0 ? [length] : []
        }
        return activity(
            isAnnounced: run.state.isAnnounced, started: run.started,
            ended: run.finished ?? run.last)
    }

    /// Whether its course over time was not kept: there were more curves than the limit.
    package var isExcluded: Bool {
        buckets.isEmpty && total.count > undated?.count ?? 0
    }

    /// From start to end of a run shorter than a bucket. With whole buckets, a hundred requests in
    /// 50 ms would be shown as a few per second. One of no length has no rate.
    private func shortLength(in run: RunSummary) -> Interval? {
        guard run.state.isAnnounced, let started = run.started,
            let finished = run.finished, let first = buckets.first, let last = buckets.last
        else { return nil }
        let widthMs = Double(bucketWidthMs)
        let fits =
            Double(first.startMs) - widthMs...Double(last.startMs) + 2 * widthMs
        let isShort = (0..<widthMs).contains(finished.milliseconds(since: started))
        guard isShort, fits.contains(started.milliseconds), fits.contains(finished.milliseconds)
        else { return nil }
        return Interval(startMs: started.milliseconds, endMs: finished.milliseconds)
    }

    /// Clocks with a resolution of a millisecond cannot measure shorter runs.
    private static let shortestRunMs = 1.0

    /// A start or end farther from the samples than this, and than the run is long, is ignored.
    private static let believedSlackMs = 10_000.0
    /// Without a run, samples farther apart than this many buckets are separate stretches.
    private static let pauseBuckets = 10.0
    /// Of samples one by one: separate are those farther apart than so many usual intervals.
    private static let pauseIntervals = 3.0
    /// Fewer do not show what is usual.
    private static let fewSingles = 10

    /// When the run was active: from its start to its end, if these fit its samples.
    ///
    /// A run shorter than a bucket occupies whole buckets. Samples without a run have no start and
    /// no end: the activity is the stretches with samples.
    /// - Parameters:
    ///   - isAnnounced: whether the run has a `run_started`.
    ///   - ended: of `run_finished`, else of the last sample.
    package func activity(isAnnounced: Bool, started: Timestamp?, ended: Timestamp?) -> [Interval] {
        guard let first = buckets.first, let last = buckets.last else {
            return []
        }
        guard isAnnounced else { return stretches }
        // A clock that was set back: the time between is none in which the run was active.
        if let started, let ended, ended < started { return stretches }
        let widthMs = Double(bucketWidthMs)
        let firstMs = Double(first.startMs)
        let lastMs = Double(last.startMs) + widthMs
        let slackMs = max(MetricTimeline.believedSlackMs, lastMs - firstMs)
        var interval = Interval(startMs: firstMs, endMs: lastMs)
        if let startMs = started?.milliseconds, startMs >= firstMs - slackMs,
            startMs <= firstMs + widthMs
        {
            interval.startMs = startMs
        }
        if let endMs = ended?.milliseconds, endMs <= lastMs + slackMs, endMs >= lastMs - widthMs {
            interval.endMs = endMs
        }
        guard interval.endMs - interval.startMs >= widthMs else {
            return [Interval(startMs: firstMs, endMs: lastMs)]
        }
        return [interval]
    }

    /// Samples that come one by one at intervals, as of a job each minute, are no stretch each: a
    /// pause is several times as long as what is usual between them.
    private var pauseBetweenSinglesMs: Double {
        guard buckets.count > MetricTimeline.fewSingles,
            buckets.count(where: { $0.aggregate.count == 1 }) * 2 > buckets.count
        else { return 0 }
        let apart = zip(buckets, buckets.dropFirst()).map { $1.startMs - $0.startMs }.sorted()
        return MetricTimeline.pauseIntervals * Double(apart[apart.count / 2])
    }

    private var stretches: [Interval] {
        let widthMs = Double(bucketWidthMs)
        let pauseMs = max(widthMs * MetricTimeline.pauseBuckets, pauseBetweenSinglesMs)
        var stretches: [Interval] = []
        for bucket in buckets {
            let startMs = Double(bucket.startMs)
            if let last = stretches.last,
                startMs - last.endMs <= pauseMs
            {
                stretches[stretches.count - 1].endMs = startMs + widthMs
            } else {
                stretches.append(Interval(startMs: startMs, endMs: startMs + widthMs))
            }
        }
        return stretches
    }
}
