package import TrackerLog

/// A filter as it is typed, for the page, for programs and for the command line: its conditions,
/// and what of it does not do what it seems to.
package struct CatalogQuery: Sendable, Hashable {
    package let terms: [CatalogFilter.Term]
    /// For people: words that look like conditions and are none, and what is beyond a limit.
    package let doubts: [String]

    /// - Parameters:
    ///   - text: words that are separated by spaces; quotes allow spaces in a word:
    ///     `tag:"postgres 16"`.
    ///   - now: for `since:monday`; `nil` knows dates alone.
    package init(_ text: String, now: Timestamp?) {
        let kept = text.prefix(IndexLimits.maxQueryCharacters)
        let words = Self.words(kept)
        let counted = Array(words.prefix(IndexLimits.maxQueryWords))
        let read = CatalogQuery(words: counted, now: now)
        var doubts = read.doubts
        if kept.endIndex < text.endIndex {
            doubts.append(
                "Only the first \(IndexLimits.maxQueryCharacters) characters of the filter count.")
        }
        if words.count > counted.count {
            doubts.append(
                "Only the first \(IndexLimits.maxQueryWords) words count; the filter has"
                    + " \(words.count).")
        }
        self.terms = read.terms
        self.doubts = doubts
    }

    /// - Parameter words: one by one, as a shell hands them over. What a person asks of their own
    ///   machine has no limit.
    package init(words: [String], now: Timestamp?) {
        terms = words.map { CatalogFilter.Term($0, now: now) }
        doubts = words.compactMap { CatalogWords.doubt($0, now: now) }
    }

    private static func words(_ text: Substring) -> [String] {
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
