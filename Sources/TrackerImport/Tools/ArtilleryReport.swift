import TrackerLog

/// `artillery run --output`: of version 1 and 2. Milliseconds.
enum ArtilleryReport: DocumentFormat {
    static let name = "Artillery JSON"
    static let tool = "artillery"
    static let lacks = ["single requests", "the URL"]

    static func recognises(_ document: JSONValue) -> Bool {
        guard let aggregate = document["aggregate"] else { return false }
        return aggregate["counters"]?.objectValue != nil
            || aggregate["requestsCompleted"] != nil
    }

    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError) {
        guard let aggregate = document["aggregate"] else { return }
        var run = ImportedRun()
        run.latency = .uncorrected
        run.params = [.init("load_model", .string("open"))]
        // Later reports of version 1 have counters as well: those of the script.
        if aggregate["requestsCompleted"] != nil {
            readFirst(aggregate, &run)
        } else {
            readSecond(aggregate, &run)
        }
        let periods = document["intermediate"]?.arrayValue ?? []
        if (periods + [aggregate]).contains(where: { $0["latencies"]?.arrayValue != nil }) {
            run.leftOut.append("the latency of each request")
        }
        if !periods.isEmpty {
            run.leftOut.append("the reports of single periods: \(periods.count)")
        }
        output.endRun(run)
    }

    // MARK: - Version 2

    static func readSecond(_ aggregate: JSONValue, _ run: inout ImportedRun) {
        let counters = aggregate["counters"]?.counts ?? []
        func counter(_ name: String) -> Int? {
            counters.first { $0.name.isExactly(name) }?.count
        }
        func named(_ prefix: String) -> [(name: String, count: Int)] {
            counters.filter { $0.name.hasPrefix(prefix) }
                .map { (String($0.name.dropFirst(prefix.count)), $0.count) }
        }
        // The first releases of version 2 have the same numbers as histograms.
        func summary(_ name: String) -> JSONValue? {
            let histogram = aggregate["histograms"]?[name]
            return aggregate["summaries"]?[name]
                ?? (histogram?["store"] == nil ? histogram : nil)
        }
        let times = summary("http.response_time")
        readSummary(times, prefix: "", &run)
        readSummary(summary("vusers.session_length"), prefix: "session_", &run)
        let (codes, errors) = (named("http.codes."), named("errors."))
        let requests = counter("http.requests")
        // Where a count of codes is lost, how many failed is lost with it.
        let areWhole = codes.total >= counter("http.responses") ?? 0
        let failed = areWhole ? codes.failures.plus(errors.total) : nil
        // Some errors happen before a request is counted.
        let total = requests.map { max($0, (codes + errors).total) }
        run.reported.requests(total: total, failed: failed)
        run.reported.add("sent_requests", count: requests)
        run.reported.rate(
            ofAll: aggregate["rates"]?["http.request_rate"]?.number, total: total, failed: failed)
        for (key, name) in [
            ("vusers.created", "users_created"), ("vusers.completed", "users_completed"),
            ("vusers.failed", "users_failed"),
        ] {
            run.reported.add(name, count: counter(key))
        }
        if let bytes = counter("http.downloaded_bytes") {
            run.reported.add("received_bytes", Double(bytes))
        }
        if areWhole { run.reported.outcomes(codes + errors) }
        func time(_ name: String) -> Timestamp? {
            aggregate[name]?.number.flatMap { Timestamp(milliseconds: $0) }
        }
        run.start = time("firstMetricAt") ?? time("firstCounterAt")
        run.end = time("lastMetricAt") ?? time("lastCounterAt")
        if let start = run.start, let end = run.end {
            run.reported.add("duration_s", (end.milliseconds - start.milliseconds) / 1e3)
        }
        let names = named("vusers.created_by_name.").map(\.name)
        if names.count == 1 { run.test = names.first }
        if times == nil {
            run.lacks.append(
                codes.isEmpty ? "latencies: no request had an answer" : "latencies")
        }
        if named("plugins.").isEmpty == false { run.leftOut.append("counts of plugins") }
        if aggregate["histograms"]?["http.response_time"]?["store"] != nil {
            run.leftOut.append("the sketch of response times")
        }
    }

    private static func readSummary(
        _ summary: JSONValue?, prefix: String, _ run: inout ImportedRun
    ) {
        run.reported.add(
            prefix.isEmpty ? "avg_latency_ms" : prefix + "mean_ms", summary?["mean"]?.number)
        for member in summary?.objectValue ?? [] {
            switch member.key {
            case "min", "max":
                run.reported.add("\(prefix)\(member.key)_ms", member.value.number)
            case let key where key.hasPrefix("p"):
                // p999 is the percentile 99.9.
                let digits = key.dropFirst()
                guard digits.allSatisfy(\.isNumber) else { break }
                let percent =
                    digits.count > 2 ? digits.prefix(2) + "." + digits.dropFirst(2) : digits
                run.reported.percentile(
                    String(percent), ms: member.value.number, prefix: prefix)
            default: break
            }
        }
    }

    // MARK: - Version 1

    static func readFirst(_ aggregate: JSONValue, _ run: inout ImportedRun) {
        let latency = aggregate["latency"]
        run.reported.add("avg_latency_ms", latency?["mean"]?.number)
        run.reported.percentile("50", ms: latency?["median"]?.number)
        readSummary(latency, prefix: "", &run)
        let (codes, errors) = (
            aggregate["codes"]?.counts ?? [], aggregate["errors"]?.counts ?? []
        )
        let answers = aggregate["requestsCompleted"]?.wholeNumber
        let lost = errors.total
        let areWhole = codes.total >= answers ?? 0
        run.reported.requests(
            total: answers.map { $0.plus(lost) },
            failed: areWhole ? codes.failures.plus(lost) : nil)
        run.reported.rate(
            ofAll: aggregate["rps"]?["mean"]?.number, total: answers,
            failed: areWhole ? codes.failures : nil)
        run.reported.add("users_created", count: aggregate["scenariosCreated"]?.wholeNumber)
        run.reported.add("users_completed", count: aggregate["scenariosCompleted"]?.wholeNumber)
        if areWhole { run.reported.outcomes(codes + errors) }
        let sessions = aggregate["scenarioDuration"]
        run.reported.percentile("50", ms: sessions?["median"]?.number, prefix: "session_")
        readSummary(sessions, prefix: "session_", &run)
        if aggregate["counters"]?.objectValue?.isEmpty == false {
            run.leftOut.append("counters of the script")
        }
        run.end = aggregate["timestamp"]?.stringValue.flatMap { Timestamp(rfc3339: $0) }
        run.lacks.append("the start and length of the test")
    }
}
