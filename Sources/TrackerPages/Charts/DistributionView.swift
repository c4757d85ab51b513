import TrackerIndexer

/// A quantile marked in a chart.
struct QuantileMark: Sendable, Hashable {
    var name: String
    var value: Double
    var isFew: Bool

    static let names: [(String, Double)] = [
        ("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999),
    ]

    /// p50, p90, p99 and p99.9; none without samples.
    static func usual(_ population: Population) -> [QuantileMark] {
        zip(names, population.quantiles(names.map(\.1))).map {
            QuantileMark(
                name: $0.0.0, value: $0.1, isFew: population.hasFewSamples(beyond: $0.0.1))
        }
    }
}

extension HTMLWriter {
    static var shapeHeight: Double { 244 }

    /// The distribution as bars, with the usual quantiles marked.
    /// - Parameter behind: samples whose distribution is drawn dashed.
    mutating func distributionChart(
        _ distribution: Distribution, marks: [QuantileMark], behind: Population?,
        metric: MetricChoice
    ) {
        let height = HTMLWriter.shapeHeight
        let before = behind.map(distribution.heights) ?? []
        let highest = max(distribution.highest, before.max() ?? 0)
        let share = Scale.fromZero(to: highest, height: height, ticks: 4)
        let ticks = share.ticks(4)
        openFigure("distribution", distributionSentence(distribution, marks, metric))
        plot(height: height) { out in
            out.distributionShapes(distribution, marks: marks, share: share, ticks: ticks)
            out.path("lA", HTMLWriter.steps(distribution, before, share))
        } labels: { out in
            out.raw("<div class=\"y\">")
            for tick in ticks {
                out.raw("<span")
                out.placed("top", share.position(of: tick), of: height)
                out.raw(">")
                out.text(tick > 0 ? NumberText.tick(tick * 100) + "%" : "0")
                out.raw("</span>")
            }
            out.raw("</div>")
            out.markLabels(marks, distribution.scale, unit: metric.unit)
        }
        let values = distribution.scale.ticks(7)
        let labels = TickText.labels(
            values, unit: metric.unit, isLogarithmic: distribution.scale.kind == .logarithmic)
        bottomLabels(
            zip(values, labels).map { (distribution.scale.position(of: $0.0), $0.1) })
        closeFigure()
        chartTable(id: "distribution", columns: ["|From", "|To", "|Count", "|Share"]) { out in
            for bar in distribution.bars where bar.count > 0 {
                out.raw("<tr><td class=n>")
                out.text(NumberText.cell(bar.from, unit: metric.unit))
                out.raw("<td class=n>")
                out.text(NumberText.cell(bar.to, unit: metric.unit))
                out.raw("<td class=n>")
                out.text(NumberText.count(bar.count))
                out.raw("<td class=n>")
                out.text(NumberText.percent(bar.count, of: distribution.count) + "%")
                out.raw("\n")
            }
        }
    }

    private static func steps(
        _ distribution: Distribution, _ heights: [Double], _ share: Scale
    ) -> SVGPath {
        var path = SVGPath()
        path.polyline(
            zip(distribution.bars, heights).flatMap { bar, height in
                [bar.from, bar.to].map {
                    Point(distribution.scale.position(of: $0), share.position(of: height))
                }
            })
        return path
    }

    private func distributionSentence(
        _ distribution: Distribution, _ marks: [QuantileMark], _ metric: MetricChoice
    ) -> String {
        let highest = distribution.bars.max { $0.count < $1.count }
        func shown(_ value: Double) -> String { NumberText.quantity(value, unit: metric.unit) }
        var text = marks.map { "\($0.name) \(shown($0.value))" }.joined(separator: ", ")
        if let highest {
            let share = NumberText.percent(highest.count, of: distribution.count)
            text += ". The highest bar, \(shown(highest.from)) to "
            text += "\(shown(highest.to)), has \(share)% of all."
        }
        return text
    }

    /// Each mark is lower than the previous one, to make room for the labels.
    private static let markHeights = [1.0, 0.62, 0.4, 0.26]

    private mutating func distributionShapes(
        _ distribution: Distribution, marks: [QuantileMark], share: Scale, ticks: [Double]
    ) {
        let height = HTMLWriter.shapeHeight
        var bars = SVGPath()
        for bar in distribution.bars where bar.count > 0 {
            let left = distribution.scale.position(of: bar.from)
            let right = max(distribution.scale.position(of: bar.to), left + 3)
            // The gap is small beside narrow bars, and every bar is at least a pixel high.
            let gap = min(1, (right - left) / 8)
            let top = share.position(of: distribution.height(of: bar))
            bars.rectangle(
                x: left + gap, y: min(top, height - 1), right: right - gap, bottom: height)
        }
        grid(share, ticks: ticks, height: height)
        path("bars", bars)
        var lines = SVGPath()
        for (mark, part) in zip(marks, HTMLWriter.markHeights) {
            let x = distribution.scale.position(of: mark.value)
            lines.move(x, height)
            lines.line(x, height * (1 - part))
        }
        path("mark", lines)
    }

    private mutating func markLabels(_ marks: [QuantileMark], _ scale: Scale, unit: String?) {
        for (mark, part) in zip(marks, HTMLWriter.markHeights) {
            let x = scale.position(of: mark.value)
            raw("<span class=\"lbl")
            // To the right no line is crossed: each later one is lower.
            if x > TimeAxis.width * 0.86 { raw(" left") }
            if mark.isFew { raw(" few") }
            raw("\" style=\"left:")
            decimal(x / 10)
            raw("%;top:")
            decimal(100 * (1 - part))
            raw("%\">")
            element("b", mark.name)
            raw(" ")
            text(NumberText.cell(mark.value, unit: unit))
            raw("</span>")
        }
    }
}
