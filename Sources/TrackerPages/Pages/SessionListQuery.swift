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

    /// Whether a session matches. Archived ones match only with `is:archived`.
    package func matches(_ entry: CatalogEntry) -> Bool {
        var wantsArchived = false
        for term in terms {
            if term == .isArchived { wantsArchived = true }
            if !term.matches(entry) { return false }
        }
        return wantsArchived || !entry.isArchived
    }

    /// The words of the filter; quotes allow spaces in a word: `tag:"postgres 16"`.
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
        return words.map(CatalogFilter.Term.init)
    }
}
