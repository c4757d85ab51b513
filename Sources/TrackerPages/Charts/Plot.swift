/// Parts shared by all charts. Shapes are SVG that stretches with the page
/// (`preserveAspectRatio="none"`, strokes of constant width). Labels are HTML positioned in
/// percent, so their size is constant.
extension HTMLWriter {
    /// A drawing of 1,000 by `height` units, `height` pixels high at any width.
    mutating func plot(
        height: Double, _ shapes: (inout HTMLWriter) -> Void, labels: (inout HTMLWriter) -> Void
    ) {
        raw("<div class=\"plot\" style=\"--h:")
        decimal(height)
        raw("px\"><svg viewBox=\"0 0 1000 ")
        decimal(height)
        raw("\" preserveAspectRatio=\"none\" aria-hidden=\"true\">")
        shapes(&self)
        raw("</svg>")
        labels(&self)
        raw("</div>\n")
    }

    /// Begins the chart of a panel; `closeFigure` ends it.
    /// - Parameters:
    ///   - id: of the panel.
    ///   - sentence: for screen readers.
    mutating func openFigure(_ id: StaticString, _ sentence: String, isNarrow: Bool = true) {
        raw("<figure class=\"chart\" aria-labelledby=\"")
        raw(id)
        raw("-h\" aria-describedby=\"")
        raw(id)
        raw("-s\"><p class=\"sr\" id=\"")
        raw(id)
        raw("-s\">")
        text(sentence)
        raw(isNarrow ? "</p><div class=\"plots narrow\">" : "</p><div class=\"plots\">")
    }

    mutating func closeFigure() { raw("</div></figure>") }

    /// A link at a dot of a plot, for a pointer: the table below has the same for a keyboard.
    /// - Parameters:
    ///   - left: in percent of the plot's width.
    ///   - top: in percent of its height.
    mutating func dotLink(left: Double, top: Double, _ label: String, to path: String) {
        raw("<a class=\"dotlink\" style=\"left:")
        decimal(left)
        raw("%;top:")
        decimal(top)
        raw("%\" tabindex=\"-1\"")
        attribute("title", label)
        attribute("aria-label", label)
        attribute("href", path)
        raw("></a>")
    }

    /// Writes nothing for an empty path.
    mutating func path(_ name: StaticString, _ path: SVGPath) {
        guard !path.isEmpty else { return }
        raw("<path class=\"")
        raw(name)
        raw("\" d=\"")
        pathData(path)
        raw("\"/>")
    }

    /// ` style="left:12.5%"`.
    mutating func placed(_ property: StaticString, _ position: Double, of whole: Double) {
        raw(" style=\"")
        raw(property)
        raw(":")
        decimal(whole > 0 ? 100 * position / whole : 0)
        raw("%\"")
    }

    /// The labels at the left of a plot.
    mutating func valueLabels(_ ticks: [Double], _ scale: Scale, height: Double, unit: String?) {
        let labels = TickText.labels(
            ticks, unit: unit, isLogarithmic: scale.kind == .logarithmic)
        // The style sheet gives long ones the room that they need.
        switch labels.map(\.count).max() ?? 0 {
        case ...TickText.shortLabel: raw("<div class=\"y\">")
        case ...TickText.longLabel: raw("<div class=\"y long\">")
        default: raw("<div class=\"y longest\">")
        }
        for (tick, label) in zip(ticks, labels) {
            raw("<span")
            placed("top", scale.position(of: tick), of: height)
            raw(">")
            text(label)
            raw("</span>")
        }
        raw("</div>")
    }

    /// The labels below the plots: as many as fit, at each width of the plot.
    mutating func bottomLabels(_ ticks: [(x: Double, label: String)]) {
        raw("<div class=\"x\">")
        for (tick, place) in zip(ticks, AxisLabels.placed(ticks)) {
            guard !place.shownAt.isEmpty else { continue }
            raw("<span")
            var names: [String] = []
            switch place.anchor {
            case .start: names.append("edge")
            case .middle: break
            case .end: names.append("end")
            }
            for width in AxisLabels.Width.allCases where !place.shownAt.contains(width) {
                names.append("no-" + width.rawValue)
            }
            if !names.isEmpty { attribute("class", names.joined(separator: " ")) }
            placed("left", tick.x, of: TimeAxis.width)
            raw(">")
            text(tick.label)
            raw("</span>")
        }
        raw("</div>\n")
    }

    /// Names at the end of lines, pushed apart where they would overlap.
    mutating func endLabels(_ labels: [(name: String, y: Double, isStrong: Bool)], height: Double) {
        let positions = spread(labels.map(\.y), distance: 14, height: height)
        for (label, y) in zip(labels, positions) {
            raw("<span class=\"dl\"")
            placed("top", y, of: height)
            raw(">")
            element(label.isStrong ? "b" : "span", label.name)
            raw("</span>")
        }
    }

    /// A chart's data as a collapsed table, one row per mark.
    mutating func chartTable(
        id: StaticString, columns: [StaticString], _ rows: (inout HTMLWriter) -> Void
    ) {
        raw("<details class=\"more\" id=\"")
        raw(id)
        raw(
            """
            -data"><summary>Show as a table</summary><div class="scroll" tabindex="0" \
            role="region" aria-label="The chart as a table:
            """
        )
        raw(" ")
        raw(id)
        raw("\"><table>")
        tableHead(columns)
        raw("<tbody>")
        rows(&self)
        raw("</tbody></table></div></details>")
    }

    /// Grid lines and the base line; on a logarithmic scale, stronger lines at powers of ten.
    mutating func grid(_ scale: Scale, ticks: [Double], height: Double) {
        var minor = SVGPath()
        var major = SVGPath()
        func horizontal(_ path: inout SVGPath, _ y: Double) {
            path.move(0, y)
            path.line(TimeAxis.width, y)
        }
        for tick in scale.kind == .logarithmic ? scale.minorTicks : ticks {
            let isMajor = scale.kind == .logarithmic && Scale.isPowerOfTen(tick)
            if isMajor {
                horizontal(&major, scale.position(of: tick))
            } else {
                horizontal(&minor, scale.position(of: tick))
            }
        }
        horizontal(&major, height - 0.5)
        path("gr", minor)
        path("gM", major)
    }
}

/// The same positions in the same order, moved to be at least `distance` apart and within
/// `0...height`.
package func spread(_ positions: [Double], distance: Double, height: Double) -> [Double] {
    let order = positions.indices.sorted { (positions[$0], $0) < (positions[$1], $1) }
    var result = positions
    var lowest = -distance
    for index in order {
        result[index] = max(positions[index], lowest + distance)
        lowest = result[index]
    }
    var highest = height + distance
    for index in order.reversed() {
        result[index] = min(result[index], highest - distance)
        highest = result[index]
    }
    return result
}
