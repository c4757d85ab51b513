import TrackerLog

/// `vegeta report -type=json`. Nanoseconds.
enum VegetaJSONReport: DocumentFormat {
    static let name = "vegeta JSON report"
    static let tool = "vegeta"
    static let lacks = ["single requests", "the URL", "counts of each error"]

    static func recognises(_ document: JSONValue) -> Bool {
        document["latencies"]?["mean"] != nil && document["status_codes"] != nil
    }

    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError) {
        var run = ImportedRun()
        let total = document["requests"]?.intValue
        func ms(_ value: JSONValue?) -> Double? { value?.doubleValue.map { $0 / 1e6 } }
        for member in document["latencies"]?.objectValue ?? [] {
            switch member.key {
            case "total": break
            case "mean": run.reported.add("avg_latency_ms", ms(member.value))
            case "min", "max": run.reported.add("\(member.key)_ms", ms(member.value))
            default:
                guard member.key.hasSuffix("th") else { break }
                run.reported.percentile(String(member.key.dropLast(2)), ms: ms(member.value))
            }
        }
        if total == 0 { run.reported.removeTimes() }
        let codes = (document["status_codes"]?.objectValue ?? []).compactMap { member in
            member.value.intValue.map { (name: member.key, count: $0) }
        }
        run.reported.requests(
            total: total, failed: codes.isEmpty ? nil : codes.failuresByVegeta)
        if total ?? 0 > 1 { run.reported.add("attempted", document["rate"]?.doubleValue) }
        run.reported.add("rps", document["throughput"]?.doubleValue)
        run.reported.add("received_bytes", document["bytes_in"]?["total"]?.doubleValue)
        run.reported.add("sent_bytes", document["bytes_out"]?["total"]?.doubleValue)
        run.reported.outcomes(codes)
        if let errors = document["errors"], errors.arrayValue?.isEmpty == false {
            run.reported.add("errors", json: errors)
        }
        readTimes(document, &run)
        run.latency = .corrected
        run.params = [JSONValue.Member("load_model", .string("open"))]
        if document["buckets"]?.objectValue?.isEmpty == false {
            run.leftOut.append("buckets: too wide to be merged")
        }
        output.endRun(run)
    }

    /// Without a request the times are those of the year 1.
    private static func readTimes(_ document: JSONValue, _ run: inout ImportedRun) {
        func time(_ name: String) -> Timestamp? {
            document[name]?.stringValue.flatMap(Timestamp.init(rfc3339:))
                .flatMap { $0 > .epoch ? $0 : nil }
        }
        run.start = time("earliest")
        run.end = time("end") ?? time("latest")
        guard let duration = document["duration"]?.doubleValue else { return }
        let wait = document["wait"]?.doubleValue ?? 0
        run.durationMs = (duration + wait) / 1e6
        run.reported.add("duration_s", (duration + wait) / 1e9)
    }
}
