/// The names above the columns of a table, and what separates them: commas, as tools write them, or
/// what a spreadsheet made of those.
struct TableHead {
    let separator: UInt8
    let columns: ColumnNames

    private static let separators = [",", ";", "\t", "|"].map { UInt8(ascii: $0) }

    /// By the first line that is not empty.
    /// - Parameter names: of columns that have to be there, in any case and order.
    init?(_ head: FileHead, having names: [String]) {
        let line = head.firstLine
        for separator in Self.separators {
            let columns = ColumnNames(JMeterColumns.cells(line, separator))
            if names.allSatisfy({ columns[$0] != nil }) {
                self.separator = separator
                self.columns = columns
                return
            }
        }
        return nil
    }
}
