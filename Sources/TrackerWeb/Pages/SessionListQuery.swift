package import TrackerIndexer
import TrackerLog

/// What the session list is asked for: a filter and a page, from the URL's query.
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

    /// Whether a session is asked for. Archived ones only by `is:archived`.
    package func matches(_ entry: CatalogEntry) -> Bool {
        var wantsArchived = false
        for term in terms {
            if term == .isArchived { wantsArchived = true }
            if !term.matches(entry) { return false }
        }
        return wantsArchived || !entry.isArchived
    }

    /// The words of the filter; quotes hold a word with spaces together: `tag:"postgres 16"`.
    var terms: [Term] {
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
        return words.map(Term.init)
    }

    /// One word of the filter.
    enum Term: Sendable, Hashable {
        case text(String)
        case tag(String)
        case target(String)
        case user(String)
        case isArchived
        case isRunning

        init(_ word: String) {
            let lower = word.lowercased()
            let parts = lower.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count == 2 ? String(parts[1]) : ""
            switch parts.first {
            case "tag" where !value.isEmpty: self = .tag(value)
            case "target" where !value.isEmpty: self = .target(value)
            case "user" where !value.isEmpty: self = .user(value)
            case "is" where value == "archived": self = .isArchived
            case "is" where value == "running": self = .isRunning
            default: self = .text(lower)
            }
        }

        func matches(_ entry: CatalogEntry) -> Bool {
            switch self {
            case .tag(let tag): entry.tags.contains { $0.lowercased() == tag }
            case .target(let part): entry.targets.contains { $0.lowercased().contains(part) }
            case .user(let user): entry.user.value.lowercased() == user
            case .isArchived: entry.isArchived
            case .isRunning: entry.isRunning
            case .text(let part):
                ([entry.name ?? "", entry.session.value, entry.user.value] + entry.tags
                    + entry.targets).contains { $0.lowercased().contains(part) }
            }
        }
    }
}
