import TrackerIndexer
import TrackerLog

/// What the charts of a session's page draw, as rows.
extension SessionModel {
    private static func start(_ interval: Interval) -> PanelTable.Cell {
        .text(ClockText.machine(Timestamp(clamping: interval.startMs)))
    }

    /// A row for each column of the chart. A percentile stands in the row in which its column
    /// begins, with its length and its n: it is empty in the others that the column goes on to.
    var timeTable: PanelTable {
        let unit = metric?.unit
        var table = PanelTable(
            [
                .init("start"), .init("length", "ms"), .init("runs"), .init("n"), .init("errors"),
                .init("per second", "1/s"), .init("min", unit), .init("mean", unit),
            ]
                + ["p50", "p90", "p99"].flatMap {
                    [.init($0, unit), .init($0 + " length", "ms"), .init($0 + " n")]
                } + [.init("max", unit), .init("note")])
        guard let chart else { return table }
        for (index, point) in chart.points.enumerated() {
            let column = point.column
            guard column.coveredMs > 0 || point.hasValues else { continue }
            let begun = chart.lines.map { line in
                line.column(at: index).flatMap { $0.columns.lowerBound == index ? $0 : nil }
            }
            let few = zip(chart.lines, begun).filter { $1?.isFew ?? false }.map(\.0.name)
            let notes = [
                column.isLost ? "records are missing" : nil,
                few.isEmpty ? nil : "too few samples for " + few.joined(separator: ", "),
            ].compactMap(\.self)
            let values = column.aggregate?.successes
            let runs = column.runs.map { self.runs[$0].summary.run }
            table.rows.append(
                [
                    Self.start(column.interval), .number(column.interval.lengthMs),
                    .text(runs.isEmpty ? nil : runs.joined(separator: " ")),
                    .count(column.aggregate?.count ?? 0), .count(column.aggregate?.errors ?? 0),
                    .number(column.perSecond), .number(values?.lowest), .number(values?.mean),
                ]
                    + begun.flatMap { percentile -> [PanelTable.Cell] in
                        [
                            .number(percentile?.value),
                            .number(percentile?.interval.lengthMs),
                            percentile.map { .count($0.n) } ?? .text(nil),
                        ]
                    } + [
                        .number(values?.highest),
                        .text(notes.isEmpty ? nil : notes.joined(separator: "; ")),
                    ])
        }
        return table
    }

    func valueTable(_ few: FewValues) -> PanelTable {
        var table = PanelTable([
            .init("at"), .init("run"), .init("value", metric?.unit), .init("outcome"),
        ])
        table.rows = few.shown.map { value in
            [
                .text(value.atMs.map { ClockText.machine(Timestamp(clamping: $0)) }),
                .text(runs[value.run].summary.run), .number(value.value),
                .text(value.hasFailed ? "failed" : "ok"),
            ]
        }
        return table
    }

    var heatTable: PanelTable {
        let unit = metric?.unit
        var table = PanelTable([
            .init("start"), .init("length", "ms"), .init("from", unit), .init("to", unit),
            .init("n"),
        ])
        for point in chart?.points ?? [] {
            guard let values = point.column.aggregate?.successes else { continue }
            for bucket in values.histogram.buckets {
                table.rows.append([
                    Self.start(point.column.interval), .number(point.column.interval.lengthMs),
                    .number(Bucket.lowerBound(of: bucket.bucket)),
                    .number(Bucket.upperBound(of: bucket.bucket)),
                    .count(Int(clamping: bucket.count)),
                ])
            }
        }
        return table
    }

    var resourceTable: PanelTable {
        var table = PanelTable(
            ["run", "start", "metric", "unit", "n", "mean", "min", "max"].map { .init($0) })
        for run in inView {
            for timeline in run.summary.timelines
            where ProcessCurve.metrics.contains(ExactText(timeline.metric)) {
                for bucket in timeline.buckets {
                    let values = bucket.aggregate.all
                    table.rows.append([
                        .text(run.summary.run),
                        .text(ClockText.machine(Timestamp(clamping: Double(bucket.startMs)))),
                        .text(timeline.metric), .text(timeline.unit), .count(values.count),
                        .number(values.mean), .number(values.lowest), .number(values.highest),
                    ])
                }
            }
        }
        return table
    }

    /// The named percentiles, and those that the curve is drawn of.
    var curveTable: PanelTable {
        var table = PanelTable([
            .init("percentile", "%"), .init("value", metric?.unit), .init("samples beyond"),
        ])
        guard let values = total?.successes, values.count > 0 else { return table }
        let quantiles = PercentileCurve.listed([values])
        table.rows = zip(quantiles, values.quantiles(quantiles)).map { quantile, value in
            [
                .number(PercentileCurve.percent(quantile)), .number(value),
                .count(PercentileCurve.samples(of: values, beyond: quantile)),
            ]
        }
        return table
    }

    /// Of all samples in view, or of the column that is pinned.
    var distributionTable: PanelTable {
        let unit = metric?.unit
        var table = PanelTable([
            .init("from", unit), .init("to", unit), .init("n"), .init("share", "%"),
        ])
        guard let values = pinned?.column.aggregate?.successes ?? total?.successes,
            let distribution = Distribution(values, isLatency: metric?.isLatency ?? false)
        else { return table }
        for bar in distribution.bars where bar.count > 0 {
            table.rows.append([
                .number(bar.from), .number(bar.to), .count(bar.count),
                .number(100 * Double(bar.count) / Double(distribution.count)),
            ])
        }
        return table
    }
}
