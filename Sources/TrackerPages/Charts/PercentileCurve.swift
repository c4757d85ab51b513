package import TrackerIndexer

#if canImport(Glibc)
    import Glibc
#endif

/// The value at each percentile, on an axis stretched towards the tail:
///
/// ```text
/// percentile   0    90    99   99.9  99.99  99.999
/// nines        0     1     2     3     4      5
/// ```
package struct PercentileCurve: Sendable {
    package struct Point: Sendable, Hashable {
        /// 0 to 1.
        package var quantile: Double
        package var value: Double

        /// −log10(1 − quantile): 0 at the minimum, 1 at p90, 2 at p99.
        var nines: Double { -log10(max(1 - quantile, 1e-12)) }
    }

    /// The axis ends at p99.999.
    static let maxNines = 5.0
    private static let points = 150

    package let curve: [Point]

    /// The curve ends where one sample is left; beyond that it would be flat.
    package init(_ population: Population, atMost count: Int = PercentileCurve.points) {
        let top = min(PercentileCurve.maxNines, log10(Double(max(1, population.count))))
        let steps = max(1, count - 1)
        var quantiles = (0...steps).map { 1 - pow(10, -Double($0) / Double(steps) * top) }
        if top == 0 { quantiles = [0] }
        curve = zip(quantiles, population.quantiles(quantiles)).map {
            Point(quantile: $0.0, value: $0.1)
        }
    }

    /// The percentiles that are named, and those that curves are drawn of, ascending.
    static func listed(_ populations: [Population]) -> [Double] {
        let drawn = populations.flatMap { PercentileCurve($0).curve.map(\.quantile) }
        return Set(drawn + named.map(\.quantile)).sorted()
    }

    /// In percent, without the last digits, which come from counting in hundredths.
    static func percent(_ quantile: Double) -> Double { (quantile * 1e10).rounded() / 1e8 }

    static func samples(of population: Population, beyond quantile: Double) -> Int {
        Int(((1 - quantile) * Double(population.count)).rounded(.down))
    }

    /// The percentiles in the table and on the axis.
    static let named: [(label: String, quantile: Double)] = [
        ("0", 0), ("50", 0.5), ("90", 0.9), ("99", 0.99), ("99.9", 0.999), ("99.99", 0.9999),
        ("99.999", 0.99999),
    ]
}

extension HTMLWriter {
    /// The curve of all samples, over thin curves of single runs.
    /// - Parameter before: what the session is compared with, dashed.
    mutating func percentileChart(
        _ total: Population, runs: [Population], before: Population? = nil, metric: MetricChoice
    ) {
        let all = PercentileCurve(total).curve
        let thin = runs.map { PercentileCurve($0, atMost: 80).curve }
        let dashed = before.map { PercentileCurve($0).curve } ?? []
        let height = HTMLWriter.shapeHeight
        let lows = ([all, dashed] + thin).compactMap { $0.first?.value }
        let highs = ([all, dashed] + thin).compactMap { $0.last?.value }
        let low = lows.min() ?? 0
        let high = highs.max() ?? 1
        let scale =
            metric.isLatency && low > 0
            ? Scale(
                .logarithmic, low: low * 0.9, high: max(high * 1.15, low * 2), start: height,
                end: 0)
            : LevelScale.scale(low: low, high: high, metric: metric, height: height)
        let across = Scale(
            .linear, low: 0, high: PercentileCurve.maxNines, start: 0, end: TimeAxis.width)
        let ticks = scale.ticks(8)
        openFigure("curve", curveSentence(total, metric))
        plot(height: height) { out in
            out.grid(scale, ticks: ticks, height: height)
            var verticals = SVGPath()
            for nines in 1...4 {
                verticals.move(across.position(of: Double(nines)), 0)
                verticals.line(across.position(of: Double(nines)), height)
            }
            out.path("gM", verticals)
            for curve in thin { out.curvePath("thin", curve, scale, across) }
            if !dashed.isEmpty { out.curvePath("lA", dashed, scale, across) }
            out.curvePath("lB", all, scale, across)
        } labels: { out in
            out.valueLabels(ticks, scale, height: height, unit: metric.unit)
        }
        bottomLabels(
            PercentileCurve.named.map { named in
                let nines = PercentileCurve.Point(quantile: named.quantile, value: 0).nines
                return (across.position(of: nines), named.label)
            })
        closeFigure()
        curveTable(total, unit: metric.unit)
    }

    private mutating func curvePath(
        _ name: StaticString, _ curve: [PercentileCurve.Point], _ scale: Scale, _ across: Scale
    ) {
        var path = SVGPath()
        path.polyline(
            curve.map { Point(across.position(of: $0.nines), scale.position(of: $0.value)) })
        self.path(curve.count == 1 ? "pt" : name, path)
    }

    private func curveSentence(_ total: Population, _ metric: MetricChoice) -> String {
        func shown(_ value: Double) -> String { NumberText.quantity(value, unit: metric.unit) }
        let marks = QuantileMark.usual(total).filter { !$0.isFew }
        let listed = marks.map { "\($0.name) \(shown($0.value))" }
        let text = "From \(shown(total.min)) to \(shown(total.max))"
        return listed.isEmpty ? text + "." : text + ": " + listed.joined(separator: ", ") + "."
    }

    private mutating func curveTable(_ total: Population, unit: String?) {
        chartTable(id: "curve", columns: ["|Percentile", "|Value", "|Samples beyond"]) { out in
            let named = PercentileCurve.named.dropFirst()
            for (point, value) in zip(named, total.quantiles(named.map(\.quantile))) {
                let beyond = PercentileCurve.samples(of: total, beyond: point.quantile)
                out.raw("<tr><td class=n>")
                out.text(point.label)
                out.quantileCell(
                    "n", value, unit: unit, isFew: total.hasFewSamples(beyond: point.quantile))
                out.raw("<td class=n>")
                out.text(NumberText.count(beyond))
                out.raw("\n")
            }
        }
    }
}
