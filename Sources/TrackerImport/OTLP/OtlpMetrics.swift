import TrackerLog

/// Makes events of the OTLP metrics of a file.
struct OtlpMetrics {
    static let lacks = [
        "single requests",
        "values finer than the bars of a histogram: within a bar they are spread evenly",
    ]

    private var growth = OtlpGrowth(maxSeries: ImportLimits.maxKnownSeries, listeningSince: nil)
    private var environment: [JSONValue.Member] = []
    private var skipped: [(reason: String, count: Int)] = []

    mutating func read(
        _ value: JSONValue, at place: ImportPlace, into output: inout ImportOutput
    ) {
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

    mutating func run() -> ImportedRun {
        var run = ImportedRun()
        run.test = "metrics"
        run.environment = environment
        run.target = environment.first { $0.key == "service.name" }?.value.stringValue
        for (reason, count) in skipped { run.leftOut.append("points \(reason): \(count)") }
        run.leftOut.append("descriptions, scopes and exemplars")
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
        case .fault(let fault, _): return skip(fault.text)
        }
        switch growth.take(point) {
        case .leftOut(let reason): skip(reason.text)
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
