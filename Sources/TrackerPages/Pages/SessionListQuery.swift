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
            case "q": text = String(value.prefix(ViewLimits.maxQueryCharacters))
            case "sort": order = CatalogFilter.Order(rawValue: value) ?? order
            case "page": page = max(1, Int(value) ?? 1)
            default: continue
            }
        }
    }

    /// The sessions that match, in order.
    /// - Parameter newestFirst: all sessions.
    func select(_ newestFirst: [CatalogEntry]) -> [CatalogEntry] {
        let terms = terms
        let found = newestFirst.filter { matches($0, terms) }
        return order == .newest ? found : CatalogFilter(order: order).select(found)
    }

    /// Words that look like conditions and are none.
    var doubts: [String] { words.compactMap { CatalogWords.doubt($0, now: now) } }

    /// Whether a session matches. Archived ones match only with `is:archived`.
    package func matches(_ entry: CatalogEntry) -> Bool { matches(entry, terms) }

    private func matches(_ entry: CatalogEntry, _ terms: [CatalogFilter.Term]) -> Bool {
        var wantsArchived = false
        for term in terms {
            if term == .isArchived { wantsArchived = true }
            if !term.matches(entry) { return false }
        }
        return wantsArchived || !entry.isArchived
    }

    /// The conditions of the filter; quotes allow spaces in a word: `tag:"postgres 16"`.
    var terms: [CatalogFilter.Term] { words.map { CatalogFilter.Term($0, now: now) } }

    private var words: [String] {
        var words: [String] = []
        var word = ""
        var isQuoted = false
        for character in text {
            if character == "\"" {
                isQuoted.toggle()
            } else if character.isWhitespace && !isQuoted {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                word.append(character)
            }
        }
        if !word.isEmpty { words.append(word) }
        return words
    }
}
