package import TrackerLog
package import TrackerProfile

/// What of a profile is shown, from the URL's query.
package struct ProfileQuery: Sendable, Hashable {
    /// The frame that has the whole width; 0 is the root.
    package var node = 0
    /// The profile that this one is compared with: before it.
    package var with: ProfileHash?
    /// Whether the widths are those of the profile before.
    package var isSwapped = false

    package init() {}

    /// - Parameter queryItems: decoded names and values; unknown names are ignored.
    package init(queryItems: [(String, String)]) {
        for (name, value) in queryItems {
            switch name {
            case "node": node = Int(value).flatMap { $0 >= 0 ? $0 : nil } ?? 0
            case "with": with = ProfileHash(value)
            case "widths": isSwapped = value == "before"
            default: continue
            }
        }
    }

    /// The same view of another frame.
    func showing(_ node: Int) -> ProfileQuery {
        var query = self
        query.node = node
        return query
    }

    var text: String {
        var items: [(String, String)] = []
        if let with { items.append(("with", with.text)) }
        if isSwapped, with != nil { items.append(("widths", "before")) }
        if node > 0 { items.append(("node", "\(node)")) }
        // An empty query would be the page's own, whatever that is.
        return items.isEmpty ? "?" : queryText(items)
    }
}

/// The page of a profile that is attached to the session.
package func profilePath(user: UserID, session: SessionID, profile: ProfileHash) -> String {
    sessionPath(user: user, session: session) + "/profiles/\(profile)"
}
