import TrackerIndexer
import TrackerLog

extension HTMLWriter {
    /// Every metric of a run, a row each; percentiles only where there are enough values.
    mutating func metricTable(_ run: SessionModel.Run, _ model: SessionModel) {
        let rows = model.metrics.compactMap { metric in
            run.summary.timeline(of: metric.name, unit: metric.loggedUnit).map { (metric, $0) }
        }
        guard rows.count > 1 else { return }
        let shown = rows.prefix(ViewLimits.metricRows)
        let note =
            shown.count < rows.count
            ? "the first \(NumberText.count(shown.count)) of \(NumberText.count(rows.count)); the"
                + " search above finds the others"
            : "\(NumberText.count(rows.count)) of the run"
        panel("metrics", title: "All metrics", note: note) { out in
            out.scrollingTable("metrics-table", label: "Every metric of the run") { out in
                out.tableHead([
                    "Metric", "|Last", "-|Lowest", "|Mean", "|Highest", "-|p50", "-|p99", "|n",
                    "-Mean over time",
                ])
                out.raw("<tbody>")
                for (metric, timeline) in shown { out.metricRow(metric, timeline, model) }
                out.raw("</tbody>")
            }
            out.panelLinks(.metrics, model)
        }
    }

    private mutating func metricRow(
        _ metric: MetricChoice, _ timeline: MetricTimeline, _ model: SessionModel
    ) {
        let values = timeline.total.successes
        raw(metric.id.isExactly(model.metric?.id) ? "<tr class=\"on\">" : "<tr>")
        raw("<th scope=\"row\">")
        link(model.path(metric: metric.id, run: model.only?.summary.run), metric.id)
        raw("</th>")
        func shown(_ value: Double?) -> String {
            value.map { NumberText.quantity($0, unit: metric.unit) } ?? NumberText.none
        }
        func percentile(_ q: Double) -> Double? {
            values.hasFewSamples(beyond: q) ? nil : values.quantile(q)
        }
        let means = timeline.buckets.compactMap(\.aggregate.successes.mean)
        cell("n q", shown(means.last))
        cell("n q lo", shown(values.lowest))
        cell("n strong", shown(values.mean))
        cell("n q", shown(values.highest))
        cell("n q lo", shown(percentile(0.5)))
        cell("n q lo", shown(percentile(0.99)))
        cell("n q", NumberText.count(timeline.total.count))
        raw("<td class=\"lo\">")
        sparkline(
            peaks(means, atMost: IndexLimits.sparklinePoints), width: 104, height: 22, line: "l99",
            isFilled: true)
        raw("</td></tr>\n")
    }
}
