import TrackerIndexer
import TrackerLog

/// What of the time is in view, for the words about it and for addresses.
extension SessionModel {
    var span: SpanQuery? { query.span }
    var view: ValueView { query.view }

    /// The first and the last column of the chart: what was counted.
    var covered: Interval? {
        guard let first = chart?.columns.columns.first, let last = chart?.columns.columns.last
        else {
            return nil
        }
        return Interval(startMs: first.interval.startMs, endMs: last.interval.endMs)
    }

    /// What the numbers are of; `nil` where nothing was measured in it.
    var shownSpan: Interval? {
        guard isFromLog, let whole = covered, let asked = span?.interval else { return covered }
        return Interval.common([asked], [whole]).first
    }

    /// The width of the widest bucket of time in view: an edge of a span is no more exact.
    var edgeMs: Double {
        let runs = only.map { [$0] } ?? runs
        let widths = runs.compactMap { run in
            metric.flatMap { run.summary.timeline(of: $0.name, unit: $0.loggedUnit)?.bucketWidthMs }
        }
        return Double(widths.max() ?? IndexLimits.baseBucketMs)
    }

    /// From the first event to the last.
    var wholeSpan: SpanQuery? {
        guard let first = summary.first, let last = summary.last else { return nil }
        return SpanQuery(from: first, to: Timestamp(clamping: last.milliseconds + 1_000))
    }

    /// This page with the whole time.
    var wholePath: String {
        let address = address(metric: metric?.id, run: only?.summary.run)
        return address.path
            + queryText(address.items.filter { $0.0 != "from" && $0.0 != "to" })
    }

    /// This page with another view of the values over time.
    func path(view: ValueView) -> String {
        let address = address(metric: metric?.id, run: only?.summary.run)
        let kept = address.items.filter { $0.0 != "view" }
        return address.path
            + queryText(kept + (view == .percentiles ? [] : [("view", view.rawValue)]))
    }

    /// The column whose distribution is asked for.
    var pinned: TimeChart.Point? {
        guard view == .heat, let at = query.pin?.milliseconds else { return nil }
        return chart?.points.first {
            $0.column.interval.startMs <= at && at < $0.column.interval.endMs
                && ($0.column.aggregate?.successes.count ?? 0) > 0
        }
    }
}
