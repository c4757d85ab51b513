package import TrackerIndexer
package import TrackerLog

/// All targets, the one measured last first.
/// - Parameter problem: why a trend cannot be shown.
package func targetsPage(_ catalog: Catalog, problem: String?, now: Timestamp) -> [UInt8] {
    var out = HTMLWriter(capacity: 32 << 10)
    let chrome = PageFrame(
        title: "Targets", catalog: catalog, current: .trends, isLive: problem == nil, now: now)
    let rows = TargetRow.all(in: catalog)
    out.page(chrome) { out in
        out.crumb([("Sessions", sessionListPath), ("Targets", nil)])
        out.raw("<header class=\"head\" id=\"head\"><h1>Targets <small>")
        out.text(NumberText.count(rows.count))
        out.raw("</small></h1></header>\n<div id=\"problem\">")
        if let problem {
            out.raw("<p class=\"e\" role=\"alert\">")
            out.text(problem)
            out.raw("</p>")
        }
        out.raw("</div>\n<div id=\"list\" data-live>")
        out.targetTable(rows, now: now)
        out.raw("</div>\n")
    }
    return out.bytes
}

/// What the list of sessions says of a target.
package struct TargetRow: Sendable {
    package var target: String
    package var sessions = 0
    package var runs = 0
    /// The session that was measured last.
    package var newest: CatalogEntry

    /// Without archived sessions: a trend does not use them.
    package static func all(in catalog: Catalog) -> [TargetRow] {
        var rows: [TargetRow] = []
        var places: [ExactText: Int] = [:]
        for entry in catalog.entries where !entry.isArchived {
            for target in entry.targets {
                let place = places[ExactText(target)] ?? rows.count
                if place == rows.count {
                    places[ExactText(target)] = place
                    rows.append(TargetRow(target: target, newest: entry))
                }
                rows[place].sessions += 1
                rows[place].runs += entry.runCount
            }
        }
        return rows
    }

    /// Of the page of its trend.
    package var path: String { TrendQuery(target: target).path }
}

extension HTMLWriter {
    fileprivate mutating func targetTable(_ rows: [TargetRow], now: Timestamp) {
        guard !rows.isEmpty else {
            raw(
                """
                <div class="panel empty"><h2>No targets yet</h2><p>A run that names its target \
                can be followed over time: <code>tracker load http://localhost:8080/</code> does \
                so.</p></div>
                """
            )
            return
        }
        raw("<div class=\"panel\">")
        scrollingTable("targets", label: "Table of targets", class: "ses") { out in
            out.raw(
                """
                <thead><tr><th scope="col">Target</th><th scope="col" class="n">Sessions</th>\
                <th scope="col" class="n lo">Runs</th><th scope="col" class="lo">Newest session\
                </th><th scope="col" class="n">p99 of it</th><th scope="col" class="lo">When, \
                <span data-zone>UTC</span></th></tr></thead><tbody>
                """
            )
            for row in rows { out.targetRow(row, now: now) }
            out.raw("</tbody>")
        }
        raw("</div>")
    }

    private mutating func targetRow(_ row: TargetRow, now: Timestamp) {
        raw("<tr><th scope=\"row\">")
        link(row.path, TargetText.short(row.target))
        raw("</th><td class=\"n\">")
        link(
            SessionListModel.path(filter: SessionListModel.filter("target", row.target)),
            class: "link", NumberText.count(row.sessions))
        raw("</td>")
        cell("n q lo", NumberText.count(row.runs))
        raw("<td class=\"lo clip\">")
        link(
            sessionPath(user: row.newest.user, session: row.newest.session), row.newest.title)
        raw("</td><td class=\"n\">")
        if let headline = row.newest.headline, let p99 = headline.p99 {
            text(NumberText.quantity(p99, unit: headline.unitText))
        } else {
            text(NumberText.none)
        }
        raw("</td><td class=\"q lo\">")
        if let first = row.newest.first { time(first, as: .recent, now: now) }
        raw("</td></tr>\n")
    }
}
