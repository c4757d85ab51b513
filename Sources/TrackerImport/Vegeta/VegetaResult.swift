import TrackerLog

/// One request of vegeta, from JSON lines or CSV: both have the same fields.
struct VegetaResult {
    var sent: Timestamp
    var latencyNs: Double
    /// 0: no answer.
    var status: Int
    var error: String
    var attack: String
    var method: String?
    var url: String?
}

/// Makes samples of results, and the run of them.
struct VegetaResultSink {
    private struct Key: Hashable {
        var status: Int
        var method: String?
        var route: String?
    }

    private var labels: [Key: [Label]] = [:]
    private var attack: String?
    private var target: URLSummary = URLSummary()
    private var errors: [String: Int] = [:]
    private var moreErrors = 0

    mutating func add(_ result: VegetaResult, to output: inout ImportOutput) {
        if attack == nil, !result.attack.isEmpty { attack = result.attack }
        if let url = result.url { target.add(url) }
        // vegeta itself: what is not 2xx or 3xx has an error text.
        let isOK = (200..<400).contains(result.status) && result.error.isEmpty
        if !result.error.isEmpty {
            if errors[result.error] != nil || errors.count < 100 {
                errors[String(result.error.prefix(200)), default: 0] += 1
            } else {
                moreErrors += 1
            }
        }
        let ms = result.latencyNs / 1e6
        output.sample(
            "http.latency_ms", ms, at: result.sent, lastingMs: ms, unit: "ms",
            labels: labels(of: result), ok: isOK)
    }

    func run() -> ImportedRun {
        var run = ImportedRun()
        run.test = attack
        run.target = target.text
        run.latency = .corrected
        run.params = [JSONValue.Member("load_model", .string("open"))]
        run.leftOut = ["bodies and headers", "bytes in and out"]
        if !errors.isEmpty {
            let all = errors.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            run.reported.add(
                "errors", json: .object(all.map { .init($0.key, .integer($0.value)) }))
        }
        return run
    }

    private mutating func labels(of result: VegetaResult) -> [Label] {
        let key = Key(
            status: result.status, method: result.method,
            route: result.url.map(URLSummary.route(of:)))
        if let known = labels[key] { return known }
        var new = [Label("status", String(result.status))]
        if let method = key.method, !method.isEmpty { new.append(Label("method", method)) }
        if let route = key.route, !route.isEmpty { new.append(Label("route", route)) }
        if labels.count < ImportLimits.maxKnownLabels { labels[key] = new }
        return new
    }
}
