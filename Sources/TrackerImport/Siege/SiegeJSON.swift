import TrackerLog

/// `siege --json-output`, where another program has written it again. Seconds and megabytes.
enum SiegeJSON: DocumentFormat {
    static let name = "siege JSON"
    static let tool = "siege"
    static let lacks = [
        "single requests", "the start of the test", "the URL", "percentiles", "errors by kind",
        "times below ten milliseconds: siege writes 0.00",
    ]

    static func recognises(_ document: JSONValue) -> Bool {
        document["transactions"]?.doubleValue != nil
            && document["failed_transactions"]?.doubleValue != nil
            && document["elapsed_time"] != nil
    }

    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError) {
        func number(_ name: String) -> Double? { document[name]?.doubleValue }
        func ms(_ name: String) -> Double? { number(name).map { $0 * 1e3 } }
        var numbers = SiegeNumbers()
        numbers.done = document["transactions"]?.intValue
        numbers.failed = document["failed_transactions"]?.intValue
        numbers.elapsedSeconds = number("elapsed_time")
        numbers.meanMs = ms("response_time")
        numbers.longestMs = ms("longest_transaction")
        numbers.shortestMs = ms("shortest_transaction")
        numbers.perSecond = number("transaction_rate")
        numbers.concurrency = number("concurrency")
        numbers.bytes = number("data_transferred").map { $0 * 1_048_576 }
        var run = ImportedRun()
        run.durationMs = ms("elapsed_time")
        run.isRelative = true
        numbers.report(to: &run)
        output.endRun(run)
    }
}
