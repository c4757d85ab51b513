import TrackerAnalysis
package import TrackerIndexer
package import TrackerLog

/// The filter, order and page number of the session list, from the URL's query.
package struct SessionListQuery: Sendable, Hashable {
    /// As typed.
    package var text: String
    /// From 1.
    package var page: Int
    package var order: CatalogFilter.Order
    /// For `since:monday`; `nil` knows dates alone.
    package var now: Timestamp?

    package init(
        text: String = "", page: Int = 1, order: CatalogFilter.Order = .newest,
        now: Timestamp? = nil
    ) {
        self.text = text
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
            case "sort": order = CatalogFilter.Order(rawValue: value) ?? order
            case "page": page = max(1, Int(value) ?? 1)
            default: continue
            }
        }
    }

    /// The sessions that match, in order. Archived ones match only with `is:archived`.
    package func select(_ entries: [CatalogEntry]) -> [CatalogEntry] {
        CatalogFilter(terms: read.terms, order: order, hidesArchived: true).found(in: entries)
    }

    /// What of the filter does not do what it seems to.
    package var doubts: [String] { read.doubts }

    private var read: CatalogQuery { CatalogQuery(text, now: now) }
}
