/// The names above the columns of a table, and what separates them: commas, as tools write them, or
/// what a spreadsheet made of those.
struct TableHead {
    let separator: UInt8
    let columns: ColumnNames

    /// By the first line that is not empty.
    /// - Parameter names: of columns that have to be there, in any case and order.
    init?(_ head: FileHead, having names: [String]) {
        let separator = Self.separator(of: head) { cells in
            let columns = ColumnNames(cells)
            return names.allSatisfy { columns[$0] != nil }
        }
        guard let separator else { return nil }
        self.separator = separator
        columns = ColumnNames(Self.cells(of: head, separator))
    }

    private static let separators = [",", ";", "\t", "|"].map { UInt8(ascii: $0) }

    /// What separates the cells of the first line that is not empty: the first with which they fit.
    static func separator(of head: FileHead, where fits: ([String]) -> Bool) -> UInt8? {
        separators.first { fits(cells(of: head, $0)) }
    }

    /// The cells of the first line that is not empty.
    static func cells(of head: FileHead, _ separator: UInt8) -> [String] {
        var line = head.firstLine
        return line.withUTF8 { buffer in
            let place = ImportPlace(line: nil, offset: 0)
            return unsafe ImportRecord(
                ByteView(UnsafeRawBufferPointer(buffer)), separator: separator, place: place
            ).texts
        }
    }
}
