import TrackerLog

/// The final numbers of one label of Taurus, from its XML or its table. Seconds.
struct TaurusGroup {
    private var run = ImportedRun()
    private var total: Int?
    private var failed: Int?
    private var statuses: [(name: String, count: Int)] = []

    /// - Parameter label: empty for all of them.
    init(label: String) {
        if !label.isEmpty { run.target = label }
    }

    /// - Parameters:
    ///   - name: `avg_rt`, or `perc` and `rc` with a parameter.
    ///   - param: a percentile, or a status.
    mutating func add(_ name: String, _ value: Double, param: String? = nil) {
        switch name {
        case "avg_rt": run.reported.add("avg_latency_ms", value * 1e3)
        case "stdev_rt": run.reported.add("stdev_ms", value * 1e3)
        case "avg_ct": run.reported.add("connect_mean_ms", value * 1e3)
        case "avg_lt": run.reported.add("first_byte_mean_ms", value * 1e3)
        case "bytes": run.reported.add("received_bytes", value)
        case "throughput": total = Int(exactly: value)
        case "fail": failed = Int(exactly: value)
        case "concurrency": run.params.append(.init("concurrency", .double(value)))
        case "rc":
            guard let count = Int(exactly: value), let param else { return }
            statuses.append((param, count))
        case "perc":
            guard let param, let percent = DecimalText.number(param) else { return }
            if percent <= 0 {
                run.reported.add("min_ms", value * 1e3)
            } else if percent >= 100 {
                run.reported.add("max_ms", value * 1e3)
            } else {
                run.reported.percentile(param, ms: value * 1e3)
            }
        default: break
        }
    }

    /// - Parameters:
    ///   - seconds: how long the test lasted.
    ///   - url: of the report.
    mutating func end(seconds: Double?, url: String?, into output: inout ImportOutput) {
        run.reported.requests(total: total, failed: failed)
        run.reported.outcomes(statuses)
        run.test = "taurus"
        if let seconds, seconds > 0 {
            run.reported.add("duration_s", seconds)
            run.durationMs = seconds * 1e3
            run.reported.rate(
                ofAll: total.map { Double($0) / seconds }, total: total, failed: failed)
        } else {
            run.lacks = ["the length of the test, and so its rate"]
        }
        if let url, !url.isEmpty { run.params.append(.init("report_url", .string(url))) }
        output.endRun(run)
    }
}
