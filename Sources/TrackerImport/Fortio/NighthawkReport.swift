import TrackerLog

/// Nighthawk's own `--output-format json`: statistics and counters of each worker, and of all.
enum NighthawkReport: DocumentFormat {
    static let name = "Nighthawk JSON"
    static let tool = "nighthawk"
    static let lacks = ["single requests"]

    static func recognises(_ document: JSONValue) -> Bool {
        guard let first = document["results"]?.arrayValue?.first else { return false }
        return first["statistics"]?.arrayValue != nil && first["counters"]?.arrayValue != nil
    }

    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError) {
        let results = document["results"]?.arrayValue ?? []
        // A single worker is not listed beside all of them.
        guard let all = results.first(where: { $0["name"]?.stringValue == "global" }) else {
            throw .refused(
                format: name, reason: "the numbers of all workers together are missing",
                advice: "Write it again: nighthawk_client --output-format json URL > FILE",
                place: nil)
        }
        var run = ImportedRun()
        run.latency = .uncorrected
        let options = document["options"]
        run.target = options?["uri"]?.stringValue
        for key in ["requests_per_second", "connections", "concurrency"] {
            if let value = options?[key] { run.params.append(.init(key, value)) }
        }
        run.start = all["execution_start"]?.stringValue.flatMap { Timestamp(rfc3339: $0) }
        if run.start == nil { run.lacks.append("the start of the test") }
        let seconds = ms(all["execution_duration"]).map { $0 / 1e3 }
        run.durationMs = seconds.map { $0 * 1e3 }
        readLatency(all, &run)
        readCounters(all, seconds: seconds, &run)
        run.reported.add("duration_s", seconds)
        if results.count > 1 { run.leftOut.append("the numbers of each worker") }
        run.leftOut.append("statistics of connections, queues and sizes")
        output.endRun(run)
    }

    /// Durations of protobuf: `0.000112s`.
    private static func ms(_ value: JSONValue?) -> Double? {
        value?.stringValue.flatMap { DurationText.milliseconds($0) }
    }

    private static func latency(of result: JSONValue) -> JSONValue? {
        result["statistics"]?.arrayValue?.first {
            $0["id"]?.stringValue == "benchmark_http_client.request_to_response"
        }
    }

    static func readLatency(_ result: JSONValue, _ run: inout ImportedRun) {
        let latency = latency(of: result)
        // Without a value all times are zeros that nothing measured.
        guard let latency, let count = latency["count"]?.wholeNumber, count > 0 else {
            return run.lacks.append("latencies: no request had an answer")
        }
        run.reported.add("avg_latency_ms", ms(latency["mean"]))
        run.reported.add("stdev_ms", ms(latency["pstdev"]))
        run.reported.add("min_ms", ms(latency["min"]))
        run.reported.add("max_ms", ms(latency["max"]))
        let ranks = latency["percentiles"]?.arrayValue ?? []
        for percent in ["50", "75", "90", "95", "99", "99.9", "99.99"] {
            guard let wanted = DecimalText.number(percent) else { continue }
            // The first rank that reaches the percentile, unless the ranks are too far apart.
            let rank = ranks.first { ($0["percentile"]?.number ?? 0) * 100 >= wanted - 1e-9 }
            guard let rank, let found = rank["percentile"]?.number,
                found * 100 - wanted <= (100 - wanted) / 10
            else { continue }
            run.reported.percentile(percent, ms: ms(rank["duration"]))
        }
    }

    /// - Parameter seconds: the length of the test; `nil` where counters have their rates.
    static func readCounters(
        _ result: JSONValue, seconds: Double?, _ run: inout ImportedRun
    ) {
        var outcomes: [(name: String, count: Int)] = []
        var failed = 0
        var rate: Double?
        for counter in result["counters"]?.arrayValue ?? [] {
            guard let name = counter["name"]?.stringValue, name.hasPrefix("benchmark."),
                let count = counter["value"]?.wholeNumber
            else { continue }
            let kind = String(name.dropFirst("benchmark.".count))
            let errors = [
                "http_4xx", "http_5xx", "stream_resets", "pool_connection_failure",
                "pool_overflow",
            ]
            guard kind.hasPrefix("http_") || errors.contains(kind) else { continue }
            outcomes.append((kind.hasPrefix("http_") ? String(kind.dropFirst(5)) : kind, count))
            if errors.contains(kind) { failed = failed.plus(count) }
            if let more = counter["per_second"]?.number { rate = (rate ?? 0) + more }
        }
        // Each answer has its time: where they are more than the counters, one of those is lost.
        let times = latency(of: result)?["count"]?.wholeNumber ?? 0
        guard !outcomes.isEmpty, outcomes.total >= times else {
            if times > 0 { run.lacks.append("counts of requests: counters are missing") }
            return
        }
        let total = outcomes.total
        run.reported.requests(total: total, failed: failed)
        run.reported.outcomes(outcomes)
        if let seconds, seconds > 0 { rate = Double(total) / seconds }
        run.reported.rate(ofAll: rate, total: total, failed: failed)
    }
}
