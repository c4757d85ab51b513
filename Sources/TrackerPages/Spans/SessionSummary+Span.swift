package import TrackerIndexer
import TrackerLog

extension SessionSummary {
    /// The same session with only what was measured in a span of time.
    ///
    /// Samples are kept in buckets of time: those that the span touches count whole. What has no
    /// time is left out: samples without a plausible one, curves that were not kept, and the
    /// series of labels.
    package func cut(to span: SpanQuery) -> SessionSummary {
        var cut = self
        cut.overflow = nil
        for index in cut.runs.indices { cut.runs[index] = runs[index].cut(to: span) }
        return cut
    }
}

extension RunSummary {
    fileprivate func cut(to span: SpanQuery) -> RunSummary {
        var cut = self
        cut.series = []
        cut.timelines = timelines.compactMap { $0.cut(to: span) }
        let starts = cut.timelines.compactMap(\.buckets.first?.startMs)
        let ends = cut.timelines.compactMap { timeline in
            timeline.buckets.last.map { $0.startMs + timeline.bucketWidthMs }
        }
        guard let first = starts.min(), let end = ends.max() else { return cut }
        // Rates are per second of the time that is left.
        cut.started = started.map { max($0, Timestamp(clamping: Double(first))) }
        cut.finished = finished.map { min($0, Timestamp(clamping: Double(end))) }
        cut.last = last.map { min($0, Timestamp(clamping: Double(end))) }
        return cut
    }
}

extension MetricTimeline {
    /// - Returns: `nil` without a bucket in the span.
    fileprivate func cut(to span: SpanQuery) -> MetricTimeline? {
        let from = span.from?.milliseconds ?? -.infinity
        let to = span.to?.milliseconds ?? .infinity
        let kept = buckets.filter { bucket in
            Double(bucket.startMs) < to && Double(bucket.startMs + bucketWidthMs) > from
        }
        guard let total = Aggregate.merged(kept.map(\.aggregate)) else { return nil }
        var cut = self
        cut.buckets = kept
        cut.undated = nil
        cut.total = total
        return cut
    }
}
