import TrackerLog

/// `bombardier -o json`. Latencies are microseconds.
enum BombardierReport: DocumentFormat {
    static let name = "bombardier JSON"
    static let tool = "bombardier"
    static let lacks = ["single requests", "the start of the test", "the smallest latency"]
    static let percentilesLack = "percentiles (bombardier writes them with -l)"

    static func recognises(_ document: JSONValue) -> Bool {
        document["result"]?["req2xx"] != nil && document["spec"] != nil
    }

    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError) {
        var run = ImportedRun()
        let (spec, result) = (document["spec"], document["result"])
        run.target = spec?["url"]?.stringValue
        run.latency = .uncorrected
        for key in ["numberOfConnections", "testType", "numberOfRequests", "method", "rate"] {
            if let value = spec?[key] { run.params.append(.init(key, value)) }
        }
        let latency = result?["latency"]
        func ms(_ value: JSONValue?) -> Double? { value?.number.map { $0 / 1e3 } }
        run.reported.add("avg_latency_ms", ms(latency?["mean"]))
        run.reported.add("stdev_ms", ms(latency?["stddev"]))
        run.reported.add("max_ms", ms(latency?["max"]))
        for member in latency?["percentiles"]?.objectValue ?? [] {
            run.reported.percentile(member.key.trimmedBlanks, ms: ms(member.value))
        }
        if latency == nil {
            run.lacks.append("latencies")
        } else if latency?["percentiles"] == nil {
            run.lacks.append(percentilesLack)
        }
        let codes = ["req1xx", "req2xx", "req3xx", "req4xx", "req5xx", "others"].compactMap { key in
            result?[key]?.wholeNumber.map { (name: key.replacing("req", with: ""), count: $0) }
        }
        let total = codes.total
        let failed = codes.failuresOfBombardier
        run.reported.requests(total: total, failed: failed)
        run.reported.rate(ofAll: result?["rps"]?["mean"]?.number, total: total, failed: failed)
        run.reported.add("received_bytes", result?["bytesRead"]?.number)
        run.reported.add("sent_bytes", result?["bytesWritten"]?.number)
        run.reported.outcomes(codes.filter { $0.count > 0 })
        var errors: [JSONValue.Member] = []
        for error in result?["errors"]?.arrayValue ?? [] {
            if let text = error["description"]?.stringValue,
                let count = error["count"]?.wholeNumber
            {
                errors.append(JSONValue.Member(text, .integer(count)))
            }
        }
        if !errors.isEmpty { run.reported.add("errors", json: .object(errors)) }
        run.durationMs = result?["timeTakenSeconds"]?.number.map { $0 * 1e3 }
        run.reported.add("duration_s", result?["timeTakenSeconds"]?.number)
        run.leftOut = ["percentiles of the rate", "headers and body of the requests"]
        output.endRun(run)
    }
}

extension Sequence where Element == (name: String, count: Int) {
    /// Of bombardier's kinds of status those that are no answer, or one of a failure.
    var failuresOfBombardier: Int {
        filter { ["4xx", "5xx", "others"].contains($0.name) }.total
    }
}
