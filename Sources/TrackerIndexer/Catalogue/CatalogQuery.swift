package import TrackerLog

/// A filter as it is typed, for the page, for programs and for the command line: its conditions,
/// and what of it does not do what it seems to.
package struct CatalogQuery: Sendable, Hashable {
    package let terms: [CatalogFilter.Term]
    /// For people: words that look like conditions and are none, and what is beyond a limit.
    package let doubts: [String]

    /// - Parameters:
    ///   - text: words that are separated by spaces; quotes allow spaces in a word:
    ///     `tag:"postgres 16"`, two in a row are one quote of it, and a word that begins with them
    ///     may begin with `-`.
    ///   - now: for `since:monday`; `nil` knows dates alone.
    package init(_ text: String, now: Timestamp?) {
        let kept = text.prefix(IndexLimits.maxQueryCharacters)
        let (words, isOpen) = Self.words(kept)
        let counted = words.prefix(IndexLimits.maxQueryWords)
        terms = counted.map { word in
            word.beginsQuoted
                ? CatalogFilter.Term(plain: word.text, now: now)
                : CatalogFilter.Term(word.text, now: now)
        }
        var doubts = terms.compactMap(CatalogWords.doubt)
        if kept.endIndex < text.endIndex {
            doubts.append(
                "Only the first \(IndexLimits.maxQueryCharacters) characters of the filter count.")
        }
        if words.count > counted.count {
            doubts.append(
                "Only the first \(IndexLimits.maxQueryWords) words count; the filter has"
                    + " \(words.count).")
        }
        if isOpen { doubts.append("A quote of the filter has no end: its word is all the rest.") }
        self.doubts = doubts
    }

    /// - Parameter words: one by one, as a shell hands them over. What a person asks of their own
    ///   machine has no limit.
    package init(words: [String], now: Timestamp?) {
        terms = words.map { CatalogFilter.Term($0, now: now) }
        doubts = words.compactMap { CatalogWords.doubt($0, now: now) }
    }

    private struct Word {
        var text = ""
        var beginsQuoted = false
    }

    /// - Returns: the words, and whether the last quote has no end.
    private static func words(_ text: Substring) -> ([Word], isOpen: Bool) {
        var words: [Word] = []
        var word = Word()
        var isQuoted = false
        var before: Character?
        for character in text {
            if character == "\"" {
                if word.text.isEmpty { word.beginsQuoted = true }
                // The second of two quotes within quotes.
                if !isQuoted, before == "\"" { word.text.append("\"") }
                isQuoted.toggle()
            } else if character.isWhitespace && !isQuoted {
                if !word.text.isEmpty { words.append(word) }
                word = Word()
            } else {
                word.text.append(character)
            }
            before = character
        }
        if !word.text.isEmpty { words.append(word) }
        return (words, isQuoted)
    }
}
