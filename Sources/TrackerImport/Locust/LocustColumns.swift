/// What Locust's tables have in common. Its files are written without regard to Windows: the frame
/// takes line ends of any kind.
enum LocustTable {
    static func names(_ head: FileHead) -> ColumnNames { table(head)?.columns ?? ColumnNames([]) }

    static func separator(_ head: FileHead) -> UInt8 {
        table(head)?.separator ?? UInt8(ascii: ",")
    }

    private static func table(_ head: FileHead) -> TableHead? {
        TableHead(head, having: ["Name"]) ?? TableHead(head, having: ["Message"])
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

/// Where the columns of Locust's statistics are: of the table of all requests, or of each second.
struct LocustColumns {
    /// In the table of each second alone.
    var time: Int?
    var type: Int
    var name: Int
    var users: Int?
    var requests: Int
    var failures: Int?
    var median: Int?
    var mean: Int?
    var min: Int?
    var max: Int?
    var size: Int?
    var rate: Int?
    var percentiles: [(percent: String, column: Int)]
    var count: Int

    init?(_ columns: ColumnNames) {
        /// Of all so far, where the table has means of the last seconds as well.
        func column(_ name: String, before: String...) -> Int? {
            columns["Total " + name] ?? columns[name]
                ?? before.lazy.compactMap { columns[$0] }.first
        }
        guard let type = LocustTable.first(columns, "Type", "Method"), let name = columns["Name"],
            let requests = column("Request Count", before: "# requests")
        else { return nil }
        self.type = type
        self.name = name
        self.requests = requests
        time = columns["Timestamp"]
        users = columns["User Count"]
        failures = column("Failure Count", before: "# failures")
        median = column("Median Response Time")
        mean = column("Average Response Time")
        min = column("Min Response Time")
        max = column("Max Response Time")
        size = column("Average Content Size")
        rate = columns["Requests/s"]
        percentiles = LocustTable.percentiles(columns)
        count = columns.names.count
    }
}
