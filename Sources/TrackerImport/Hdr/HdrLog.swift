import TrackerLog

/// An interval log of HdrHistogram (`.hlog`): a histogram for each interval, as jHiccup, YCSB,
/// Hyperfoil and others write it.
struct HdrLog: LineFormat {
    static let name = "HdrHistogram log"
    static let tool = "hdrhistogram"
    static let lacks = ["single requests"]

    static func recognises(_ head: FileHead) -> Bool {
        if head.hasLine(beginning: "#[Histogram log format") { return true }
        return head.lines.contains { line in
            guard let first = line.first, first.isNumber || line.hasPrefix("Tag=") else {
                return false
            }
            return line.contains(",HIST")
        }
    }

    private var startSeconds: Double?
    private var baseSeconds: Double?
    private var run = ImportedRun()
    /// The recorder's unit in milliseconds; `nil` until it shows.
    private var scale: Scale?
    private var tags: [String] = []
    private var empty = 0
    private var writer: String?
    /// What a log of Local Tracker says of its values.
    private var metric: String?
    private var isOfBytes = false

    private enum Scale {
        case ms(Double)
        /// Neither of the usual ones: values are left as they are.
        case unknown
    }

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        let text = line.bytes.trimmed
        if text.isEmpty || text.hasPrefix("\"StartTimestamp\"") { return }
        if text.hasPrefix("#") { return readComment(text.text) }
        var cells = text.split(by: UInt8(ascii: ","))
        let tag =
            text.hasPrefix("Tag=") && cells.count > 1
            ? readTag(cells.removeFirst().dropFirst(4).text) : Tag()
        guard cells.count == 4, var start = DecimalText.number(cells[0].trimmed),
            var length = DecimalText.number(cells[1].trimmed),
            let largest = DecimalText.number(cells[2].trimmed)
        else {
            return output.lost("not a start, a length, a maximum and a histogram", at: line.place)
        }
        if start > ImportLimits.maxEpochSeconds {
            // Programs that were given milliseconds where the library takes seconds.
            start /= 1e3
            length /= 1e3
        }
        let histogram: HdrHistogram
        do throws(HdrHistogram.Failure) {
            let payload = cells[3].trimmed
            histogram = try HdrHistogram(base64: payload.array)
        } catch {
            return output.lost(error.rawValue, at: line.place)
        }
        guard let time = time(of: start, output.source.anchor.time) else {
            return output.lost("\(cells[0].text) is no time", at: line.place)
        }
        guard let last = histogram.steps.last else {
            empty += 1
            return
        }
        if scale == nil { scale = Self.scale(Double(last.highest), shown: largest) }
        let counts = count(histogram)
        if let distribution = counts.distribution(at: time, lastingMs: length * 1e3, tag) {
            output.distribution(distribution)
        }
    }

    /// What a line says of its values beside their times.
    private struct Tag {
        var labels: [Label] = []
        var isOfFailures = false
    }

    private mutating func readTag(_ text: String) -> Tag {
        var tag = Tag()
        var name = text
        if isOwn {
            (name, tag.isOfFailures) = OwnHdrTag.read(text)
            if name.isEmpty { return tag }
        }
        name = name.shortened(toBytes: ImportLimits.maxLabelBytes)
        tag.labels = [Label("tag", name)]
        if tags.count < ImportLimits.maxListedMetrics, !tags.contains(name) { tags.append(name) }
        return tag
    }

    private var isOwn: Bool { writer == OwnHdrTag.writer }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        if !isOwn { run.lacks.append("errors") }
        if metric == nil { run.lacks.append("what was measured, and its unit") }
        if let writer { run.params.append(.init("logged_with", .string(writer))) }
        run.start =
            run.isRelative
            ? output.source.anchor.time
            : startSeconds.flatMap(TimeText.seconds).map { min($0, output.firstTime ?? $0) }
        if empty > 0 { run.leftOut.append("intervals without a value: \(empty)") }
        switch scale {
        case _ where metric != nil: break
        case .ms(let unit):
            let name = unit > 5e-4 ? "micro" : "nano"
            run.lacks.append(
                "the unit of its values: \(name)seconds, as the scale of its maxima suggests")
        case .unknown: run.lacks.append("the unit of its values, which stand as they are")
        case nil: break
        }
        if !tags.isEmpty {
            run.params.append(.init("tags", .string(tags.joined(separator: ", "))))
        }
        output.endRun(run)
    }

    /// `#[StartTime: 1441812279.474 (seconds since epoch), …]`.
    private mutating func readComment(_ text: String) {
        func seconds(_ name: String) -> Double? {
            guard let found = text.firstRange(of: "[\(name):") else { return nil }
            let rest = String(text[found.upperBound...]).trimmedBlanks
            return DecimalText.number(rest.prefix { $0.isNumber || ".eE+".contains($0) })
        }
        if let time = seconds("StartTime") { startSeconds = time }
        if let time = seconds("BaseTime") { baseSeconds = time }
        if text.hasPrefix("#[Metric: "), let end = text.firstRange(of: ", values in ") {
            metric = text[..<end.lowerBound].dropFirst("#[Metric: ".count).description
                .shortened(toBytes: ImportLimits.maxLabelBytes)
            isOfBytes = text[end.upperBound...].hasPrefix("bytes")
        }
        if text.hasPrefix("#[Logged with ") {
            writer = String(text.dropFirst(14).prefix { $0 != "]" }.prefix(80))
        }
    }

    /// A start counts from the base time; without one it is absolute, but if it lies more than a
    /// year before the start of the log, when it counts from there.
    private mutating func time(of start: Double, _ anchor: Timestamp) -> Timestamp? {
        let year = 365.0 * 86_400
        if let baseSeconds { return TimeText.seconds(baseSeconds + start) }
        if let startSeconds {
            return TimeText.seconds(start < startSeconds - year ? startSeconds + start : start)
        }
        // No test was logged in the first year of the epoch.
        guard start < year else { return TimeText.seconds(start) }
        run.isRelative = true
        return anchor.advanced(byMilliseconds: start * 1e3)
    }

    /// The maximum of an interval is shown divided by 1,000,000, where the writer was not told
    /// otherwise: nanoseconds become milliseconds.
    private static func scale(_ largest: Double, shown: Double) -> Scale {
        guard shown > 0 else { return .ms(1e-6) }
        let ratio = largest / shown
        if ratio > 5e5 { return .ms(1e-6) }
        if ratio > 500, ratio < 2_000 { return .ms(1e-3) }
        // The smallest values show as 0.000 and 0.001.
        return shown < 0.01 ? .ms(1e-6) : .unknown
    }

    private func count(_ histogram: HdrHistogram) -> Counts {
        var counts = Counts()
        if let metric, isOfBytes {
            (counts.metric, counts.name) = (metric, "bytes")
        } else if case .ms(let unit) = scale {
            (counts.metric, counts.unit, counts.name) = (metric ?? "latency_ms", unit, "ms")
        }
        for step in histogram.steps {
            let middle = Double(step.lowest) + Double(step.highest - step.lowest + 1) / 2
            let isOne = step.lowest == step.highest
            counts.builder.add(
                (isOne ? Double(step.lowest) : middle) * counts.unit, count: step.count)
        }
        if let first = histogram.steps.first, let last = histogram.steps.last {
            counts.min = Double(first.lowest) * counts.unit
            counts.max = Double(last.highest) * counts.unit
        }
        return counts
    }

    private struct Counts {
        var builder = HistogramBuilder()
        var metric = "value"
        var unit = 1.0
        /// Of the unit.
        var name: String?
        var min: Double?
        var max: Double?

        func distribution(
            at time: Timestamp, lastingMs: Double, _ tag: Tag
        ) -> Distribution? {
            builder.distribution(
                metric, at: time, lastingMs: Swift.max(0, lastingMs),
                unit: name, labels: tag.labels, errors: tag.isOfFailures ? .max : 0,
                known: .init(min: min, max: max))
        }
    }
}
