package import TrackerIndexer
package import TrackerLog

/// The list of all sessions, newest first.
/// - Parameters:
///   - start: where programs send to, for who has no session yet.
///   - now: of this rendering, for "today" and the age of the index.
package func sessionListPage(
    _ catalog: Catalog, query: SessionListQuery, start: FirstStart = FirstStart(), now: Timestamp
) -> [UInt8] {
    let model = SessionListModel(catalog, query: query)
    var out = HTMLWriter(capacity: 16 << 10 + model.rows.count << 10)
    let chrome = PageFrame(
        title: model.title, catalog: catalog, current: .sessions, isLive: true, now: now)
    out.page(chrome) { $0.sessionList(model, start, now: now) }
    return out.bytes
}

extension HTMLWriter {
    mutating func sessionList(
        _ model: SessionListModel, _ start: FirstStart, now: Timestamp
    ) {
        crumb([("Notebook", nil)])
        raw("<header class=\"head\" id=\"head\"><h1>")
        text(model.title)
        raw(" <small>")
        text(model.countText)
        raw("</small></h1>")
        userChoice(model)
        raw("</header>\n")
        filterBar(model)
        raw("<div id=\"list\" data-live>")
        if model.allCount == 0 {
            newcomer(start)
        } else if model.rows.isEmpty {
            raw("<div class=\"panel empty\"><h2>No session matches</h2><p>")
            if let user = model.query.user { text("Only sessions of \(user) are listed. ") }
            if !model.query.text.isEmpty {
                raw("The filter is ")
                element("code", model.query.text)
                raw(". ")
            }
            raw(
                """
                Try a part of a name, <code>tag:pool</code>, <code>target:8080</code>, \
                <code>user:ada</code>, <code>commit:9f3c</code>, <code>p99&gt;20ms</code>, \
                <code>since:monday</code>, <code>is:failed</code>, <code>worse</code> or \
                <code>is:archived</code>, or <a class="link" href="/">see all \
                sessions</a>.</p></div>
                """
            )
        } else {
            sessionTable(model, now: now)
        }
        raw("</div>\n")
        pager(model)
    }

    /// Whose notebook is shown, where there are several.
    private mutating func userChoice(_ model: SessionListModel) {
        guard !model.users.isEmpty else { return }
        raw("<nav class=\"tags\" aria-label=\"Users\">")
        choice("Everybody", sessionListPath, isOn: model.query.user == nil)
        for user in model.users {
            choice(user.value, CatalogUser.path(of: user), isOn: model.query.isOf(user))
        }
        link(usersPath, class: "link", "All \(NumberText.count(model.userCount)) users")
        raw("</nav>")
    }

    private mutating func filterBar(_ model: SessionListModel) {
        raw(
            """
            <div class="tools" id="tools"><form class="search" role="search" aria-label="Filter \
            sessions" method="get"
            """
        )
        attribute("action", sessionListPath)
        raw("><label class=\"sr\" for=\"q\">Filter</label>")
        icon(.search, size: 15)
        raw(
            """
            <input id="q" name="q" type="search" placeholder="Name, tag:pool, target:8080, \
            commit:9f3c, p99&gt;20ms, worse"
            """
        )
        attribute("value", model.query.text)
        raw(">")
        for (name, value) in model.query.hiddenItems {
            raw("<input type=\"hidden\"")
            attribute("name", name)
            attribute("value", value)
            raw(">")
        }
        raw("</form>")
        for tag in model.tags {
            let filter = SessionListModel.filter(tag: tag)
            let isOn = model.query.text.isExactly(filter)
            raw("<a class=\"tag")
            if isOn { raw(" on") }
            raw("\"")
            attribute("href", model.ownPath(filter: isOn ? "" : filter))
            raw("><small>tag</small> ")
            text(tag)
            raw("</a>")
        }
        raw("</div>\n<div id=\"doubts\">")
        for doubt in model.query.doubts {
            raw("<p class=\"doubt\">")
            text(doubt)
            raw("</p>")
        }
        raw("</div>\n")
    }

    /// The rows of a form, so that two can be ticked and compared, also without a script.
    private mutating func sessionTable(_ model: SessionListModel, now: Timestamp) {
        raw("<form method=\"get\" class=\"panel\"")
        attribute("action", comparePath)
        raw(">")
        let kind: StaticString = model.query.order == .newest ? "ses days" : "ses"
        scrollingTable("list-table", label: "Table of sessions", class: kind) { out in
            out.raw("<thead><tr><th class=\"tick\"><span class=\"sr\">Tick to compare</span></th>")
            for column in ListColumn.all { out.listHead(column, model) }
            out.raw("</tr></thead>")
            out.rows(model, now: now)
        }
        raw(
            """
            <p class="under"><button class="btn small" type="submit">Compare the ticked \
            sessions</button> The oldest is A.
            """
        )
        if model.hasRepeats || model.query.opensRepeats {
            raw(" ")
            let way =
                model.query.opensRepeats
                ? "Put repeats into one row" : "Give each session its own row"
            link(model.otherRowsPath, class: "link", way)
        }
        raw("</p></form>")
    }

    /// By days in the order of time. Each row is a table body, so that its repeats open with it.
    private mutating func rows(_ model: SessionListModel, now: Timestamp) {
        let isByDay = model.query.order == .newest
        var day: String?
        for (index, group) in model.rows.enumerated() {
            let name = Self.dayName(group.head, now)
            raw("<tbody>")
            if isByDay, name != day {
                day = name
                let ofDay = model.rows[index...].prefix { Self.dayName($0.head, now) == name }
                dayRow(name, ofDay)
            }
            sessionRows(group, now: now, isUnderDay: isByDay)
            raw("</tbody>")
        }
    }

    private static func dayName(_ entry: CatalogEntry, _ now: Timestamp) -> String {
        entry.first.map { ClockText.dayName($0, now: now) }
            ?? (entry.eventCount > 0 ? "No plausible time" : "No events")
    }

    private mutating func dayRow(_ name: String, _ groups: ArraySlice<SessionGroup>) {
        let noun = groups.allSatisfy(\.repeats.isEmpty) ? "session" : "row"
        raw("<tr class=\"day\"><th scope=\"rowgroup\" colspan=\"11\">")
        text(name)
        element("small", groups.count == 1 ? "1 \(noun)" : "\(groups.count) \(noun)s")
        raw("</th></tr>")
    }

    private mutating func listHead(_ column: ListColumn, _ model: SessionListModel) {
        raw("<th scope=\"col\"")
        if column.name.utf8CodeUnitCount > 0 { attribute("class", column.name.description) }
        let query = model.query
        let isOn = column.order == query.order || column.order == .newest && query.order == .oldest
        let isAscending = query.order.isAscending != query.isReversed
        if isOn {
            raw(isAscending ? " aria-sort=\"ascending\"" : " aria-sort=\"descending\"")
        }
        raw(">")
        if let order = column.order {
            // A second click turns the order.
            let turns = isOn && query.order == order && !query.isReversed
            raw("<a")
            attribute("href", model.path(order: order, isReversed: turns))
            raw(">")
            raw(column.title)
            if column.hasZone {
                raw(", ")
                zone()
            }
            if isOn {
                raw("<span aria-hidden=\"true\"> ")
                raw(isAscending ? "↑" : "↓")
                raw("</span>")
            }
            raw("</a>")
        } else {
            raw(column.title)
        }
        raw("</th>")
    }

    private mutating func pager(_ model: SessionListModel) {
        raw("<nav class=\"pager\" id=\"pager\" aria-label=\"Pages of the list\">")
        if model.pageCount > 1 {
            let page = model.query.page
            if page > 1 { link(model.path(page: page - 1), class: "btn", "Newer") }
            element("span", "Page \(page) of \(NumberText.count(model.pageCount))")
            if page < model.pageCount { link(model.path(page: page + 1), class: "btn", "Older") }
        }
        raw("</nav>\n")
    }
}

/// A column of the list; those with an order are sorted by a click on their head.
private struct ListColumn {
    var title: StaticString
    /// Its class: `n` for numbers, `lo` where a phone has no room.
    var name: StaticString
    var order: CatalogFilter.Order?
    var hasZone = false

    static let all = [
        ListColumn(title: "Session", name: "", order: .name),
        ListColumn(title: "Target", name: "lo", order: .target),
        ListColumn(title: "When", name: "lo", order: .newest, hasZone: true),
        ListColumn(title: "Runs", name: "n lo", order: .runs),
        ListColumn(title: "Per second", name: "n lo", order: .rate),
        ListColumn(title: "n", name: "n lo", order: .samples),
        ListColumn(title: "p50", name: "n lo", order: .p50),
        ListColumn(title: "p99", name: "n", order: .p99),
        ListColumn(title: "Errors %", name: "n", order: .errors),
        ListColumn(title: "Over time", name: "lo"),
    ]
}
