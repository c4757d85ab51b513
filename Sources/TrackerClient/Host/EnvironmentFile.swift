import TrackerLog

/// A `.env` file: lines of `KEY=VALUE`.
///
/// - Blank lines and lines that begin with `#` are comments; a leading `export ` is ignored.
/// - Without quotes, the value ends before ` #` and has no white space at its ends.
/// - Between single quotes everything is literal. Between double quotes `\n`, `\t`, `\r`, `\"`,
///   `\\` and `\$` are escapes. Nothing is substituted: `$NAME` stays as it is.
package struct EnvironmentFile: Sendable, Hashable {
    /// The last of two equal keys counts.
    package private(set) var values: [String: String] = [:]
    /// Lines (from 1) that are none of the above; they are left out.
    package private(set) var skippedLines: [Int] = []

    package init(parsing text: String) {
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        for (index, line) in lines.enumerated() {
            let content = trimmed(line)
            if content.isEmpty || content.hasPrefix("#") { continue }
            if let (key, value) = Self.assignment(content) {
                values[key] = value
            } else {
                skippedLines.append(index + 1)
            }
        }
    }

    /// Reads a file; one that does not exist has no values.
    package init(path: String) throws(ClientError) {
        let bytes = try SmallFile.readIfPresent(
            path, maxBytes: ClientLimits.maxEnvironmentFileBytes)
        let text = String(decoding: bytes ?? [], as: UTF8.self)
        // Editors on Windows begin a file with a byte order mark.
        self.init(parsing: text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text)
    }

    private static func assignment(_ line: String) -> (String, String)? {
        var rest = Substring(line)
        if rest.hasPrefix("export "), let equals = rest.firstIndex(of: "="),
            rest.index(rest.startIndex, offsetBy: 7) < equals
        {
            rest = rest.dropFirst(7)
        }
        guard let equals = rest.firstIndex(of: "=") else { return nil }
        let key = trimmed(rest[..<equals])
        guard let first = key.utf8.first, !(0x30...0x39).contains(first),
            key.utf8.allSatisfy(isNameCharacter)
        else { return nil }
        let text = trimmed(rest[rest.index(after: equals)...])
        return value(text).map { (key, $0) }
    }

    private static func isNameCharacter(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
            || (0x61...0x7A).contains(byte) || byte == 0x5F
    }

    private static func value(_ text: String) -> String? {
        switch text.first {
        case "\"": return quoted(text.dropFirst(), quote: "\"", escapes: true)
        case "'": return quoted(text.dropFirst(), quote: "'", escapes: false)
        case "#": return ""
        default: break
        }
        var end = text.startIndex
        var previousIsSpace = false
        while end < text.endIndex {
            if text[end] == "#" && previousIsSpace { break }
            previousIsSpace = text[end].isWhitespace
            end = text.index(after: end)
        }
        return trimmed(text[..<end])
    }

    /// The text up to the closing quote, after which only a comment may stand.
    private static func quoted(_ text: Substring, quote: Character, escapes: Bool) -> String? {
        var value = ""
        var rest = text
        while let character = rest.popFirst() {
            if character == quote {
                let after = trimmed(rest)
                return after.isEmpty || after.hasPrefix("#") ? value : nil
            }
            guard escapes && character == "\\" else {
                value.append(character)
                continue
            }
            guard let escaped = rest.popFirst() else { return nil }
            switch escaped {
            case "n": value.append("\n")
            case "t": value.append("\t")
            case "r": value.append("\r")
            case "\"", "\\", "$": value.append(escaped)
            default:
                value.append("\\")
                value.append(escaped)
            }
        }
        return nil
    }
}
