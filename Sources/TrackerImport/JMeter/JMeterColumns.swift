/// Where the columns of a JTL table are: by their names, else by what is in them.
struct JMeterColumns: Sendable, Hashable {
    /// `nil` where JMeter was told to write none.
    var time: Int?
    var elapsed: Int
    var label: Int?
    var code: Int?
    var message: Int?
    var thread: Int?
    var success: Int?
    var url: Int?
    var sampleCount: Int?
    var host: Int?
    /// How many cells a row has.
    var count: Int

    /// By names, in any case and order; `nil` if those that count are not there.
    init?(names: [String]) {
        let columns = ColumnNames(names)
        guard let elapsed = columns["elapsed"],
            columns["timeStamp"] != nil || columns["label"] != nil && columns["success"] != nil
        else { return nil }
        time = columns["timeStamp"]
        self.elapsed = elapsed
        label = columns["label"]
        code = columns["responseCode"]
        message = columns["responseMessage"]
        thread = columns["threadName"]
        success = columns["success"]
        url = columns["URL"]
        sampleCount = columns["SampleCount"]
        host = columns["Hostname"]
        count = names.count
    }

    /// JMeter writes the columns in a fixed order, and leaves some out: the one that is true or
    /// false tells where the others are.
    init?(firstRow cells: [String]) {
        guard cells.count >= 5, Self.isTime(cells[0]), Int(cells[1]) != nil,
            let success = cells.indices.first(where: {
                $0 >= 3 && ["true", "false"].contains(cells[$0].lowercased())
            })
        else { return nil }
        (time, elapsed, count) = (0, 1, cells.count)
        self.success = success
        // Between the label and the result: code, message, thread and type.
        label = 2
        let types = ["text", "bin", ""]
        let hasType = success >= 5 && types.contains(cells[success - 1])
        let between = success - 3 - (hasType ? 1 : 0)
        code = between >= 1 ? 3 : nil
        message = between >= 3 ? 4 : nil
        thread = between >= 2 ? 3 + between - 1 : nil
        url = cells.indices.first {
            $0 > success && (cells[$0].hasPrefix("http://") || cells[$0].hasPrefix("https://"))
        }
    }

    /// What separates the names of a header.
    static func separator(ofNames head: FileHead) -> UInt8? {
        TableHead.separator(of: head) { Self(names: $0) != nil }
    }

    /// What separates the cells of a row that begins with time and duration.
    static func separator(ofRow head: FileHead) -> UInt8? {
        TableHead.separator(of: head) { cells in
            cells.count >= 3 && isTime(cells[0]) && Int(cells[1]) != nil
        }
    }

    /// Milliseconds since 1970, or a date and a time of day.
    private static func isTime(_ text: String) -> Bool {
        if text.utf8.count == 13, Int(text) != nil { return true }
        switch TimeText.read(text) {
        case .time, .ambiguous: return text.contains(":")
        case .none: return false
        }
    }
}
