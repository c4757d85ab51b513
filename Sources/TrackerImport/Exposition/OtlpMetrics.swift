import Glibc
import TrackerLog

/// Makes events of OTLP metrics. Values that count since a start are made into the difference to
/// the point before.
struct OtlpMetrics {
    static let lacks = [
        "single requests",
        "values finer than the bars of a histogram: within a bar they are spread evenly",
    ]

    /// A point, with what all kinds have.
    private struct Point {
        var value: JSONValue
        var metric: String
        var unit: String?
        var labels: [Label]
        var time: Timestamp
        var start: Timestamp?
        var isCumulative: Bool

        var lastingMs: Double? { start.map { max(0, time.milliseconds - $0.milliseconds) } }
    }

    private struct Series: Hashable {
        var metric: String
        var labels: [Label]
        var resource: Int
    }

    private struct Seen {
        var start: Timestamp?
        var time: Timestamp
        var sum: Double
        var counts: [UInt64]
    }

    private var last: [Series: Seen] = [:]
    private var resources: [JSONValue] = []
    private var resource = 0
    private var environment: [JSONValue.Member] = []
    private var skipped: [(reason: String, count: Int)] = []

    mutating func read(
        _ value: JSONValue, at place: ImportPlace, into output: inout ImportOutput
    ) {
        for part in value["resourceMetrics"]?.arrayValue ?? [] {
            note(part["resource"]?["attributes"] ?? .array([]))
            for scope in part["scopeMetrics"]?.arrayValue ?? [] {
                for metric in scope["metrics"]?.arrayValue ?? [] {
                    read(metric: metric, at: place, into: &output)
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

    private mutating func note(_ attributes: JSONValue) {
        if let known = resources.firstIndex(of: attributes) {
            resource = known
            return
        }
        resource = resources.count
        if resources.count < ImportLimits.maxKnownLabels { resources.append(attributes) }
        for attribute in attributes.arrayValue ?? [] {
            guard let key = attribute["key"]?.stringValue, let text = Self.text(attribute["value"]),
                environment.count < LogLimits.maxLabels,
                !environment.contains(where: { $0.key.isExactly(key) })
            else { continue }
            environment.append(.init(key, .string(text)))
        }
    }

    private mutating func skip(_ reason: String) {
        if let index = skipped.firstIndex(where: { $0.reason == reason }) {
            skipped[index].count += 1
        } else {
            skipped.append((reason, 1))
        }
    }

    private mutating func read(
        metric: JSONValue, at place: ImportPlace, into output: inout ImportOutput
    ) {
        guard let name = metric["name"]?.stringValue, !name.isEmpty, name.utf8.count <= 128 else {
            return output.lost("a metric without a name, or with too long a one", at: place)
        }
        for kind in ["gauge", "sum", "histogram", "exponentialHistogram", "summary"] {
            guard let body = metric[kind] else { continue }
            let temporality = body["aggregationTemporality"]
            let isCumulative =
                temporality?.wholeNumber == 2
                || temporality?.stringValue == "AGGREGATION_TEMPORALITY_CUMULATIVE"
            for value in body["dataPoints"]?.arrayValue ?? [] {
                // Bit 0: nothing was recorded.
                if let flags = value["flags"]?.wholeNumber, flags & 1 == 1 {
                    skip("without a recorded value")
                    continue
                }
                guard let time = Self.time(value["timeUnixNano"]) else {
                    output.lost("a point of \(name) without a time", at: place)
                    continue
                }
                let point = Point(
                    value: value, metric: name, unit: Self.unit(metric["unit"]?.stringValue),
                    labels: Self.labels(value["attributes"]), time: time,
                    start: Self.time(value["startTimeUnixNano"]), isCumulative: isCumulative)
                read(point, kind, into: &output)
            }
        }
    }

    private mutating func read(_ point: Point, _ kind: String, into output: inout ImportOutput) {
        switch kind {
        case "gauge", "sum":
            guard let value = (point.value["asDouble"] ?? point.value["asInt"])?.number else {
                return skip("without a number")
            }
            // A sum that may fall is a level, not a count.
            guard kind == "sum", point.isCumulative else {
                return sample(point, value, into: &output)
            }
            guard let grown = difference(point, sum: value, counts: []) else { return }
            sample(point, grown.sum, into: &output)
        case "histogram", "exponentialHistogram":
            histogram(point, isExponential: kind != "histogram", into: &output)
        default:
            for quantile in point.value["quantileValues"]?.arrayValue ?? [] {
                guard let value = quantile["value"]?.number,
                    let rank = quantile["quantile"]?.numberText
                else { continue }
                var labelled = point
                labelled.labels.removeAll { $0.name == "quantile" }
                labelled.labels.append(Label("quantile", rank))
                sample(labelled, value, into: &output)
            }
        }
    }

    private func sample(_ point: Point, _ value: Double, into output: inout ImportOutput) {
        output.sample(
            point.metric, value, at: point.time, unit: point.unit, labels: point.labels)
    }

    /// The difference to the point before of the same series; of the first, and after a new start,
    /// the point itself. `nil` for a point that came twice or too late.
    private mutating func difference(
        _ point: Point, sum: Double, counts: [UInt64]
    ) -> (sum: Double, counts: [UInt64], since: Timestamp?)? {
        let key = Series(metric: point.metric, labels: point.labels, resource: resource)
        let before = last[key]
        if let before, point.time <= before.time {
            skip("that came twice, or after a later one")
            return nil
        }
        guard before != nil || last.count < ImportLimits.maxKnownSeries else {
            skip("of more series than are remembered")
            return nil
        }
        last[key] = Seen(start: point.start, time: point.time, sum: sum, counts: counts)
        guard let before, before.start == point.start, before.counts.count == counts.count,
            zip(counts, before.counts).allSatisfy({ $0 >= $1 }),
            !counts.isEmpty || sum >= before.sum
        else { return (sum, counts, point.start) }
        return (sum - before.sum, zip(counts, before.counts).map { $0 - $1 }, before.time)
    }

    private mutating func histogram(
        _ point: Point, isExponential: Bool, into output: inout ImportOutput
    ) {
        let bars =
            isExponential ? OtlpBars(exponential: point.value) : OtlpBars(explicit: point.value)
        guard let bars else { return skip("whose bars and bounds do not fit") }
        var counts = bars.counts
        var sum = point.value["sum"]?.number
        var since = point.start
        if point.isCumulative {
            guard let grown = difference(point, sum: sum ?? 0, counts: counts) else { return }
            counts = grown.counts
            since = grown.since
            if sum != nil { sum = grown.sum }
        }
        var builder = HistogramBuilder()
        for (bar, count) in zip(bars.bounds, counts) {
            builder.spread(from: bar.lower, to: bar.upper, count: count)
        }
        // Of a cumulative point the extremes are since the start.
        let isOwn = !point.isCumulative
        let begin = since ?? point.time
        let distribution = builder.distribution(
            point.metric, at: begin,
            lastingMs: max(0, point.time.milliseconds - begin.milliseconds), unit: point.unit,
            labels: point.labels,
            known: .init(
                sum: sum, min: isOwn ? point.value["min"]?.number : nil,
                max: isOwn ? point.value["max"]?.number : nil))
        guard let distribution else { return skip("that count nothing") }
        output.distribution(distribution)
    }

    // MARK: - Parts of a point

    private static func time(_ value: JSONValue?) -> Timestamp? {
        let text: String
        switch value {
        case .string(let digits), .number(let digits): text = digits
        default: return nil
        }
        if let time = TimeText.epoch(text) { return time }
        guard let nanoseconds = DecimalText.number(text), nanoseconds > 0 else { return nil }
        return Timestamp(milliseconds: nanoseconds / 1e6)
    }

    /// `1` is UCUM's way to say that there is none.
    private static func unit(_ text: String?) -> String? {
        guard let text, !text.isEmpty, text != "1" else { return nil }
        return text == "By" ? "B" : text.shortened(toBytes: ImportLimits.maxLabelBytes)
    }

    private static func labels(_ attributes: JSONValue?) -> [Label] {
        var labels: [Label] = []
        for attribute in attributes?.arrayValue ?? [] {
            guard let key = attribute["key"]?.stringValue, let text = text(attribute["value"]),
                !key.isEmpty, !text.isEmpty, labels.count < LogLimits.maxLabels - 1,
                key.utf8.count <= LogLimits.maxNameBytes,
                !labels.contains(where: { $0.name.isExactly(key) })
            else { continue }
            labels.append(Label(key, text.shortened(toBytes: ImportLimits.maxLabelBytes)))
        }
        return labels
    }

    private static func text(_ value: JSONValue?) -> String? {
        guard let value else { return nil }
        if let text = value["stringValue"]?.stringValue { return text }
        if let flag = value["boolValue"]?.boolValue { return flag ? "true" : "false" }
        guard let number = value["intValue"] ?? value["doubleValue"] else { return nil }
        return number.stringValue ?? number.numberText
    }
}

/// The bars of one histogram: bounds and counts, of the same length.
struct OtlpBars {
    var bounds: [(lower: Double, upper: Double)] = []
    var counts: [UInt64] = []

    /// Bars between bounds, and one before and behind them: those reach to the extremes.
    init?(explicit point: JSONValue) {
        let edges = (point["explicitBounds"]?.arrayValue ?? []).compactMap(\.number)
        let all = (point["bucketCounts"]?.arrayValue ?? []).map(\.wholeNumber)
        guard !all.isEmpty, all.count == edges.count + 1 else { return nil }
        let (least, most) = (point["min"]?.number, point["max"]?.number)
        for (index, count) in all.enumerated() {
            guard let count, count >= 0 else { return nil }
            let first = edges.first ?? least ?? 0
            let lower = index > 0 ? edges[index - 1] : min(least ?? min(0, first), first)
            let upper = index < edges.count ? edges[index] : max(most ?? lower, lower)
            guard upper >= lower else { return nil }
            bounds.append((lower, upper))
            counts.append(UInt64(count))
        }
    }

    /// Bars between powers of a base, and one of values around zero.
    init?(exponential point: JSONValue) {
        guard let scale = point["scale"]?.wholeNumber ?? (point["scale"] == nil ? 0 : nil),
            (-20...20).contains(scale)
        else { return nil }
        // Bar j is from base^(offset + j) to the next, where base = 2^(2^-scale).
        let exponent = scale >= 0 ? 1 / Double(1 << scale) : Double(1 << -scale)
        func edge(_ index: Int) -> Double { pow(2, Double(index) * exponent) }
        for (key, sign) in [("negative", -1.0), ("positive", 1.0)] {
            let offset = point[key]?["offset"]?.wholeNumber ?? 0
            for (index, value) in (point[key]?["bucketCounts"]?.arrayValue ?? []).enumerated() {
                guard let count = value.wholeNumber, count >= 0, offset.magnitude < 1 << 40 else {
                    return nil
                }
                let (a, b) = (edge(offset + index), edge(offset + index + 1))
                guard b.isFinite else { return nil }
                bounds.append(sign > 0 ? (a, b) : (-b, -a))
                counts.append(UInt64(count))
            }
        }
        if let zeros = point["zeroCount"]?.wholeNumber, zeros > 0 {
            bounds.append((0, 0))
            counts.append(UInt64(zeros))
        }
        if counts.isEmpty { return nil }
    }
}
