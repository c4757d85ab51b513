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
        /// `nil` without a success.
        package var slowest: Double?

        package var hasValues: Bool { slowest != nil }
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
    /// p50, p90 and p99 of the successes.
    package let lines: [PercentileLine]
    package let bands: [Band]
    /// Number of runs, when they are too many to have bands; else 0.
    package let hiddenBands: Int
    package let valueScale: Scale

    package static let valueHeight = 216.0
    static let rateHeight = 56.0
    static let errorHeight = 34.0

    /// - Parameters:
    ///   - lost: when records were written that are missing.
    ///   - showsAll: each sample has a place of its own, as in a heat map: lines begin at p50.
    package init(
        _ slices: [RunSlice], isLatency: Bool, lost: [Interval] = [], showsAll: Bool = false
    ) {
        let columns = TimeColumns(slices, lost: lost)
        self.columns = columns
        points = columns.columns.map { column in
            Point(
                column: column, x: columns.axis.position(of: column.middleMs),
                slowest: column.aggregate?.successes.highest)
        }
        let lines = PercentileLine.all(TimeChart.quantiles, of: columns.columns)
        self.lines = lines
        let bands = TimeChart.bands(slices, axis: columns.axis)
        hiddenBands = bands.count > ViewLimits.maxRunBands ? bands.count : 0
        self.bands = hiddenBands > 0 ? [] : bands
        let lowest =
            showsAll
            ? columns.columns.compactMap(\.aggregate?.successes.lowest)
            : lines[0].columns.map(\.value)
        valueScale = TimeChart.scale(
            lowest: lowest, slowest: points.compactMap(\.slowest),
            isLatency: isLatency)
    }

    package var lanes: Int { (bands.map(\.lane).max() ?? -1) + 1 }
    package var isEmpty: Bool { points.isEmpty }
    var hiddenSpans: Int { columns.axis.hiddenSpans }

    /// Logarithmic for latencies, and for values that span more than a factor of fifty.
    private static func scale(
        lowest: [Double], slowest: [Double], isLatency: Bool
    ) -> Scale {
        let low = lowest.min() ?? 0
        let high = slowest.max() ?? 1
        let positive = lowest.filter { $0 > 0 }.min()
        // A logarithmic axis has no place for what is below zero.
        if let positive, low >= 0, isLatency || (low > 0 && high > 50 * low) {
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
        let p99 = lines[2].columns
        guard let low = p99.min(by: { $0.value < $1.value }),
            let high = p99.max(by: { $0.value < $1.value })
        else {
            return total.errors > 0 && total.succeeded == 0
                ? "No request succeeded: \(NumberText.count(total.errors)) failed."
                : "No samples yet."
        }
        let at = ClockText.elapsed(high.interval.startMs - columns.axis.originMs)
        var text =
            "p99 between \(NumberText.quantity(low.value, unit: metric.unit)) and "
            + "\(NumberText.quantity(high.value, unit: metric.unit)), highest at \(at)."
        if let perSecond { text += " \(NumberText.rate(perSecond)) \(metric.noun) per second." }
        text += " \(NumberText.count(total.errors)) of \(NumberText.count(total.count)) failed."
        return text
    }
}

extension TimeChart {
    /// Indices of the columns that have samples, as they are drawn without a break.
    ///
    /// An empty column is a break where p50 has a column of its own at both of its sides; where
    /// samples are rarer, a pause is.
    var pieces: [[Int]] {
        let bridgeMs = TimeColumns.longestBridgeMs(points.filter(\.hasValues).map(\.column))
        var pieces: [[Int]] = []
        for (index, point) in points.enumerated() where point.hasValues {
            guard let last = pieces.last?.last, !isBreak(last, index, bridgeMs) else {
                pieces.append([index])
                continue
            }
            pieces[pieces.count - 1].append(index)
        }
        return pieces
    }

    private func isBreak(_ before: Int, _ after: Int, _ bridgeMs: Double) -> Bool {
        let columns = (points[before].column, points[after].column)
        guard columns.0.span == columns.1.span else { return true }
        guard after - before > 1 else { return false }
        let isRare = [before, after].contains { lines[0].column(at: $0)?.isWide ?? false }
        return !isRare || columns.1.middleMs - columns.0.middleMs > bridgeMs
    }

    /// The lines that have too few samples in one of the chart's columns.
    private var widened: [PercentileLine] {
        lines.filter { $0.columns.contains { $0.isWide || $0.isFew } }
    }

    /// `9 s to 15 s`.
    private func lengths(_ line: PercentileLine) -> String {
        let widths = line.columns.map { $0.isWide ? $0.interval.lengthMs : columns.columnMs }
        let shortest = ClockText.wholeSeconds(widths.min() ?? 0)
        let longest = ClockText.wholeSeconds(widths.max() ?? 0)
        return shortest == longest ? longest : "\(shortest) to \(longest)"
    }

    /// Over which columns the percentiles are, where one of the chart has too few samples.
    var widths: [String] { widened.map { "\($0.name) over columns of \(lengths($0))" } }

    /// The same with the reason, in sentences; `nil` where each column has enough.
    var wideningText: String? {
        let counts = points.compactMap { $0.column.aggregate?.successes.count }
            .filter { $0 > 0 }.sorted()
        guard !widened.isEmpty, !counts.isEmpty else { return nil }
        let usual = counts[(counts.count - 1) / 2]
        let sentences = widened.map { line in
            let needed = NumberText.count(NearestRank.samplesNeeded(beyond: line.quantile))
            let few = line.columns.count { $0.isFew }
            let missing =
                few == line.columns.count ? ", and has fewer" : ", and some have fewer"
            return " \(line.name) needs \(needed): each of its points is over \(lengths(line))"
                + "\(few > 0 ? missing : "")."
        }
        return "\(ClockText.wholeSeconds(columns.columnMs)) usually has \(NumberText.count(usual))"
            + " sample\(usual == 1 ? "" : "s")." + sentences.joined()
    }
}

extension PercentileLine {
    /// The line along some columns of the chart, level where they are taken together.
    func drawn(along piece: [Int], in chart: TimeChart) -> [Point] {
        piece.compactMap { index in
            column(at: index).map {
                Point(chart.points[index].x, chart.valueScale.position(of: $0.value))
            }
        }
    }
}
