import TrackerLog

/// Parses a query in form encoding: `a=1&b=two+words`.
enum QueryItems {
    /// - Returns: decoded names and values in order. Fields that cannot be decoded are skipped.
    static func parse(_ query: String?) -> [(String, String)] {
        guard let query else { return [] }
        // Bytes: with a combining mark behind it, a separator is another character.
        return query.utf8.split(separator: UInt8(ascii: "&")).compactMap { field in
            let parts = field.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count > 1 ? parts[1] : ""[...].utf8
            guard let name = decode(parts[0]), let text = decode(value) else { return nil }
            return (name, text)
        }
    }

    private static func decode(_ text: Substring.UTF8View) -> String? {
        let spaced = text.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
        return PercentEncoding.decode(String(decoding: spaced, as: UTF8.self))
    }
}
