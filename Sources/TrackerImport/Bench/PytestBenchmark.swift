import TrackerLog

/// `pytest --benchmark-json`, and what `--benchmark-autosave` writes. Seconds.
enum PytestBenchmark: DocumentFormat {
    static let name = "pytest-benchmark JSON"
    static let tool = "pytest-benchmark"
    static let lacks = ["when each benchmark ran"]

    static func recognises(_ document: JSONValue) -> Bool {
        document["machine_info"] != nil && document["benchmarks"]?.arrayValue != nil
    }

    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError) {
        var common = ImportedRun()
        common.toolVersion = document["version"]?.stringValue
        common.commit = document["commit_info"]?["id"]?.stringValue
        for (key, name) in [("branch", "branch"), ("dirty", "dirty"), ("project", "project")] {
            if let value = document["commit_info"]?[key], value != .null {
                common.params.append(.init(name, value))
            }
        }
        let machine = document["machine_info"]
        for key in [
            "node", "machine", "system", "release", "python_implementation", "python_version",
        ] {
            if let text = machine?[key]?.stringValue, !text.isEmpty {
                common.environment.append(.init(key, .string(text)))
            }
        }
        if let brand = (machine?["cpu"]?["brand_raw"] ?? machine?["cpu"]?["brand"])?.stringValue {
            common.environment.append(.init("cpu", .string(brand)))
        }
        // It writes the time of its end in UTC, without saying so.
        if let text = document["datetime"]?.stringValue,
            case .time(let time, let hasZone) = TimeText.read(text)
        {
            common.start = time
            common.timeSource = hasZone ? .file : .assumedUTC
        }
        for benchmark in document["benchmarks"]?.arrayValue ?? [] {
            read(benchmark, common, into: &output)
        }
        guard output.runs.isEmpty else { return }
        throw .refused(
            format: name, reason: "no benchmark is in it",
            advice: "Let pytest run one: pytest --benchmark-json FILE", place: nil)
    }

    static func read(
        _ benchmark: JSONValue, _ common: ImportedRun, into output: inout ImportOutput
    ) {
        var run = common
        let stats = benchmark["stats"]
        run.test = benchmark["group"]?.stringValue ?? "pytest-benchmark"
        run.target = benchmark["fullname"]?.stringValue ?? benchmark["name"]?.stringValue
        for member in benchmark["params"]?.objectValue ?? [] {
            run.params.append(.init("parameter_" + member.key, member.value))
        }
        for key in ["disable_gc", "timer", "min_rounds", "warmup"] {
            if let value = benchmark["options"]?[key] { run.params.append(.init(key, value)) }
        }
        for (key, name) in [
            ("mean", "mean_ms"), ("stddev", "stdev_ms"), ("median", "median_ms"),
            ("min", "min_ms"), ("max", "max_ms"), ("iqr", "iqr_ms"),
        ] {
            run.reported.add(name, stats?[key]?.number.map { $0 * 1e3 })
        }
        run.reported.add("operations_per_second", stats?["ops"]?.number)
        run.reported.add("rounds", count: stats?["rounds"]?.wholeNumber)
        run.reported.add("iterations", count: stats?["iterations"]?.wholeNumber)
        run.durationMs = stats?["total"]?.number.map { $0 * 1e3 }
        let start = run.start ?? output.source.anchor.time
        if run.start == nil {
            run.isRelative = true
            run.start = start
        }
        var (now, count) = (start, 0)
        for time in stats?["data"]?.arrayValue ?? [] {
            guard let seconds = time.doubleValue else { continue }
            output.sample(
                BenchMetric.time, seconds * 1e3, at: now, lastingMs: seconds * 1e3, unit: "ms")
            now = now.advanced(byMilliseconds: max(0, seconds) * 1e3)
            count += 1
        }
        if count == 0 {
            run.lacks.append("the single times (--benchmark-save-data writes them)")
        } else if let rounds = stats?["rounds"]?.wholeNumber, rounds > count {
            run.lacks.append("the times of \(rounds - count) of its \(rounds) rounds")
        }
        output.endRun(run)
    }
}
