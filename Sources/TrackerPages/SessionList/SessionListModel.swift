import TrackerIndexer
import TrackerLog

/// The contents of one page of the list.
struct SessionListModel {
    var query: SessionListQuery
    /// The rows of this page.
    var rows: [SessionGroup]
    /// Number of sessions that match the filter, and of all sessions.
    var matchCount: Int
    var allCount: Int
    var pageCount: Int
    /// Whether any session that matches repeats another one.
    var hasRepeats: Bool
    /// The most frequent tags.
    var tags: [String]
    /// Offered above the list: the first by name, and whose list this is. Empty where one user has
    /// recorded everything.
    var users: [UserID]
    var userCount: Int

    init(_ catalog: Catalog, query: SessionListQuery) {
        let found = query.found(catalog.entries)
        let pages = Self.pages(found)
        pageCount = max(1, pages.count)
        let page = min(query.page, pageCount)
        self.query = query
        self.query.page = page
        rows = pages.isEmpty ? [] : Array(found[pages[page - 1]])
        matchCount = found.reduce(0) { $0 + $1.count }
        hasRepeats = found.contains { !$0.repeats.isEmpty }
        allCount = catalog.entries.count
        var uses: [ExactText: Int] = [:]
        for entry in catalog.entries {
            for tag in entry.tags { uses[ExactText(tag), default: 0] += 1 }
        }
        let ordered = uses.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        tags = ordered.prefix(ViewLimits.offeredTags).map(\.key.text)
        let all = Set(catalog.entries.lazy.map(\.user)).sorted()
        userCount = all.count
        users = all.count > 1 ? Array(all.prefix(ViewLimits.offeredUsers)) : []
        let own = all.first { query.isOf($0) }
        if let own, all.count > 1, !users.contains(own) { users.append(own) }
    }

    /// Where each page begins and ends: as many rows as a page may have, repeats included.
    private static func pages(_ groups: [SessionGroup]) -> [Range<Int>] {
        var pages: [Range<Int>] = []
        var (start, rows) = (0, 0)
        for (index, group) in groups.enumerated() {
            if rows > 0, rows + group.rowCount > ViewLimits.sessionsPerPage {
                pages.append(start..<index)
                (start, rows) = (index, 0)
            }
            rows += group.rowCount
        }
        if start < groups.count { pages.append(start..<groups.count) }
        return pages
    }

    /// `18 of 42`; without a filter that archived ones are not among them.
    var countText: String {
        let found = NumberText.count(matchCount)
        guard matchCount < allCount else { return found }
        let isFiltered = !query.text.isEmpty || query.user != nil
        return isFiltered
            ? "\(found) of \(NumberText.count(allCount))"
            : "\(found), and \(NumberText.count(allCount - matchCount)) archived"
    }

    var title: String { query.user.map { "Sessions of \($0)" } ?? "Sessions" }

    func path(page: Int) -> String {
        var other = query
        other.page = page
        return other.path
    }

    /// Of the first page in that order.
    func path(order: CatalogFilter.Order, isReversed: Bool) -> String {
        var other = query
        other.turn(to: order, isReversed: isReversed)
        other.page = 1
        return other.path
    }

    /// The same list with each session in a row of its own, or with repeats together.
    var otherRowsPath: String {
        var other = query
        other.opensRepeats.toggle()
        other.page = 1
        return other.path
    }

    static func path(filter: String) -> String { SessionListQuery(text: filter).path }

    /// Of the same user's sessions.
    func ownPath(filter: String = "") -> String {
        SessionListQuery(text: filter, user: query.user).path
    }

    static func filter(tag: String) -> String { FilterWord.of("tag", tag) }

    static func filter(_ key: String, _ value: String) -> String { FilterWord.of(key, value) }
}
