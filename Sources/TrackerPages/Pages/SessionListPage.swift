package import TrackerIndexer
package import TrackerLog

/// The list of all sessions, newest first.
/// - Parameter now: of this rendering, for "today" and the age of the index.
package func sessionListPage(
    _ catalog: Catalog, query: SessionListQuery, now: Timestamp
) -> [UInt8] {
    let model = SessionListModel(catalog, query: query)
    var out = HTMLWriter(capacity: 16 << 10 + model.rows.count << 10)
    let chrome = PageFrame(
        title: "Sessions", catalog: catalog, isSessionList: true, isLive: true, now: now)
    out.page(chrome) { $0.sessionList(model, now: now) }
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
        self.query = SessionListQuery(text: query.text, page: page)
        rows = Array(found.dropFirst((page - 1) * perPage).prefix(perPage))
        matchCount = found.count
        allCount = catalog.entries.count
        var uses: [ExactText: Int] = [:]
        for tag in catalog.entries.flatMap(\.tags) { uses[ExactText(tag), default: 0] += 1 }
        let ordered = uses.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        tags = ordered.prefix(ViewLimits.offeredTags).map(\.key.text)
    }

    func path(page: Int) -> String {
        var items: [(String, String)] = []
        if !query.text.isEmpty { items.append(("q", query.text)) }
        if page > 1 { items.append(("page", String(page))) }
        return sessionListPath + queryText(items)
    }

    static func path(filter: String) -> String { sessionListPath + queryText([("q", filter)]) }

    /// `tag:pool`; quoted when the tag has spaces. A tag with a quote cannot be expressed.
    static func filter(tag: String) -> String {
        tag.contains { $0.isWhitespace } ? "tag:\"\(tag)\"" : "tag:\(tag)"
    }
}

extension HTMLWriter {
    mutating func sessionList(_ model: SessionListModel, now: Timestamp) {
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
            newcomer()
        } else if model.rows.isEmpty {
            raw("<div class=\"panel empty\"><h2>No session matches</h2><p>The filter is ")
            element("code", model.query.text)
            raw(
                """
                . Try a part of a name, <code>tag:pool</code>, <code>target:8080</code> or \
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
            user:ada, since:2026-11-01, is:running"
            """
        )
        attribute("value", model.query.text)
        raw("></form>")
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
        raw("</div>\n")
    }

    /// What to do when there are no sessions yet.
    private mutating func newcomer() {
        raw(
            """
            <div class="panel empty"><h2>No sessions yet</h2>
            <p>Sessions appear here as soon as something is measured. Three ways to begin:</p>
            <dl>
            <div><dt>See it with real data</dt><dd><code>tracker demo</code> starts a small \
            server and sends load to it.</dd></div>
            <div><dt>Test your own service</dt><dd><code>tracker load http://localhost:8080/ \
            --rate 200 --duration 30s</code></dd></div>
            <div><dt>Send from a program</dt><dd><code>POST /api/track</code> on this port, or \
            any program that appends to the log.</dd></div>
            </dl></div>
            """)
    }

    private mutating func sessionTable(_ model: SessionListModel, now: Timestamp) {
        raw("<div class=\"panel\">")
        scrollingTable("list-table", label: "Table of sessions", class: "ses") { out in
            out.raw(
                """
                <thead><tr><th scope="col">Session</th><th scope="col" class="lo">Target</th>\
                <th scope="col" class="lo">When, <span data-zone>UTC</span></th>\
                <th scope="col" class="n lo">Runs</th><th scope="col" class="n lo">Per second</th>\
                <th scope="col" class="n lo" title="Samples behind the percentiles">n</th>\
                <th scope="col" class="n lo">p50</th><th scope="col" class="n">p99</th>\
                <th scope="col" class="n">Errors %</th><th scope="col" class="lo">p99 over \
                time</th>\
                </tr></thead><tbody data-days>
                """)
            var day: String?
            for (index, entry) in model.rows.enumerated() {
                let name = entry.first.map { ClockText.dayName($0, now: now) } ?? "No events"
                if name != day {
                    day = name
                    let count = model.rows[index...].prefix {
                        ($0.first.map { ClockText.dayName($0, now: now) } ?? "No events")
                            == name
                    }.count
                    out.raw("<tr class=\"day\"><th scope=\"rowgroup\" colspan=\"10\">")
                    out.text(name)
                    out.element("small", count == 1 ? "1 session" : "\(count) sessions")
                    out.raw("</th></tr>")
                }
                out.sessionRow(entry)
            }
            out.raw("</tbody>")
        }
        raw("</div>")
    }

    private mutating func sessionRow(_ entry: CatalogEntry) {
        raw("<tr><th scope=\"row\"><a")
        attribute("href", sessionPath(user: entry.user, session: entry.session))
        raw(">")
        if entry.isRunning { raw("<i class=\"dot\"></i><span class=\"sr\">Recording: </span>") }
        text(entry.title)
        raw("</a><span class=\"tags\">")
        if !entry.isWhole { raw("<span class=\"note\">damaged data</span> ") }
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
        text(([entry.user.value] + entry.tags).joined(separator: ", "))
        raw("</span></th><td class=\"q lo clip\">")
        text(targetText(entry.targets))
        raw("</td><td class=\"q lo\">")
        if let first = entry.first {
            if entry.isRunning { raw("since ") }
            time(first, as: .minute)
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

    private func targetText(_ targets: [String]) -> String {
        guard let first = targets.first else { return NumberText.none }
        let more = targets.count - 1
        return TargetText.short(first) + (more > 0 ? " and \(more) more" : "")
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
