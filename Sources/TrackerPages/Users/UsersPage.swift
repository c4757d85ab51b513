package import TrackerIndexer
package import TrackerLog

/// All users, the one who measured last first: each row leads to the user's own list.
package func usersPage(_ catalog: Catalog, now: Timestamp) -> [UInt8] {
    var out = HTMLWriter(capacity: 32 << 10)
    let chrome = PageFrame(
        title: "Users", catalog: catalog, current: .users, isLive: true, now: now)
    let users = CatalogUser.all(in: catalog.entries)
    out.page(chrome) { out in
        out.crumb([("Sessions", sessionListPath), ("Users", nil)])
        out.raw("<header class=\"head\" id=\"head\"><h1>Users <small>")
        out.text(NumberText.count(users.count))
        out.raw("</small></h1></header>\n<div id=\"list\" data-live>")
        out.userTable(users, now: now)
        out.raw("</div>\n")
    }
    return out.bytes
}

extension CatalogUser {
    /// Of the list of the user's sessions alone.
    package var path: String { Self.path(of: user) }

    static func path(of user: UserID) -> String { SessionListQuery(user: user.value).path }
}

extension HTMLWriter {
    fileprivate mutating func userTable(_ users: [CatalogUser], now: Timestamp) {
        guard !users.isEmpty else {
            raw(
                """
                <div class="panel empty"><h2>No users yet</h2><p>Whoever records a session has a \
                notebook of their own: <code>tracker demo</code> records one.</p></div>
                """
            )
            return
        }
        raw("<div class=\"panel\">")
        scrollingTable("users", label: "Table of users", class: "ses") { out in
            out.raw(
                """
                <thead><tr><th scope="col">User</th><th scope="col" class="n">Sessions</th>\
                <th scope="col" class="n lo">Archived</th><th scope="col" class="n lo">Runs</th>\
                <th scope="col" class="lo">Targets</th><th scope="col" class="lo">Newest session\
                </th><th scope="col">Last activity, <span data-zone>UTC</span></th></tr></thead>\
                <tbody>
                """
            )
            for user in users { out.userRow(user, now: now) }
            out.raw("</tbody>")
        }
        raw("</div>")
    }

    private mutating func userRow(_ user: CatalogUser, now: Timestamp) {
        raw("<tr><th scope=\"row\">")
        link(user.path, user.user.value)
        raw("</th>")
        cell("n", NumberText.count(user.sessions))
        cell("n q lo", NumberText.count(user.archived))
        cell("n lo", NumberText.count(user.runs))
        raw("<td class=\"q lo clip\">")
        targetLink(user.targets, user: user.user)
        raw("</td><td class=\"q lo clip\">")
        if let newest = user.newest {
            link(sessionPath(user: user.user, session: newest), newest.value)
        } else {
            text(NumberText.none)
        }
        raw("</td><td class=\"q\">")
        if let last = user.last {
            time(last, as: .recent, now: now)
        } else {
            text(NumberText.none)
        }
        raw("</td></tr>\n")
    }
}
