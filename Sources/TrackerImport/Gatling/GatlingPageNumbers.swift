import TrackerLog

/// `stats.json` and `global_stats.json` of Gatling's pages. Which percentiles they have is a
/// setting that is not in them.
enum GatlingPageNumbers: DocumentFormat {
    static let name = "numbers of Gatling's pages"
    static let tool = "Gatling"
    static let lacks = ["single requests", "the start of the test", "errors by kind"]

    static func recognises(_ document: JSONValue) -> Bool {
        let stats = document["stats"] ?? document
        return stats["numberOfRequests"]?["ok"] != nil && stats["meanResponseTime"] != nil
    }

    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError) {
        var run = ImportedRun()
        run.latency = .uncorrected
        run.reported = numbers(document["stats"] ?? document)
        run.leftOut = [
            "percentiles: which ones they are is a setting (simulation.log has each request)",
            "counts by range of times",
        ]
        var parts = ReportedParts()
        add(document["contents"], to: &parts)
        parts.put(into: &run)
        output.endRun(run)
    }

    /// Requests, and groups of them.
    private static func add(_ contents: JSONValue?, to parts: inout ReportedParts) {
        for member in contents?.objectValue ?? [] {
            if let stats = member.value["stats"] {
                let name = member.value["path"] ?? member.value["name"]
                parts.add(name?.stringValue ?? member.key, numbers(stats))
            }
            add(member.value["contents"], to: &parts)
        }
    }

    /// Of all requests, good or bad. A `-` stands for what there is not.
    private static func numbers(_ stats: JSONValue) -> ReportedNumbers {
        var numbers = ReportedNumbers()
        for (key, name) in [
            ("meanResponseTime", "avg_latency_ms"), ("minResponseTime", "min_ms"),
            ("maxResponseTime", "max_ms"), ("standardDeviation", "stdev_ms"),
        ] {
            numbers.add(name, stats[key]?["total"]?.number)
        }
        let requests = stats["numberOfRequests"]
        let (total, failed) = (requests?["total"]?.wholeNumber, requests?["ko"]?.wholeNumber)
        if total == 0 { numbers.removeTimes() }
        numbers.requests(total: total, failed: failed)
        numbers.rate(
            ofAll: stats["meanNumberOfRequestsPerSecond"]?["total"]?.number, total: total,
            failed: failed)
        return numbers
    }
}
