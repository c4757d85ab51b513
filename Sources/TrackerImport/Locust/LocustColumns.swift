/// What Locust's tables have in common. Its files are written without regard to Windows: the frame
/// takes line ends of any kind.
enum LocustColumns {
    static func header(_ head: FileHead) -> ColumnNames {
        TableHead(head, having: ["Name"])?.columns ?? TableHead(head, having: ["Message"])?.columns
            ?? ColumnNames([])
    }

    static func separator(_ head: FileHead) -> UInt8 {
        TableHead(head, having: ["Name"])?.separator ?? TableHead(head, having: ["Message"])?
            .separator ?? UInt8(ascii: ",")
    }

    /// Before 1.0 the names were others.
    static func first(_ columns: ColumnNames, _ names: String...) -> Int? {
        names.lazy.compactMap { columns[$0] }.first
    }

    /// `50%`, `99.9%`, and without a sign `99.999`.
    static func percentiles(_ columns: ColumnNames) -> [(percent: String, column: Int)] {
        columns.names.indices.compactMap { index in
            var name = columns.names[index]
            if name.hasSuffix("%") { name.removeLast() }
            guard let value = DecimalText.number(name), (0...100).contains(value) else {
                return nil
            }
            return (name, index)
        }
    }

    static func isTotal(_ type: String, _ name: String) -> Bool {
        ["", "None"].contains(type) && ["Aggregated", "Total"].contains(name)
    }

    static func route(_ type: String, _ name: String) -> String {
        type.isEmpty || type == "None" ? name : "\(type) \(name)"
    }
}
