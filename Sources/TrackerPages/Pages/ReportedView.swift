import TrackerIndexer
import TrackerLog

/// What the tools reported of the runs of a session, apart from what was measured.
extension HTMLWriter {
    /// The key figures of a session in which nothing was measured: those of its newest run, or of
    /// the run in view.
    /// - Returns: whether there are any.
    mutating func reportedNumbers(_ model: SessionModel) -> Bool {
        guard let reported = model.reported else { return false }
        raw("<dl class=\"panel kpis\" id=\"kpis\">")
        let of =
            reported.runs == 1
            ? "reported" : "reported, newest of \(NumberText.count(reported.runs)) runs"
        let newest = Quantity(reported.newest, unit: reported.number.unit)
        keyFigure(reported.metric, NumberText.value(newest.value), newest.unit ?? "", of)
        if let rate = reported.perSecond, !reported.metric.isExactly("rps") {
            keyFigure("rps", NumberText.rate(rate), "/s", of)
        }
        if reported.requests > 0 {
            keyFigure(
                "Errors", NumberText.percent(reported.failed, of: reported.requests), "%",
                "reported, \(NumberText.count(reported.failed)) of"
                    + " \(NumberText.count(reported.requests))")
        }
        if reported.overTime.count > 1 {
            raw("<div class=\"byrun\"><dt>")
            text(
                reported.overTime.count < reported.runs
                    ? "The last \(reported.overTime.count) runs" : "Run by run")
            raw("</dt><dd>")
            sparkline(reported.overTime, width: 220, height: 44, line: "l99", isFilled: true)
            raw("</dd>")
            if let low = reported.overTime.min(), let high = reported.overTime.max() {
                let ends = [low, high].map { NumberText.cell($0, unit: reported.number.unit) }
                element("dd", class: "s", ends.joined(separator: " to "))
            }
            raw("</div>")
        }
        raw("</dl>\n")
        return true
    }

    /// A row for each run, newest last.
    mutating func reported(_ model: SessionModel) {
        let rows = model.shownRuns.map { ReportedRow(run: $0, numbers: $0.summary.reportedNumbers) }
            .filter { !$0.numbers.isEmpty }
        guard !rows.isEmpty else { return }
        let (columns, others) = ReportedColumn.all(of: rows)
        var note = "by the tool, not measured here; one value a run"
        if !others.isEmpty {
            note += "; \(NumberText.count(others.count)) more names are below the table"
        }
        panel("reported", title: "Reported", note: note) { out in
            out.scrollingTable("reported-table", label: "What the tools reported") { out in
                out.reportedHead(columns, model)
                out.raw("<tbody>")
                for row in rows { out.reportedRow(row, columns, model) }
                out.raw("</tbody>")
            }
            if !others.isEmpty {
                let listed = others.prefix(ViewLimits.listedReportedNames)
                let rest = others.count - listed.count
                out.element(
                    "p", class: "under",
                    "Also reported: \(listed.joined(separator: ", "))"
                        + (rest > 0 ? " and \(NumberText.count(rest)) more" : "")
                        + ". `tracker show --json` has all.")
            }
            if model.reported != nil { out.runPager(model) }
            out.panelLinks(.reported, model)
        }
    }

    private mutating func reportedHead(_ columns: [ReportedColumn], _ model: SessionModel) {
        raw("<thead><tr><th scope=\"col\">Run</th>")
        if model.reported != nil {
            raw("<th scope=\"col\" class=\"lo\">Started, ")
            zone()
            raw("</th>")
        }
        for column in columns {
            raw("<th scope=\"col\" class=\"n\">")
            text(column.name)
            if let unit = column.unit { element("small", class: "unit", " " + unit) }
            raw("</th>")
        }
        raw("</tr></thead>")
    }

    private mutating func reportedRow(
        _ row: ReportedRow, _ columns: [ReportedColumn], _ model: SessionModel
    ) {
        let run = row.run
        raw("<tr")
        if run.index == model.only?.index { raw(" class=\"on\"") }
        raw("><th scope=\"row\">")
        link(model.path(metric: model.metric?.name, run: run.summary.run), run.name)
        if run.summary.leftOut != nil { raw(" <span class=\"note\">left out</span>") }
        raw("</th>")
        if model.reported != nil {
            open("td", class: "q lo")
            if let started = run.summary.started { time(started, as: .dateMinute) }
            raw("</td>")
        }
        for column in columns {
            guard let number = row.numbers.first(where: { $0.name.isExactly(column.name) }) else {
                cell("n q", NumberText.none)
                continue
            }
            cell("n q", NumberText.reported(number.value, unit: number.unit))
        }
        raw("</tr>\n")
    }
}

/// A run, and what it reports: computed once.
private struct ReportedRow {
    var run: SessionModel.Run
    var numbers: [ReportedNumber]
}

/// A column of the table of reported numbers.
private struct ReportedColumn {
    var name: String
    var unit: String?

    /// The columns in the order of first occurrence, and the names that have none.
    static func all(of rows: [ReportedRow]) -> (shown: [ReportedColumn], others: [String]) {
        var seen: Set<ExactText> = []
        var shown: [ReportedColumn] = []
        var others: [String] = []
        for number in rows.flatMap(\.numbers)
        where seen.insert(ExactText(number.name)).inserted {
            if shown.count < ViewLimits.reportedKeys {
                shown.append(ReportedColumn(name: number.name, unit: number.unit))
            } else {
                others.append(number.name)
            }
        }
        // Texts, lists and such.
        for member in rows.flatMap({ $0.run.summary.reported?.objectValue ?? [] })
        where seen.insert(ExactText(member.key)).inserted {
            others.append(member.key)
        }
        return (shown, others)
    }
}
