import TrackerLog

/// `autocannon -j`. Latencies are whole milliseconds; rates are samples of each second.
enum AutocannonReport: DocumentFormat {
    static let name = "autocannon JSON"
    static let tool = "autocannon"
    static let lacks = ["single requests", "parts of a millisecond"]

    static func recognises(_ document: JSONValue) -> Bool {
        // The first versions had no ranks of two digits and a half.
        (document["latency"]?["p97_5"] ?? document["latency"]?["p999"]) != nil
            && document["requests"]?["total"] != nil
    }

    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError) {
        var run = ImportedRun()
        run.target = document["url"]?.stringValue
        run.test = document["title"]?.stringValue
        run.start = document["start"]?.stringValue.flatMap { Timestamp(rfc3339: $0) }
        run.end = document["finish"]?.stringValue.flatMap { Timestamp(rfc3339: $0) }
        // Requests wait for the answer to the one before.
        run.latency = .uncorrected
        let latency = document["latency"]
        run.reported.add("avg_latency_ms", (latency?["average"] ?? latency?["mean"])?.number)
        run.reported.add("min_ms", latency?["min"]?.number)
        run.reported.add("max_ms", latency?["max"]?.number)
        run.reported.add("stdev_ms", latency?["stddev"]?.number)
        for member in latency?.objectValue ?? [] {
            guard let percent = percent(member.key) else { continue }
            run.reported.percentile(percent, ms: member.value.number)
        }
        readOutcomes(document, &run)
        // Without an answer all of them are zeros.
        if document["requests"]?["total"]?.number == 0 { run.reported.removeTimes() }
        run.reported.add("received_bytes", document["throughput"]?["total"]?.number)
        run.durationMs = document["duration"]?.number.map { $0 * 1e3 }
        run.reported.add("duration_s", document["duration"]?.number)
        for key in ["connections", "pipelining", "workers"] {
            if let value = document[key], value.number != nil {
                run.params.append(.init(key, value))
            }
        }
        run.leftOut = ["percentiles of the rates of each second"]
        output.endRun(run)
    }

    /// `p97_5`; the ranks below 1 % stand beside the minimum.
    private static func percent(_ key: String) -> String? {
        guard key.hasPrefix("p") else { return nil }
        let text = String(key.dropFirst()).replacing("_", with: ".")
        guard let value = DecimalText.number(text), value >= 1 else { return nil }
        return text
    }

    private static func readOutcomes(_ document: JSONValue, _ run: inout ImportedRun) {
        func count(_ key: String) -> Int? { document[key]?.wholeNumber }
        let errors = count("errors")
        // Errors, time-outs among them, are requests without an answer.
        let answers = document["requests"]?["total"]?.wholeNumber
        let total = answers.flatMap { answers in errors.map { answers.plus($0) } }
        let bad = count("4xx").flatMap { a in count("5xx").map { a.plus($0) } } ?? count("non2xx")
        let failed = bad.flatMap { bad in errors.map { bad.plus($0) } }
        run.reported.requests(total: total ?? answers, failed: failed)
        let rate = document["requests"]?["average"]?.number
        run.reported.rate(ofAll: rate, total: answers, failed: bad)
        run.reported.add("sent_requests", count: document["requests"]?["sent"]?.wholeNumber)
        for key in ["non2xx", "timeouts", "mismatches", "resets"] {
            run.reported.add(key, count: count(key))
        }
        let statuses = (document["statusCodeStats"]?.objectValue ?? []).compactMap { member in
            member.value["count"]?.wholeNumber.map { (name: member.key, count: $0) }
        }
        var outcomes = statuses.filter { $0.count > 0 }
        if outcomes.isEmpty {
            outcomes = ["1xx", "2xx", "3xx", "4xx", "5xx"].compactMap { key in
                count(key).flatMap { $0 > 0 ? (name: key, count: $0) : nil }
            }
        }
        if let errors, errors > 0 { outcomes.append(("errors", errors)) }
        run.reported.outcomes(outcomes)
    }
}
