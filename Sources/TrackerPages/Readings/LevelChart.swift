import TrackerIndexer

/// Mean, lowest and highest of a metric over time, computed for drawing.
package struct LevelChart: Sendable {
    /// One column that has values.
    package struct Point: Sendable {
        package var column: TimeColumn
        package var x: Double
        package var mean: Double
        package var low: Double
        package var high: Double
    }

    /// Without breaks: what is drawn as one line.
    package let pieces: [[Point]]
    package let scale: Scale

    package var points: [Point] { pieces.flatMap { $0 } }

    /// - Returns: `nil` without a value.
    package init?(_ chart: TimeChart, metric: MetricChoice) {
        let points = chart.points.compactMap { point -> Point? in
            guard let values = point.column.aggregate?.successes, let mean = values.mean else {
                return nil
            }
            return Point(
                column: point.column, x: point.x, mean: mean, low: values.min, high: values.max)
        }
        guard let low = points.map(\.low).min(), let high = points.map(\.high).max() else {
            return nil
        }
        scale = LevelScale.scale(
            low: low, high: high, metric: metric, height: TimeChart.valueHeight)
        pieces = Self.joined(points, lost: chart.columns.lost)
    }

    private static func joined(_ points: [Point], lost: [Interval]) -> [[Point]] {
        let bridgeMs = TimeColumns.longestBridgeMs(points.map(\.column))
        var pieces: [[Point]] = []
        var next = lost.startIndex
        for point in points {
            guard let last = pieces.last?.last else {
                pieces.append([point])
                continue
            }
            let (fromMs, toMs) = (last.column.middleMs, point.column.middleMs)
            while next < lost.endIndex, lost[next].endMs <= fromMs { next += 1 }
            let isLost = next < lost.endIndex && lost[next].startMs < toMs
            if !isLost, last.column.span == point.column.span,
                toMs - fromMs <= bridgeMs
            {
                pieces[pieces.count - 1].append(point)
            } else {
                pieces.append([point])
            }
        }
        return pieces
    }

    /// Digits that tell the lowest of all from the highest.
    func digits(unit: String?) -> Int {
        let points = points
        return NumberText.digits(
            low: points.map(\.low).min(), high: points.map(\.high).max(), unit: unit)
    }

    /// A description for screen readers.
    func sentence(metric: MetricChoice) -> String {
        let points = points
        guard let low = points.min(by: { $0.low < $1.low }),
            let high = points.max(by: { $0.high < $1.high }), let last = points.last
        else { return "No values yet." }
        let digits = digits(unit: metric.unit)
        func shown(_ value: Double) -> String {
            NumberText.quantity(value, unit: metric.unit, digits: digits)
        }
        return "Between \(shown(low.low)) and \(shown(high.high)), \(shown(last.mean)) at the end."
    }
}
