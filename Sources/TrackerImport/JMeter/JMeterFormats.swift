enum JMeterFormats {
    static let all: [AnyFormat] = [
        .refused(JMeterPlan.self), .stream(JMeterXML.self), .records(JMeterTable.self),
        .records(JMeterGUITable.self), .document(JMeterStatistics.self),
        .refused(JMeterNamelessRows.self), .refused(JMeterNamelessGUITable.self),
        .lines(JMeterSummary.self),
    ]
}

/// The test itself, not its results.
enum JMeterPlan: RefusedFormat {
    static let name = "JMeter test plan"
    static let tool = "JMeter"
    static let lacks: [String] = []
    static let reason = "this is the test, not its results"
    static let advice = "Run it: jmeter -n -t PLAN.jmx -l results.jtl, then import results.jtl"

    static func recognises(_ head: FileHead) -> Bool {
        head.firstByte == UInt8(ascii: "<") && head.hasLine(beginning: "<jmeterTestPlan")
    }
}

/// Rows without names whose columns cannot be told by what is in them.
enum JMeterNamelessRows: RefusedFormat {
    static let name = "JMeter CSV without column names"
    static let tool = "JMeter"
    static let lacks: [String] = []
    static let reason = "no column is true or false, so the columns cannot be told apart"
    static let advice = "Put the column names above the rows: timeStamp,elapsed,label,…"

    static func recognises(_ head: FileHead) -> Bool {
        guard let separator = JMeterColumns.separator(ofRow: head) else { return false }
        return TableHead.cells(of: head, separator).count >= 4
    }
}

/// A table of the user interface, saved without its header.
enum JMeterNamelessGUITable: RefusedFormat {
    static let name = "JMeter table without column names"
    static let tool = "JMeter"
    static let lacks: [String] = []
    static let reason = "the table was saved without its header: its percentiles are not named"
    static let advice = "Save it again with \"Save Table Header\""

    static func recognises(_ head: FileHead) -> Bool {
        let cells = TableHead.cells(of: head, UInt8(ascii: ","))
        guard (9...13).contains(cells.count), Int(cells[1]) != nil else { return false }
        return [6, 7, 9].contains { $0 < cells.count && cells[$0].hasSuffix("%") }
    }
}
