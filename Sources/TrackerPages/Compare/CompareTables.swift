import TrackerAnalysis
import TrackerIndexer
import TrackerLog

extension VerdictSentence.Tone {
    /// The class of what has this tone.
    var name: StaticString {
        switch self {
        case .good: "good"
        case .bad: "bad"
        case .neutral: "flat"
        case .open: "open"
        }
    }
}

extension Comparison {
    /// Samples behind the headline of each group.
    var countOfA: Int { headline.countA }
    var countOfB: Int { headline.countB }
}

extension HTMLWriter {
    /// An arrow, the change and half the width of its interval; hollow where the interval holds
    /// zero. Without an interval it says so.
    mutating func badge(_ comparison: Comparison, _ row: ComparisonRow) {
        let tone = VerdictSentence.Tone(row.verdict)
        let text = ComparisonText(comparison, row)
        raw("<span class=\"badge ")
        raw(tone.name)
        raw("\">")
        guard let difference = row.difference else {
            raw("no change to tell</span>")
            return
        }
        raw("<span aria-hidden=\"true\">")
        raw(!row.verdict.isDifferent ? "= " : difference < 0 ? "▼ " : "▲ ")
        raw("</span>")
        self.text(text.change(difference))
        if let interval = row.interval {
            let half = (interval.upperBound - interval.lowerBound) / 2
            element("small", " ±" + text.change(half, signed: false))
        } else {
            element("small", " no interval")
        }
        raw("</span>")
    }

    /// What differs between the two groups beside what was to be compared, before the numbers.
    mutating func fairness(_ model: CompareModel) {
        let main = model.main
        let doubts = main.warnings + model.warnings
        panel("fair", title: "Is it a fair comparison?") { out in
            out.raw("<ul class=\"checks\">")
            if main.differences.isEmpty {
                out.check(isGood: true, "Nothing logged of the conditions differs")
            }
            for doubt in doubts { out.check(isGood: false, doubt.asSentence) }
            for run in main.leftOut { out.check(isGood: true, "Left out: \(run.text)") }
            if doubts.isEmpty && !main.differences.isEmpty {
                out.check(isGood: true, "What differs below is no reason to doubt it by itself")
            }
            out.raw("</ul>")
            guard !main.differences.isEmpty else { return }
            out.scrollingTable("differs", label: "What differs") { out in
                out.tableHead(["Differs", "A", "B"])
                out.raw("<tbody>")
                for difference in main.differences {
                    out.raw("<tr><th scope=\"row\">")
                    out.text(difference.name)
                    out.raw("</th>")
                    for values in [difference.a, difference.b] {
                        out.raw("<td class=\"wrap\">")
                        out.text(values.isEmpty ? NumberText.none : values.joined(separator: ", "))
                        out.raw("</td>")
                    }
                    out.raw("</tr>")
                }
                out.raw("</tbody>")
            }
        }
    }

    private mutating func check(isGood: Bool, _ words: String) {
        raw(isGood ? "<li class=\"ok\">" : "<li class=\"warn\">")
        icon(isGood ? .check : .warning, size: 14)
        element("span", words)
        raw("</li>")
    }

    /// Each number of A and B with its change, drawn with its interval.
    mutating func forest(_ model: CompareModel, isFile: Bool) {
        let all = model.answer.comparisons.flatMap { comparison in
            comparison.rows.map { (comparison, $0) }
        }
        let scale = ForestScale(all.map(\.1))
        let note =
            model.main.isReported
            ? "as the tools reported them; bar: 95% interval, hollow where no difference is certain"
            : "B against A; bar: 95% interval, hollow where no difference is certain"
        panel("forest", title: "What changed, and how sure", note: note) { out in
            out.scrollingTable("forest-table", label: "What changed", class: "fst") { out in
                out.forestHead("Number", scale)
                out.raw("<tbody>")
                for (comparison, row) in all {
                    out.raw("<tr><th scope=\"row\">")
                    out.text(ComparisonText(comparison, row).name)
                    out.raw("</th>")
                    out.forestCells(comparison, row, scale)
                    out.raw("</tr>\n")
                }
                out.raw("</tbody>")
            }
            if !isFile { out.panelLinks(.forest, model.query) }
            if case .reported(let reported) = model.answer, !reported.omitted.isEmpty {
                out.raw("<p class=\"under\">")
                out.text(
                    "\(NumberText.count(reported.omitted.count)) more numbers are reported: "
                        + reported.omitted.prefix(ViewLimits.listedReportedNames)
                        .joined(separator: ", ")
                )
                out.raw("</p>")
            }
        }
    }

    /// - Parameter first: what the first column holds.
    mutating func forestHead(_ first: StaticString, _ scale: ForestScale) {
        raw("<thead><tr><th scope=\"col\">")
        raw(first)
        raw(
            """
            </th><th scope="col" class="n">A</th><th scope="col" class="n">B</th>\
            <th scope="col">Change</th><th scope="col" class="lo"><span class="axis">
            """
        )
        for (part, label) in scale.labels {
            raw("<span")
            placed("left", part, of: 1)
            raw(">")
            text(label)
            raw("</span>")
        }
        raw("</span></th><th scope=\"col\">Verdict</th></tr></thead>")
    }

    /// A and B, the change with its interval, and the verdict.
    mutating func forestCells(
        _ comparison: Comparison, _ row: ComparisonRow, _ scale: ForestScale
    ) {
        let text = ComparisonText(comparison, row)
        for (value, count) in [(text.a, row.countA), (text.b, row.countB)] {
            raw("<td class=\"n\"><b>")
            self.text(value)
            raw("</b><small>n = ")
            self.text(NumberText.count(count))
            raw("</small></td>")
        }
        raw("<td>")
        badge(comparison, row)
        if let interval = row.interval { element("small", text.interval(interval)) }
        raw("</td><td class=\"lo\">")
        forestBar(row, scale)
        raw("</td><td class=\"")
        raw(VerdictSentence.Tone(row.verdict).name)
        raw(" wrap\">")
        self.text(row.verdict.words)
        if case .inconclusive(let reason) = row.verdict { element("small", reason.words) }
        raw("</td>")
    }

    /// The interval as a bar around the change. What is not a ratio has no place on the axis.
    private mutating func forestBar(_ row: ComparisonRow, _ scale: ForestScale) {
        guard ForestScale.isDrawn(row), let difference = row.difference else {
            element("span", class: "q", row.difference == nil ? "" : "not a ratio")
            return
        }
        let width = TimeAxis.width
        raw("<svg class=\"iv ")
        raw(VerdictSentence.Tone(row.verdict).name)
        raw("\" viewBox=\"0 0 1000 24\" preserveAspectRatio=\"none\" aria-hidden=\"true\">")
        var grid = SVGPath()
        for (part, _) in scale.labels {
            grid.move(part * width, 0)
            grid.line(part * width, 24)
        }
        path("gM", grid)
        var zero = SVGPath()
        zero.move(width / 2, 0)
        zero.line(width / 2, 24)
        path("mark", zero)
        if let interval = row.interval {
            var bar = SVGPath()
            bar.move(scale.part(interval.lowerBound) * width, 12)
            bar.line(scale.part(interval.upperBound) * width, 12)
            path("bar", bar)
            forestCuts(interval, scale)
        }
        var dot = SVGPath()
        dot.dot(scale.part(difference) * width, 12)
        path("at", dot)
        if !row.verdict.isDifferent { path("hole", dot) }
        raw("</svg>")
    }
}

extension HTMLWriter {
    /// An arrow head where the interval goes on beyond the axis.
    fileprivate mutating func forestCuts(_ interval: ClosedRange<Double>, _ scale: ForestScale) {
        let width = TimeAxis.width
        var heads = SVGPath()
        if interval.upperBound > scale.limit {
            heads.polyline([Point(width - 12, 6), Point(width, 12), Point(width - 12, 18)])
        }
        if interval.lowerBound < -scale.limit {
            heads.polyline([Point(12, 6), Point(0, 12), Point(12, 18)])
        }
        path("bar", heads)
    }
}

/// The axis of the intervals: relative, with zero in the middle.
struct ForestScale: Sendable {
    /// The share at either end.
    let limit: Double

    /// Wider intervals end at the edge: with them all others would be a dot.
    private static let widest = 1.0
    private static let narrowest = 0.05

    init(_ rows: [ComparisonRow]) {
        let ends = rows.filter(Self.isDrawn).flatMap { row -> [Double] in
            let interval = row.interval ?? 0...0
            return [interval.lowerBound, interval.upperBound, row.difference ?? 0]
        }
        let most = ends.map(\.magnitude).filter(\.isFinite).max() ?? 0
        limit = min(max(Scale.niceStep(atLeast: most), Self.narrowest), Self.widest)
    }

    static func isDrawn(_ row: ComparisonRow) -> Bool {
        row.statistic != .errorRate && !row.isInUnit && row.difference != nil
    }

    /// From 0, the left end, to 1.
    func part(_ share: Double) -> Double {
        min(max(0.5 + share / limit / 2, 0), 1)
    }

    var labels: [(part: Double, label: String)] {
        [-limit, 0, limit].map { share in
            let format = NumberFormat.page
            let percent = format.signed(share * 100) {
                format.fixed($0, digits: 1, trimsZeros: true) + "%"
            }
            return (part(share), share == 0 ? "0" : percent)
        }
    }
}
