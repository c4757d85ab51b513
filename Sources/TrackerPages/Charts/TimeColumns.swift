package import TrackerIndexer
package import TrackerLog

/// One run's curve over time, with the name it has on the page.
package struct RunSlice: Sendable {
    /// Index of the run in the session.
    package var index: Int
    package var name: String
    package var isAnnounced: Bool
    package var started: Timestamp?
    /// Time of `run_finished`, else of the last sample.
    package var ended: Timestamp?
    package var timeline: MetricTimeline

    package init(
        index: Int, name: String, isAnnounced: Bool, started: Timestamp?, ended: Timestamp?,
        timeline: MetricTimeline
    ) {
        self.index = index
        self.name = name
        self.isAnnounced = isAnnounced
        self.started = started
        self.ended = ended
        self.timeline = timeline
    }

    /// The run's periods of activity, according to this metric.
    package var activity: [Interval] {
        timeline.activity(isAnnounced: isAnnounced, started: started, ended: ended)
    }
}

/// A column of the chart over time: all samples of all runs in its interval.
package struct TimeColumn: Sendable {
    package var span: Int
    package var interval: Interval
    /// Time within the interval in which any run was active.
    package var coveredMs: Double
    /// Time within the interval of which records are missing.
    package var lostMs = 0.0
    /// How long a column of its span is, where it is cut at an end of it: a rate of few
    /// milliseconds is that of one sample.
    package var wholeMs: Double
    /// `nil` without samples.
    package var aggregate: Aggregate?
    /// Indices of the runs in it, ascending.
    package var runs: [Int]

    package init(span: Int, interval: Interval) {
        self.span = span
        self.interval = interval
        coveredMs = 0
        wholeMs = interval.lengthMs
        runs = []
    }

    package var middleMs: Double { (interval.startMs + interval.endMs) / 2 }

    /// A moment in it, for an address.
    var pinText: String { ClockText.machine(Timestamp(clamping: middleMs.rounded(.down))) }

    /// Whether so much of it is missing that a rate would be wrong.
    package var isLost: Bool { lostMs > coveredMs * TimeColumn.ignoredLoss }
    private static let ignoredLoss = 0.1

    /// Successes per second of activity; `nil` when it covers less than half a column, or when
    /// records of it are missing.
    package var perSecond: Double? {
        guard coveredMs > 0, coveredMs >= wholeMs / 2, !isLost else { return nil }
        return Double(aggregate?.succeeded ?? 0) * 1_000 / coveredMs
    }

    package var errorsPerSecond: Double {
        let seconds = max(coveredMs, wholeMs / 2) / 1_000
        return seconds > 0 ? Double(aggregate?.errors ?? 0) / seconds : 0
    }
}

/// All runs of a session on one time axis, cut into at most `ViewLimits.maxTimeColumns` columns.
///
/// Invariant: the columns' counts add up to those of the slices, without hidden spans, because each
/// bucket goes into exactly one column. Percentiles come from the merged histograms.
package struct TimeColumns: Sendable {
    package let axis: TimeAxis
    package let columns: [TimeColumn]
    /// The width of a column; the largest width when spans differ.
    package let columnMs: Double
    /// When records were written that are missing, within the activity.
    package let lost: [Interval]

    /// - Parameter lost: in order, without overlaps.
    package init(_ slices: [RunSlice], lost: [Interval] = []) {
        let activity = slices.map(\.activity)
        axis = TimeAxis(activity: activity.flatMap { $0 })
        let widths = TimeColumns.columnWidths(axis: axis, slices: slices)
        columnMs = widths.max() ?? Double(IndexLimits.baseBucketMs)
        var cut: [TimeColumn] = []
        var firstOfSpan: [Int] = []
        for (index, span) in axis.spans.enumerated() {
            firstOfSpan.append(cut.count)
            cut += TimeColumns.empty(span: index, interval: span.interval, width: widths[index])
        }
        let grid = Grid(axis: axis, widths: widths, firstOfSpan: firstOfSpan, count: cut.count)
        TimeColumns.fill(&cut, slices: slices, grid: grid)
        let active = Interval.united(activity.flatMap { $0 })
        TimeColumns.cover(&cut, with: active) { $0.coveredMs += $1 }
        self.lost = Interval.common(
            axis.spans.map(\.interval), Interval.common(active, lost))
        TimeColumns.cover(&cut, with: self.lost) { $0.lostMs += $1 }
        columns = cut
    }

    /// Finds the column of a time.
    private struct Grid {
        let axis: TimeAxis
        let widths: [Double]
        let firstOfSpan: [Int]
        let count: Int

        /// - Returns: `nil` for a time before the first span.
        func column(at unixMs: Double) -> Int? {
            guard let span = axis.spanIndex(at: unixMs) else { return nil }
            let width = widths[span]
            let from = (axis.spans[span].interval.startMs / width).rounded(.down) * width
            guard unixMs >= from else { return nil }
            let end = span + 1 < firstOfSpan.count ? firstOfSpan[span + 1] : count
            return min(firstOfSpan[span] + Int((unixMs - from) / width), end - 1)
        }
    }

    /// Groups of drawn columns without a break between them, each drawn as one line.
    package func lines(where isDrawn: (TimeColumn) -> Bool) -> [[TimeColumn]] {
        var lines: [[TimeColumn]] = []
        var previous: TimeColumn?
        for column in columns {
            guard isDrawn(column) else {
                previous = nil
                continue
            }
            if let previous, previous.span == column.span {
                lines[lines.count - 1].append(column)
            } else {
                lines.append([column])
            }
            previous = column
        }
        return lines
    }

    /// Neighbours are joined up to this many times the usual distance: what reports every ten
    /// seconds is a line, and a pause is none.
    private static let bridgedDistance = 3.0

    /// How far apart columns with values may be to be one line. - Parameter drawn: in order.
    package static func longestBridgeMs(_ drawn: [TimeColumn]) -> Double {
        let pairs = zip(drawn, drawn.dropFirst()).filter { $0.span == $1.span }
        let distances = pairs.map { $1.middleMs - $0.middleMs }.sorted()
        return distances.isEmpty ? 0 : distances[distances.count / 2] * bridgedDistance
    }

    /// The column width of each span: that of its widest bucket, doubled until the number of
    /// columns is within the limit. Bucket widths are a base times powers of two, so each bucket
    /// lies in one column.
    private static func columnWidths(axis: TimeAxis, slices: [RunSlice]) -> [Double] {
        var widths = [Double](repeating: Double(IndexLimits.baseBucketMs), count: axis.spans.count)
        for slice in slices {
            for interval in slice.activity {
                guard let span = axis.spanIndex(at: interval.startMs) else { continue }
                widths[span] = max(widths[span], Double(slice.timeline.bucketWidthMs))
            }
        }
        func total(_ factor: Double) -> Double {
            zip(axis.spans, widths).reduce(0) {
                $0 + ($1.0.interval.lengthMs / ($1.1 * factor)).rounded(.up) + 1
            }
        }
        var factor = 1.0
        while total(factor) > Double(ViewLimits.maxTimeColumns), factor < 1e12 { factor *= 2 }
        return widths.map { $0 * factor }
    }

    private static func empty(span: Int, interval: Interval, width: Double) -> [TimeColumn] {
        var columns: [TimeColumn] = []
        var startMs = (interval.startMs / width).rounded(.down) * width
        repeat {
            let cut = Interval(
                startMs: max(startMs, interval.startMs), endMs: min(startMs + width, interval.endMs)
            )
            var column = TimeColumn(span: span, interval: cut)
            if interval.lengthMs >= 2 * width { column.wholeMs = width }
            columns.append(column)
            startMs += width
        } while startMs < interval.endMs
        return columns
    }

    private static func fill(
        _ columns: inout [TimeColumn], slices: [RunSlice], grid: Grid
    ) {
        var parts = [[Aggregate]](repeating: [], count: columns.count)
        for slice in slices {
            let activity = slice.activity
            guard let first = activity.first, let last = activity.last else { continue }
            let widthMs = Double(slice.timeline.bucketWidthMs)
            for bucket in slice.timeline.buckets {
                // The first and last bucket may extend beyond the run, and so beyond its span.
                let middleMs = Double(bucket.startMs) + widthMs / 2
                let insideMs = min(max(middleMs, first.startMs), last.endMs)
                guard let index = grid.column(at: insideMs) else { continue }
                parts[index].append(bucket.aggregate)
                if columns[index].runs.last != slice.index {
                    columns[index].runs.append(slice.index)
                }
            }
        }
        for index in columns.indices { columns[index].aggregate = Aggregate.merged(parts[index]) }
    }

    /// Adds how much of each column the intervals cover.
    private static func cover(
        _ columns: inout [TimeColumn], with intervals: [Interval],
        add: (inout TimeColumn, Double) -> Void
    ) {
        var next = 0
        for index in columns.indices {
            let column = columns[index].interval
            while next < intervals.count, intervals[next].endMs <= column.startMs { next += 1 }
            var at = next
            while at < intervals.count, intervals[at].startMs < column.endMs {
                let fromMs = max(intervals[at].startMs, column.startMs)
                add(&columns[index], max(0, min(intervals[at].endMs, column.endMs) - fromMs))
                at += 1
            }
        }
    }
}
