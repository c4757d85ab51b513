package import TrackerIndexer
import TrackerLog

/// Latency, throughput and errors of some runs on one time axis, computed for drawing.
package struct TimeChart: Sendable {
    /// The percentiles drawn as lines.
    package static let quantiles = [0.5, 0.9, 0.99]

    /// One column and its values.
    package struct Point: Sendable {
        package var column: TimeColumn
        package var x: Double
        /// p50, p90, p99 of the successes; empty when the column has none.
        package var values: [Double]
        package var slowest: Double?
    }

    /// The position of a run on the axis.
    package struct Band: Sendable, Hashable {
        package var run: Int
        package var startX: Double
        package var endX: Double
        /// Runs that overlap are in different lanes, from 0.
        package var lane: Int
    }

    package let columns: TimeColumns
    package let points: [Point]
    package let bands: [Band]
    /// Number of runs, when they are too many to have bands; else 0.
    package let hiddenBands: Int
    package let valueScale: Scale

    package static let valueHeight = 216.0
    static let rateHeight = 56.0
    static let errorHeight = 34.0

    /// - Parameter lost: when records were written that are missing.
    package init(_ slices: [RunSlice], isLatency: Bool, lost: [Interval] = []) {
        let columns = TimeColumns(slices, lost: lost)
        self.columns = columns
        points = columns.columns.map { column in
            Point(
                column: column, x: columns.axis.position(of: column.middleMs),
                values: column.aggregate?.successes.quantiles(TimeChart.quantiles) ?? [],
                slowest: column.aggregate?.successes.highest)
        }
        let bands = TimeChart.bands(slices, axis: columns.axis)
        hiddenBands = bands.count > ViewLimits.maxRunBands ? bands.count : 0
        self.bands = hiddenBands > 0 ? [] : bands
        valueScale = TimeChart.scale(points, isLatency: isLatency)
    }

    package var lanes: Int { (bands.map(\.lane).max() ?? -1) + 1 }
    package var isEmpty: Bool { points.isEmpty }
    var hiddenSpans: Int { columns.axis.hiddenSpans }

    /// Logarithmic for latencies, and for values that span more than a factor of fifty.
    private static func scale(_ points: [Point], isLatency: Bool) -> Scale {
        let low = points.compactMap(\.values.first).min() ?? 0
        let high = points.compactMap(\.slowest).max() ?? 1
        let positive = points.compactMap(\.values.first).filter { $0 > 0 }.min()
        if let positive, isLatency || (low > 0 && high > 50 * low) {
            return Scale(
                .logarithmic, low: min(positive * 0.8, high / 4),
                high: max(high * 1.15, positive * 2),
                start: valueHeight, end: 0)
        }
        guard low < 0 else { return Scale.fromZero(to: high, height: valueHeight, ticks: 5) }
        return Scale(.linear, low: low, high: max(high, 0), start: valueHeight, end: 0)
    }

    private static func bands(_ slices: [RunSlice], axis: TimeAxis) -> [Band] {
        guard let originMs = axis.spans.first?.interval.startMs else { return [] }
        var laneEnds: [Double] = []
        var bands: [Band] = []
        for slice in slices {
            guard let first = slice.activity.first, let last = slice.activity.last,
                last.endMs > originMs
            else { continue }
            let startX = axis.position(of: first.startMs)
            let endX = axis.position(of: last.endMs)
            let lane = laneEnds.firstIndex { $0 <= startX + 0.1 } ?? laneEnds.count
            if lane == laneEnds.count { laneEnds.append(endX) } else { laneEnds[lane] = endX }
            bands.append(Band(run: slice.index, startX: startX, endX: endX, lane: lane))
        }
        return bands
    }
}

extension TimeChart {
    /// A description for screen readers.
    func sentence(metric: MetricChoice, total: Aggregate, perSecond: Double?) -> String {
        let p99s = points.filter { $0.values.count == 3 }
        guard let low = p99s.min(by: { $0.values[2] < $1.values[2] }),
            let high = p99s.max(by: { $0.values[2] < $1.values[2] })
        else {
            return total.errors > 0 && total.succeeded == 0
                ? "No request succeeded: \(NumberText.count(total.errors)) failed."
                : "No samples yet."
        }
        let at = ClockText.elapsed(high.column.interval.startMs - columns.axis.originMs)
        var text =
            "p99 between \(NumberText.quantity(low.values[2], unit: metric.unit)) and "
            + "\(NumberText.quantity(high.values[2], unit: metric.unit)), highest at \(at)."
        if let perSecond { text += " \(NumberText.rate(perSecond)) \(metric.noun) per second." }
        text += " \(NumberText.count(total.errors)) of \(NumberText.count(total.count)) failed."
        return text
    }
}
