import TrackerIndexer
import TrackerLog

extension HTMLWriter {
    /// The cells, with the line of p99 over them.
    mutating func heatShapes(_ heat: HeatMap, _ chart: TimeChart) {
        for piece in heat.pieces where piece.endX > piece.startX {
            raw("<svg class=\"heat\" x=\"")
            decimal(piece.startX)
            raw("\" y=\"0\" width=\"")
            decimal(piece.endX - piece.startX)
            raw("\" height=\"")
            decimal(TimeChart.valueHeight)
            raw("\" viewBox=\"0 -.5 ")
            int(piece.columns)
            raw(" ")
            int(HeatMap.rows)
            raw("\" preserveAspectRatio=\"none\">")
            for (level, path) in piece.paths.enumerated() { heatPath(level, path) }
            raw("</svg>")
        }
        var line = SVGPath()
        for piece in chart.pieces { line.polyline(chart.lines[2].drawn(along: piece, in: chart)) }
        path("over", line)
    }

    private mutating func heatPath(_ level: Int, _ path: SVGPath) {
        guard !path.isEmpty else { return }
        raw("<path class=\"h")
        int(level)
        raw("\" d=\"")
        pathData(path)
        raw("\"/>")
    }

    /// The column whose distribution is shown.
    mutating func pinShape(_ pinned: TimeChart.Point, _ chart: TimeChart) {
        let axis = chart.columns.axis
        let startX = axis.position(of: pinned.column.interval.startMs)
        var frame = SVGPath()
        frame.rectangle(
            x: startX, y: 0,
            right: max(axis.position(of: pinned.column.interval.endMs), startX + 2),
            bottom: TimeChart.valueHeight)
        path("pinned", frame)
    }

    /// Links to the two views of the values over time.
    mutating func viewSwitch(_ model: SessionModel) {
        guard !model.query.isFile else { return }
        raw("<nav class=\"views\" id=\"views\" aria-label=\"View of the values over time\">")
        for (view, name) in [(ValueView.percentiles, "Percentiles"), (.heat, "Heat map")] {
            choice(name, model.path(view: view), isOn: model.view == view)
        }
        if model.view == .heat {
            raw("<span class=\"lo\">Darker is a larger share of its column; the line is p99. ")
            raw("A click, or a link of the table, pins a column: its distribution is below.</span>")
        }
        raw("</nav>")
    }
}
