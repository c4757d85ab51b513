import TrackerLog

/// Makes events of points, from lines of JSON or rows of CSV.
struct K6Points {
    private(set) var metrics: [K6Metric] = []
    var tags = K6TagCache()
    private var last = 0
    private var target = URLSummary()
    private var targets: Set<String> = []

    /// The place of a metric in the list; those of one request follow each other.
    @inline(__always)
    mutating func metric(_ name: ByteView) -> Int {
        let next = last + 1 < metrics.count ? last + 1 : 0
        if next < metrics.count, name.equals(metrics[next].name) {
            last = next
            return next
        }
        return search(name)
    }

    private mutating func search(_ name: ByteView) -> Int {
        if let known = metrics.firstIndex(where: { name.equals($0.name) }) {
            last = known
        } else {
            metrics.append(K6Metric(name))
            last = metrics.count - 1
        }
        return last
    }

    mutating func declare(_ name: ByteView, type: String, contains: String) {
        let index = metric(name)
        metrics[index].declare(type: type, contains: contains)
    }

    mutating func addTags(_ bytes: ByteView, _ tags: K6Tags) -> Int {
        if let url = tags.url { target.add(url) }
        return self.tags.add(bytes, tags)
    }

    /// - Parameters:
    ///   - metric: of `metric(_:)`.
    ///   - tags: a place in `tags`.
    ///   - time: when the value was known: for a duration its end.
    mutating func add(
        metric: Int, _ value: Double, at time: Timestamp, tags: Int, to output: inout ImportOutput
    ) {
        metrics[metric].points += 1
        switch metrics[metric].kind {
        case .part: count(metric, value, at: time, tags: tags, to: &output)
        case .rate:
            metrics[metric].sum += value
            guard !metrics[metric].name.isFailures else { return }
            count(metric, value, at: time, tags: tags, to: &output)
        case .counter: metrics[metric].sum += value
        case .latency:
            output.sample(
                "http.latency_ms", value, at: time.advanced(byMilliseconds: -value),
                lastingMs: value, unit: "ms", labels: self.tags[tags].labels,
                ok: self.tags[tags].ok)
        case .trend(let unit, let isDuration):
            let length = isDuration ? max(0, value) : 0
            output.sample(
                metrics[metric].text, value, at: time.advanced(byMilliseconds: -length),
                lastingMs: length, unit: unit, labels: self.tags[tags].labels)
        case .gauge(let unit):
            output.sample(
                metrics[metric].text, value, at: time, unit: unit,
                labels: self.tags[tags].labels)
        }
    }

    private mutating func count(
        _ metric: Int, _ value: Double, at time: Timestamp, tags: Int,
        to output: inout ImportOutput
    ) {
        let series: CountedSeries
        if let found = self.tags.series(tags, metric: metric) {
            series = found
        } else {
            var unit: String?
            if case .part = metrics[metric].kind { unit = "ms" }
            series = output.series(
                metrics[metric].text, unit: unit, labels: self.tags[tags].labels)
            while self.tags[tags].series.count <= metric { self.tags[tags].series.append(nil) }
            self.tags[tags].series[metric] = series
        }
        output.counted(series, value, at: time)
    }

    /// The run of all points. Sums are what k6 itself counted, point by point.
    func run() -> ImportedRun {
        var run = ImportedRun()
        run.latency = .uncorrected
        run.target = target.text
        let total = whole("http_reqs")
        run.reported.requests(total: total, failed: whole("http_req_failed"))
        run.reported.add("sent_bytes", sum("data_sent"))
        run.reported.add("received_bytes", sum("data_received"))
        let named = ["http_reqs", "http_req_failed", "data_sent", "data_received"]
        for metric in metrics where metric.points > 0 && !named.contains(metric.text) {
            if case .counter = metric.kind { run.reported.add(metric.text, metric.sum) }
        }
        run.leftOut = ["tags url, proto, tls_version, error and those with a value of its own each"]
        return run
    }

    private func sum(_ name: String) -> Double? {
        metrics.first { $0.text == name && $0.points > 0 }?.sum
    }

    private func whole(_ name: String) -> Int? { sum(name).flatMap { Int(exactly: $0) } }
}

extension [UInt8] {
    /// `http_req_failed` says of each request what its latency says as well.
    fileprivate var isFailures: Bool { elementsEqual("http_req_failed".utf8) }
}
