/// A word of a filter, as it has to be typed.
enum FilterWord {
    /// `tag:pool`; in quotes when the value has spaces or quotes, of which each is doubled.
    static func of(_ key: String, _ value: String) -> String {
        guard value.contains(where: { $0.isWhitespace || $0 == "\"" }) else {
            return "\(key):\(value)"
        }
        let doubled = value.map { $0 == "\"" ? "\"\"" : String($0) }.joined()
        return "\(key):\"\(doubled)\""
    }
}
