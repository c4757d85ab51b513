package import TrackerIndexer
import TrackerLog

/// The filter and page number of the session list, from the URL's query.
package struct SessionListQuery: Sendable, Hashable {
    /// As typed.
    package var text: String
    /// From 1.
    package var page: Int

    package init(text: String = "", page: Int = 1) {
        self.text = text
        self.page = page
    }

    /// - Parameter queryItems: decoded names and values; unknown names are ignored.
    package init(queryItems: [(String, String)]) {
        self.init()
        for (name, value) in queryItems {
            switch name {
            case "q": text = String(value.prefix(ViewLimits.maxQueryCharacters))
            case "page": page = max(1, Int(value) ?? 1)
            default: continue
            }
        }
    }

    /// The sessions that match, in the same order. Archived ones match only with `is:archived`.
    package func select(_ entries: [CatalogEntry]) -> [CatalogEntry] {
        // Read once, and not for each of thousands of sessions.
        let terms = terms
        let wantsArchived = terms.contains(.isArchived)
        return entries.filter { entry in
            (wantsArchived || !entry.isArchived) && terms.allSatisfy { $0.matches(entry) }
        }
    }

    /// The first words of the filter; quotes allow spaces in a word: `tag:"postgres 16"`.
    var terms: [CatalogFilter.Term] {
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
        return words.prefix(ViewLimits.maxQueryWords).map(CatalogFilter.Term.init)
    }
}
