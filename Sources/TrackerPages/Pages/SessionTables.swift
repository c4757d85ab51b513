import TrackerIndexer
import TrackerLog

extension HTMLWriter {
    /// A row for each run, and one for all runs merged.
    mutating func runTable(_ model: SessionModel) {
        // Runs of which nothing was measured are in the table of what was reported.
        guard !model.runs.isEmpty, model.reported == nil else { return }
        let unit = model.metric?.unit
        let shown = model.shownRuns
        var notes = unit.map { ["values in \($0)"] } ?? []
        if let first = shown.first, shown.count < model.runs.count {
            notes.append(
                "\(NumberText.count(first.index + 1)) to"
                    + " \(NumberText.count(first.index + shown.count)) of"
                    + " \(NumberText.count(model.runs.count))")
        }
        let note = notes.joined(separator: ", ")
        panel("runs", title: "Runs", note: note) { out in
            out.scrollingTable("runs-table", label: "Table of runs") { out in
                out.raw(
                    "<thead><tr><th scope=\"col\">Run</th><th scope=\"col\" class=\"lo\">Started, ")
                out.zone()
                out.raw(
                    """
                    </th><th scope="col" class="n">Per second</th><th scope="col" \
                    class="n">p50</th>\
                    <th scope="col" class="n lo">p90</th><th scope="col" class="n">p99</th>\
                    <th scope="col" class="n lo">p99.9</th><th scope="col" class="n \
                    lo">Slowest</th>\
                    <th scope="col" class="n">Errors</th><th scope="col" class="lo">State</th>\
                    <th scope="col" class="lo">p99 over time</th></tr></thead><tbody>
                    """)
                for run in shown { out.runRow(run, model) }
                if model.runs.count > 1,
                    let total = Aggregate.merged(model.runs.compactMap(\.total))
                {
                    out.mergedRow(model, total)
                }
                out.raw("</tbody>")
            }
            out.doubts(shown)
            out.runPager(model)
        }
    }

    /// Links to older and newer runs.
    mutating func runPager(_ model: SessionModel) {
        guard model.runPageCount > 1 else { return }
        raw("<nav class=\"pager\" aria-label=\"Pages of runs\">")
        if model.runPage > 1 {
            link(model.path(runPage: model.runPage - 1), class: "btn", "Newer runs")
        }
        element("span", "Page \(model.runPage) of \(NumberText.count(model.runPageCount))")
        if model.runPage < model.runPageCount {
            link(model.path(runPage: model.runPage + 1), class: "btn", "Older runs")
        }
        raw("</nav>")
    }

    /// Runs that failed and why, runs that a person left out, and reasons to doubt the numbers.
    private mutating func doubts(_ runs: ArraySlice<SessionModel.Run>) {
        let doubts = runs.flatMap { run in
            let told = [
                run.summary.failureReason.map { "failed: \($0)" }, run.summary.leftOut?.text,
            ]
            return (told.compactMap(\.self) + run.summary.ownDoubts).map { (run.name, $0) }
        }
        guard !doubts.isEmpty else { return }
        raw("<ul class=\"checks\">")
        for (name, doubt) in doubts.suffix(ViewLimits.listedDoubts) {
            finding(isGood: false, name, doubt)
        }
        raw("</ul>")
    }

    private mutating func runRow(_ run: SessionModel.Run, _ model: SessionModel) {
        raw("<tr")
        if run.index == model.only?.index { raw(" class=\"on\"") }
        raw("><th scope=\"row\">")
        link(model.path(metric: model.metric?.id, run: run.summary.run), run.name)
        if !run.name.isExactly(run.summary.run) && !run.summary.run.isEmpty {
            element("small", class: "id", run.summary.run)
        }
        if let test = run.summary.test { element("small", class: "id", test) }
        raw("</th><td class=\"q lo\">")
        if let started = run.summary.started {
            time(started, as: .clock)
        } else {
            text(NumberText.none)
        }
        raw("</td>")
        cell("n q", NumberText.rate(run.perSecond))
        aggregateCells(run.total, model.metric?.unit)
        open("td", class: "q lo")
        stateText(run.summary.state)
        if run.summary.leftOut != nil { raw(", <span class=\"note\">left out</span>") }
        raw("</td><td class=\"lo\">")
        sparkline(run.p99s, width: 104, height: 22, line: "l99", isFilled: true)
        raw("</td></tr>\n")
    }

    private mutating func mergedRow(_ model: SessionModel, _ total: Aggregate) {
        raw("<tr class=\"sum\"><th scope=\"row\">All ")
        text(NumberText.count(model.runs.count))
        raw(", merged</th><td class=\"lo\"></td>")
        cell("n", NumberText.rate(SessionModel.rate(total, model.runs.flatMap(\.activity))))
        aggregateCells(total, model.metric?.unit)
        raw("<td class=\"lo\"></td><td class=\"lo\"></td></tr>\n")
    }

    /// p50, p90, p99, p99.9, slowest and errors.
    private mutating func aggregateCells(_ total: Aggregate?, _ unit: String?) {
        guard let total else {
            cell("n q", NumberText.none)
            cell("n q lo", NumberText.none)
            cell("n q", NumberText.none)
            cell("n q lo", NumberText.none)
            cell("n q lo", NumberText.none)
            cell("n q", NumberText.none)
            return
        }
        let values = total.successes.quantiles([0.5, 0.9, 0.99, 0.999])
        quantileCell(
            "n q", values.first, unit: unit, isFew: total.successes.hasFewSamples(beyond: 0.5))
        quantileCell(
            "n q lo", values.dropFirst().first, unit: unit,
            isFew: total.successes.hasFewSamples(beyond: 0.9))
        quantileCell(
            "n strong", values.dropFirst(2).first, unit: unit,
            isFew: total.successes.hasFewSamples(beyond: 0.99))
        quantileCell(
            "n q lo", values.last, unit: unit, isFew: total.successes.hasFewSamples(beyond: 0.999))
        cell(
            "n q lo",
            total.successes.highest.map { NumberText.cell($0, unit: unit) } ?? NumberText.none)
        cell(total.errors * 1_000 > total.count ? "n e" : "n q", NumberText.count(total.errors))
    }

    private mutating func stateText(_ state: RunSummary.State) {
        switch state {
        case .running: raw("<span class=\"state\"><i class=\"dot\"></i>running</span>")
        case .finished: raw("finished")
        case .failed: raw("<span class=\"e\">failed</span>")
        case .stopped: raw("<span class=\"note\">stopped</span>")
        case .unannounced: raw("no start recorded")
        case .unfinished: raw("never finished")
        }
    }

    /// The same figures by labels.
    mutating func labelTable(_ model: SessionModel) {
        guard let metric = model.metric, !model.labelRows.isEmpty else { return }
        var note = metric.unit.map { "values in \($0), " } ?? ""
        note += "grey: fewer than \(LogLimits.fewSamplesBeyond) samples beyond it"
        panel("labels", title: "By labels", note: note) { out in
            out.scrollingTable("labels-table", label: "Table by labels") { out in
                out.tableHead([
                    "Labels", "|Count", "-|Errors", "|Errors %", "-|Per second", "|p50", "-|p90",
                    "-|p95", "|p99", "-|p99.9", "-|Slowest",
                ])
                out.raw("<tbody>")
                for row in model.labelRows { out.labelRow(row, model) }
                if let overflow = model.summary.overflow { out.overflowRow(overflow) }
                out.raw("</tbody>")
            }
            guard model.hiddenLabelRows > 0 else { return }
            out.raw("<p class=\"under\">")
            out.text(
                "\(NumberText.count(model.hiddenLabelRows)) more are not listed: these have the"
                    + " most samples. `tracker show` lists all."
            )
            out.raw("</p>")
        }
    }

    private mutating func labelRow(_ row: SessionModel.LabelRow, _ model: SessionModel) {
        raw("<tr><th scope=\"row\" class=\"labels\">")
        if row.labels.isEmpty { element("span", class: "q", "no labels") }
        for label in row.labels {
            raw("<span>")
            element("small", label.name)
            raw(" ")
            text(label.value)
            raw("</span>")
        }
        raw("</th>")
        let total = row.total
        let perSecond = (model.total?.succeeded).flatMap { all in
            model.perSecond.map { $0 * Double(total.succeeded) / Double(max(1, all)) }
        }
        labelCells(total, unit: model.metric?.unit, perSecond: perSecond)
        raw("</tr>\n")
    }

    private mutating func overflowRow(_ overflow: Aggregate) {
        raw("<tr class=\"sum\"><th scope=\"row\" class=\"labels\">")
        text(IndexLimits.overflowText)
        raw("</th>")
        labelCells(overflow, unit: nil, perSecond: nil)
        raw("</tr>\n")
    }

    private mutating func labelCells(
        _ total: Aggregate, unit: String?, perSecond: Double?
    ) {
        cell("n", NumberText.count(total.count))
        cell("n q lo", NumberText.count(total.errors))
        let isBad = total.errors * 1_000 > total.count
        cell(isBad ? "n e" : "n q", NumberText.percent(total.errors, of: total.count))
        cell("n q lo", NumberText.rate(perSecond))
        let qs = [0.5, 0.9, 0.95, 0.99, 0.999]
        let names: [StaticString] = ["n q", "n q lo", "n q lo", "n strong", "n q lo"]
        let values = total.successes.quantiles(qs)
        for (index, q) in qs.enumerated() {
            let value = index < values.count ? values[index] : nil
            quantileCell(
                names[index], value, unit: unit, isFew: total.successes.hasFewSamples(beyond: q))
        }
        cell(
            "n q lo",
            total.successes.highest.map { NumberText.cell($0, unit: unit) } ?? NumberText.none)
    }
}
