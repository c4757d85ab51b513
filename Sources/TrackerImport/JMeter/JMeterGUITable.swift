import TrackerLog

/// The tables Aggregate Report and Summary Report, as the user interface saves them: in the user's
/// language, so that columns are told by their place.
struct JMeterGUITable: RecordFormat {
    static let name = "JMeter table"
    static let tool = "JMeter"
    static let lacks = ["single requests", "the start of the test", "the URL", "errors by kind"]

    static func recognises(_ head: FileHead) -> Bool {
        separatorThatFits(head) != nil
    }

    static func separator(_ head: FileHead) -> UInt8 {
        separatorThatFits(head) ?? UInt8(ascii: ",")
    }

    private static func separatorThatFits(_ head: FileHead) -> UInt8? {
        TableHead.separator(of: head) { JMeterTableColumns($0) != nil }
    }

    private struct Row {
        var label: String
        var count: Int
        var numbers: ReportedNumbers
        var perSecond: Double?
    }

    private var columns: JMeterTableColumns?
    private var rows: [Row] = []

    mutating func read(
        _ record: ImportRecord, into output: inout ImportOutput
    ) throws(ImportError) {
        guard let columns else {
            columns = JMeterTableColumns(record.texts)
            return
        }
        guard record.count >= columns.count else {
            return output.lost("the row is cut", at: record.place)
        }
        let cells = record.texts
        let decimal = Self.decimal(of: cells[columns.errors] + cells[columns.throughput])
        func number(_ column: Int?) -> Double? {
            column.flatMap { DecimalText.localized(cells[$0].trimmedBlanks, decimal: decimal) }
        }
        guard let count = number(1).flatMap({ Int(exactly: $0) }), count >= 0 else {
            return output.lost("the number of samples is not a number", at: record.place)
        }
        rows.append(
            Row(
                label: cells[0], count: count,
                numbers: Self.numbers(cells, columns, count: count, number: number),
                perSecond: count > 0
                    ? Self.perSecond(cells[columns.throughput], decimal: decimal) : nil))
    }

    var isWhole: Bool { hasTotal }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        var run = ImportedRun()
        run.latency = .uncorrected
        run.leftOut = ["KB/s and sizes: they are rates and means, without a total"]
        let hasTotal = hasTotal
        var parts = ReportedParts()
        for row in hasTotal ? rows.dropLast() : rows[...] { parts.add(row.label, row.numbers) }
        if let total = rows.last, hasTotal || rows.count == 1 && output.losses.count == 0 {
            run.reported = total.numbers
            if let perSecond = total.perSecond, perSecond > 0 {
                run.durationMs = Double(total.count) / perSecond * 1e3
            }
        } else {
            // A row that is lost is missing in what the others are together.
            let isWhole = !rows.isEmpty && output.losses.count == 0
            run.reported.requests(
                total: isWhole ? rows.reduce(0) { $0.plus($1.count) } : nil, failed: nil)
            run.lacks.append("the row of all labels together")
        }
        parts.put(into: &run)
        output.endRun(run)
    }

    /// The last row sums the others; its name is in the user's language.
    private var hasTotal: Bool {
        guard let last = rows.last else { return false }
        if last.label.uppercased() == "TOTAL" { return true }
        return rows.count > 1 && rows.dropLast().reduce(0) { $0.plus($1.count) } == last.count
    }

    private static func numbers(
        _ cells: [String], _ columns: JMeterTableColumns, count: Int,
        number: (Int?) -> Double?
    ) -> ReportedNumbers {
        var numbers = ReportedNumbers()
        // Without a sample the rest is what the fields began with: a minimum of 2^63 - 1.
        guard count > 0 else {
            numbers.requests(total: count, failed: nil)
            return numbers
        }
        let percent = errorPercent(cells[columns.errors], number(columns.errors))
        let failed = percent.flatMap { failures($0, of: count, text: cells[columns.errors]) }
        numbers.requests(total: count, failed: failed)
        numbers.add("error_rate", percent)
        let decimal = decimal(of: cells[columns.errors] + cells[columns.throughput])
        numbers.rate(
            ofAll: perSecond(cells[columns.throughput], decimal: decimal), total: count,
            failed: failed)
        numbers.add("avg_latency_ms", number(2))
        numbers.percentile("50", ms: number(columns.median))
        for level in columns.percentiles {
            numbers.percentile(level.percent, ms: number(level.column))
        }
        numbers.add("min_ms", number(columns.min))
        numbers.add("max_ms", number(columns.max))
        numbers.add("stdev_ms", number(columns.deviation))
        return numbers
    }

    /// `0,040%` is a percentage; without the sign older versions wrote the ratio.
    private static func errorPercent(_ text: String, _ number: Double?) -> Double? {
        text.contains("%") ? number : number.map { $0 * 100 }
    }

    /// How many failed, where the digits of the percentage leave one answer.
    private static func failures(_ percent: Double, of count: Int, text: String) -> Int? {
        let digits = text.reversed().drop { !$0.isNumber }.prefix { $0.isNumber }.count
        let hasFraction = text.contains(".") || text.contains(",")
        var steps = text.contains("%") ? 100.0 : 1.0
        for _ in 0..<(hasFraction ? min(digits, 12) : 0) { steps *= 10 }
        guard Double(count) < steps else { return nil }
        return Int(exactly: (percent / 100 * Double(count)).rounded())
    }

    /// `286,05346`, and of older versions `4.8/sec`, `30.1/min`.
    private static func perSecond(_ text: String, decimal: Unicode.Scalar) -> Double? {
        let parts = text.split(separator: "/", maxSplits: 1)
        guard let first = parts.first,
            let value = DecimalText.localized(String(first).trimmedBlanks, decimal: decimal)
        else { return nil }
        guard parts.count == 2 else { return value }
        let unit = String(parts[1]).trimmedBlanks.lowercased()
        if unit.hasPrefix("s") { return value }
        if unit.hasPrefix("m") { return value / 60 }
        return unit.hasPrefix("h") ? value / 3_600 : nil
    }

    /// The last of point and comma stands before the fraction.
    private static func decimal(of text: String) -> Unicode.Scalar {
        let point = text.lastIndex(of: ".")
        let comma = text.lastIndex(of: ",")
        guard let comma else { return "." }
        return point.map { $0 > comma } == true ? "." : ","
    }
}

/// Where the columns of a table are: the share of errors is the one with a percent sign and no
/// number, and the others stand around it.
struct JMeterTableColumns: Sendable, Hashable {
    var median: Int?
    var percentiles: [Percentile]
    var min: Int
    var max: Int
    var deviation: Int?
    var errors: Int
    var throughput: Int
    /// How many cells a row has.
    var count: Int

    struct Percentile: Sendable, Hashable {
        var percent: String
        var column: Int
    }

    init?(_ names: [String]) {
        guard (8...16).contains(names.count),
            let errors = names.firstIndex(where: { $0.contains("%") && Self.percent($0) == nil }),
            errors >= 5, errors + 1 < names.count
        else { return nil }
        self.errors = errors
        throughput = errors + 1
        count = names.count
        percentiles = names.indices.compactMap { index in
            Self.percent(names[index]).map { Percentile(percent: $0, column: index) }
        }
        if percentiles.isEmpty {
            // Label, count, mean, min, max, deviation.
            guard errors == 6 else { return nil }
            (min, max, deviation) = (3, 4, 5)
        } else {
            // Label, count, mean, median, percentiles, min, max.
            guard percentiles.map(\.column) == Array(4..<4 + percentiles.count),
                errors == percentiles.count + 6
            else { return nil }
            median = 3
            (min, max) = (errors - 2, errors - 1)
        }
    }

    /// `90e centile`: 90. No other column begins with a number of two digits.
    private static func rank(_ name: String) -> String? {
        let digits = name.prefix { ("0"..."9").contains($0) || $0 == "." || $0 == "," }
        let plain = String(digits).replacing(",", with: ".")
        guard let value = DecimalText.number(plain), (50..<100).contains(value) else { return nil }
        return plain
    }

    /// `90% Line`: 90.
    private static func percent(_ name: String) -> String? {
        guard let sign = name.firstIndex(of: "%") else { return rank(name) }
        let before = name[..<sign].reversed().drop { $0 == " " || $0 == "\u{A0}" }
        let digits = String(
            before.prefix { ("0"..."9").contains($0) || $0 == "." || $0 == "," }.reversed())
        return digits.isEmpty ? nil : digits.replacing(",", with: ".")
    }
}
