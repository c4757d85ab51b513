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

    /// The sessions that match, in order. Archived ones match only with `is:archived`.
    /// - Parameter newestFirst: all sessions.
    package func select(_ newestFirst: [CatalogEntry]) -> [CatalogEntry] {
        // Read once, and not for each of thousands of sessions.
        let terms = terms
        let wantsArchived = terms.contains(.isArchived)
        let found = newestFirst.filter { entry in
            (wantsArchived || !entry.isArchived) && terms.allSatisfy { $0.matches(entry) }
        }
        return order == .newest ? found : CatalogFilter(order: order).select(found)
    }

    /// The conditions of the filter; quotes allow spaces in a word: `tag:"postgres 16"`.
    var terms: [CatalogFilter.Term] {
        words.prefix(ViewLimits.maxQueryWords).map { CatalogFilter.Term($0, now: now) }
    }

    /// What of the filter does not do what it seems to: words that look like conditions and are
    /// none, and those beyond the limit.
    var doubts: [String] {
        let words = words
        let slips = words.prefix(ViewLimits.maxQueryWords).compactMap {
            CatalogWords.doubt($0, now: now)
        }
        guard words.count > ViewLimits.maxQueryWords else { return slips }
        return slips + [
            "Only the first \(ViewLimits.maxQueryWords) words count; the filter has \(words.count)."
        ]
    }

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
