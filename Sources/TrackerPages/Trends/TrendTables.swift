import TrackerAnalysis
import TrackerIndexer
import TrackerLog

extension HTMLWriter {
    /// Each change with the runs before and after it, newest first.
    mutating func trendChanges(_ view: TrendView) {
        guard !view.changes.isEmpty else { return }
        panel("changes", title: "Where it changed", note: "newest first") { out in
            out.raw("<ul class=\"checks\">")
            for change in view.changes.reversed() {
                out.raw(change.isBetter == false ? "<li class=\"warn\">" : "<li class=\"ok\">")
                out.icon(change.isBetter == false ? .warning : .check, size: 14)
                out.raw("<div><b>")
                out.text(view.words(of: change))
                out.raw("</b> ")
                if let started = change.after.started {
                    out.time(started, as: .dateMinute)
                    out.raw(" ")
                    out.zone()
                }
                out.raw("<small>Last before: ")
                out.point(change.before)
                out.raw("; first after: ")
                out.point(change.after)
                out.raw(". ")
                out.link(view.comparison(change).path, class: "link", "Compare the two")
                out.raw("</small>")
                if !change.isSettled {
                    out.element(
                        "small",
                        "Not more than runs differ by themselves: \(change.furtherRuns) more would"
                            + " tell.")
                }
                if !change.isLike {
                    out.element("small", "The runs were made under other conditions.")
                }
                if change.hasMoreFailures { out.element("small", "More requests failed.") }
                if !change.differences.isEmpty {
                    out.element(
                        "small",
                        "Differs: "
                            + change.differences.map { difference in
                                let sides = [difference.a, difference.b].map {
                                    $0.isEmpty ? NumberText.none : $0.joined(separator: ", ")
                                }
                                return "\(difference.name) \(sides[0]) to \(sides[1])"
                            }.joined(separator: "; "))
                }
                out.raw("</div></li>")
            }
            out.raw("</ul>")
            out.trendLinks("changes", of: "Where it changed", .changes, view.query)
        }
    }

    private mutating func point(_ point: Trend.Point) {
        link(point.path, class: "link", point.name)
        if let commit = point.commit {
            raw(" ")
            element("code", String(commit.prefix(12)))
        }
    }

    /// The runs of a trend, newest first.
    mutating func trendRuns(_ view: TrendView) {
        let shown = view.points.suffix(ViewLimits.trendRows).reversed()
        let hidden = view.points.count - shown.count
        panel("runs", title: "Runs", note: hidden > 0 ? "the newest \(shown.count)" : "") { out in
            out.scrollingTable(
                "runs-table", label: "Runs of the target", class: "names"
            ) { out in
                out.raw(
                    """
                    <thead><tr><th scope="col">Run</th><th scope="col" class="lo">Started, \
                    <span data-zone>UTC</span></th><th scope="col">Commit</th><th scope="col" \
                    class="n lo">n</th><th scope="col" class="n">
                    """
                )
                out.text(view.name)
                out.raw("</th></tr></thead><tbody>")
                for (point, value) in shown {
                    out.raw("<tr><th scope=\"row\">")
                    out.link(point.path, point.name)
                    if point.isLossy { out.element("small", " records missing") }
                    out.raw("</th><td class=\"q lo\">")
                    if let started = point.started { out.time(started, as: .dateMinute) }
                    out.raw("</td><td>")
                    out.element("code", point.commit.map { String($0.prefix(12)) } ?? "")
                    out.raw("</td>")
                    out.cell("n q lo", NumberText.count(point.count))
                    out.cell("n strong", view.text(value))
                    out.raw("</tr>\n")
                }
                out.raw("</tbody>")
            }
            out.trendLinks("runs", of: "The runs", .runs, view.query)
        }
    }
}
