package import TrackerLog

/// The numbers of one panel of a page as rows: for a file, a program or a terminal.
///
/// They are not rounded, and all rows are there, also those of further pages of a table.
package struct PanelTable: Sendable {
    package struct Column: Sendable {
        package var name: String
        package var unit: String?

        init(_ name: String, _ unit: String? = nil) {
            self.name = name
            self.unit = unit
        }

        /// The name, and the unit in brackets.
        package var head: String { unit.map { "\(name) (\($0))" } ?? name }
    }

    package enum Cell: Sendable {
        case text(String?)
        case number(Double?)
        case count(Int)

        var json: JSONValue {
            switch self {
            case .text(let text): .optional(text)
            case .number(let number): number.map { .double($0) } ?? .null
            case .count(let count): .integer(count)
            }
        }
    }

    package var columns: [Column]
    package var rows: [[Cell]] = []

    init(_ columns: [Column]) { self.columns = columns }

    package var jsonMembers: [JSONValue.Member] {
        let heads = columns.map { column in
            JSONValue.object([
                .init("name", .string(column.name)), .init("unit", .optional(column.unit)),
            ])
        }
        return [
            .init("columns", .array(heads)),
            .init("rows", .array(rows.map { .array($0.map(\.json)) })),
        ]
    }

    /// A line for each row, below one with the names; cells as in every table that is exported.
    package var csv: [UInt8] {
        var bytes: [UInt8] = []
        Self.line(columns.map { .text($0.head) }, to: &bytes)
        for row in rows { Self.line(row, to: &bytes) }
        return bytes
    }

    private static func line(_ cells: [Cell], to bytes: inout [UInt8]) {
        for (index, cell) in cells.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            switch cell {
            case .text(let text): CellText.append(text, to: &bytes)
            case .number(nil): break
            case .number, .count: cell.json.write(to: &bytes)
            }
        }
        bytes += Array("\r\n".utf8)
    }
}
