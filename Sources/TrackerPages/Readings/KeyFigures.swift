import TrackerAnalysis
import TrackerIndexer
import TrackerLog

extension HTMLWriter {
    /// The key figures at the top of a metric that is no latency, or of a few values.
    /// - Parameter verdict: puts the change under each figure that it is about.
    mutating func levelFigures(
        _ model: SessionModel, _ metric: MetricChoice, _ total: Aggregate,
        _ verdict: SessionVerdict?
    ) {
        guard let style = model.style else { return }
        let values = total.successes
        // The median is within 0.4 % only: it has no more digits than usual.
        let digits = values.digits(unit: metric.unit)
        raw("<dl class=\"panel kpis\" id=\"kpis\">")
        if let newest = model.newest {
            valueFigure("Newest", newest.value, metric, newest.note, digits)
        }
        let n = "n = \(NumberText.count(values.count))"
        valueFigure(
            "Mean", values.mean, metric, n, digits, change: change(verdict, metric, .mean, model))
        valueFigure(
            "Median", values.quantile(0.5), metric, n,
            change: change(verdict, metric, .p50, model))
        valueFigure(style.lowestWord, values.lowest, metric, n, digits)
        valueFigure(style.highestWord, values.highest, metric, n, digits)
        if style.hasErrors {
            errorFigure(total, change: change(verdict, metric, .errorRate, model))
        } else {
            keyFigure("Values", NumberText.count(total.count), "", runsText(model))
        }
        raw("</dl>\n")
        panelLinks(.figures, model)
    }

    private mutating func valueFigure(
        _ name: String, _ value: Double?, _ metric: MetricChoice, _ note: String,
        _ digits: Int = NumberText.usualDigits, change: FigureChange? = nil
    ) {
        let shown = value.map { NumberText.parts($0, unit: metric.unit, digits: digits) }
        keyFigure(
            name, shown?.number ?? NumberText.none, shown?.unit ?? metric.unitText, note,
            change: change)
    }

    mutating func errorFigure(_ total: Aggregate, change: FigureChange?) {
        keyFigure(
            "Errors", NumberText.percent(total.errors, of: total.count), "%",
            "\(NumberText.count(total.errors)) of \(NumberText.count(total.count))",
            change: change)
    }

    mutating func keyFigure(
        _ name: String, _ value: String, _ unit: String, _ note: String, isFew: Bool = false,
        change: FigureChange? = nil
    ) {
        raw("<div")
        if isFew { raw(" class=\"few\"") }
        raw("><dt>")
        text(name)
        raw("</dt><dd class=\"v\">")
        text(value)
        if !unit.isEmpty { element("small", unit) }
        raw("</dd>")
        element("dd", class: "s", note)
        if let change {
            raw("<dd class=\"s\">")
            badge(change.comparison, change.row)
            raw("</dd>")
        }
        raw("</div>")
    }
}
