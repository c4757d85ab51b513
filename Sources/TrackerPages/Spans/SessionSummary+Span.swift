package import TrackerIndexer
import TrackerLog

extension SessionSummary {
    /// The same session with only what was measured in a span of time.
    ///
    /// Samples are kept in buckets of time: those that the span touches count whole. What has no
    /// time is left out: samples without a plausible one, curves that were not kept, and the
    /// series of labels.
    /// - Parameter fold: of the log, where it could be read: it has all of these, and its samples
    ///   count by their own times.
    package func cut(to span: Interval, _ fold: SpanFold?) -> SessionSummary {
        if let fold { return cut(to: fold) }
        var cut = self
        cut.overflow = nil
        for index in cut.runs.indices { cut.runs[index] = runs[index].cut(to: span) }
        return cut
    }

    private func cut(to fold: SpanFold) -> SessionSummary {
        var cut = self
        cut.overflow = fold.summary.overflow
        var measured: [ExactText: RunSummary] = [:]
        for run in fold.summary.runs { measured[ExactText(run.run)] = run }
        for index in cut.runs.indices {
            let found = measured[ExactText(runs[index].run)]
            cut.runs[index].series = found?.series ?? []
            cut.runs[index].timelines = found?.timelines ?? []
            cut.runs[index].keepTimes(within: fold.span)
        }
        return cut
    }
}

extension RunSummary {
    fileprivate func cut(to span: Interval) -> RunSummary {
        var cut = self
        cut.series = []
        cut.timelines = timelines.compactMap { $0.cut(to: span) }
        let starts = cut.timelines.compactMap(\.buckets.first?.startMs)
        let ends = cut.timelines.compactMap { timeline in
            timeline.buckets.last.map { $0.startMs + timeline.bucketWidthMs }
        }
        guard let first = starts.min(), let end = ends.max() else { return cut }
        cut.keepTimes(within: Interval(startMs: Double(first), endMs: Double(end)))
        return cut
    }

    /// Rates are per second of the time that is left.
    fileprivate mutating func keepTimes(within span: Interval) {
        started = started.map { max($0, Timestamp(clamping: span.startMs)) }
        finished = finished.map { min($0, Timestamp(clamping: span.endMs)) }
        last = last.map { min($0, Timestamp(clamping: span.endMs)) }
    }
}

extension MetricTimeline {
    /// - Returns: `nil` without a bucket in the span.
    fileprivate func cut(to span: Interval) -> MetricTimeline? {
        let kept = buckets.filter { bucket in
            Double(bucket.startMs) < span.endMs
                && Double(bucket.startMs + bucketWidthMs) > span.startMs
        }
        guard let total = Aggregate.merged(kept.map(\.aggregate)) else { return nil }
        var cut = self
        cut.buckets = kept
        cut.undated = nil
        cut.total = total
        return cut
    }
}
