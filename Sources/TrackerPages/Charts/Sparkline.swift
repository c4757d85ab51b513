extension HTMLWriter {
    /// A curve the size of a word, scaled from its lowest to its highest value. Writes nothing for
    /// fewer than two values.
    mutating func sparkline(
        _ values: [Double], width: Double, height: Double, line: StaticString, isFilled: Bool
    ) {
        guard values.count > 1, let low = values.min(), let high = values.max() else { return }
        let scale = Scale(
            .linear, low: low, high: max(high, low + 1e-9), start: height - 2, end: 2)
        let step = width / Double(values.count - 1)
        let points = values.enumerated().map {
            Point(Double($0.offset) * step, scale.position(of: $0.element))
        }
        raw("<svg class=\"spark\" width=\"")
        decimal(width)
        raw("\" height=\"")
        decimal(height)
        raw("\" viewBox=\"0 0 ")
        decimal(width)
        raw(" ")
        decimal(height)
        raw("\" aria-hidden=\"true\">")
        if isFilled {
            var area = SVGPath()
            area.area(top: points, bottom: [Point(0, height), Point(width, height)])
            path("f1", area)
        }
        var curve = SVGPath()
        curve.polyline(points)
        path(line, curve)
        raw("</svg>")
    }
}

/// Reduces the values to at most `count`, each the maximum of its neighbours: no peak is lost.
package func peaks(_ values: [Double], atMost count: Int) -> [Double] {
    guard values.count > count, count > 0 else { return values }
    return (0..<count).map { index in
        let from = index * values.count / count
        let to = max(from + 1, (index + 1) * values.count / count)
        return values[from..<to].max() ?? values[from]
    }
}
