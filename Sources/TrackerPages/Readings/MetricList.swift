import TrackerIndexer
import TrackerLog

extension HTMLWriter {
    /// The choice of metric. It is shown even if it is the only one.
    /// - Parameter namesRun: whether to say which run is in view, and how to leave it.
    mutating func choices(_ model: SessionModel, find: String?, namesRun: Bool) {
        raw("<div class=\"tools\" id=\"choices\">")
        if !model.metrics.isEmpty {
            raw("<nav class=\"tags\" aria-label=\"Metric\">")
            for metric in model.offeredMetrics { metricLink(metric, model) }
            raw("</nav>")
            moreMetrics(model, find: find)
        }
        if let only = model.only, namesRun {
            raw("<p class=\"only\">Only <b>")
            text(only.name)
            raw("</b>. <a class=\"link\"")
            attribute("href", model.path(metric: model.metric?.id, run: nil))
            raw(">All runs together</a></p>")
        }
        raw("</div>\n")
    }

    private mutating func metricLink(_ metric: MetricChoice, _ model: SessionModel) {
        choice(
            metric.id, model.path(metric: metric.id, run: model.only?.summary.run),
            isOn: metric.id.isExactly(model.metric?.id))
    }

    /// The metrics beyond those offered at once, in a list to open and to search. The form asks
    /// the server; with the script the list follows each letter.
    private mutating func moreMetrics(_ model: SessionModel, find: String?) {
        let rest = model.otherMetrics
        guard !rest.isEmpty else { return }
        let found = find.map { word in
            rest.filter { $0.id.lowercased().contains(word.lowercased()) }
        }
        let listed = (found ?? rest).prefix(ViewLimits.listedMetrics)
        raw("<details class=\"more metrics\" id=\"more-metrics\"")
        if found != nil { raw(" open") }
        raw("><summary>")
        text("\(NumberText.count(rest.count)) more metrics")
        raw("</summary>")
        if !model.query.isFile { findForm(model, find: find) }
        raw("<p id=\"metrics-found\">")
        for metric in listed { metricLink(metric, model) }
        raw("</p>")
        let hidden = (found ?? rest).count - listed.count
        if hidden > 0 {
            element(
                "p", "\(NumberText.count(hidden)) more are not listed: a longer word finds them.")
        }
        if let found, found.isEmpty { element("p", "No other metric has this in its name.") }
        raw("</details>")
    }

    private mutating func findForm(_ model: SessionModel, find: String?) {
        raw("<form method=\"get\" role=\"search\" aria-label=\"Metrics\"")
        let address = model.address(metric: model.metric?.id, run: model.only?.summary.run)
        attribute("action", address.path)
        raw("><label class=\"sr\" for=\"find\">Part of a metric's name</label>")
        raw("<input id=\"find\" name=\"find\" type=\"search\" data-find=\"metrics-found\" ")
        raw("placeholder=\"Part of a name\" autocomplete=\"off\"")
        attribute("value", find ?? "")
        raw(">")
        for (name, value) in address.items {
            raw("<input type=\"hidden\"")
            attribute("name", name)
            attribute("value", value)
            raw(">")
        }
        raw("<button class=\"btn small\" type=\"submit\">Find</button></form>")
    }
}
