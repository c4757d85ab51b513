import ArgumentParser
import TrackerLog

/// A text table that is as wide as the terminal at most.
///
/// Each column is as wide as its widest cell. Where all of them together are too wide, the columns
/// that a reader misses least are left out, then the longest texts are cut or continued on the next
/// line. `note` says so.
struct TextTable {
    enum Alignment {
        case left, right
    }

    struct Column {
        /// What happens to the texts of a column in a narrow table.
        enum Overflow {
            /// They are shown whole. For numbers, and for names that people copy.
            case whole
            /// Their beginning is shown, in a column of at least this width.
            case cut(to: Int)
            /// They continue on the next line, in a column of at least this width.
            case wrap(to: Int)

            var smallest: Int? {
                switch self {
                case .whole: nil
                case .cut(let width), .wrap(let width): width
                }
            }
        }

        let heading: String
        let alignment: Alignment
        /// 0: always shown. Of the others, the one with the highest number goes first.
        let rank: Int
        let overflow: Overflow

        init(
            _ heading: String, _ alignment: Alignment, rank: Int = 0,
            overflow: Overflow = .whole
        ) {
            self.heading = heading
            self.alignment = alignment
            self.rank = rank
            self.overflow = overflow
        }
    }

    private static let gap = "  "

    private let columns: [Column]
    private var rows: [[String]]

    init(_ columns: [Column]) {
        self.columns = columns
        rows = [columns.map(\.heading)]
    }

    /// - Parameter columns: each with its heading; all are shown whole.
    init(_ columns: [(String, Alignment)]) { self.init(columns.map { Column($0.0, $0.1) }) }

    /// - Parameter cells: one for each column.
    mutating func add(_ cells: [String]) { rows.append(cells.map(printable)) }

    /// The lines, no wider than the terminal where that is possible.
    var text: String { text(layout) }

    /// The lines, and what `note` says of them.
    var textWithNote: String {
        let layout = layout
        return text(layout) + Self.note([(self, layout)])
    }

    /// What is not shown for lack of room, as a line; empty if all is.
    static func note(_ tables: [TextTable]) -> String { note(tables.map { ($0, $0.layout) }) }

    /// A text below tables, in lines that fit the terminal.
    static func paragraph(_ text: String) -> String {
        let width = Console.current.width() ?? .max
        return TerminalText.lines(text, width).map { $0 + "\n" }.joined()
    }
}

extension TextTable {
    private struct Layout {
        /// Indices of columns, ascending, and their widths.
        var shown: [Int]
        var widths: [Int]
        /// Whether a text is cut.
        var isCut = false
    }

    private var layout: Layout {
        let limit = Console.current.width()
        let natural = columns.indices.map { column in
            rows.map { terminalWidth($0[column]) }.max() ?? 0
        }
        var shown = Array(columns.indices)
        guard let limit else { return Layout(shown: shown, widths: natural) }
        let smallest = columns.indices.map { column in
            guard let width = columns[column].overflow.smallest else { return natural[column] }
            return min(natural[column], max(width, terminalWidth(columns[column].heading)))
        }
        func total(_ widths: [Int]) -> Int {
            shown.reduce(0) { $0 + widths[$1] } + Self.gap.count * (shown.count - 1)
        }
        while total(smallest) > limit,
            let last = shown.filter({ columns[$0].rank > 0 })
                .max(by: { columns[$0].rank < columns[$1].rank })
        {
            shown.removeAll { $0 == last }
        }
        // No text is shown wider than the whole line.
        var widths = columns.indices.map { max(smallest[$0], min(natural[$0], limit)) }
        for column in shown where columns[column].overflow.smallest == nil {
            widths[column] = natural[column]
        }
        while total(widths) > limit,
            let widest = shown.filter({ widths[$0] > smallest[$0] })
                .max(by: { widths[$0] < widths[$1] })
        {
            widths[widest] -= 1
        }
        let isCut = shown.contains { column in
            guard case .cut = columns[column].overflow else { return false }
            return widths[column] < natural[column]
        }
        return Layout(shown: shown, widths: shown.map { widths[$0] }, isCut: isCut)
    }

    private static func note(_ tables: [(table: TextTable, layout: Layout)]) -> String {
        var hidden: [String] = []
        for (table, layout) in tables {
            for column in table.columns.indices where !layout.shown.contains(column) {
                let heading = table.columns[column].heading
                if !hidden.contains(heading) { hidden.append(heading) }
            }
        }
        guard !hidden.isEmpty || tables.contains(where: \.layout.isCut) else { return "" }
        let text =
            hidden.isEmpty
            ? "Long texts are cut: --wide shows them."
            : "Not shown: \(hidden.joined(separator: ", ")). --wide or --json shows all."
        return paragraph(text)
    }

    private func text(_ layout: Layout) -> String {
        rows.map { row in
            let cells = zip(layout.shown, layout.widths).map { column, width -> [String] in
                switch columns[column].overflow {
                case .whole: [row[column]]
                case .cut: [TerminalText.cut(row[column], to: width)]
                case .wrap: TerminalText.lines(row[column], width)
                }
            }
            let height = cells.map(\.count).max() ?? 1
            return (0..<height).map { line(cells, $0, layout) }.joined()
        }.joined()
    }

    private func line(_ cells: [[String]], _ number: Int, _ layout: Layout) -> String {
        let padded = cells.indices.map { index -> String in
            let cell = number < cells[index].count ? cells[index][number] : ""
            let missing = layout.widths[index] - terminalWidth(cell)
            let padding = String(repeating: " ", count: max(0, missing))
            let column = columns[layout.shown[index]]
            return column.alignment == .right ? padding + cell : cell + padding
        }
        var line = padded.joined(separator: Self.gap)
        while line.last == " " { line.removeLast() }
        return line + "\n"
    }
}

/// The option of every command that prints a table.
struct TableOptions: ParsableArguments {
    @Flag(help: "Show all columns and whole texts, however wide the lines become.")
    var wide = false

    /// Makes a text whose tables fit the terminal, unless --wide was given.
    func text(_ body: () -> String) -> String {
        guard wide else { return body() }
        var console = Console.current
        console.width = { nil }
        return Console.$current.withValue(console, operation: body)
    }
}
