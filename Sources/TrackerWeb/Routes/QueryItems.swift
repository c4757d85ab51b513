import TrackerLog

/// The fields of a query, as a form sends them: `a=1&b=two+words`.
enum QueryItems {
    /// - Returns: decoded names and values in order. A field that does not decode is left out.
    static func parse(_ query: String?) -> [(String, String)] {
        guard let query else { return [] }
        return query.split(separator: "&").compactMap { field in
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count > 1 ? parts[1] : ""
            guard let name = decode(parts[0]), let text = decode(value) else { return nil }
            return (name, text)
        }
    }

    private static func decode(_ text: Substring) -> String? {
        PercentEncoding.decode(text.replacing("+", with: " "))
    }
}
