import TrackerLog

/// What the three summaries of k6 have in common: metrics with a few numbers each.
struct K6SummaryReading {
    private(set) var run = ImportedRun()
    private var total: Int?
    private var failed: Int?
    private var perSecond: Double?
    /// Of metrics other than requests: they come after those in every list.
    private var others = ReportedNumbers()
    private var hasParts = false

    init() { run.latency = .uncorrected }

    /// - Parameter unit: `contains` of the metric, where the file says it.
    mutating func add(_ name: String, unit: String?, values: [JSONValue.Member]) {
        guard !name.contains("{") else {
            hasParts = true
            return
        }
        let numbers = values.compactMap { member in
            member.value.doubleValue.map { (key: member.key, value: $0) }
        }
        func number(_ key: String) -> Double? { numbers.first { $0.key == key }?.value }
        switch name {
        case "http_reqs":
            total = number("count").flatMap { Int(exactly: $0) }
            perSecond = number("rate")
        // Its ones are the requests that failed, so what passes here has failed.
        case "http_req_failed":
            failed = (number("passes") ?? number("matches")).flatMap { Int(exactly: $0) }
            if failed == nil {
                let rate = number("value") ?? number("rate")
                others.add("error_rate", rate.map { $0 * 100 })
            }
        case "data_sent": others.add("sent_bytes", number("count"))
        case "data_received": others.add("received_bytes", number("count"))
        case "http_req_duration": addTrend(numbers, prefix: "", unit: "ms")
        default:
            if number("avg") != nil {
                addTrend(numbers, prefix: name + "_", unit: Self.unit(of: name, unit))
            } else if let ones = number("passes") ?? number("matches") {
                others.add(name + "_passed", ones)
                let zeros = number("fails") ?? number("total").map { $0 - ones }
                others.add(name + "_failed", zeros)
            } else {
                others.add(name, number("count") ?? number("value"))
            }
        }
    }

    /// - Parameter isBroken: by the text of the condition.
    mutating func addThresholds(_ name: String, broken: [String]) {
        guard !broken.isEmpty else { return }
        run.params.append(
            JSONValue.Member("broken_threshold_\(name)", .string(broken.joined(separator: ", "))))
    }

    mutating func leaveOut(_ what: String) { run.leftOut.append(what) }

    /// - Parameter durationS: `nil`: from a count and its rate.
    mutating func finish(
        durationS: Double?, end: Timestamp?, version: String?, into output: inout ImportOutput
    ) {
        let perSecond =
            perSecond
            ?? durationS.flatMap { seconds in
                total.flatMap { seconds > 0 ? Double($0) / seconds : nil }
            }
        let length =
            durationS
            ?? perSecond.flatMap { rate in
                total.flatMap { rate > 0 ? Double($0) / rate : nil }
            }
        run.reported.requests(total: total, failed: failed)
        run.reported.rate(ofAll: perSecond, total: total, failed: failed)
        run.reported.add("duration_s", length)
        run.reported.add(contentsOf: others)
        run.durationMs = length.map { $0 * 1e3 }
        run.end = end
        run.toolVersion = version
        if hasParts { run.leftOut.append("metrics of a part of the requests, {…}") }
        output.endRun(run)
    }

    private mutating func addTrend(
        _ values: [(key: String, value: Double)], prefix: String, unit: String
    ) {
        let ending = unit.isEmpty ? "" : "_\(unit)"
        var numbers = ReportedNumbers()
        for (key, value) in values {
            switch key {
            case "avg":
                numbers.add(prefix.isEmpty ? "avg_latency_ms" : "\(prefix)avg\(ending)", value)
            case "min", "max": numbers.add("\(prefix)\(key)\(ending)", value)
            case "med": numbers.add("\(prefix)p50\(ending)", value)
            case "count": numbers.add("\(prefix)count", value)
            default:
                guard key.hasPrefix("p("), key.hasSuffix(")") else { continue }
                let percent = String(key.dropFirst(2).dropLast())
                let name = ReportedNumbers.percentileName(percent).dropLast(3)
                numbers.add("\(prefix)\(name)\(ending)", value)
            }
        }
        if prefix.isEmpty {
            run.reported.add(contentsOf: numbers)
        } else {
            others.add(contentsOf: numbers)
        }
    }

    private static func unit(of name: String, _ contains: String?) -> String {
        switch contains {
        case "time": "ms"
        case "data": "bytes"
        case nil:
            name.hasPrefix("http_req_") || name.hasSuffix("_duration") ? "ms" : ""
        default: ""
        }
    }
}
