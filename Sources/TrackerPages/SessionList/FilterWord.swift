/// A word of a filter, as it has to be typed.
enum FilterWord {
    /// `tag:pool`; quoted when the value has spaces. A value with a quote cannot be expressed.
    static func of(_ key: String, _ value: String) -> String {
        value.contains { $0.isWhitespace } ? "\(key):\"\(value)\"" : "\(key):\(value)"
    }
}
