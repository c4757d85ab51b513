import TrackerLog

/// Google Benchmark's `--benchmark_out` in JSON. Each row says its own unit; a row is a mean over
/// its iterations.
enum GoogleBenchmark: DocumentFormat {
    static let name = "Google Benchmark JSON"
    static let tool = "google-benchmark"
    static let lacks = ["single iterations", "when each benchmark ran"]

    static func recognises(_ document: JSONValue) -> Bool {
        document["context"]?.objectValue != nil && document["benchmarks"]?.arrayValue != nil
    }

    /// The rows of one benchmark.
    private struct Rows {
        var name: String
        var repetitions: [JSONValue] = []
        var aggregates: [JSONValue] = []
    }

    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError) {
        var common = ImportedRun()
        let context = document["context"]
        if let text = context?["date"]?.stringValue {
            switch TimeText.read(text) {
            case .time(let time, let hasZone):
                common.start = time
                common.timeSource = hasZone ? .file : .assumedUTC
            case .ambiguous(let why): common.leftOut.append("the date \(why)")
            case .none: break
            }
        }
        common.toolVersion = context?["library_version"]?.stringValue
        for key in ["host_name", "num_cpus", "mhz_per_cpu", "cpu_scaling_enabled"] {
            if let value = context?[key] { common.environment.append(.init(key, value)) }
        }
        for key in ["executable", "library_build_type"] {
            if let value = context?[key] { common.params.append(.init(key, value)) }
        }
        var all: [Rows] = []
        var places: [String: Int] = [:]
        for row in document["benchmarks"]?.arrayValue ?? [] {
            guard let full = row["name"]?.stringValue else { continue }
            let isAggregate = isAggregate(row, full)
            let name = row["run_name"]?.stringValue ?? (isAggregate ? base(of: full) : full)
            let place = places[name] ?? all.count
            if place == all.count {
                places[name] = place
                all.append(Rows(name: name))
            }
            if isAggregate {
                all[place].aggregates.append(row)
            } else {
                all[place].repetitions.append(row)
            }
        }
        for rows in all { read(rows, common, into: &output) }
        guard output.runs.isEmpty else { return }
        throw .refused(
            format: name, reason: "no benchmark is in it",
            advice: "Run one: PROGRAM --benchmark_out=FILE --benchmark_out_format=json", place: nil)
    }

    /// Its times are 0 then, and a table has none.
    private static func isSkipped(_ row: JSONValue) -> Bool {
        row["error_occurred"]?.boolValue == true || row["skipped"]?.boolValue == true
            || row["real_time"] == nil
    }

    private static let endings = ["_mean", "_median", "_stddev", "_cv", "_BigO", "_RMS"]

    private static func isAggregate(_ row: JSONValue, _ name: String) -> Bool {
        if let type = row["run_type"]?.stringValue { return type == "aggregate" }
        return endings.contains { name.hasSuffix($0) }
    }

    private static func base(of name: String) -> String {
        endings.first { name.hasSuffix($0) }.map { String(name.dropLast($0.count)) } ?? name
    }

    private static func ms(_ row: JSONValue, _ key: String) -> Double? {
        let unit = row["time_unit"]?.stringValue.flatMap { DurationText.unitMs($0) }
        guard let unit, let value = row[key]?.number else { return nil }
        return value * unit
    }

    private static func read(
        _ rows: Rows, _ common: ImportedRun, into output: inout ImportOutput
    ) {
        var run = common
        run.test = "google-benchmark"
        run.target = rows.name
        let start = run.start ?? output.source.anchor.time
        if run.start == nil {
            run.isRelative = true
            run.start = start
        }
        readAggregates(rows.aggregates, &run)
        let good = rows.repetitions.filter { !isSkipped($0) }
        if good.count == 1, let only = good.first {
            run.reported.add("mean_ms", ms(only, "real_time"))
            run.reported.add("cpu_mean_ms", ms(only, "cpu_time"))
            run.reported.add("iterations", count: only["iterations"]?.wholeNumber)
        }
        if good.count > 1 {
            for row in good {
                if let time = ms(row, "real_time") {
                    output.sample(BenchMetric.time, time, at: start, unit: "ms")
                }
                if let time = ms(row, "cpu_time") {
                    output.sample("cpu_time_ms", time, at: start, unit: "ms")
                }
            }
            run.lacks.append("single times: each is the mean of one repetition")
        }
        let mean = rows.aggregates.first { kind(of: $0) == "mean" }
        if let row = mean ?? (good.count == 1 ? good.first : nil) {
            for key in ["items_per_second", "bytes_per_second"] {
                run.reported.add(key, row[key]?.number)
            }
        }
        if let row = good.first ?? mean {
            let counters = (row.objectValue ?? []).filter {
                !known.contains($0.key) && $0.value.number != nil
            }
            if !counters.isEmpty {
                run.leftOut.append(
                    "counters of the program: \(counters.map(\.key).joined(separator: ", "))")
            }
            for key in ["threads", "repetitions"] {
                if let value = row[key]?.wholeNumber, value > 0 {
                    run.params.append(.init(key, .integer(value)))
                }
            }
        }
        if let failed = rows.repetitions.first(where: isSkipped) {
            let text =
                (failed["error_message"] ?? failed["skip_message"])?.stringValue
                ?? "it failed, and says no reason"
            run.reported.add("errors", json: .string(text))
            if good.isEmpty { run.state = .failed }
        }
        output.endRun(run)
    }

    /// What Google Benchmark itself writes of a row; all else a program counts.
    private static let known = [
        "name", "family_index", "per_family_instance_index", "run_name", "run_type", "repetitions",
        "repetition_index", "threads", "iterations", "real_time", "cpu_time", "time_unit", "label",
        "items_per_second", "bytes_per_second", "aggregate_name", "aggregate_unit",
        "error_occurred", "error_message", "skipped", "skip_message",
    ]

    private static func kind(of row: JSONValue) -> String {
        let full = row["name"]?.stringValue ?? ""
        return row["aggregate_name"]?.stringValue
            ?? endings.first { full.hasSuffix($0) }.map { String($0.dropFirst()) } ?? ""
    }

    private static func readAggregates(_ rows: [JSONValue], _ run: inout ImportedRun) {
        for row in rows {
            let kind = kind(of: row)
            switch kind {
            case "mean", "median":
                run.reported.add("\(kind)_ms", ms(row, "real_time"))
                run.reported.add("cpu_\(kind)_ms", ms(row, "cpu_time"))
            case "stddev": run.reported.add("stdev_ms", ms(row, "real_time"))
            default: run.leftOut.append(kind.isEmpty ? row["name"]?.stringValue ?? "" : kind)
            }
        }
    }
}
