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

/// A table that is told by the names of its columns.
protocol NamedTable: RecordFormat {
    /// Of columns that have to be there, in any case and order.
    static var names: [String] { get }
}

extension NamedTable {
    static func recognises(_ head: FileHead) -> Bool { TableHead(head, having: names) != nil }

    static func separator(_ head: FileHead) -> UInt8 {
        TableHead(head, having: names)?.separator ?? UInt8(ascii: ",")
    }
}

/// A table whose first record holds the names of its columns.
protocol HeadedTable: RecordFormat {
    /// `nil` before the first record.
    var columns: ColumnNames? { get set }

    mutating func read(
        row record: ImportRecord, _ columns: ColumnNames, into output: inout ImportOutput
    ) throws(ImportError)
}

extension HeadedTable {
    mutating func read(
        _ record: ImportRecord, into output: inout ImportOutput
    ) throws(ImportError) {
        guard let columns else {
            columns = ColumnNames(record.texts)
            return
        }
        try read(row: record, columns, into: &output)
    }
}
