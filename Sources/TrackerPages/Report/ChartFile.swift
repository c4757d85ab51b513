import TrackerAnalysis
package import TrackerIndexer
import TrackerLog

/// A chart as an SVG file of its own: light colours, texts as text, nothing to load.
package enum ChartFile: String, Sendable, CaseIterable {
    /// p50, p90 and p99 over time.
    case overTime = "over-time"
    /// Successes per second over time.
    case throughput

    private static let left = 70.0
    private static let right = 60.0
    private static let top = 52.0
    private static let bottom = 34.0
    private static let height = TimeChart.valueHeight

    /// - Returns: `nil` where the session has no samples of the metric, or no course over time.
    package func svg(_ summary: SessionSummary, query: SessionQuery) -> [UInt8]? {
        let model = SessionModel(summary, query: query)
        guard let chart = model.chart, let metric = model.metric, !chart.isEmpty else {
            return nil
        }
        let (scale, curves) = drawn(chart)
        let unit = self == .overTime ? metric.unit ?? "" : "/s"
        let title =
            "\(metric.title)\(self == .throughput ? ", successes per second" : "") over time"
        var out = HTMLWriter(capacity: 64 << 10)
        let width = Self.left + TimeAxis.width + Self.right
        out.raw("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"")
        out.decimal(width)
        out.raw("\" height=\"")
        out.decimal(Self.top + Self.height + Self.bottom)
        out.raw("\" font-family=\"sans-serif\" font-size=\"13\">\n<title>")
        out.text("\(title): \(model.title)")
        out.raw("</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n<text")
        out.raw(" x=\"70\" y=\"20\" font-weight=\"bold\">")
        out.text(title)
        out.raw("</text>\n<text x=\"70\" y=\"38\" fill=\"#626d79\">")
        let widths = self == .overTime ? chart.widths : []
        out.text(
            ([model.title + (unit.isEmpty ? "" : ", in \(unit)")] + widths).joined(separator: ", "))
        out.raw("</text>\n")
        if self == .overTime, let widening = chart.wideningText {
            out.raw("<desc>")
            out.text(widening)
            out.raw("</desc>\n")
        }
        out.grid(scale, chart.columns.axis)
        for curve in curves { out.curve(curve) }
        out.raw("</svg>\n")
        return out.bytes
    }

    struct Curve {
        var name: String
        var colour: StaticString
        /// Pieces without a gap.
        var pieces: [[(x: Double, y: Double)]]
    }

    private func drawn(_ chart: TimeChart) -> (Scale, [Curve]) {
        switch self {
        case .overTime:
            let colours: [StaticString] = ["#8fb5e6", "#4f8bd3", "#17498f"]
            let pieces = chart.pieces
            let curves = zip(chart.lines, colours).map { line, colour in
                Curve(
                    name: line.name, colour: colour,
                    pieces: pieces.map { piece in
                        line.drawn(along: piece, in: chart).map { Self.place(x: $0.x, y: $0.y) }
                    })
            }
            return (chart.valueScale, curves)
        case .throughput:
            let most = chart.points.compactMap(\.column.perSecond).max() ?? 0
            let scale = Scale.fromZero(to: most, height: Self.height, ticks: 5)
            let pieces = Self.pieces(chart) { $0.column.perSecond.map(scale.position) }
            return (scale, [Curve(name: "", colour: "#17498f", pieces: pieces)])
        }
    }

    private static func pieces(
        _ chart: TimeChart, _ y: (TimeChart.Point) -> Double?
    ) -> [[(x: Double, y: Double)]] {
        var pieces: [[(x: Double, y: Double)]] = []
        var span: Int?
        for point in chart.points {
            guard let y = y(point) else {
                span = nil
                continue
            }
            if span != point.column.span { pieces.append([]) }
            span = point.column.span
            pieces[pieces.count - 1].append((left + point.x, top + y))
        }
        return pieces
    }

    static func place(x: Double, y: Double) -> (x: Double, y: Double) { (left + x, top + y) }
    static var endX: Double { left + TimeAxis.width }
    static var endY: Double { top + height }
}

extension HTMLWriter {
    fileprivate mutating func grid(_ scale: Scale, _ axis: TimeAxis) {
        for tick in scale.ticks(6) {
            let (x, y) = ChartFile.place(x: 0, y: scale.position(of: tick))
            line(x, y, ChartFile.endX, y)
            label(x - 8, y + 4, "end", NumberText.value(tick))
        }
        for tick in axis.ticks {
            let (x, y) = ChartFile.place(x: tick.x, y: 0)
            line(x, y, x, ChartFile.endY)
            label(x, ChartFile.endY + 20, "middle", tick.label)
        }
    }

    private mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) {
        raw("<path stroke=\"#d9dee5\" d=\"M")
        decimal(x1)
        raw(" ")
        decimal(y1)
        raw("L")
        decimal(x2)
        raw(" ")
        decimal(y2)
        raw("\"/>\n")
    }

    private mutating func label(
        _ x: Double, _ y: Double, _ anchor: StaticString, _ content: String
    ) {
        raw("<text fill=\"#47515c\" text-anchor=\"")
        raw(anchor)
        raw("\" x=\"")
        decimal(x)
        raw("\" y=\"")
        decimal(y)
        raw("\">")
        text(content)
        raw("</text>\n")
    }

    fileprivate mutating func curve(_ curve: ChartFile.Curve) {
        raw("<path fill=\"none\" stroke-width=\"2\" stroke-linejoin=\"round\"")
        // A point alone is a dot.
        raw(" stroke-linecap=\"round\" stroke=\"")
        raw(curve.colour)
        raw("\" d=\"")
        for piece in curve.pieces {
            for (index, point) in piece.enumerated() {
                raw(index == 0 ? "M" : "L")
                decimal(point.x)
                raw(" ")
                decimal(point.y)
            }
            if piece.count == 1 { raw("h0") }
        }
        raw("\"/>\n")
        guard let last = curve.pieces.last?.last else { return }
        raw("<text x=\"")
        decimal(last.x + 6)
        raw("\" y=\"")
        decimal(last.y + 4)
        raw("\" fill=\"")
        raw(curve.colour)
        raw("\">")
        text(curve.name)
        raw("</text>\n")
    }
}
