import TrackerLog

/// `oha --output-format json`, earlier `-j`. Seconds, and since 1.15 also milliseconds.
enum OhaJSONReport: DocumentFormat {
    static let name = "oha JSON"
    static let tool = "oha"
    static let lacks = [
        "single requests", "the start of the test", "the URL",
        "whether latencies were corrected (--latency-correction)",
    ]

    static func recognises(_ document: JSONValue) -> Bool {
        document["summary"]?["requestsPerSec"] != nil && document["summary"]?["successRate"] != nil
    }

    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError) {
        var run = ImportedRun()
        let summary = document["summary"]
        func ms(_ value: JSONValue?) -> Double? { value?.number.map { $0 * 1e3 } }
        let outcomes = OhaOutcomes(
            statuses: document["statusCodeDistribution"]?.counts ?? [],
            errors: document["errorDistribution"]?.counts ?? [])
        run.reported.add("avg_latency_ms", ms(summary?["average"]))
        run.reported.add("min_ms", ms(summary?["fastest"]))
        run.reported.add("max_ms", ms(summary?["slowest"]))
        for member in document["latencyPercentiles"]?.objectValue ?? []
        where member.key.hasPrefix("p") {
            run.reported.percentile(String(member.key.dropFirst()), ms: ms(member.value))
        }
        outcomes.report(perSecond: summary?["requestsPerSec"]?.number, to: &run.reported)
        run.reported.add("received_bytes", summary?["totalData"]?.number)
        for (key, prefix) in [
            ("firstBytePercentiles", "first_byte_"),
            ("latencyPercentilesSuccessful", "successful_"),
            ("latencyPercentilesNotSuccessful", "unsuccessful_"),
        ] {
            for member in document[key]?.objectValue ?? [] where member.key.hasPrefix("p") {
                run.reported.percentile(
                    String(member.key.dropFirst()), ms: ms(member.value), prefix: prefix)
            }
        }
        run.reported.add("duration_s", summary?["total"]?.number)
        run.durationMs = ms(summary?["total"])
        run.leftOut = [
            "the histogram of 11 bars", "the rate in windows of 10 ms", "DNS and connect times",
        ]
        output.endRun(run)
    }
}
