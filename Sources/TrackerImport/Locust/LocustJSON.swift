import TrackerLog

/// `--json` and `--json-file`: for each name how often each time was, and how many requests each
/// second had.
enum LocustJSON: DocumentFormat {
    static let name = "Locust JSON"
    static let tool = "Locust"
    static let lacks = [
        "single requests", "the host", "errors by kind", "when within the test each time was",
        "times as measured: Locust rounds them to two digits before it counts them",
    ]

    static func recognises(_ document: JSONValue) -> Bool {
        guard let first = document.arrayValue?.first else { return false }
        return first["response_times"]?.objectValue != nil && first["num_requests"] != nil
    }

    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError) {
        var sums = Sums()
        var parts = ReportedParts()
        for (index, entry) in (document.arrayValue ?? []).enumerated() {
            guard let requests = entry["num_requests"]?.intValue, requests >= 0 else {
                output.isPartial = true
                output.lost(
                    "entry \(index + 1) has no num_requests",
                    at: ImportPlace(line: nil, offset: 0))
                continue
            }
            let name = entry["name"]?.stringValue ?? ""
            let method = entry["method"]?.stringValue ?? ""
            sums.add(entry, requests)
            parts.add(LocustTable.route(method, name), numbers(entry, requests))
            var labels: [Label] = []
            if !method.isEmpty { labels.append(Label("method", method)) }
            if !name.isEmpty {
                labels.append(Label("route", String(name.prefix(ImportLimits.maxLabelBytes))))
            }
            writeTimes(entry, labels, into: &output)
            writeRate(entry, "num_reqs_per_sec", "requests_per_second", labels, into: &output)
            writeRate(entry, "num_fail_per_sec", "failures_per_second", labels, into: &output)
        }
        var run = ImportedRun()
        run.latency = .uncorrected
        (run.start, run.end) = (sums.start, sums.end)
        sums.report(&run.reported)
        parts.put(into: &run)
        output.endRun(run)
    }

    private static func numbers(_ entry: JSONValue, _ requests: Int) -> ReportedNumbers {
        var sums = Sums()
        sums.add(entry, requests)
        var numbers = ReportedNumbers()
        sums.report(&numbers)
        return numbers
    }

    private static func time(_ value: JSONValue?) -> Timestamp? {
        guard let seconds = value?.doubleValue, seconds > 0 else { return nil }
        return TimeText.seconds(seconds)
    }

    /// The buckets of the tool are the times themselves, rounded.
    private static func writeTimes(
        _ entry: JSONValue, _ labels: [Label], into output: inout ImportOutput
    ) {
        guard let start = time(entry["start_time"]) else { return }
        var counts: [Int32: UInt64] = [:]
        var (count, sum) = (0, 0.0)
        var (low, high) = (Double.infinity, -Double.infinity)
        for member in entry["response_times"]?.objectValue ?? [] {
            guard let ms = DecimalText.number(member.key), ms >= 0,
                let number = member.value.intValue, number > 0, number < 1 << 48
            else { continue }
            counts[Bucket.index(of: ms), default: 0] += UInt64(number)
            count = count.plus(number)
            sum += ms * Double(number)
            (low, high) = (min(low, ms), max(high, ms))
        }
        guard count > 0 else { return }
        let histogram = counts.map { BucketCount(bucket: $0.key, count: $0.value) }
        let end = time(entry["last_request_timestamp"])
        let failures = entry["num_failures"]?.intValue ?? 0
        output.distribution(
            Distribution(
                timestamp: start, metric: "http.latency_ms",
                histogram: histogram.sorted { $0.bucket < $1.bucket }, count: count, sum: sum,
                min: low, max: high, errors: min(max(0, failures), count),
                durationMs: end.map { max(0, $0.milliseconds - start.milliseconds) },
                unit: "ms", labels: labels))
    }

    private static func writeRate(
        _ entry: JSONValue, _ name: String, _ metric: String, _ labels: [Label],
        into output: inout ImportOutput
    ) {
        let counts = (entry[name]?.objectValue ?? []).compactMap { member in
            TimeText.epoch(member.key).flatMap { time in
                member.value.doubleValue.map { (time, $0) }
            }
        }
        for (time, count) in counts.sorted(by: { $0.0 < $1.0 }) {
            output.sample(metric, count, at: time, lastingMs: 1_000, unit: "/s", labels: labels)
        }
    }

    /// What all names have together: Locust's own line "Aggregated" sums the same fields.
    private struct Sums {
        var requests = 0
        var failures: Int?
        /// Requests with a time, and the sum of those.
        var timed = 0
        var totalMs: Double?
        var lowest: Double?
        var highest: Double?
        var start: Timestamp?
        var end: Timestamp?

        mutating func add(_ entry: JSONValue, _ number: Int) {
            requests = requests.plus(max(0, number))
            if let failed = entry["num_failures"]?.intValue {
                failures = (failures ?? 0).plus(max(0, failed))
            }
            guard number > 0 else { return }
            let untimed = max(0, entry["num_none_requests"]?.intValue ?? 0)
            timed = timed.plus(max(0, number - untimed))
            if let sum = entry["total_response_time"]?.doubleValue {
                totalMs = (totalMs ?? 0) + sum
            }
            // Where no request has a time, the extremes are what the fields began with.
            let isTimed = number > untimed
            if isTimed, let low = entry["min_response_time"]?.doubleValue {
                lowest = min(lowest ?? low, low)
            }
            if isTimed, let high = entry["max_response_time"]?.doubleValue {
                highest = max(highest ?? high, high)
            }
            if let time = LocustJSON.time(entry["start_time"]) { start = min(start ?? time, time) }
            if let time = LocustJSON.time(entry["last_request_timestamp"]) {
                end = max(end ?? time, time)
            }
        }

        func report(_ numbers: inout ReportedNumbers) {
            numbers.requests(total: requests, failed: failures)
            if timed > 0 { numbers.add("avg_latency_ms", totalMs.map { $0 / Double(timed) }) }
            numbers.add("min_ms", lowest)
            numbers.add("max_ms", highest)
            guard let start, let end, end > start else { return }
            let seconds = (end.milliseconds - start.milliseconds) / 1e3
            numbers.add("duration_s", seconds)
            numbers.rate(ofAll: Double(requests) / seconds, total: requests, failed: failures)
        }
    }
}
