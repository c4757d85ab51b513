import TrackerAnalysis
import TrackerIndexer
import TrackerLog

extension HTMLWriter {
    /// The percentile curves of both, and their course since the start of their runs.
    mutating func compareCharts(_ model: CompareModel, isFile: Bool) {
        let unit = MetricChoice.unit(of: model.main.metric, logged: model.main.unit)
        let isLatency = model.main.meaning.kind == .duration
        raw("<div class=\"two\" id=\"shape\">")
        if let a = model.a.total, let b = model.b.total, a.count > 0, b.count > 0 {
            let note = (unit.map { $0 + " by percentile" } ?? "value by percentile")
            panel("curve", title: "Percentile curves", note: note + ", all runs together") { out in
                out.twoCurves(a, b, unit: unit, isLatency: isLatency)
                if !isFile { out.panelLinks(.curve, model.query) }
            }
        }
        if let curves = model.curves {
            alignedPanel(
                curves, unit: unit, isLatency: isLatency, query: isFile ? nil : model.query)
        }
        raw("</div>\n")
    }

    private mutating func twoCurves(
        _ a: Population, _ b: Population, unit: String?, isLatency: Bool
    ) {
        let curves = [a, b].map { PercentileCurve($0).curve }
        let height = HTMLWriter.shapeHeight
        let scale = Self.valueScale(
            low: curves.compactMap { $0.first?.value }.min() ?? 0,
            high: curves.compactMap { $0.last?.value }.max() ?? 1, isLatency: isLatency)
        let across = Scale(
            .linear, low: 0, high: PercentileCurve.maxNines, start: 0, end: TimeAxis.width)
        let ticks = scale.ticks(8)
        figure("curve", "A is dashed, B is solid. The table below has the numbers.") { out in
            out.plot(height: height) { out in
                out.grid(scale, ticks: ticks, height: height)
                for (name, curve) in zip(["lA", "lB"] as [StaticString], curves) {
                    var path = SVGPath()
                    path.polyline(
                        curve.map {
                            Point(across.position(of: $0.nines), scale.position(of: $0.value))
                        })
                    out.path(name, path)
                }
            } labels: { out in
                out.valueLabels(ticks, scale, height: height, unit: unit)
                out.endLabels(
                    zip(["A", "B"], curves).map { name, curve in
                        (name, scale.position(of: curve.last?.value ?? 0), name == "B")
                    }, height: height)
            }
            out.bottomLabels(
                PercentileCurve.named.map { named in
                    let nines = PercentileCurve.Point(quantile: named.quantile, value: 0).nines
                    return (across.position(of: nines), named.label)
                })
        }
        let columns: [StaticString] = ["|Percentile", "|A", "|B"]
        chartTable(id: "curve", columns: columns) { out in
            let named = PercentileCurve.named.dropFirst()
            let values = [a, b].map { $0.quantiles(named.map(\.quantile)) }
            for (index, point) in named.enumerated() {
                out.raw("<tr><td class=n>")
                out.text(point.label)
                out.raw("</td>")
                for (population, values) in zip([a, b], values) {
                    out.quantileCell(
                        "n", values[index], unit: unit,
                        isFew: population.hasFewSamples(beyond: point.quantile))
                }
                out.raw("</tr>\n")
            }
        }
    }

    /// - Parameter query: of the page; `nil` in a file.
    private mutating func alignedPanel(
        _ curves: AlignedCurves, unit: String?, isLatency: Bool, query: CompareQuery?
    ) {
        let all = curves.a + curves.b
        let height = HTMLWriter.shapeHeight
        let scale = Self.valueScale(
            low: all.map(\.value).min() ?? 0, high: all.map(\.value).max() ?? 1,
            isLatency: isLatency)
        let endMs = all.map(\.endMs).max() ?? 0
        let across = Scale(.linear, low: 0, high: max(endMs, 1), start: 0, end: TimeAxis.width)
        let ticks = scale.ticks(8)
        var note = "\(curves.name) since the start of each run"
        note += ", columns of \(ClockText.wholeSeconds(curves.columnMs))"
        let widestMs = all.map(\.lengthMs).max() ?? 0
        if widestMs > curves.columnMs {
            note += ", of up to \(ClockText.wholeSeconds(widestMs)) where there are too few samples"
        }
        if scale.kind == .logarithmic { note += ", log scale" }
        if curves.quantile < 0.99 { note += "; too few samples for p99" }
        panel("aligned", title: "Over time, both from their start", note: note) { out in
            out.figure("aligned", "A is dashed, B is solid.") { out in
                out.plot(height: height) { out in
                    out.grid(scale, ticks: ticks, height: height)
                    out.alignedPath("lA", curves.a, curves.columnMs, across, scale)
                    out.alignedPath("lB", curves.b, curves.columnMs, across, scale)
                } labels: { out in
                    out.valueLabels(ticks, scale, height: height, unit: unit)
                    out.endLabels(
                        [("A", curves.a), ("B", curves.b)].map { name, points in
                            (name, scale.position(of: points.last?.value ?? 0), name == "B")
                        }, height: height)
                }
                let steps = Scale(.linear, low: 0, high: max(endMs / 1_000, 1), start: 0, end: 1)
                out.bottomLabels(
                    steps.ticks(5).map {
                        (across.position(of: $0 * 1_000), ClockText.elapsed($0 * 1_000))
                    })
            }
            let columns: [StaticString] = [
                "Group", "|From the start", "|Length", "|Value", "|n",
            ]
            out.chartTable(id: "aligned", columns: columns) { out in
                for (name, points) in [("A", curves.a), ("B", curves.b)] {
                    for point in points {
                        out.raw("<tr><td>")
                        out.text(name)
                        out.raw("<td class=n>")
                        out.text(ClockText.elapsed(point.startMs))
                        out.raw("<td class=n>")
                        out.text(ClockText.wholeSeconds(point.lengthMs))
                        out.raw(point.isFew ? "<td class=\"n few\">" : "<td class=n>")
                        out.text(NumberText.quantity(point.value, unit: unit))
                        out.raw("<td class=n>")
                        out.text(NumberText.count(point.count))
                        out.raw("\n")
                    }
                }
            }
            if let query { out.panelLinks(.aligned, query) }
        }
    }

    /// Lines that do not bridge columns without samples.
    private mutating func alignedPath(
        _ name: StaticString, _ points: [AlignedCurves.Point], _ columnMs: Double,
        _ across: Scale, _ scale: Scale
    ) {
        var path = SVGPath()
        var stretch: [Point] = []
        var lastMs = -Double.infinity
        for point in points {
            if point.startMs - lastMs > columnMs / 2 {
                path.polyline(stretch)
                stretch = []
            }
            lastMs = point.endMs
            stretch.append(
                Point(across.position(of: point.middleMs), scale.position(of: point.value)))
        }
        path.polyline(stretch)
        self.path(name, path)
    }

    private static func valueScale(low: Double, high: Double, isLatency: Bool) -> Scale {
        let isLogarithmic = low > 0 && isLatency
        return Scale(
            isLogarithmic ? .logarithmic : .linear,
            low: isLogarithmic ? low * 0.9 : min(low, 0),
            high: isLogarithmic ? max(high * 1.15, low * 2) : high, start: shapeHeight, end: 0)
    }

    private mutating func figure(
        _ id: StaticString, _ sentence: String, _ body: (inout HTMLWriter) -> Void
    ) {
        openFigure(id, sentence, isNarrow: false)
        body(&self)
        closeFigure()
    }
}
