import TrackerLog

/// Makes events of the OTLP metrics and spans of a file.
struct OtlpSignals {
    private var growth = OtlpGrowth(maxSeries: ImportLimits.maxKnownSeries, listeningSince: nil)
    private var environment: [JSONValue.Member] = []
    private var skipped: [(reason: String, count: Int)] = []
    private var spans = RecentKeys(capacity: ImportLimits.maxKnownSpans)
    private var hasMetrics = false
    private var hasSpans = false

    mutating func read(
        _ value: JSONValue, at place: ImportPlace, into output: inout ImportOutput
    ) {
        let known = ["resourceMetrics", "resourceSpans"].filter { value[$0] != nil }
        if known.isEmpty {
            return output.lost(
                "neither metrics nor spans (resourceMetrics, resourceSpans)", at: place)
        }
        // What is of a wrong type counts as missing, and the rest of the line is read.
        if let misfit = value.misfit(as: .metricsRequest) ?? value.misfit(as: .traceRequest) {
            output.lost(misfit.text, at: place)
        }
        readSpans(value, at: place, into: &output)
        if known.first == "resourceMetrics" { hasMetrics = true }
        for part in OtlpMessage.json(value).messages(.resourceMetrics) {
            let attributes = OtlpAttributes(part.message(.resource)?.messages(.attributes) ?? [])
            note(attributes)
            for scope in part.messages(.scopeMetrics) {
                let origin = scope.message(.scope)?.fingerprint ?? 0
                for metric in scope.messages(.metrics) {
                    let readings = OtlpMetricReader.read(
                        metric, scope: origin, resource: attributes.fingerprint,
                        labelBytes: ImportLimits.maxLabelBytes)
                    for reading in readings { take(reading, at: place, into: &output) }
                }
            }
        }
    }

    /// Closes the run.
    func end(_ format: String, into output: inout ImportOutput) throws(ImportError) {
        guard output.hasMeasurements || output.losses.count > 0 else {
            throw .refused(
                format: format,
                reason: "it has no point of a metric, and no span of a server or a client",
                advice: "Let the collector write both: its exporter file, in each pipeline.",
                place: nil)
        }
        output.endRun(run)
    }

    private var run: ImportedRun {
        var run = ImportedRun()
        run.test = hasMetrics ? "metrics" : "traces"
        run.environment = environment
        run.target = environment.first { $0.key == "service.name" }?.value.stringValue
        for (reason, count) in skipped { run.leftOut.append("\(reason): \(count)") }
        if hasMetrics {
            run.lacks += [
                "single requests",
                "values finer than the bars of a histogram: within a bar they are spread evenly",
            ]
            run.leftOut.append("descriptions, scopes and exemplars")
        }
        if hasSpans { run.leftOut.append("events, links and other attributes of spans") }
        return run
    }

    private mutating func note(_ attributes: OtlpAttributes) {
        for label in attributes.texts {
            guard environment.count < LogLimits.maxLabels,
                !environment.contains(where: { $0.key.isExactly(label.name) })
            else { continue }
            environment.append(.init(label.name, .string(label.value)))
        }
    }

    private mutating func skip(_ reason: String) {
        if let index = skipped.firstIndex(where: { $0.reason == reason }) {
            skipped[index].count += 1
        } else {
            skipped.append((reason, 1))
        }
    }

    /// As requests: what the server's `POST /v1/traces` takes.
    private mutating func readSpans(
        _ value: JSONValue, at place: ImportPlace, into output: inout ImportOutput
    ) {
        let bytes = ImportLimits.maxLabelBytes
        for part in OtlpMessage.json(value).messages(.resourceSpans) {
            let attributes = OtlpAttributes(part.message(.resource)?.messages(.attributes) ?? [])
            note(attributes)
            let service = OtlpSpan.service(attributes, toBytes: bytes)
            for message in part.messages(.scopeSpans).flatMap({ $0.messages(.spans) }) {
                hasSpans = true
                guard let kind = OtlpSpan.Kind(message) else {
                    skip("spans within a program, or of messages")
                    continue
                }
                guard let span = OtlpSpan(message, kind) else {
                    output.lost(
                        "a span without times, or that ends before it begins", at: place)
                    continue
                }
                if let id = span.id {
                    guard !spans.contains(id) else {
                        skip("spans that came twice")
                        continue
                    }
                    spans.insert(id)
                }
                output.sample(
                    span.metric, span.milliseconds, at: span.start, lastingMs: span.milliseconds,
                    unit: "ms", labels: span.labels(service: service, toBytes: bytes), ok: span.ok)
            }
        }
    }

    private mutating func take(
        _ reading: OtlpReading, at place: ImportPlace, into output: inout ImportOutput
    ) {
        let point: OtlpPoint
        switch reading {
        case .point(let found): point = found
        case .fault(.noName, _):
            return output.lost("a metric without a name, or with too long a one", at: place)
        case .fault(.noTime, let metric):
            return output.lost("a point of \(metric) without a time", at: place)
        case .fault(let fault, _): return skip("points \(fault.text)")
        }
        for _ in 0..<point.emptyQuantiles { skip(OtlpPoint.emptyQuantileText) }
        switch growth.take(point) {
        case .leftOut(let reason): skip("points \(reason.text)")
        case .measured(let measured):
            for one in measured {
                switch one {
                case .sample(let value, let labels):
                    output.sample(
                        point.metric, value, at: point.time, unit: point.unit, labels: labels)
                case .distribution(let distribution): output.distribution(distribution)
                }
            }
        }
    }
}
