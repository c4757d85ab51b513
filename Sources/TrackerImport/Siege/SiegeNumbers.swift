import TrackerLog

/// The numbers of one run of siege, wherever they stand.
struct SiegeNumbers {
    /// Requests that were answered and did not fail: siege's "transactions".
    var done: Int?
    var failed: Int?
    var elapsedSeconds: Double?
    var meanMs: Double?
    var longestMs: Double?
    var shortestMs: Double?
    var perSecond: Double?
    var concurrency: Double?
    var bytes: Double?
    /// Whether one of its last two lines has been read.
    private(set) var isWhole = false

    var isEmpty: Bool { done == nil && failed == nil && elapsedSeconds == nil }

    /// What siege prints as 0.00 is below what it can tell, and no time that was measured.
    func report(to run: inout ImportedRun) {
        func told(_ value: Double?) -> Double? { value.flatMap { $0 > 0 ? $0 : nil } }
        let total = done.flatMap { done in failed.map { done.plus($0) } }
        run.reported.requests(total: total, failed: failed)
        if total == nil { run.reported.add("successful_requests", count: done) }
        run.reported.add("rps", told(perSecond))
        if done ?? 0 > 0 {
            run.reported.add("avg_latency_ms", told(meanMs))
            run.reported.add("max_ms", told(longestMs))
            run.reported.add("min_ms", told(shortestMs))
        }
        run.reported.add("duration_s", told(elapsedSeconds))
        run.reported.add("received_bytes", told(bytes))
        run.reported.add("concurrency", told(concurrency))
        run.latency = .uncorrected
        run.params.append(.init("load_model", .string("closed")))
    }

    /// A line `Transactions:   4 hits` or `"transactions":   4,`.
    /// - Returns: whether it is one of the report.
    mutating func read(_ text: String) -> Bool {
        var text = text
        if text.hasPrefix("{") { text = String(text.dropFirst()).trimmedBlanks }
        if text.hasSuffix(",") { text.removeLast() }
        guard let colon = text.firstIndex(of: ":") else { return false }
        let isJSON = text.hasPrefix("\"")
        let name = text[..<colon].filter { $0 != "\"" }.replacing("_", with: " ").lowercased()
        let words = text[text.index(after: colon)...].split { $0 == " " || $0 == "\t" }
        guard let first = words.first else { return false }
        let value = DecimalText.number(String(first))
        let unit = words.count > 1 ? String(words[1]) : ""
        let ms = value.map { unit == "ms" ? $0 : $0 * 1e3 }
        switch name {
        case "transactions", "successful transactions":
            // Redirects count as transactions, and not as successes.
            if name == "transactions" { done = value.flatMap { Int(exactly: $0) } }
        case "failed transactions": failed = value.flatMap { Int(exactly: $0) }
        case "elapsed time": elapsedSeconds = ms.map { $0 / 1e3 }
        case "data transferred":
            if unit == "MB" || isJSON { bytes = value.map { $0 * 1_048_576 } }
        case "response time": meanMs = ms
        case "longest transaction": (longestMs, isWhole) = (ms, true)
        case "shortest transaction": (shortestMs, isWhole) = (ms, true)
        case "transaction rate": perSecond = value
        case "concurrency": concurrency = value
        case "availability", "throughput": break
        default: return false
        }
        return true
    }
}
