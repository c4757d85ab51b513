import TrackerAnalysis
import TrackerLog

extension HTMLWriter {
    /// Each of several groups against A by one number; its name leads to the whole comparison.
    mutating func eachOfMany(_ model: CompareModel) {
        guard !model.each.isEmpty else { return }
        let statistic = model.main.headline.statistic
        let rows = model.each.compactMap { group -> ComparisonRow? in
            guard case .comparison(let comparison) = group.result else { return nil }
            return comparison.row(likely: statistic)
        }
        let scale = ForestScale(rows)
        let note =
            "each group as B; bar: 95% interval of its own table, so that of many groups one may"
            + " differ by chance"
        panel("each", title: "Each against A", note: note) { out in
            out.scrollingTable("each-table", label: "Each against A", class: "fst") { out in
                out.forestHead("Group", scale)
                out.raw("<tbody>")
                for group in model.each { out.eachRow(group, statistic, scale, model.query) }
                out.raw("</tbody>")
            }
        }
    }

    private mutating func eachRow(
        _ group: CompareModel.OfMany, _ statistic: Statistic, _ scale: ForestScale,
        _ query: CompareQuery
    ) {
        let isShown = group.name.isExactly(query.b.first)
        raw("<tr><th scope=\"row\">")
        switch group.result {
        case .problem(let words):
            text(group.name)
            raw("</th><td class=\"wrap\" colspan=\"5\">")
            text(words)
            raw("</td>")
        case .comparison(let comparison):
            raw("<a class=\"link\"")
            if isShown { raw(" aria-current=\"true\"") }
            attribute("href", query.with(b: group.name).path)
            raw(">")
            text(group.name)
            raw("</a>")
            let row = comparison.row(likely: statistic)
            element("small", ComparisonText(comparison, row).name + (isShown ? ", below" : ""))
            raw("</th>")
            forestCells(comparison, row, scale)
        }
        raw("</tr>\n")
    }
}

extension Comparison {
    /// The row of the statistic, so that groups are compared by the same number; else the headline.
    fileprivate func row(likely statistic: Statistic) -> ComparisonRow {
        if statistic == .errorRate { return failures }
        return rows.first { $0.statistic == statistic } ?? headline
    }
}
