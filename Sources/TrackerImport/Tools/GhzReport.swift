import TrackerLog

/// `ghz -O json`, also pretty. Nanoseconds; every call is in `details`.
enum GhzReport: DocumentFormat {
    static let name = "ghz JSON"
    static let tool = "ghz"
    static let lacks = ["sizes"]

    static func recognises(_ document: JSONValue) -> Bool {
        document["latencyDistribution"] != nil && document["fastest"] != nil
            && document["statusCodeDistribution"] != nil
    }

    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError) {
        var run = ImportedRun()
        let options = document["options"]
        run.test = document["name"]?.stringValue ?? options?["call"]?.stringValue
        run.target = options?["host"]?.stringValue
        for (key, name) in [
            ("call", "call"), ("n", "n"), ("c", "connections"), ("concurrency", "concurrency"),
            ("total", "n"), ("rps", "requested_rps"), ("CPUs", "cpus"),
        ] {
            if let value = options?[key] { run.params.append(.init(name, value)) }
        }
        func ms(_ value: JSONValue?) -> Double? { value?.number.map { $0 / 1e6 } }
        run.reported.add("avg_latency_ms", ms(document["average"]))
        run.reported.add("min_ms", ms(document["fastest"]))
        run.reported.add("max_ms", ms(document["slowest"]))
        for point in document["latencyDistribution"]?.arrayValue ?? [] {
            guard let percent = point["percentage"]?.numberText else { continue }
            run.reported.percentile(percent, ms: ms(point["latency"]))
        }
        let codes = document["statusCodeDistribution"]?.counts ?? []
        let total = document["count"]?.wholeNumber
        let good = codes.first { $0.name.isExactly("OK") }?.count ?? 0
        let failed = codes.isEmpty ? nil : total.map { $0 &- good }
        run.reported.requests(total: total, failed: failed)
        run.reported.rate(ofAll: document["rps"]?.number, total: total, failed: failed)
        run.reported.outcomes(codes)
        if let errors = document["errorDistribution"], errors.objectValue?.isEmpty == false {
            run.reported.add("errors", json: errors)
        }
        run.durationMs = ms(document["total"])
        run.reported.add("duration_s", run.durationMs.map { $0 / 1e3 })
        run.latency = .uncorrected
        let left = readCalls(document["details"]?.arrayValue ?? [], into: &output)
        if left > 0 { run.leftOut.append("\(left) calls without a time or a latency") }
        let listed = document["details"]?.arrayValue?.count ?? 0
        if let total, listed > 0, listed < total {
            run.lacks.append("\(total &- listed) of the \(total) calls that it counts")
        }
        if !output.hasMeasurements {
            run.lacks.append("single calls (they were skipped)")
            run.end = document["date"]?.stringValue.flatMap { Timestamp(rfc3339: $0) }
        }
        run.leftOut.append("data and metadata of the calls")
        output.endRun(run)
    }

    /// - Returns: how many could not be read.
    private static func readCalls(
        _ calls: [JSONValue], into output: inout ImportOutput
    ) -> Int {
        var left = 0
        var samples = GhzCalls()
        for call in calls {
            guard let text = call["timestamp"]?.stringValue,
                let time = Timestamp(rfc3339: text), let latency = call["latency"]?.number
            else {
                left += 1
                continue
            }
            let ms = latency / 1e6
            samples.add(
                ms, at: time, lastingMs: ms, status: call["status"]?.stringValue,
                error: call["error"]?.stringValue, to: &output)
        }
        return left
    }
}

/// `ghz -O csv`: a row for each call, in no order that is known.
struct GhzTable: NamedTable, HeadedTable {
    static let name = "ghz CSV"
    static let tool = "ghz"
    static let lacks = ["when each call was sent", "the start, the address", "sizes"]
    static let names = ["duration (ms)", "status", "error"]

    var columns: ColumnNames?
    private var samples = GhzCalls()

    mutating func read(
        row record: ImportRecord, _ columns: ColumnNames, into output: inout ImportOutput
    ) throws(ImportError) {
        guard let ms = record.number(columns[Self.names[0]]), record.count >= columns.names.count
        else {
            // The rest of an error of several lines: it is not in quotes.
            return output.lost("no duration, or less than a row", at: record.place)
        }
        samples.add(
            ms, at: output.source.anchor.time, lastingMs: 0,
            status: record.text(columns["status"]), error: record.text(columns["error"]),
            to: &output)
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        var run = ImportedRun()
        run.isRelative = true
        run.start = output.source.anchor.time
        run.latency = .uncorrected
        output.endRun(run)
    }
}

private struct GhzCalls {
    /// By status.
    private var labels: [String: [Label]] = [:]

    mutating func add(
        _ ms: Double, at time: Timestamp, lastingMs: Double, status: String?, error: String?,
        to output: inout ImportOutput
    ) {
        let status = status ?? ""
        if labels[status] == nil, labels.count < ImportLimits.maxKnownLabels {
            let text = status.shortened(toBytes: ImportLimits.maxLabelBytes)
            labels[status] = text.isEmpty ? [] : [Label("status", text)]
        }
        output.sample(
            "grpc.latency_ms", ms, at: time, lastingMs: lastingMs, unit: "ms",
            labels: labels[status] ?? [], ok: status.isExactly("OK") && error ?? "" == "")
    }
}
