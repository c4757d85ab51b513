import TrackerLog

/// One request of vegeta, from JSON lines or CSV: both have the same fields. Texts as in the file.
struct VegetaResult {
    var sent: Timestamp
    var latencyNs: Double
    /// 0: no answer.
    var status: Int
    var error: ByteView
    var attack: ByteView
    var method: ByteView
    var url: ByteView
}

/// Makes samples of results, and the run of them.
struct VegetaResultSink {
    /// Requests that have the same labels.
    private struct Kind {
        var status: Int
        var method: [UInt8]
        var url: [UInt8]
        var labels: [Label]

        func has(_ result: VegetaResult) -> Bool {
            status == result.status && result.url.equals(url) && result.method.equals(method)
        }
    }

    /// The first kinds are looked through, which is fastest; the others are found by their bytes.
    private var kinds: [Kind] = []
    private var places: [[UInt8]: Int] = [:]
    private var last = 0
    private var attack: String?
    private var target = URLSummary()
    private var errors: [String: Int] = [:]

    private static let lookedThrough = 8
    private static let listedErrors = 100

    mutating func add(_ result: VegetaResult, to output: inout ImportOutput) {
        if attack == nil, !result.attack.isEmpty { attack = result.attack.text }
        if !result.error.isEmpty { add(error: result.error.text) }
        // vegeta itself: what is not 2xx or 3xx has an error text.
        let isOK = (200..<400).contains(result.status) && result.error.isEmpty
        let ms = result.latencyNs / 1e6
        output.sample(
            "http.latency_ms", ms, at: result.sent, lastingMs: ms, unit: "ms",
            labels: kinds[kind(of: result)].labels, ok: isOK)
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

    private mutating func add(error: String) {
        let text = String(error.prefix(200))
        if errors[text] != nil || errors.count < Self.listedErrors {
            errors[text, default: 0] += 1
        }
    }

    private mutating func kind(of result: VegetaResult) -> Int {
        if last < kinds.count, kinds[last].has(result) { return last }
        for index in 0..<min(Self.lookedThrough, kinds.count) where kinds[index].has(result) {
            last = index
            return index
        }
        let key = Array("\(result.status) \(result.method.text) \(result.url.text)".utf8)
        if let known = places[key] {
            last = known
            return known
        }
        if kinds.count >= ImportLimits.maxKnownLabels {
            kinds.removeAll(keepingCapacity: true)
            places.removeAll(keepingCapacity: true)
        }
        last = kinds.count
        places[key] = last
        kinds.append(
            Kind(
                status: result.status, method: result.method.array, url: result.url.array,
                labels: labels(of: result)))
        return last
    }

    private mutating func labels(of result: VegetaResult) -> [Label] {
        var labels = [Label("status", String(result.status))]
        if !result.method.isEmpty { labels.append(Label("method", result.method.text)) }
        guard !result.url.isEmpty else { return labels }
        let url = result.url.text
        target.add(url)
        labels.append(Label("route", URLSummary.route(of: url)))
        return labels
    }
}
