import TrackerIndexer
import TrackerLog

/// The texts of a chart of single values.
struct FewValuesLabels {
    var metric: MetricChoice
    var style: MetricStyle
    /// Of the session's runs.
    var names: [String]
    /// Link to the page of each run.
    var links: [String]
    /// Whether the values are of one run.
    var isOneRun: Bool
}

extension HTMLWriter {
    /// Each value as a dot with its number, and as a bar beside the others.
    /// - Parameter below: writes what is at the end of the panel.
    mutating func fewValues(
        _ few: FewValues, _ labels: FewValuesLabels, below: (inout HTMLWriter) -> Void
    ) {
        let values = few.shown.map(\.value)
        guard let low = values.min(), let high = values.max() else { return }
        let unit = labels.metric.unit
        let digits = NumberText.digits(low: low, high: high, unit: unit)
        var notes = ["each value, oldest first"]
        if few.hidden > 0 {
            let all = NumberText.count(few.hidden + few.shown.count)
            notes = ["the newest \(NumberText.count(few.shown.count)) of \(all) values"]
        }
        notes.append("bars from zero, marked at the median")
        if few.areRounded { notes.append("within 0.4 % where a second has several") }
        if few.shown.contains(where: \.hasFailed) { notes.append("orange: failed") }
        panel(
            "over-time", title: labels.metric.title + " over time",
            note: notes.joined(separator: ", ")
        ) { out in
            let chart = DotChart(
                dots: out.dots(few, labels, digits), unit: unit,
                scale: LevelScale.scale(
                    low: low, high: high, metric: labels.metric, height: DotChart.height))
            out.dotChart(
                "over-time", chart,
                sentence: "\(NumberText.count(values.count)) values between"
                    + " \(NumberText.quantity(low, unit: unit, digits: digits)) and"
                    + " \(NumberText.quantity(high, unit: unit, digits: digits)).")
            out.valueBars(few, chart, labels)
            below(&out)
        }
    }

    private func dots(
        _ few: FewValues, _ labels: FewValuesLabels, _ digits: Int
    ) -> [DotChart.Dot] {
        let origin = few.shown.compactMap(\.atMs).first
        // One value a run: the run says more than the time.
        let isOneEach = Set(few.shown.map(\.run)).count == few.shown.count && !labels.isOneRun
        return few.shown.map { value in
            let elapsed = value.atMs.map { ClockText.elapsed($0 - (origin ?? $0)) }
            let name = labels.names[value.run]
            let number = NumberText.quantity(
                value.value, unit: labels.metric.unit, digits: digits)
            return DotChart.Dot(
                value: value.value,
                label: isOneEach ? name : elapsed ?? NumberText.none,
                title: [number + (value.hasFailed ? ", failed" : ""), name, elapsed]
                    .compactMap(\.self).joined(separator: ", "),
                link: labels.isOneRun ? nil : labels.links[value.run],
                hasFailed: value.hasFailed)
        }
    }

    /// The newest first, each with a bar; the mark is the median of those shown that succeeded, as
    /// the figures have it.
    private mutating func valueBars(
        _ few: FewValues, _ chart: DotChart, _ labels: FewValuesLabels
    ) {
        let rows = few.shown.suffix(ViewLimits.fewRows).reversed()
        let all = rows.map(\.value)
        let most = max(all.map(\.magnitude).max() ?? 0, .leastNonzeroMagnitude)
        let succeeded = rows.filter { !$0.hasFailed }.map(\.value).sorted()
        let rank = Int(NearestRank.rank(0.5, of: Double(succeeded.count)))
        let median = succeeded.isEmpty ? nil : succeeded[rank - 1]
        scrollingTable("values-table", label: "The newest values") { out in
            out.raw("<thead><tr><th scope=\"col\">Value</th><th scope=\"col\" class=\"lo\">At, ")
            out.zone()
            out.raw("</th>")
            if !labels.isOneRun { out.raw("<th scope=\"col\">Run</th>") }
            out.raw("<th scope=\"col\">Beside the others</th>")
            out.raw("</tr></thead><tbody>")
            for row in rows {
                out.raw("<tr><th scope=\"row\"")
                if row.hasFailed { out.raw(" class=\"e\"") }
                out.raw(">")
                out.text(
                    NumberText.quantity(row.value, unit: labels.metric.unit, digits: chart.digits))
                if row.hasFailed { out.raw(" failed") }
                out.raw("</th><td class=\"q lo\">")
                if let at = row.atMs { out.time(Timestamp(clamping: at), as: .dateMinute) }
                out.raw("</td>")
                if !labels.isOneRun {
                    out.raw("<td class=\"q\">")
                    out.link(labels.links[row.run], labels.names[row.run])
                    out.raw("</td>")
                }
                out.valueBar(row.value / most, mark: median.map { $0 / most })
                out.raw("</tr>\n")
            }
            out.raw("</tbody>")
        }
        let older = few.shown.count - rows.count + few.hidden
        guard older > 0 else { return }
        element(
            "p", class: "under",
            "\(NumberText.count(older)) older values are not listed: the page of a run lists its"
                + " own, `tracker cat` all.")
    }

    /// A bar from zero, with a mark; both are shares of the longest.
    private mutating func valueBar(_ share: Double, mark: Double?) {
        raw("<td class=\"vbar\"><svg viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" ")
        raw("aria-hidden=\"true\">")
        var (bar, line) = (SVGPath(), SVGPath())
        bar.rectangle(x: 0, y: 1, right: max(share.magnitude * 1_000, 2), bottom: 9)
        if let mark {
            line.move(mark.magnitude * 1_000, 0)
            line.line(mark.magnitude * 1_000, 10)
        }
        path("bars", bar)
        path("mark", line)
        raw("</svg></td>")
    }
}
