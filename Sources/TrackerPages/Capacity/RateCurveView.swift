import TrackerAnalysis
import TrackerLog

/// What a search for the highest rate found, on the page of its session: latency over the rate.
extension HTMLWriter {
    private static let rateCurveHeight = 216.0

    mutating func rateCurve(_ curve: RateCurve) {
        var note = "a dot is all runs at a rate, a bar its 95 % interval; both axes are logarithmic"
        if !curve.bounds.isEmpty {
            note += "; dashed: " + curve.bounds.map(\.text).joined(separator: ", ")
        }
        panel("capacity", title: "Latency over rate", note: note) { out in
            let sentences =
                curve.found?.sentences(
                    curve.promise, isEarly: curve.isEarly, connections: curve.connections,
                    number: .page) ?? ["Searching for the highest rate with \(curve.promise)"]
            out.raw("<p class=\"lead\"><b>")
            out.text(sentences[0] + ".")
            out.raw("</b>")
            out.text(sentences.dropFirst().map { " \($0)." }.joined())
            out.raw("</p>")
            if curve.points.contains(where: { !$0.levels.isEmpty }) {
                out.rateFigure(curve, sentence: sentences[0])
            }
            out.rateTable(curve)
        }
    }

    private mutating func rateFigure(_ curve: RateCurve, sentence: String) {
        let height = Self.rateCurveHeight
        let (up, across) = (Self.scale(curve, height: height), Self.rateScale(curve))
        let ticks = up.ticks(8)
        openFigure("capacity", sentence)
        plot(height: height) { out in
            if let interval = curve.found?.interval {
                var band = SVGPath()
                band.rectangle(
                    x: across.position(of: interval.lowerBound), y: 0,
                    right: across.position(of: interval.upperBound), bottom: height)
                out.path("band", band)
            }
            out.grid(up, ticks: ticks, height: height)
            for statistic in curve.statistics { out.levels(statistic, curve, across, up) }
            var bounds = SVGPath()
            for bound in curve.bounds {
                bounds.move(0, up.position(of: bound.ms))
                bounds.line(TimeAxis.width, up.position(of: bound.ms))
            }
            out.path("turn", bounds)
            if let rate = curve.found?.rate {
                var found = SVGPath()
                found.move(across.position(of: rate), 0)
                found.line(across.position(of: rate), height)
                out.path("mark", found)
            }
        } labels: { out in
            out.valueLabels(ticks, up, height: height, unit: "ms")
            let ends = curve.statistics.compactMap { statistic in
                curve.points.last { $0.levels[statistic] != nil }?.levels[statistic].map {
                    (
                        name: GateLimit.name(of: statistic), y: up.position(of: $0.value),
                        isStrong: false
                    )
                }
            }
            // Beside the plot there is room for a short word.
            let bounds = curve.bounds.map {
                (name: "limit", y: up.position(of: $0.ms), isStrong: false)
            }
            out.endLabels(ends + bounds, height: height)
        }
        bottomLabels(across.ticks(8).map { (across.position(of: $0), NumberText.rate($0) + "/s") })
        closeFigure()
    }

    /// A percentile as a line, with a dot and the interval at each rate.
    private mutating func levels(
        _ statistic: Statistic, _ curve: RateCurve, _ across: Scale, _ up: Scale
    ) {
        var (line, dots) = (SVGPath(), SVGPath())
        var points: [Point] = []
        for point in curve.points {
            guard let level = point.levels[statistic] else { continue }
            let x = across.position(of: point.rate)
            points.append(Point(x, up.position(of: level.value)))
            dots.dot(x, up.position(of: level.value))
            guard let interval = level.interval else { continue }
            line.move(x, up.position(of: interval.lowerBound))
            line.line(x, up.position(of: interval.upperBound))
        }
        line.polyline(points)
        switch statistic {
        case .p50:
            path("l50", line)
            path("pt l50", dots)
        case .p99:
            path("l99", line)
            path("pt", dots)
        default:
            path("l90", line)
            path("pt l90", dots)
        }
    }

    private static func scale(_ curve: RateCurve, height: Double) -> Scale {
        let levels = curve.points.flatMap(\.levels.values)
        let values = levels.map(\.value) + curve.bounds.map(\.ms)
        let ends = levels.compactMap(\.interval)
        let low = (values + ends.map(\.lowerBound)).filter { $0 > 0 }.min() ?? 1
        let high = (values + ends.map(\.upperBound)).max() ?? 1
        return Scale(
            .logarithmic, low: low * 0.8, high: max(high * 1.15, low * 2), start: height, end: 0)
    }

    private static func rateScale(_ curve: RateCurve) -> Scale {
        let rates = curve.points.map(\.rate)
        return Scale(
            .logarithmic, low: (rates.min() ?? 1) * 0.9, high: (rates.max() ?? 1) * 1.1, start: 0,
            end: TimeAxis.width)
    }

    private mutating func rateTable(_ curve: RateCurve) {
        scrollingTable("capacity-table", label: "Latency by rate") { out in
            out.raw(
                """
                <thead><tr><th scope="col" class="n">Rate</th>\
                <th scope="col" class="n lo">Runs</th>\
                <th scope="col" class="n lo">Requests</th>
                """)
            for statistic in curve.statistics {
                out.raw("<th scope=\"col\" class=\"n\">")
                out.text(GateLimit.name(of: statistic))
                out.raw("</th><th scope=\"col\" class=\"n lo\">95 % interval</th>")
            }
            out.raw("<th scope=\"col\" class=\"n\">Errors</th><th scope=\"col\">So far</th></tr>")
            out.raw("</thead><tbody>")
            for point in curve.points { out.rateRow(point, curve.statistics) }
            out.raw("</tbody>")
        }
    }

    private mutating func rateRow(_ point: RateCurve.Point, _ statistics: [Statistic]) {
        raw("<tr><th scope=\"row\" class=\"n\">")
        text(FoundRate.text(point.rate, .page))
        raw("</th>")
        cell("n lo", NumberText.count(point.runs))
        cell("n lo", NumberText.count(point.requests))
        func shown(_ value: Double) -> String { NumberText.quantity(value, unit: "ms") }
        for statistic in statistics {
            let level = point.levels[statistic]
            cell("n", level.map { shown($0.value) } ?? NumberText.none)
            let ends = level?.interval.map { "\(shown($0.lowerBound)) to \(shown($0.upperBound))" }
            cell("n lo", ends ?? NumberText.none)
        }
        cell("n", point.errorPercent.map { NumberText.quantity($0, unit: "%") } ?? NumberText.none)
        raw("<td>")
        text(point.words)
        raw("</td></tr>\n")
    }
}
