import TrackerAnalysis
package import TrackerIndexer
package import TrackerLog

/// The filter, order and page number of the session list, from the URL's query.
package struct SessionListQuery: Sendable, Hashable {
    /// As typed.
    package var text: String
    /// Whose sessions alone are listed, exactly, as given; `nil` lists those of everybody.
    package var user: String?
    /// From 1.
    package var page: Int
    package var order: CatalogFilter.Order
    /// As `sort=-p99` says.
    package var isReversed = false
    /// An order that is none, as given.
    package var unknownOrder: String?
    /// Whether each session has a row of its own.
    package var opensRepeats = false
    /// For `since:monday`; `nil` knows dates alone.
    package var now: Timestamp?

    private static let openRepeats = ("repeats", "open")

    package init(
        text: String = "", user: String? = nil, page: Int = 1,
        order: CatalogFilter.Order = .newest, now: Timestamp? = nil
    ) {
        self.text = text
        self.user = user
        self.page = page
        self.order = order
        self.now = now
    }

    /// - Parameter queryItems: decoded names and values; unknown names are ignored.
    package init(queryItems: [(String, String)], now: Timestamp? = nil) {
        self.init(now: now)
        for (name, value) in queryItems {
            switch name {
            // One more, so that it is told that it was cut.
            case "q": text = String(value.prefix(IndexLimits.maxQueryCharacters + 1))
            case "sort":
                let isTurned = value.hasPrefix("-")
                let known = CatalogFilter.Order(rawValue: String(value.dropFirst(isTurned ? 1 : 0)))
                turn(to: known ?? order, isReversed: isTurned && known != nil)
                unknownOrder = known == nil && !value.isEmpty ? value : nil
            // One more, which no id has: what was cut must not become the id of somebody.
            case "user":
                let given = String(value.prefix(ViewLimits.shownNameCharacters + 1))
                user = given.isEmpty ? nil : given
            case "page": page = max(1, Int(value) ?? 1)
            case Self.openRepeats.0: opensRepeats = value.isExactly(Self.openRepeats.1)
            default: continue
            }
        }
    }

    /// Of the page that shows it.
    var path: String {
        var items: [(String, String)] = []
        if !text.isEmpty { items.append(("q", text)) }
        items += hiddenItems
        if page > 1 { items.append(("page", String(page))) }
        return sessionListPath + queryText(items)
    }

    /// What a form keeps when another filter is typed.
    var hiddenItems: [(String, String)] {
        (user.map { [("user", $0)] } ?? [])
            + (order == .newest ? [] : [("sort", (isReversed ? "-" : "") + order.rawValue)])
            + (opensRepeats ? [Self.openRepeats] : [])
    }

    /// The two orders by time are each other turned.
    mutating func turn(to order: CatalogFilter.Order, isReversed: Bool) {
        let isByTime = order == .newest || order == .oldest
        self.isReversed = isReversed && !isByTime
        self.order =
            isReversed && isByTime ? (order == .newest ? .oldest : .newest) : order
    }

    /// The sessions that match, in order. Archived ones match only with `is:archived`.
    package func select(_ entries: [CatalogEntry]) -> [CatalogEntry] {
        CatalogFilter(
            terms: owner + read.terms, order: order, isReversed: isReversed, hidesArchived: true
        ).found(in: entries)
    }

    /// All sessions of the user, or of everybody, in order: archived ones as well.
    package func all(_ entries: [CatalogEntry]) -> [CatalogEntry] {
        CatalogFilter(terms: owner, order: order, isReversed: isReversed).select(entries)
    }

    /// Whether the list is that of the user alone.
    func isOf(_ user: UserID) -> Bool { user.value.isExactly(self.user) }

    /// What is no id is the user of no session.
    private var owner: [CatalogFilter.Term] {
        user.map { [UserID(valid: $0).map(CatalogFilter.Term.owner) ?? .user($0)] } ?? []
    }

    /// The rows of the list: the same sessions, those that repeat another one with it. The newest
    /// says where they stand.
    func found(_ entries: [CatalogEntry]) -> [SessionGroup] {
        guard !opensRepeats else { return SessionGroup.single(select(entries)) }
        var newestFirst = self
        newestFirst.turn(to: .newest, isReversed: false)
        let groups = SessionGroup.grouped(newestFirst.select(entries))
        guard order != .newest else { return groups }
        let byKey = Dictionary(groups.map { ($0.head.key, $0) }) { first, _ in first }
        return CatalogFilter(order: order, isReversed: isReversed).select(groups.map(\.head))
            .compactMap { byKey[$0.key] }
    }

    /// What of the filter does not do what it seems to.
    package var doubts: [String] {
        guard let unknownOrder else { return read.doubts }
        let known = CatalogFilter.Order.allCases.map(\.rawValue).joined(separator: ", ")
        let shown = unknownOrder.prefix(IndexLimits.maxQueryCharacters)
        return read.doubts + ["There is no order \(shown): the orders are \(known)."]
    }

    private var read: CatalogQuery { CatalogQuery(text, now: now) }
}
