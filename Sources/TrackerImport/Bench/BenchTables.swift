import TrackerLog

extension ImportRecord {
    /// The row as an object of JSON, such as the tool writes as well: what is empty is not in it.
    /// - Parameter name: of the column that is a text in any case.
    fileprivate func members(_ columns: ColumnNames, named name: String) -> [JSONValue.Member] {
        columns.names.enumerated().compactMap { index, column in
            // Of columns with the same name the first.
            guard columns[column] == index, let text = filled(index) else { return nil }
            let value = column == name ? nil : number(index)
            return .init(column, value.map(JSONValue.double) ?? .string(text))
        }
    }

    /// The cells of columns whose names begin so, by the rest of their names.
    fileprivate func parameters(_ columns: ColumnNames, _ beginning: String) -> JSONValue.Member {
        let cells = columns.names.filter { $0.hasPrefix(beginning) }.compactMap { name in
            filled(columns[name]).map {
                JSONValue.Member(String(name.dropFirst(beginning.count)), .string($0))
            }
        }
        return .init("parameters", .object(cells))
    }
}

/// A table with a row for each benchmark.
protocol BenchTable: NamedTable, HeadedTable {
    static var advice: String { get }

    func read(
        _ record: ImportRecord, named columns: ColumnNames, into output: inout ImportOutput)
}

extension BenchTable {
    mutating func read(
        row record: ImportRecord, _ columns: ColumnNames, into output: inout ImportOutput
    ) throws(ImportError) {
        guard record.count == columns.names.count, record.number(columns["mean"]) != nil else {
            return output.lost(
                "the row has \(record.count) of \(columns.names.count) columns, or no mean",
                at: record.place)
        }
        read(record, named: columns, into: &output)
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        guard output.runs.isEmpty, output.losses.count == 0 else { return }
        throw .refused(
            format: Self.name, reason: "no benchmark is in it", advice: Self.advice, place: nil)
    }
}

/// `hyperfine --export-csv`: seconds, whatever the unit of its other tables is.
struct HyperfineTable: BenchTable {
    static let name = "hyperfine CSV"
    static let tool = "hyperfine"
    static let lacks = ["when it was measured", "the number of executions"]
    static let advice = "Measure a command: hyperfine --export-csv FILE COMMAND"
    static let names = ["command", "mean", "user", "system", "min", "max"]

    var columns: ColumnNames?

    func read(
        _ record: ImportRecord, named columns: ColumnNames, into output: inout ImportOutput
    ) {
        var result = record.members(columns, named: "command")
        if record.number(columns["stddev"]) == 0,
            record.number(columns["min"]) == record.number(columns["max"])
        {
            // It writes 0 where a single execution has none.
            result.removeAll { $0.key == "stddev" }
        }
        result.append(record.parameters(columns, "parameter_"))
        _ = HyperfineReport.read(
            .object(result), from: output.source.anchor.time, into: &output)
    }
}

/// `pytest-benchmark compare --csv`: seconds.
struct PytestTable: BenchTable {
    static let name = "pytest-benchmark CSV"
    static let tool = "pytest-benchmark"
    static let lacks = ["when each benchmark ran", "the machine, the commit"]
    static let advice = "Let it write one: pytest-benchmark compare --csv=FILE"
    static let names = ["name", "mean", "stddev", "rounds"]

    var columns: ColumnNames?

    func read(
        _ record: ImportRecord, named columns: ColumnNames, into output: inout ImportOutput
    ) {
        let stats = record.members(columns, named: "name")
        let benchmark = [
            JSONValue.Member("name", .string(record.text(columns["name"]) ?? "")),
            .init("params", record.parameters(columns, "param:").value),
            .init("stats", .object(stats)),
        ]
        PytestBenchmark.read(.object(benchmark), ImportedRun(), into: &output)
    }
}

/// Google Benchmark's `--benchmark_format=csv`, also with what it prints before the table.
struct GoogleBenchmarkTable: RecordFormat {
    static let name = "Google Benchmark CSV"
    static let tool = "google-benchmark"
    static let lacks = GoogleBenchmark.lacks

    private static func table(_ head: FileHead) -> TableHead? {
        head.lines.lazy.filter { $0.contains("real_time") }.compactMap {
            TableHead(
                FileHead(Array($0.utf8), isWhole: true),
                having: ["name", "iterations", "real_time", "cpu_time", "time_unit"])
        }.first
    }

    static func recognises(_ head: FileHead) -> Bool { table(head) != nil }

    static func separator(_ head: FileHead) -> UInt8 {
        table(head)?.separator ?? UInt8(ascii: ",")
    }

    private var columns: ColumnNames?
    private var context: [JSONValue.Member] = []
    private var rows: [JSONValue] = []

    mutating func read(
        _ record: ImportRecord, into output: inout ImportOutput
    ) throws(ImportError) {
        let first = record.text(0) ?? ""
        if case .time = TimeText.read(first) {
            // The date, above the table: the program may have run again.
            try end(into: &output)
            columns = nil
            context = [.init("date", .string(first))]
            return
        }
        let found = ColumnNames(record.texts)
        if found["real_time"] != nil, found["time_unit"] != nil {
            try end(into: &output)
            columns = found
            return
        }
        guard let columns else {
            if first.hasPrefix("Running ") {
                context.append(.init("executable", .string(String(first.dropFirst(8)))))
            }
            return
        }
        let isWhole = record.count > columns["time_unit"] ?? 0
        guard
            isWhole && record.number(columns["real_time"]) != nil
                || record.filled(columns["error_message"]) != nil
        else { return output.lost("no time, or no unit", at: record.place) }
        rows.append(.object(record.members(columns, named: "name")))
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        try end(into: &output)
        guard output.runs.isEmpty, output.losses.count == 0 else { return }
        throw .refused(
            format: Self.name, reason: "no benchmark is in it",
            advice: "Run one: PROGRAM --benchmark_out=FILE", place: nil)
    }

    private mutating func end(into output: inout ImportOutput) throws(ImportError) {
        guard !rows.isEmpty else { return }
        try GoogleBenchmark.read(
            .object([.init("context", .object(context)), .init("benchmarks", .array(rows))]),
            into: &output)
        rows = []
    }
}
