import TrackerIndexer
import TrackerLog

extension HTMLWriter {
    /// The chart over time: bands of runs, values, throughput and errors, and the data as a table.
    mutating func timeChart(_ chart: TimeChart, _ labels: TimeChartLabels) {
        raw(
            """
            <figure class="chart" aria-labelledby="over-time-h" aria-describedby="over-time-s">
            """
        )
        raw("<p class=\"sr\" id=\"over-time-s\">")
        text(labels.sentence)
        raw("</p><div class=\"plots\" id=\"over-time-plots\" data-zoom=\"over-time-data\"")
        attribute("data-spans", spanText(chart.columns.axis))
        // What the script puts behind a number: sizes and shares have their own unit.
        let hasUnits = NumberText.ownsUnit(labels.metric.unit)
        attribute("data-unit", hasUnits ? "" : labels.metric.unitText)
        raw(" data-origin=\"")
        int(Int(chart.columns.axis.originMs))
        raw("\"")
        // The columns of the table that are in this unit.
        raw(labels.level == nil ? " data-values=\"4\"" : " data-values=\"3\"")
        raw(">")
        bands(chart, labels)
        valuePlot(chart, labels)
        if labels.level == nil { ratePlot(chart, labels) }
        if labels.hasErrors { errorPlot(chart) }
        for curve in labels.processes { processPlot(curve) }
        bottomLabels(chart.columns.axis.ticks.map { ($0.x, $0.label) })
        raw("</div></figure>")
        if let level = labels.level {
            levelTable(level, chart, labels)
        } else {
            timeTable(chart, labels)
        }
    }

    /// The spans for the script: `x0 x1 t0 t1` each, comma-separated, times in milliseconds since
    /// the origin.
    private func spanText(_ axis: TimeAxis) -> String {
        var writer = HTMLWriter(capacity: 64)
        for (index, span) in axis.spans.enumerated() {
            if index > 0 { writer.raw(",") }
            let from = span.interval.startMs - axis.originMs
            let to = span.interval.endMs - axis.originMs
            writer.decimal(span.startX)
            writer.raw(" ")
            writer.decimal(span.endX)
            for time in [from, to] {
                writer.raw(" ")
                writer.int(Int(time.rounded()))
            }
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private mutating func bands(_ chart: TimeChart, _ labels: TimeChartLabels) {
        guard !chart.bands.isEmpty else { return }
        raw("<div class=\"runs\" style=\"--lanes:")
        int(chart.lanes)
        raw("\">")
        for band in chart.bands {
            raw("<a")
            attribute("href", labels.links[band.run])
            attribute("title", labels.names[band.run])
            if labels.flags[band.run] { raw(" class=\"flag\"") }
            raw(" style=\"left:")
            decimal(band.startX / 10)
            raw("%;width:")
            decimal((band.endX - band.startX) / 10)
            raw("%;--lane:")
            int(band.lane)
            raw("\">")
            let name = labels.names[band.run]
            if name.hasPrefix("Run ") {
                raw("<em>Run </em>")
                text(String(name.dropFirst(4)))
            } else {
                text(name)
            }
            raw("</a>")
        }
        raw("</div>\n")
    }

    private mutating func valuePlot(_ chart: TimeChart, _ labels: TimeChartLabels) {
        let scale = labels.level?.scale ?? chart.valueScale
        let ticks = scale.ticks(8)
        let height = TimeChart.valueHeight
        plot(height: height) { out in
            out.grid(scale, ticks: ticks, height: height)
            out.breaks(chart.columns.axis, height: height)
            out.runStarts(chart.bands, height: height)
            out.noData(chart.columns, height: height)
            if let level = labels.level {
                out.levelShapes(level)
            } else if let heat = labels.heat {
                out.heatShapes(heat, chart)
                if let pinned = labels.pinned { out.pinShape(pinned, chart) }
            } else {
                out.fan(chart)
            }
        } labels: { out in
            out.valueLabels(ticks, scale, height: height, unit: labels.metric.unit)
            if let level = labels.level {
                out.levelLabels(level, height: height)
            } else if let slowest = chart.points.last(where: \.hasValues)?.slowest {
                let names = chart.lines.reversed().compactMap { line in
                    line.columns.last.map {
                        (
                            name: line.name, y: scale.position(of: $0.value),
                            isStrong: line.quantile == TimeChart.quantiles.last
                        )
                    }
                }
                // p99 may be over many columns: the slowest of the last one alone is often below
                // it, where no dot is.
                let y = min(scale.position(of: slowest), names.map(\.y).min() ?? height)
                out.endLabels([("slowest", y, false)] + names, height: height)
            }
            out.pins(labels.pins, chart.columns.axis)
        }
    }

    private mutating func pins(_ pins: [TimePin], _ axis: TimeAxis) {
        for pin in pins {
            let x = axis.position(of: pin.at.milliseconds)
            raw("<div class=\"pin")
            if x > TimeAxis.width * 0.6 { raw(" left") }
            raw("\"")
            placed("left", x, of: TimeAxis.width)
            raw(">")
            element("span", pin.text)
            raw("</div>")
        }
    }

    /// Marks idle time that is left out.
    private mutating func breaks(_ axis: TimeAxis, height: Double) {
        var path = SVGPath()
        for (before, after) in zip(axis.spans, axis.spans.dropFirst()) {
            path.rectangle(x: before.endX, y: 0, right: after.startX, bottom: height)
        }
        self.path("band", path)
    }

    /// Hatches the times of which records are missing.
    private mutating func noData(_ columns: TimeColumns, height: Double) {
        guard !columns.lost.isEmpty else { return }
        var (area, lines) = (SVGPath(), SVGPath())
        var drawnX = 0.0
        for lost in columns.lost {
            // At least a unit wide, so that there are few however many they are.
            let startX = max(columns.axis.position(of: lost.startMs), drawnX)
            let endX = max(columns.axis.position(of: lost.endMs), startX + 1)
            guard endX <= TimeAxis.width, columns.axis.position(of: lost.endMs) >= drawnX else {
                continue
            }
            drawnX = endX
            area.rectangle(x: startX, y: 0, right: endX, bottom: height)
            // Slanted lines, cut at the sides.
            for x in stride(from: startX - height, to: endX, by: Self.hatchStep) {
                let (left, right) = (max(x, startX), min(x + height, endX))
                guard left < right else { continue }
                lines.move(left, height - (left - x))
                lines.line(right, height - (right - x))
            }
        }
        path("band", area)
        path("nd", lines)
    }

    private static let hatchStep = 8.0

    /// A line at each run's start, so that runs without a pause between them can be distinguished.
    private mutating func runStarts(_ bands: [TimeChart.Band], height: Double) {
        var path = SVGPath()
        for band in bands where band.startX > 0 {
            path.move(band.startX, 0)
            path.line(band.startX, height)
        }
        self.path("gM", path)
    }

    /// p50, p90 and p99 as lines with areas between them, the slowest values as dots.
    private mutating func fan(_ chart: TimeChart) {
        var lines = [SVGPath](repeating: SVGPath(), count: 3)
        var inner = SVGPath()
        var outer = SVGPath()
        var slowest = SVGPath()
        var alone = SVGPath()
        for piece in chart.pieces {
            let curves = chart.lines.map { $0.drawn(along: piece, in: chart) }
            for index in 0..<3 where piece.count > 1 { lines[index].polyline(curves[index]) }
            if piece.count == 1 { for curve in curves { alone.polyline(curve) } }
            inner.area(top: curves[1], bottom: curves[0])
            outer.area(top: curves[2], bottom: curves[1])
            for index in piece {
                // Close to p99 a dot would only thicken its line.
                guard let value = chart.points[index].slowest,
                    let p99 = chart.lines[2].column(at: index)?.value, value > p99 * 1.2
                else { continue }
                slowest.dot(chart.points[index].x, chart.valueScale.position(of: value))
            }
        }
        path("f2", outer)
        path("f1", inner)
        path("mx", slowest)
        path("l50", lines[0])
        path("l90", lines[1])
        path("l99", lines[2])
        path("pt", alone)
    }

    private mutating func ratePlot(_ chart: TimeChart, _ labels: TimeChartLabels) {
        // Of runs at the same time the plot is the sum, and no rate is that of all.
        let asked =
            chart.lanes == 1 && labels.rates.contains { $0 != nil }
            ? chart.bands.compactMap { band in labels.rates[band.run].map { (band, $0) } } : []
        raw("<p class=\"cap-y\">Throughput <small>")
        text(labels.metric.noun)
        raw(" per second")
        if !asked.isEmpty { raw("; dashed: asked for") }
        raw("</small></p>")
        let height = TimeChart.rateHeight
        let rates = chart.points.compactMap(\.column.perSecond) + asked.map(\.1)
        let scale = Scale.fromZero(to: rates.max() ?? 0, height: height, ticks: 4)
        plot(height: height) { out in
            var line = SVGPath()
            var area = SVGPath()
            var alone = SVGPath()
            for piece in chart.columns.lines(where: { $0.perSecond != nil }) {
                let top = piece.map {
                    Point(
                        chart.columns.axis.position(of: $0.middleMs),
                        scale.position(of: $0.perSecond ?? 0))
                }
                guard top.count > 1 else {
                    alone.polyline(top)
                    continue
                }
                line.polyline(top)
                let floor = [top.first, top.last].compactMap { $0 }.map { Point($0.x, height) }
                area.area(top: top, bottom: floor)
            }
            out.grid(scale, ticks: [], height: height)
            out.noData(chart.columns, height: height)
            out.path("f1", area)
            var dashes = SVGPath()
            for (band, rate) in asked {
                dashes.move(band.startX, scale.position(of: rate))
                dashes.line(band.endX, scale.position(of: rate))
            }
            out.path("turn", dashes)
            out.path("l90", line)
            out.path("pt", alone)
        } labels: { out in
            out.valueLabels([0, scale.high], scale, height: height, unit: "/s")
        }
    }

    private mutating func errorPlot(_ chart: TimeChart) {
        raw("<p class=\"cap-y\">Errors <small>per second</small></p>")
        let height = TimeChart.errorHeight
        let most = chart.points.map(\.column.errorsPerSecond).max() ?? 0
        let scale = Scale.fromZero(to: most, height: height, ticks: 2)
        plot(height: height) { out in
            var bars = SVGPath()
            for point in chart.points where point.column.errorsPerSecond > 0 {
                bars.move(point.x, height)
                // At least two pixels high: every error must be visible.
                let top = scale.position(of: point.column.errorsPerSecond)
                bars.line(point.x, min(top, height - 2))
            }
            out.grid(scale, ticks: [], height: height)
            out.path("er", bars)
        } labels: { out in
            out.valueLabels(
                most > 0 ? [0, scale.high] : [0], scale, height: height, unit: "/s")
        }
    }

    private mutating func timeTable(_ chart: TimeChart, _ labels: TimeChartLabels) {
        chartTable(
            id: "over-time",
            columns: [
                "At", "Run", "|p50", "|p90", "|p99", "|Slowest", "|Count", "|Per second", "|Errors",
            ]
        ) { out in
            for (index, point) in chart.points.enumerated()
            where point.column.coveredMs > 0 || point.hasValues {
                out.timeRow(index, chart, labels)
            }
        }
    }

    /// Where the script finds the row's column: in time, which stays as it is while a chart grows.
    mutating func rowStart(_ column: TimeColumn, _ axis: TimeAxis) {
        raw("<tr data-at=\"")
        int(Int((column.middleMs - axis.originMs).rounded()))
        raw("\"><td>")
    }

    /// In the first row of a wide column its value, width and n; in its others a ditto mark, from
    /// which the script goes up to them.
    private mutating func percentile(
        _ column: PercentileLine.Column?, at index: Int, unit: String?
    ) {
        guard let column else { return text(NumberText.none) }
        guard column.columns.lowerBound == index else { return raw("″") }
        let value = NumberText.cell(column.value, unit: unit)
        if column.isFew { element("span", class: "few", value) } else { text(value) }
        if let note = column.note { element("small", class: "of", " " + note) }
    }

    private mutating func timeRow(
        _ index: Int, _ chart: TimeChart, _ labels: TimeChartLabels
    ) {
        let point = chart.points[index]
        let column = point.column
        rowStart(column, chart.columns.axis)
        let at = ClockText.elapsed(column.interval.startMs - chart.columns.axis.originMs)
        if let path = labels.pinPath, point.hasValues {
            link(path + "&at=" + column.pinText, class: "pin-at", at)
        } else {
            text(at)
        }
        raw("<td>")
        text(labels.runText(column.runs))
        for line in chart.lines {
            raw("<td class=n>")
            percentile(line.column(at: index), at: index, unit: labels.metric.unit)
        }
        raw("<td class=n>")
        let slowest = point.slowest.map { NumberText.cell($0, unit: labels.metric.unit) }
        text(slowest ?? NumberText.none)
        raw("<td class=n>")
        text(NumberText.count(column.aggregate?.count ?? 0))
        raw("<td class=n>")
        text(column.isLost ? "no data" : NumberText.rate(column.perSecond))
        raw("<td class=n>")
        text(NumberText.count(column.aggregate?.errors ?? 0))
        raw("\n")
    }
}
