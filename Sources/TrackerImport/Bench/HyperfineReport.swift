import TrackerLog

/// `hyperfine --export-json`: every time of every command, in seconds.
enum HyperfineReport: DocumentFormat {
    static let name = "hyperfine JSON"
    static let tool = "hyperfine"
    static let lacks = ["when it was measured", "the number of warm-up executions"]

    static func recognises(_ document: JSONValue) -> Bool {
        guard let first = document["results"]?.arrayValue?.first else { return false }
        return first["command"]?.stringValue != nil && first["mean"] != nil
    }

    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError) {
        var now = output.source.anchor.time
        for result in document["results"]?.arrayValue ?? [] {
            now = read(result, from: now, into: &output)
        }
    }

    /// - Returns: when the next command begins: they run one after the other.
    static func read(
        _ result: JSONValue, from start: Timestamp, into output: inout ImportOutput
    ) -> Timestamp {
        var run = ImportedRun()
        run.test = "hyperfine"
        run.target = result["command"]?.stringValue
        run.isRelative = true
        run.start = start
        for member in result["parameters"]?.objectValue ?? [] {
            run.params.append(.init("parameter_" + member.key, member.value))
        }
        func ms(_ name: String) -> Double? { result[name]?.number.map { $0 * 1e3 } }
        for (key, name) in [
            ("mean", "mean_ms"), ("stddev", "stdev_ms"), ("median", "median_ms"),
            ("min", "min_ms"), ("max", "max_ms"), ("user", "user_ms"), ("system", "system_ms"),
        ] {
            run.reported.add(name, ms(key))
        }
        let times = result["times"]?.arrayValue ?? []
        let codes = result["exit_codes"]?.arrayValue
        let memory = result["memory_usage_byte"]?.arrayValue
        var now = start
        for (index, time) in times.enumerated() {
            guard let seconds = time.number else { continue }
            var ok: Bool?
            if let codes, codes.indices.contains(index) {
                // No code: a signal ended it.
                ok = codes[index].wholeNumber == 0
            }
            output.sample(
                BenchMetric.time, seconds * 1e3, at: now, lastingMs: seconds * 1e3,
                unit: "ms", ok: ok)
            if let memory, memory.indices.contains(index), let bytes = memory[index].number {
                output.sample("memory_bytes", bytes, at: now, unit: "B")
            }
            now = now.advanced(byMilliseconds: max(0, seconds) * 1e3)
        }
        if times.isEmpty { run.lacks.append("the single times") }
        if codes == nil, !times.isEmpty { run.lacks.append("exit codes") }
        output.endRun(run)
        return now
    }
}
