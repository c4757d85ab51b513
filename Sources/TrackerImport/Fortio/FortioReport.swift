import TrackerLog

/// What `fortio load -json` and Nighthawk's Fortio output write: the histogram in seconds.
enum FortioReport: DocumentFormat {
    static let name = "Fortio JSON"
    static let tool = "fortio"
    static let lacks = [
        "single requests",
        "latencies finer than the bars of its histogram: within a bar they are spread evenly",
    ]

    static func recognises(_ document: JSONValue) -> Bool {
        document["DurationHistogram"]?["Count"] != nil
    }

    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError) {
        var run = ImportedRun()
        let isNighthawk = document["DurationHistogram"]?["Count"]?.stringValue != nil
        readRun(document, &run, isNighthawk: isNighthawk)
        let histogram = document["DurationHistogram"]
        let failed = readOutcomes(document, &run)
        run.reported.add("avg_latency_ms", ms(histogram?["Avg"]))
        run.reported.add("min_ms", ms(histogram?["Min"]))
        run.reported.add("max_ms", ms(histogram?["Max"]))
        run.reported.add("stdev_ms", ms(histogram?["StdDev"]))
        for point in histogram?["Percentiles"]?.arrayValue ?? [] {
            guard let percent = point["Percentile"]?.numberText else { continue }
            run.reported.percentile(percent, ms: ms(point["Value"]))
        }
        if document["DurationHistogram"]?["Count"]?.wholeNumber == 0 {
            run.reported.removeTimes()
        }
        readSizes(document, &run)
        readHistogram(document, run, failed: failed, into: &output)
        output.endRun(run)
    }

    private static func ms(_ value: JSONValue?) -> Double? { value?.number.map { $0 * 1e3 } }

    private static func readRun(
        _ document: JSONValue, _ run: inout ImportedRun, isNighthawk: Bool
    ) {
        func text(_ name: String) -> String? {
            document[name]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
        }
        run.start = text("StartTime").flatMap { Timestamp(rfc3339: $0) }
        run.test = text("Labels") ?? text("RunType")
        run.target = text("URL") ?? text("Destination")
        run.toolVersion = text("Version")
        // Its latencies count from the time at which a request was sent.
        run.latency = .uncorrected
        if let length = document["ActualDuration"]?.number, length > 0 {
            // Nighthawk has whole seconds here, Fortio nanoseconds.
            run.durationMs =
                isNighthawk && length < ImportLimits.maxNighthawkSeconds
                ? length * 1e3 : length / 1e6
        }
        run.reported.add("duration_s", run.durationMs.map { $0 / 1e3 })
        for (key, name) in [
            ("RunType", "run_type"), ("RequestedQPS", "requested_qps"),
            ("RequestedDuration", "requested_duration"), ("NumThreads", "threads"),
            ("NumConnections", "connections"), ("NoCatchUp", "no_catch_up"),
            ("Jitter", "jitter"), ("Uniform", "uniform"),
        ] {
            if let value = document[key], value != .null {
                run.params.append(JSONValue.Member(name, value))
            }
        }
        if isNighthawk { run.params.append(JSONValue.Member("written_by", .string("Nighthawk"))) }
    }

    /// - Returns: how many requests failed.
    private static func readOutcomes(_ document: JSONValue, _ run: inout ImportedRun) -> Int? {
        let codes = document["RetCodes"]?.counts ?? []
        let measured = document["DurationHistogram"]?["Count"]?.wholeNumber
        let total = codes.isEmpty ? measured : codes.total
        let good = codes.filter { ["200", "SERVING", "OK"].contains($0.name) }
        let failed =
            document["ErrorsDurationHistogram"]?["Count"]?.wholeNumber
            ?? (codes.isEmpty ? nil : (total ?? 0) &- good.total)
        run.reported.requests(total: total, failed: failed)
        run.reported.rate(
            ofAll: document["ActualQPS"]?.number, total: total, failed: failed)
        run.reported.outcomes(codes)
        if let total, let measured, total != measured {
            run.leftOut.append(
                "requests without a \(total > measured ? "latency" : "status"): "
                    + "\(max(total, measured) &- min(total, measured))")
        }
        return failed
    }

    private static func readSizes(_ document: JSONValue, _ run: inout ImportedRun) {
        let (bodies, headers) = (document["Sizes"], document["HeaderSizes"])
        // Its sizes include the headers.
        run.reported.add("received_bytes", bodies?["Sum"]?.number)
        if bodies != nil || headers != nil { run.leftOut.append("the histograms of sizes") }
        if document["ConnectionStats"] != nil { run.leftOut.append("connection times") }
    }

    private static func readHistogram(
        _ document: JSONValue, _ run: ImportedRun, failed: Int?, into output: inout ImportOutput
    ) {
        let histogram = document["DurationHistogram"]
        let (least, most) = (ms(histogram?["Min"]), ms(histogram?["Max"]))
        var counts = HistogramBuilder()
        for bar in histogram?["Data"]?.arrayValue ?? [] {
            guard let start = ms(bar["Start"]), let end = ms(bar["End"]),
                let count = bar["Count"]?.wholeNumber, count >= 0
            else { continue }
            // Before 1.71.1 the first and last bar could reach beyond the extremes.
            let lower = max(start, least ?? start)
            counts.spread(
                from: lower, to: max(lower, min(end, most ?? end)), count: UInt64(count))
        }
        let isHTTP = document["RunType"]?.stringValue.map { $0 == "HTTP" } ?? true
        let distribution = counts.distribution(
            isHTTP ? "http.latency_ms" : "latency_ms",
            at: run.start ?? output.source.anchor.time, lastingMs: run.durationMs, unit: "ms",
            errors: max(0, failed ?? 0),
            known: .init(sum: ms(histogram?["Sum"]), min: least, max: most))
        if let distribution { output.distribution(distribution) }
    }
}
