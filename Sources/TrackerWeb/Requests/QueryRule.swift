import TrackerLog

/// What a question of a program may have behind its `?`: what its route describes, nothing else.
///
/// A parameter that is ignored looks as if it did something: `limit=10` would get all sessions.
enum QueryRule {
    /// Why the query is refused; `nil` for one that is not.
    static func problem(_ query: String?, known: [String]) -> String? {
        let fields = (query ?? "").utf8.split(separator: UInt8(ascii: "&")).count
        let items = QueryItems.parse(query)
        guard items.count == fields else {
            return "A part of the query is not percent-encoded UTF-8."
        }
        guard let unknown = items.first(where: { item in !known.contains(where: item.0.isExactly) })
        else { return nil }
        let name = String(unknown.0.prefix(WebLimits.shownParameterCharacters))
        let advice =
            known.isEmpty
            ? "This path takes none." : "This path takes \(known.joined(separator: ", "))."
        return "There is no parameter \"\(name)\". \(advice)"
    }
}
