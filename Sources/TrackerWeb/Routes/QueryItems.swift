import TrackerLog

/// Parses a query in form encoding: `a=1&b=two+words`.
enum QueryItems {
    /// - Returns: decoded names and values in order. Fields that cannot be decoded are skipped.
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
