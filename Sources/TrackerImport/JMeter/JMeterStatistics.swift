import TrackerLog

/// `statistics.json` of JMeter's dashboard. Milliseconds.
enum JMeterStatistics: DocumentFormat {
    static let name = "JMeter statistics"
    static let tool = "JMeter"
    static let lacks = [
        "single requests", "the start of the test", "the URL", "errors by kind",
        "which percentiles pct1, pct2 and pct3 are: 90, 95 and 99 unless configured",
    ]

    static func recognises(_ document: JSONValue) -> Bool {
        guard let members = document.objectValue, let first = members.first else { return false }
        return first.value["sampleCount"] != nil && first.value["pct1ResTime"] != nil
    }

    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError) {
        var run = ImportedRun()
        run.latency = .uncorrected
        run.leftOut = ["KB/s: rates without a total"]
        var parts = ReportedParts()
        for member in document.objectValue ?? [] {
            let numbers = numbers(of: member.value)
            if member.key == "Total" {
                run.reported = numbers
                let count = member.value["sampleCount"]?.doubleValue
                if let count, let rate = member.value["throughput"]?.doubleValue, rate > 0 {
                    run.durationMs = count / rate * 1e3
                }
            } else {
                parts.add(member.key, numbers)
            }
        }
        if run.reported.names.isEmpty { run.lacks.append("the row Total") }
        parts.put(into: &run)
        output.endRun(run)
    }

    private static func numbers(of value: JSONValue) -> ReportedNumbers {
        var numbers = ReportedNumbers()
        let total = value["sampleCount"]?.intValue
        let failed = value["errorCount"]?.intValue
        numbers.requests(total: total, failed: failed)
        guard total != 0 else { return numbers }
        numbers.rate(ofAll: value["throughput"]?.doubleValue, total: total, failed: failed)
        numbers.add("avg_latency_ms", value["meanResTime"]?.doubleValue)
        numbers.percentile("50", ms: value["medianResTime"]?.doubleValue)
        numbers.percentile("90", ms: value["pct1ResTime"]?.doubleValue)
        numbers.percentile("95", ms: value["pct2ResTime"]?.doubleValue)
        numbers.percentile("99", ms: value["pct3ResTime"]?.doubleValue)
        numbers.add("min_ms", value["minResTime"]?.doubleValue)
        numbers.add("max_ms", value["maxResTime"]?.doubleValue)
        return numbers
    }
}
