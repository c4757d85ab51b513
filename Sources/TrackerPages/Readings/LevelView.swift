import TrackerIndexer
import TrackerLog

extension HTMLWriter {
    /// The line of means within the band from the lowest to the highest.
    mutating func levelShapes(_ level: LevelChart) {
        var (band, line, alone) = (SVGPath(), SVGPath(), SVGPath())
        let position = level.scale.position(of:)
        for piece in level.pieces {
            let means = piece.map { Point($0.x, position($0.mean)) }
            band.area(
                top: piece.map { Point($0.x, position($0.high)) },
                bottom: piece.map { Point($0.x, position($0.low)) })
            guard piece.count > 1 else {
                for point in piece where point.high > point.low {
                    line.move(point.x, position(point.high))
                    line.line(point.x, position(point.low))
                }
                alone.polyline(means)
                continue
            }
            line.polyline(means)
        }
        path("f1", band)
        path("l99", line)
        path("pt", alone)
    }

    /// Names at the end of the line.
    mutating func levelLabels(_ level: LevelChart, height: Double) {
        guard let last = level.pieces.last?.last else { return }
        var labels = [(name: "mean", y: level.scale.position(of: last.mean), isStrong: true)]
        if last.high > last.low {
            labels.append(
                (name: "highest", y: level.scale.position(of: last.high), isStrong: false))
            labels.append((name: "lowest", y: level.scale.position(of: last.low), isStrong: false))
        }
        endLabels(labels, height: height)
    }

    mutating func levelTable(
        _ level: LevelChart, _ chart: TimeChart, _ labels: TimeChartLabels
    ) {
        let unit = labels.metric.unit
        let digits = level.digits(unit: unit)
        let columns: [StaticString] = ["At", "Run", "|Mean", "|Lowest", "|Highest", "|Values"]
        chartTable(id: "over-time", columns: columns + (labels.hasErrors ? ["|Errors"] : [])) {
            out in
            for point in level.points {
                out.rowStart(point.column, chart.columns.axis)
                out.text(
                    ClockText.elapsed(
                        point.column.interval.startMs - chart.columns.axis.originMs))
                out.raw("<td>")
                out.text(labels.runText(point.column.runs))
                for value in [point.mean, point.low, point.high] {
                    out.raw("<td class=n>")
                    out.text(NumberText.cell(value, unit: unit, digits: digits))
                }
                out.raw("<td class=n>")
                out.text(NumberText.count(point.column.aggregate?.successes.count ?? 0))
                if labels.hasErrors {
                    out.raw("<td class=n>")
                    out.text(NumberText.count(point.column.aggregate?.errors ?? 0))
                }
                out.raw("\n")
            }
        }
    }
}
