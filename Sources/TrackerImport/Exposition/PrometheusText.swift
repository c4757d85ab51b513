import TrackerLog

/// What a program shows at `/metrics`: Prometheus text 0.0.4 and OpenMetrics, one scrape or more.
struct PrometheusText: LineFormat {
    static let name = "Prometheus text"
    static let tool = "prometheus"
    static let lacks = [
        "single requests", "how counters and histograms grew: they count since the program began",
    ]

    static func recognises(_ head: FileHead) -> Bool {
        head.lines.contains { line in
            line.hasPrefix("# TYPE ") && line.split(separator: " ").count >= 4
        } || head.firstLine.hasPrefix("# HELP ")
    }

    private var families = PrometheusFamilies()
    private var histograms = PrometheusHistograms()
    private var notFinite = 0
    private var hasOwnTime = false
    private var isTimed = true

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        let text = line.text.trimmedBlanks
        if text.isEmpty { return }
        if text.hasPrefix("#") { return families.note(comment: text) }
        guard let point = PrometheusPoint(text) else {
            return output.lost("not a name, labels and a number", at: line.place)
        }
        guard point.isShort else {
            return output.lost("more labels, or a longer name, than the log takes", at: line.place)
        }
        if point.timestamp == nil { isTimed = false }
        if point.timestamp != nil { hasOwnTime = true }
        let time = point.timestamp ?? output.source.anchor.time
        if let family = families.histogram(of: point.name) {
            let done = histograms.add(point, family: family, at: time, line.place)
            return write(done, into: &output)
        }
        write(histograms.takeAll(), into: &output)
        guard point.value.isFinite else {
            notFinite += 1
            return
        }
        output.sample(
            point.name, point.value, at: time, unit: families.unit(of: point.name),
            labels: point.labels)
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        write(histograms.takeAll(), into: &output)
        var run = ImportedRun()
        run.test = "metrics"
        if !hasOwnTime {
            run.isRelative = true
            run.start = output.source.anchor.time
        } else if !isTimed {
            run.lacks.append("the time of some values: they have that of the file")
        }
        if notFinite > 0 {
            run.leftOut.append("values that are NaN or infinite: \(notFinite)")
        }
        run.leftOut.append("help texts and exemplars")
        output.endRun(run)
    }

    private func write(_ done: [PrometheusHistograms.Done], into output: inout ImportOutput) {
        for histogram in done {
            if let loss = histogram.loss {
                output.lost(loss, at: histogram.place)
            } else if let distribution = histogram.distribution(
                at: histogram.time, lastingMs: nil, unit: families.unit(of: histogram.family))
            {
                output.distribution(distribution)
            } else if !histogram.isEmpty {
                output.lost(histogram.tooLarge, at: histogram.place)
            }
        }
    }
}

/// What ghz writes in this form: its buckets do not add up, and its units differ from line to line.
enum GhzPrometheus: RefusedFormat {
    static let name = "ghz Prometheus text"
    static let tool = "ghz"
    static let lacks: [String] = []
    static let reason = "its buckets are not cumulative, and seconds and nanoseconds are mixed"
    static let advice = "Let ghz write JSON: ghz -O json … | tracker import -"

    static func recognises(_ head: FileHead) -> Bool { head.hasLine(beginning: "# TYPE ghz_run_") }
}
