import TrackerLog

/// Criterion's `target/criterion/…/new/estimates.json`. Nanoseconds. Before 0.3 its names began
/// with capitals.
enum CriterionEstimates: DocumentFormat {
    static let name = "criterion estimates"
    static let tool = "criterion"
    static let lacks = ["single times", "when it was measured", "the name of the benchmark"]

    static func recognises(_ document: JSONValue) -> Bool {
        estimate(document, "mean", "Mean")?["point_estimate"] != nil
            && estimate(document, "median", "Median") != nil
    }

    private static func estimate(_ document: JSONValue, _ names: String...) -> JSONValue? {
        names.lazy.compactMap { document[$0] }.first
    }

    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError) {
        guard let deviation = estimate(document, "std_dev", "StdDev") else {
            throw .refused(
                format: name,
                reason: "it has differences to an earlier run (change/estimates.json), and no time",
                advice: "Import new/estimates.json or new/raw.csv of the same benchmark.",
                place: nil)
        }
        var run = ImportedRun()
        run.test = "criterion"
        func ms(_ value: JSONValue?) -> Double? { value?.number.map { $0 / 1e6 } }
        let mean = estimate(document, "mean", "Mean")
        let bounds = mean?["confidence_interval"]
        run.reported.add("mean_ms", ms(mean?["point_estimate"]))
        run.reported.add("mean_low_ms", ms(bounds?["lower_bound"]))
        run.reported.add("mean_high_ms", ms(bounds?["upper_bound"]))
        run.reported.add(
            "median_ms", ms(estimate(document, "median", "Median")?["point_estimate"]))
        run.reported.add("stdev_ms", ms(deviation["point_estimate"]))
        run.reported.add(
            "slope_ms", ms(estimate(document, "slope", "Slope")?["point_estimate"]))
        output.endRun(run)
    }
}

/// Criterion's `new/sample.json`: how many iterations, and how long all of them took. Nanoseconds.
enum CriterionSample: DocumentFormat {
    static let name = "criterion sample"
    static let tool = "criterion"
    static let lacks = ["single times: each is a mean", "when it was measured"]

    static func recognises(_ document: JSONValue) -> Bool {
        document["iters"]?.arrayValue != nil && document["times"]?.arrayValue != nil
    }

    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError) {
        var times = CriterionTimes(name: nil, start: output.source.anchor.time)
        times.add(document["times"], iterations: document["iters"], to: &output) { $0 / 1e6 }
        times.end(into: &output)
    }
}

/// Criterion's `new/raw.csv`: the same as a table, with the name of the benchmark.
struct CriterionTable: NamedTable, HeadedTable {
    static let name = "criterion CSV"
    static let tool = "criterion"
    static let lacks = CriterionSample.lacks

    static let names = ["group", "function", "iteration_count"]

    var columns: ColumnNames?
    private var times: CriterionTimes?

    mutating func read(
        row record: ImportRecord, _ columns: ColumnNames, into output: inout ImportOutput
    ) throws(ImportError) {
        // The first versions had nanoseconds alone.
        let old = columns["sample_time_nanos"]
        let unit = old == nil ? record.text(columns["unit"]) : "ns"
        guard let value = record.number(old ?? columns["sample_measured_value"]),
            let iterations = record.number(columns["iteration_count"]),
            let factor = unit.flatMap({ DurationText.unitMs($0) })
        else { return output.lost("no time, unit or count of iterations", at: record.place) }
        let name = ["group", "function", "value"].compactMap { record.filled(columns[$0]) }
            .joined(separator: "/")
        var now = times ?? CriterionTimes(name: name, start: output.source.anchor.time)
        if now.name != name {
            now.end(into: &output)
            now = CriterionTimes(name: name, start: now.now)
        }
        now.add(ms: value * factor, iterations: iterations, to: &output)
        times = now
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        times?.end(into: &output)
    }
}

/// The messages of `cargo criterion --message-format json`: a line for each benchmark.
struct CriterionMessages: LineFormat {
    static let name = "criterion messages"
    static let tool = "criterion"
    static let lacks = CriterionSample.lacks

    private static let reasons = ["benchmark-complete", "group-complete"]

    static func recognises(_ head: FileHead) -> Bool {
        guard let line = head.firstObject else { return false }
        return reasons.contains { line.contains("\"reason\":\"\($0)\"") }
    }

    private var now: Timestamp?

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        guard !line.isBlank, !line.isNote else { return }
        guard let value = JSONValue.parsed(line.bytes.array) else {
            return output.lost(LineError.syntax.rawValue, at: line.place)
        }
        guard value["reason"]?.stringValue == Self.reasons[0] else { return }
        let unit = value["unit"]?.stringValue.flatMap { DurationText.unitMs($0) }
        guard let name = value["id"]?.stringValue, let unit else {
            return output.lost("no name, or a unit that is no time", at: line.place)
        }
        var times = CriterionTimes(name: name, start: now ?? output.source.anchor.time)
        times.add(
            value["measured_values"], iterations: value["iteration_count"], to: &output
        ) {
            $0 * unit
        }
        now = times.now
        func ms(_ value: JSONValue?) -> Double? { value?.number.map { $0 * unit } }
        let mean = value["mean"]
        times.reported.add("mean_ms", ms(mean?["estimate"]))
        times.reported.add("mean_low_ms", ms(mean?["lower_bound"]))
        times.reported.add("mean_high_ms", ms(mean?["upper_bound"]))
        times.reported.add("median_ms", ms(value["median"]?["estimate"]))
        times.reported.add("slope_ms", ms(value["slope"]?["estimate"]))
        times.end(into: &output)
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        guard output.runs.isEmpty, output.losses.count == 0 else { return }
        throw .refused(
            format: Self.name, reason: "there is no whole benchmark in it",
            advice: "Run one: cargo criterion --message-format json > FILE", place: nil)
    }
}

/// The times of one benchmark, one after the other.
private struct CriterionTimes {
    let name: String?
    private let start: Timestamp
    /// When the next one begins.
    private(set) var now: Timestamp
    /// What criterion itself computed.
    var reported = ReportedNumbers()

    init(name: String?, start: Timestamp) { (self.name, self.start, now) = (name, start, start) }

    /// Arrays with a number for each time.
    mutating func add(
        _ times: JSONValue?, iterations: JSONValue?,
        to output: inout ImportOutput, ms: (Double) -> Double
    ) {
        for (time, count) in zip(times?.arrayValue ?? [], iterations?.arrayValue ?? []) {
            guard let time = time.number, let count = count.number else { continue }
            add(ms: ms(time), iterations: count, to: &output)
        }
    }

    mutating func add(ms: Double, iterations: Double, to output: inout ImportOutput) {
        guard iterations > 0, ms >= 0 else { return }
        output.sample(BenchMetric.time, ms / iterations, at: now, lastingMs: ms, unit: "ms")
        now = now.advanced(byMilliseconds: ms)
    }

    func end(into output: inout ImportOutput) {
        var run = ImportedRun()
        run.test = "criterion"
        run.target = name
        run.isRelative = true
        run.start = start
        run.reported = reported
        output.endRun(run)
    }
}
