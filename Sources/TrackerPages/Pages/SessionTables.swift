import TrackerIndexer
import TrackerLog

extension HTMLWriter {
    /// A row for each run, and one for all runs merged.
    mutating func runTable(_ model: SessionModel) {
        // Runs of which nothing was measured are in the table of what was reported.
        guard !model.runs.isEmpty, model.reported == nil else { return }
        let shown = model.shownRuns
        let style = model.style
        let columns = style?.runColumns ?? []
        var notes = unitNote(model.metric).map { [$0] } ?? []
        if shown.count < model.listedRuns.count {
            notes.append(
                "\(NumberText.count(shown.startIndex + 1)) to"
                    + " \(NumberText.count(shown.endIndex)) of"
                    + " \(NumberText.count(model.listedRuns.count))")
        }
        let note = notes.joined(separator: ", ")
        panel("runs", title: "Runs", note: note) { out in
            out.scrollingTable("runs-table", label: "Table of runs") { out in
                out.raw(
                    "<thead><tr><th scope=\"col\">Run</th><th scope=\"col\" class=\"lo\">Started, ")
                out.zone()
                out.raw("</th>")
                out.figureHeads(columns)
                out.raw("<th scope=\"col\" class=\"lo\">State</th><th scope=\"col\" class=\"lo\">")
                out.text(style?.courseName ?? "Over time")
                out.raw("</th></tr></thead><tbody>")
                for run in shown { out.runRow(run, columns, model) }
                if model.listedRuns.count > 1,
                    let total = Aggregate.merged(model.runs.compactMap(\.total))
                {
                    out.mergedRow(model, columns, total)
                }
                out.raw("</tbody>")
            }
            out.doubts(shown)
            out.runPager(model)
            out.panelLinks(.runs, model)
        }
    }

    /// Links to older and newer runs.
    mutating func runPager(_ model: SessionModel) {
        pager(
            "Pages of runs", model.runPage, of: model.runPageCount,
            back: "Newer runs", on: "Older runs"
        ) { model.path(runPage: $0) }
    }

    /// Links to the pages around one; nothing where there is only one.
    private mutating func pager(
        _ label: StaticString, _ page: Int, of count: Int, back: String, on: String,
        path: (Int) -> String
    ) {
        guard count > 1 else { return }
        raw("<nav class=\"pager\" aria-label=\"")
        raw(label)
        raw("\">")
        if page > 1 { link(path(page - 1), class: "btn", back) }
        element("span", "Page \(page) of \(NumberText.count(count))")
        if page < count { link(path(page + 1), class: "btn", on) }
        raw("</nav>")
    }

    /// Runs that failed and why, runs that a person left out, and reasons to doubt the numbers.
    private mutating func doubts(_ runs: ArraySlice<SessionModel.Run>) {
        let doubts = runs.flatMap { run in run.doubts.map { (run.name, $0) } }
        guard !doubts.isEmpty else { return }
        raw("<ul class=\"checks\">")
        for (name, doubt) in doubts.suffix(ViewLimits.listedDoubts) {
            finding(isGood: false, name, doubt)
        }
        raw("</ul>")
    }

    private mutating func runRow(
        _ run: SessionModel.Run, _ columns: [FigureColumn], _ model: SessionModel
    ) {
        raw("<tr")
        if run.index == model.only?.index { raw(" class=\"on\"") }
        raw("><th scope=\"row\">")
        link(model.path(metric: model.metric?.id, run: run.summary.run), run.name)
        if !run.name.isExactly(run.summary.run) && !run.summary.run.isEmpty {
            element("small", class: "id", run.summary.run)
        }
        if let test = run.summary.test { element("small", class: "id", test) }
        raw("</th><td class=\"q lo\">")
        if let started = run.started {
            time(started, as: .clock)
        } else {
            text(NumberText.none)
        }
        raw("</td>")
        figureCells(columns, run.total, unit: model.metric?.unit, perSecond: run.perSecond)
        open("td", class: "q lo")
        stateText(run.summary.state)
        if run.summary.leftOut != nil { raw(", <span class=\"note\">left out</span>") }
        raw("</td><td class=\"lo\">")
        sparkline(model.course(of: run), width: 104, height: 22, line: "l99", isFilled: true)
        raw("</td></tr>\n")
    }

    private mutating func mergedRow(
        _ model: SessionModel, _ columns: [FigureColumn], _ total: Aggregate
    ) {
        raw("<tr class=\"sum\"><th scope=\"row\">All ")
        text(NumberText.count(model.listedRuns.count))
        raw(", merged</th><td class=\"lo\"></td>")
        figureCells(
            columns, total, unit: model.metric?.unit,
            perSecond: SessionModel.rate(of: model.runs))
        raw("<td class=\"lo\"></td><td class=\"lo\"></td></tr>\n")
    }

    /// The unit of a table, where its cells do not have their own.
    func unitNote(_ metric: MetricChoice?) -> String? {
        guard let unit = metric?.unit, !NumberText.ownsUnit(unit) else { return nil }
        return "values in \(unit)"
    }

    mutating func stateText(_ state: RunSummary.State) {
        switch state {
        case .running: raw("<span class=\"state\"><i class=\"dot\"></i>running</span>")
        case .finished: raw("finished")
        case .failed: raw("<span class=\"e\">failed</span>")
        case .stopped: raw("<span class=\"note\">stopped</span>")
        case .unannounced: raw("no start recorded")
        case .beyondLimit:
            text(
                "start and end not kept: more than"
                    + " \(NumberText.count(IndexLimits.maxRunsPerSession)) runs")
        case .unfinished: raw("never finished")
        }
    }

    static let fewNote = "grey: fewer than \(LogLimits.fewSamplesBeyond) samples beyond it"

    /// The same figures by labels: by route first, and by all labels where there are others.
    mutating func labelTables(_ model: SessionModel) {
        routeTable(model)
        if !(model.routes.isShown && model.routes.isWhole) { labelTable(model) }
    }

    private mutating func labelTable(_ model: SessionModel) {
        // Without any label it has the numbers of all samples once more.
        guard let style = model.style, model.labelRows.contains(where: { !$0.labels.isEmpty })
        else { return }
        let columns = style.labelColumns
        var notes = unitNote(model.metric).map { [$0] } ?? []
        if model.labelPageCount > 1 {
            let first = (model.labelPage - 1) * ViewLimits.labelRows
            notes.append(
                "\(NumberText.count(first + 1)) to"
                    + " \(NumberText.count(first + model.labelRows.count)) of"
                    + " \(NumberText.count(model.labelCount)), those with the most samples first")
        }
        notes.append(Self.fewNote)
        panel("labels", title: "By labels", note: notes.joined(separator: ", ")) { out in
            out.partTable("labels-table", "Table by labels", first: "Labels", columns, model) {
                for row in model.labelRows { $0.labelRow(row, columns, model) }
            }
            out.labelPager(model)
            out.panelLinks(.labels, model)
        }
    }

    /// The figures of parts of the samples, and of those that are in no part.
    mutating func partTable(
        _ id: StaticString, _ label: String, first: StaticString, _ columns: [FigureColumn],
        _ model: SessionModel, rows: (inout HTMLWriter) -> Void
    ) {
        scrollingTable(id, label: label) { out in
            out.raw("<thead><tr><th scope=\"col\">")
            out.raw(first)
            out.raw("</th>")
            out.figureHeads(columns)
            out.raw("</tr></thead><tbody>")
            rows(&out)
            if let overflow = model.summary.overflow { out.overflowRow(overflow, columns) }
            out.raw("</tbody>")
        }
    }

    /// The figures of a row, and its end.
    mutating func partFigures(
        _ total: Aggregate, _ columns: [FigureColumn], _ model: SessionModel
    ) {
        figureCells(
            columns, total, unit: model.metric?.unit, perSecond: model.perSecond(of: total))
        raw("</tr>\n")
    }

    /// Links to the label sets with more and with fewer samples.
    private mutating func labelPager(_ model: SessionModel) {
        pager(
            "Pages of label sets", model.labelPage, of: model.labelPageCount,
            back: "More samples", on: "Fewer samples"
        ) { model.path(labelPage: $0) }
    }

    private mutating func labelRow(
        _ row: SessionModel.LabelRow, _ columns: [FigureColumn], _ model: SessionModel
    ) {
        raw("<tr><th scope=\"row\" class=\"labels\">")
        if row.labels.isEmpty { element("span", class: "q", "no labels") }
        for (index, label) in row.shownLabels.enumerated() {
            // For who copies the table, or hears it.
            if index > 0 { raw(" ") }
            labelText(label)
        }
        raw("</th>")
        partFigures(row.total, columns, model)
    }

    mutating func labelText(_ label: Label) {
        raw("<span>")
        element("small", label.name)
        raw(" ")
        text(label.value)
        raw("</span>")
    }

    private mutating func overflowRow(_ overflow: Aggregate, _ columns: [FigureColumn]) {
        raw("<tr class=\"sum\"><th scope=\"row\" class=\"labels\">")
        text(IndexLimits.overflowText)
        raw("</th>")
        figureCells(columns, overflow, unit: nil, perSecond: nil)
        raw("</tr>\n")
    }
}

extension SessionModel.LabelRow {
    /// The route first, then the status: what a reader looks for.
    fileprivate var shownLabels: [Label] {
        let first = [RouteTable.routeName, RouteTable.statusName]
        func place(_ label: Label) -> Int { first.firstIndex(of: label.name) ?? first.count }
        return labels.enumerated().sorted {
            (place($0.element), $0.offset) < (place($1.element), $1.offset)
        }.map(\.element)
    }
}
