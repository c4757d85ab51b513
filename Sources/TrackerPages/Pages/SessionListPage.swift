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
        title: "Sessions", catalog: catalog, current: .sessions, isLive: true, now: now)
    out.page(chrome) { $0.sessionList(model, start, now: now) }
    return out.bytes
}

/// The contents of one page of the list.
struct SessionListModel {
    var query: SessionListQuery
    /// The rows of this page.
    var rows: [CatalogEntry]
    /// Number of sessions that match the filter, and of all sessions.
    var matchCount: Int
    var allCount: Int
    var pageCount: Int
    /// The most frequent tags.
    var tags: [String]

    init(_ catalog: Catalog, query: SessionListQuery) {
        let found = query.select(catalog.entries)
        let perPage = ViewLimits.sessionsPerPage
        pageCount = max(1, (found.count + perPage - 1) / perPage)
        let page = min(query.page, pageCount)
        self.query = query
        self.query.page = page
        rows = Array(found.dropFirst((page - 1) * perPage).prefix(perPage))
        matchCount = found.count
        allCount = catalog.entries.count
        var uses: [ExactText: Int] = [:]
        for tag in catalog.entries.flatMap(\.tags) { uses[ExactText(tag), default: 0] += 1 }
        let ordered = uses.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        tags = ordered.prefix(ViewLimits.offeredTags).map(\.key.text)
    }

    func path(page: Int) -> String { path(order: query.order, page: page) }

    func path(order: CatalogFilter.Order, page: Int = 1) -> String {
        var items: [(String, String)] = []
        if !query.text.isEmpty { items.append(("q", query.text)) }
        if order != .newest { items.append(("sort", order.rawValue)) }
        if page > 1 { items.append(("page", String(page))) }
        return sessionListPath + queryText(items)
    }

    static func path(filter: String) -> String { sessionListPath + queryText([("q", filter)]) }

    /// `tag:pool`; quoted when the tag has spaces. A tag with a quote cannot be expressed.
    static func filter(tag: String) -> String { filter("tag", tag) }

    static func filter(_ key: String, _ value: String) -> String {
        value.contains { $0.isWhitespace } ? "\(key):\"\(value)\"" : "\(key):\(value)"
    }
}

extension HTMLWriter {
    mutating func sessionList(
        _ model: SessionListModel, _ start: FirstStart, now: Timestamp
    ) {
        crumb([("Notebook", nil)])
        raw("<header class=\"head\" id=\"head\"><h1>Sessions <small>")
        if model.matchCount == model.allCount {
            text(NumberText.count(model.allCount))
        } else {
            text("\(NumberText.count(model.matchCount)) of \(NumberText.count(model.allCount))")
        }
        raw("</small></h1></header>\n")
        filterBar(model)
        raw("<div id=\"list\" data-live>")
        if model.allCount == 0 {
            newcomer(start)
        } else if model.rows.isEmpty {
            raw("<div class=\"panel empty\"><h2>No session matches</h2><p>The filter is ")
            element("code", model.query.text)
            raw(
                """
                . Try a part of a name, <code>tag:pool</code>, <code>target:8080</code>, \
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
            commit:9f3c, p99&gt;20ms, since:monday, is:failed, worse"
            """
        )
        attribute("value", model.query.text)
        raw(">")
        if model.query.order != .newest {
            raw("<input type=\"hidden\" name=\"sort\"")
            attribute("value", model.query.order.rawValue)
            raw(">")
        }
        raw("</form>")
        for tag in model.tags {
            let filter = SessionListModel.filter(tag: tag)
            let isOn = model.query.text == filter
            raw("<a class=\"tag")
            if isOn { raw(" on") }
            raw("\"")
            attribute("href", isOn ? sessionListPath : SessionListModel.path(filter: filter))
            raw(">")
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
        scrollingTable("list-table", label: "Table of sessions", class: "ses") { out in
            out.raw("<thead><tr><th class=\"tick\"><span class=\"sr\">Tick to compare</span></th>")
            for column in ListColumn.all { out.listHead(column, model) }
            out.raw("</tr></thead><tbody data-days>")
            var day: String?
            for (index, entry) in model.rows.enumerated() {
                if model.query.order == .newest {
                    let name = Self.dayName(entry, now)
                    if name != day {
                        day = name
                        let count = model.rows[index...].prefix { Self.dayName($0, now) == name }
                            .count
                        out.dayRow(name, count)
                    }
                }
                out.sessionRow(entry, now: model.query.order == .newest ? nil : now)
            }
            out.raw("</tbody>")
        }
        raw(
            """
            <p class="under"><button class="btn small" type="submit">Compare the ticked \
            sessions</button> The oldest is A.</p></form>
            """
        )
    }

    private static func dayName(_ entry: CatalogEntry, _ now: Timestamp) -> String {
        entry.first.map { ClockText.dayName($0, now: now) } ?? "No events"
    }

    private mutating func dayRow(_ name: String, _ count: Int) {
        raw("<tr class=\"day\"><th scope=\"rowgroup\" colspan=\"11\">")
        text(name)
        element("small", count == 1 ? "1 session" : "\(count) sessions")
        raw("</th></tr>")
    }

    private mutating func listHead(_ column: ListColumn, _ model: SessionListModel) {
        raw("<th scope=\"col\"")
        if column.name.utf8CodeUnitCount > 0 { attribute("class", column.name.description) }
        let isOn =
            column.order == model.query.order
            || column.order == .newest && model.query.order == .oldest
        if isOn {
            raw(
                column.isAscending || model.query.order == .oldest
                    ? " aria-sort=\"ascending\"" : " aria-sort=\"descending\"")
        }
        raw(">")
        if let order = column.order {
            // The time has two ways; its second click turns it.
            let next = order == .newest && model.query.order == .newest ? .oldest : order
            raw("<a")
            attribute("href", model.path(order: next))
            raw(">")
            raw(column.title)
            if column.hasZone {
                raw(", ")
                zone()
            }
            if isOn { raw("<span aria-hidden=\"true\"> ↓</span>") }
            raw("</a>")
        } else {
            raw(column.title)
        }
        raw("</th>")
    }

    /// - Parameter now: shows the day beside the time.
    private mutating func sessionRow(_ entry: CatalogEntry, now: Timestamp?) {
        raw("<tr><td class=\"tick\"><input type=\"checkbox\" name=\"s\"")
        attribute("value", "\(entry.user)/\(entry.session)")
        attribute("id", "tick-\(entry.user.directoryName)/\(entry.session.directoryName)")
        attribute("aria-label", "Compare \(entry.title)")
        raw("></td><th scope=\"row\"><a")
        attribute("href", sessionPath(user: entry.user, session: entry.session))
        raw(">")
        if entry.isRunning { raw("<i class=\"dot\"></i><span class=\"sr\">Recording: </span>") }
        text(entry.title)
        raw("</a><span class=\"tags\">")
        if !entry.isWhole {
            element("span", class: "note", entry.lost?.text ?? "damaged data")
            raw(" ")
        }
        if entry.unreadBytes > 0 {
            raw("<span class=\"note\">")
            text("\(NumberText.bytes(entry.unreadBytes)) not read yet")
            raw("</span> ")
        }
        if let failure = entry.failure {
            raw("<span class=\"note\">")
            text("failed: \(failure)")
            raw("</span> ")
        }
        if entry.isArchived { raw("<span class=\"note\">archived</span> ") }
        if let reported = entry.reported { reportedNote(reported) }
        filterLink("user", entry.user.value)
        for tag in entry.tags {
            raw(", ")
            filterLink("tag", tag)
        }
        raw("</span></th><td class=\"q lo clip\">")
        targetLink(entry.targets)
        raw("</td><td class=\"q lo\">")
        if let first = entry.first {
            if entry.isRunning { raw("since ") }
            if let now { time(first, as: .recent, now: now) } else { time(first, as: .minute) }
        } else {
            text(NumberText.none)
        }
        raw("</td>")
        cell("n q lo", NumberText.count(entry.runCount))
        if let reported = entry.reported {
            reportedCells(reported)
        } else {
            headlineCells(entry.headline)
        }
        raw("</tr>\n")
    }

    /// What stands for runs that were reported: no percentile, so not in the columns of those.
    private mutating func reportedNote(_ reported: ReportedHeadline) {
        raw("<span class=\"reported\">reported ")
        let newest = NumberText.quantity(reported.newest, unit: reported.number.unit)
        text("\(reported.metric) \(newest)")
        raw("</span> ")
    }

    private mutating func reportedCells(_ reported: ReportedHeadline) {
        cell("n q lo", NumberText.rate(reported.perSecond))
        for _ in 0..<2 { cell("n q lo", NumberText.none) }
        cell("n q", NumberText.none)
        let isBad = reported.failed * 1_000 > reported.requests
        cell(isBad ? "n e" : "n q", NumberText.percent(reported.failed, of: reported.requests))
        cell("lo", "")
    }

    private mutating func filterLink(_ key: String, _ value: String) {
        link(SessionListModel.path(filter: SessionListModel.filter(key, value)), value)
    }

    private mutating func targetLink(_ targets: [String]) {
        guard let first = targets.first else { return text(NumberText.none) }
        link(
            SessionListModel.path(filter: SessionListModel.filter("target", first)),
            TargetText.short(first))
        if targets.count > 1 { text(" and \(targets.count - 1) more") }
    }

    private mutating func headlineCells(_ headline: CatalogEntry.Headline?) {
        guard let headline else {
            for _ in 0..<3 { cell("n q lo", NumberText.none) }
            for _ in 0..<2 { cell("n q", NumberText.none) }
            cell("lo", "")
            return
        }
        let unit = headline.unitText
        cell("n q lo", NumberText.rate(headline.perSecond))
        cell("n q lo", NumberText.count(headline.count))
        valueCell(
            headline.hasFewSamples(beyond: 0.5) ? "n q lo few" : "n q lo", headline.p50, unit)
        valueCell(headline.hasFewSamples(beyond: 0.99) ? "n few" : "n strong", headline.p99, unit)
        let isBad = headline.errors * 1_000 > headline.count
        cell(isBad ? "n e" : "n q", NumberText.percent(headline.errors, of: headline.count))
        open("td", class: "lo")
        sparkline(headline.p99OverTime, width: 84, height: 24, line: "l99", isFilled: true)
        raw("</td>")
    }

    private mutating func valueCell(_ name: StaticString, _ value: Double?, _ unit: String) {
        guard let value else { return cell("n q", NumberText.none) }
        open("td", class: name)
        let shown = Quantity(value, unit: unit)
        text(NumberText.value(shown.value))
        if let unit = shown.unit, !unit.isEmpty { element("small", class: "unit", " " + unit) }
        raw("</td>")
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
    var isAscending = false
    var hasZone = false

    static let all = [
        ListColumn(title: "Session", name: "", order: .name, isAscending: true),
        ListColumn(title: "Target", name: "lo", order: .target, isAscending: true),
        ListColumn(title: "When", name: "lo", order: .newest, hasZone: true),
        ListColumn(title: "Runs", name: "n lo", order: .runs),
        ListColumn(title: "Per second", name: "n lo", order: .rate),
        ListColumn(title: "n", name: "n lo", order: .samples),
        ListColumn(title: "p50", name: "n lo", order: .p50),
        ListColumn(title: "p99", name: "n", order: .p99),
        ListColumn(title: "Errors %", name: "n", order: .errors),
        ListColumn(title: "p99 over time", name: "lo"),
    ]
}
