import TrackerLog

/// One report of ab, as far as it has been read.
struct ApacheBenchRun {
    private var run = ImportedRun()
    private var host: String?
    private var port: String?
    private var path: String?
    private var isSecure = false
    private var total: Int?
    private var failed: Int?
    private var kinds: [(name: String, count: Int)] = []
    private var badStatus: Int?
    private var perSecond: Double?
    private var isInPercentiles = false
    private var isInLast = false
    private(set) var hasNumbers = false

    /// The rate comes with the last of the numbers that are always there.
    var isWhole: Bool { perSecond != nil && (!isInPercentiles || isInLast) }

    static func isStart(_ text: String) -> Bool {
        text.hasPrefix("Server Hostname:") || text.hasPrefix("Document Path:")
            || text.hasPrefix("Time taken for tests:")
    }

    init(version: String?) { run.toolVersion = version }

    mutating func read(_ text: String) {
        if text.hasPrefix("Percentage of the requests served") {
            isInPercentiles = true
        } else if isInPercentiles, text.first?.isNumber == true {
            readPercentile(text)
        } else if text.hasPrefix("(") {
            readKinds(text)
        } else if let colon = text.firstIndex(of: ":") {
            read(
                String(text[..<colon]), String(text[text.index(after: colon)...]).trimmedBlanks)
        }
    }

    private mutating func read(_ name: String, _ value: String) {
        let first = value.split(separator: " ").first.map(String.init) ?? ""
        let number = DecimalText.number(first)
        switch name {
        case "Server Hostname": host = value
        case "Server Port": port = value
        case "Document Path": path = value
        case "SSL/TLS Protocol": isSecure = true
        case "Concurrency Level":
            if let count = Int(first) { run.params.append(.init("connections", .integer(count))) }
        case "Time taken for tests":
            run.durationMs = number.map { $0 * 1e3 }
            run.reported.add("duration_s", number)
            hasNumbers = true
        case "Complete requests": total = Int(first)
        case "Failed requests": failed = Int(first)
        case "Non-2xx responses": badStatus = Int(first)
        case "Total transferred": run.reported.add("received_bytes", number)
        case "Total body sent": run.reported.add("sent_bytes", number)
        case "Requests per second": perSecond = number
        case "Time per request":
            // The second one is the time between requests of all connections together.
            if !value.contains("across") { run.reported.add("avg_latency_ms", number) }
        case "Total": readTotal(value)
        default: break
        }
    }

    /// `min mean[+/-sd] median max`, in whole milliseconds.
    private mutating func readTotal(_ value: String) {
        let numbers = value.split(separator: " ").map { DecimalText.number($0) }
        guard numbers.count == 5 else { return }
        // The mean above has fractions; without it this one stands.
        run.reported.add("min_ms", numbers[0])
        run.reported.add("avg_latency_ms", numbers[1])
        run.reported.add("stdev_ms", numbers[2])
        run.reported.percentile("50", ms: numbers[3])
        run.reported.add("max_ms", numbers[4])
    }

    /// `50%      1`, `100%      3 (longest request)`.
    private mutating func readPercentile(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count >= 2, words[0].hasSuffix("%"), let ms = DecimalText.number(words[1])
        else { return }
        if words[0] == "100%" {
            isInLast = true
            run.reported.add("max_ms", ms)
        } else {
            run.reported.percentile(String(words[0].dropLast()), ms: ms)
        }
    }

    /// `(Connect: 0, Receive: 0, Length: 12, Exceptions: 0)`.
    private mutating func readKinds(_ text: String) {
        for part in text.dropFirst().split(separator: ",") {
            let sides = part.split(separator: ":").map { String($0).trimmedBlanks }
            guard sides.count == 2,
                let count = Int(sides[1].prefix { ("0"..."9").contains($0) })
            else { continue }
            kinds.append((sides[0], count))
        }
    }

    func write(to output: inout ImportOutput) {
        var run = run
        if let host, let port, let path {
            let isDefault = port == (isSecure ? "443" : "80")
            run.target =
                "\(isSecure ? "https" : "http")://\(host)\(isDefault ? "" : ":\(port)")\(path)"
        } else {
            run.lacks.append("the URL")
        }
        if total == 0 { run.reported.removeTimes() }
        let failed = failures
        run.reported.requests(total: total, failed: failed)
        run.reported.rate(ofAll: perSecond, total: total, failed: failed)
        var outcomes = kinds.filter { $0.count > 0 }
        if let badStatus { outcomes.append(("Non-2xx", badStatus)) }
        run.reported.outcomes(outcomes)
        if kinds.contains(where: { $0.name == "Length" && $0.count > 0 }) {
            run.leftOut.append(
                "answers of another length from the failures: a page that changes is no failure")
        }
        run.isRelative = true
        run.latency = .uncorrected
        run.params.append(.init("load_model", .string("closed")))
        run.leftOut.append("times to connect, of processing and of waiting")
        output.endRun(run)
    }

    /// ab counts an answer of another length than the first as failed, and one of status 500 not.
    private var failures: Int? {
        // The kinds, and the answers beyond 2xx, stand between the failures and the rate.
        guard let failed, perSecond != nil else { return nil }
        let length = kinds.first { $0.name == "Length" }?.count ?? 0
        return min(max(0, failed - length).plus(badStatus ?? 0), total ?? .max)
    }
}
