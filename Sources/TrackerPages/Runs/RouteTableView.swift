import TrackerIndexer
import TrackerLog

extension HTMLWriter {
    /// What failed where: each route, and below it its statuses.
    mutating func routeTable(_ model: SessionModel) {
        guard let style = model.style, model.routes.isShown else { return }
        let (columns, routes) = (style.labelColumns, model.routes)
        var notes = unitNote(model.metric).map { [$0] } ?? []
        let shown = NumberText.count(routes.rows.count)
        notes.append(
            routes.rows.count < routes.count
                ? "\(shown) of \(NumberText.count(routes.count)), those with the most errors first"
                : "those with the most errors first")
        notes.append(Self.fewNote)
        panel("routes", title: "By route and status", note: notes.joined(separator: ", ")) { out in
            let label = "Table by route and status"
            out.partTable("routes-table", label, first: "Route", columns, model) {
                for row in routes.rows { $0.routeRows(row, columns, model) }
            }
            out.panelLinks(.routes, model)
        }
    }

    private mutating func routeRows(
        _ row: RouteTable.Row, _ columns: [FigureColumn], _ model: SessionModel
    ) {
        let isOne = row.statuses.count == 1
        raw("<tr><th scope=\"row\" class=\"labels\">")
        part(RouteTable.routeName, row.route)
        if isOne, let status = row.statuses.first?.status {
            raw(" ")
            part(RouteTable.statusName, status)
        }
        raw("</th>")
        partFigures(row.total, columns, model)
        guard !isOne else { return }
        for (status, total) in row.statuses {
            raw("<tr class=\"in\"><th scope=\"row\" class=\"labels\">")
            part(RouteTable.statusName, status)
            raw("</th>")
            partFigures(total, columns, model)
        }
    }

    private mutating func part(_ name: String, _ value: String?) {
        guard let value else { return element("span", class: "q", "no \(name)") }
        labelText(Label(name, value))
    }
}
