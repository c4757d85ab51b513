import TrackerLog

/// The width of a text in terminal columns.
///
/// An East Asian wide letter or an emoji takes two, a mark that combines with its letter or a
/// joiner none, any other letter one.
func terminalWidth(_ text: String) -> Int {
    // Almost all texts are plain ASCII.
    if text.utf8.allSatisfy({ $0 < 0x80 && $0 != 0x0D && $0 != 0x0A }) { return text.utf8.count }
    return text.reduce(0) { $0 + width(of: $1) }
}

private func width(of character: Character) -> Int {
    let scalars = character.unicodeScalars
    if scalars.contains(where: isWide) { return 2 }
    // One for each letter: some scripts write several as what a reader sees as one.
    return scalars.reduce(0) { $0 + (isDrawnOverOthers($1) ? 0 : 1) }
}

private func isDrawnOverOthers(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.value >= 0x300 else { return false }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return true
    default: return false
    }
}

/// Whether Unicode lists the scalar as East Asian wide or fullwidth (by block), or as an emoji.
private func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x1100: false
    case 0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF,
        0x4E00...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19,
        0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF,
        0x20000...0x3FFFD:
        true
    case 0xFE0F: true  // shows the character before it as an emoji
    default: scalar.properties.isEmojiPresentation
    }
}

/// Lines and cells of a limited width. Texts are `printable` already.
enum TerminalText {
    private static let ellipsis = "…"

    /// The text, or its beginning and `…`.
    static func cut(_ text: String, to width: Int) -> String {
        guard terminalWidth(text) > width else { return text }
        let kept = prefix(of: text, width - 1).text
        // A wide first character does not fit beside the ellipsis in two columns.
        return terminalWidth(kept) < width ? kept + ellipsis : ellipsis
    }

    /// The text in lines of at most this width, broken at spaces where possible.
    ///
    /// - Returns: at least one line. A line is wider only if a single character is.
    static func lines(_ text: String, _ width: Int) -> [String] {
        guard terminalWidth(text) > width else { return [text] }
        var lines: [String] = []
        var line = ""
        var used = 0
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            var rest = String(word)
            let isFirst = line.isEmpty && lines.isEmpty
            if !isFirst, used + 1 + terminalWidth(rest) <= width {
                line += " " + rest
                used += 1 + terminalWidth(rest)
                continue
            }
            if !isFirst {
                lines.append(line)
                (line, used) = ("", 0)
            }
            while terminalWidth(rest) > width {
                let (part, count) = prefix(of: rest, max(1, width))
                lines.append(part)
                rest = String(rest.dropFirst(count))
            }
            (line, used) = (rest, terminalWidth(rest))
        }
        lines.append(line)
        return lines.filter { !$0.isEmpty }
    }

    /// The beginning of a text with at most this width, and the number of its characters: one at
    /// least.
    private static func prefix(of text: String, _ width: Int) -> (text: String, count: Int) {
        var result = ""
        var used = 0
        var count = 0
        for character in text {
            let more = terminalWidth(String(character))
            guard count == 0 || used + more <= width else { break }
            result.append(character)
            used += more
            count += 1
        }
        return (result, count)
    }
}
