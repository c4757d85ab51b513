import TrackerLog

/// A text table; each column is as wide as its widest cell.
struct TextTable {
    enum Alignment {
        case left, right
    }

    private let alignments: [Alignment]
    private var rows: [[String]]

    /// - Parameter columns: each with its heading.
    init(_ columns: [(String, Alignment)]) {
        alignments = columns.map(\.1)
        rows = [columns.map(\.0)]
    }

    /// - Parameter cells: one for each column.
    mutating func add(_ cells: [String]) { rows.append(cells.map(printable)) }

    var text: String {
        let widths = alignments.indices.map { column in
            rows.map { terminalWidth($0[column]) }.max() ?? 0
        }
        return rows.map { row in
            let cells = row.indices.map { column -> String in
                let missing = widths[column] - terminalWidth(row[column])
                let padding = String(repeating: " ", count: missing)
                return alignments[column] == .right ? padding + row[column] : row[column] + padding
            }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}

/// The width of a text in terminal columns: two for a wide character or emoji, one for others.
func terminalWidth(_ text: String) -> Int {
    text.reduce(0) { width, character in
        width + (character.unicodeScalars.contains(where: isWide) ? 2 : 1)
    }
}

/// Whether Unicode lists the scalar as East Asian wide or fullwidth (by block), or as an emoji.
private func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x1100: false
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0xA4CF,
        0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F,
        0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x17000...0x18DFF, 0x1B000...0x1B2FF,
        0x20000...0x3FFFD:
        true
    case 0xFE0F: true  // shows the character before it as an emoji
    default: scalar.properties.isEmojiPresentation
    }
}
