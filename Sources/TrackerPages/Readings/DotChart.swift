/// Single values in their order, each a dot, as many of them with their number as there is room
/// for.
struct DotChart {
    struct Dot {
        var value: Double
        /// Below the axis: when, or which run.
        var label: String
        /// What it is, in full.
        var title: String
        var link: String?
        var hasFailed = false
    }

    var dots: [Dot]
    var unit: String?
    var scale: Scale
    /// Whether a tool gave the values: nothing was measured here, and the dots are hollow.
    var isReported = false

    static let height = 180.0
    /// Room at both ends, so that no dot is cut.
    private static let inset = 24.0
    /// Numbers and labels closer than this would touch.
    private static let numberWidth = 74.0
    private static let labelWidth = 110.0

    func x(_ index: Int) -> Double {
        guard dots.count > 1 else { return TimeAxis.width / 2 }
        let step = (TimeAxis.width - 2 * Self.inset) / Double(dots.count - 1)
        return Self.inset + Double(index) * step
    }

    /// Digits that tell the lowest from the highest.
    var digits: Int {
        let values = dots.map(\.value)
        return NumberText.digits(low: values.min(), high: values.max(), unit: unit)
    }

    func y(_ index: Int) -> Double { scale.position(of: dots[index].value) }

    /// The dots whose numbers are shown, the most important first: the newest, the highest, the
    /// lowest, and then the others where there is room.
    var numbered: [Int] {
        let order = dots.indices.sorted { dots[$0].value < dots[$1].value }
        var wanted = [dots.indices.last, order.last, order.first].compactMap(\.self)
        if dots.count <= ViewLimits.numberedDots { wanted += dots.indices.reversed() }
        return Self.apart(wanted, by: Self.numberWidth, x)
    }

    /// The dots that are named below the axis.
    var named: [Int] {
        let every = max(
            1, Int((Self.labelWidth * Double(dots.count) / TimeAxis.width).rounded(.up)))
        return stride(from: 0, to: dots.count, by: every).map(\.self)
    }

    private static func apart(
        _ wanted: [Int], by distance: Double, _ x: (Int) -> Double
    ) -> [Int] {
        var kept: [Int] = []
        for index in wanted
        where kept.allSatisfy({ $0 != index && (x($0) - x(index)).magnitude >= distance }) {
            kept.append(index)
        }
        return kept
    }
}

extension HTMLWriter {
    /// - Parameters:
    ///   - id: of the panel.
    ///   - sentence: for screen readers.
    mutating func dotChart(_ id: StaticString, _ chart: DotChart, sentence: String) {
        let height = DotChart.height
        let ticks = chart.scale.ticks(5)
        openFigure(id, sentence)
        plot(height: height) { out in
            out.grid(chart.scale, ticks: ticks, height: height)
            out.dots(chart)
        } labels: { out in
            out.valueLabels(ticks, chart.scale, height: height, unit: chart.unit)
            out.dotNumbers(chart)
            out.dotLinks(chart)
        }
        bottomLabels(chart.named.map { (chart.x($0), chart.dots[$0].label) })
        closeFigure()
    }

    private mutating func dots(_ chart: DotChart) {
        var (line, good, failed) = (SVGPath(), SVGPath(), SVGPath())
        if chart.isReported || chart.dots.count > ViewLimits.numberedDots {
            line.polyline(chart.dots.indices.map { Point(chart.x($0), chart.y($0)) })
        }
        for index in chart.dots.indices {
            if chart.dots[index].hasFailed {
                failed.dot(chart.x(index), chart.y(index))
            } else {
                good.dot(chart.x(index), chart.y(index))
            }
        }
        path("thin", line)
        path("pt", good)
        path("pt bad", failed)
        if chart.isReported { path("hollow", good) }
    }

    private mutating func dotNumbers(_ chart: DotChart) {
        let digits = chart.digits
        for (rank, index) in chart.numbered.enumerated() {
            let isHigh = chart.y(index) < DotChart.height / 6
            raw("<span class=\"num")
            if isHigh { raw(" below") }
            // Half of its number would be over the labels of the axis.
            if index == 0, chart.dots.count > 1 { raw(" first") }
            // The newest, the highest and the lowest are enough for a phone.
            if rank > 2 { raw(" lo") }
            raw("\" style=\"left:")
            decimal(chart.x(index) / TimeAxis.width * 100)
            raw("%;top:")
            decimal(chart.y(index) / DotChart.height * 100)
            raw("%\">")
            text(
                NumberText.quantity(chart.dots[index].value, unit: chart.unit, digits: digits))
            raw("</span>")
        }
    }

    private mutating func dotLinks(_ chart: DotChart) {
        for (index, dot) in chart.dots.enumerated() {
            guard let link = dot.link else { continue }
            dotLink(
                left: chart.x(index) / TimeAxis.width * 100,
                top: chart.y(index) / DotChart.height * 100, dot.title, to: link)
        }
    }
}
