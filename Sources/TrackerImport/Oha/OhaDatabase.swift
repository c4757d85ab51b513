import TrackerLog

/// What `oha --db-url FILE` writes: a row for each answer, of one test or of several.
struct OhaDatabase: StreamFormat {
    static let name = "oha SQLite"
    static let tool = "oha"
    static let lacks = ["requests without an answer"]

    static func recognises(_ head: FileHead) -> Bool {
        DatabaseFile.recognises(head, containing: "TABLE oha", "start_latency_correction")
    }

    private var file = DatabaseFile(
        format: name,
        smaller: "Write a file for each test, or: oha --no-tui --output-format csv URL.")
    private var target = URLSummary()
    private var labels: [String: [Label]] = [:]

    /// One test, as far as its rows have come.
    private struct Test {
        /// Seconds since 1970 at its start; `nil` in versions before the column `run`.
        var start: Double?
        var isCorrected = false
    }

    init() {}

    mutating func read(_ bytes: ByteView, into output: inout ImportOutput) throws(ImportError) {
        try file.add(bytes)
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        let database = try file.open()
        do throws(SQLiteError) {
            var names: [String] = []
            try database.run("SELECT name FROM pragma_table_info('oha')") { values in
                names += values.compactMap(\.textValue)
                return true
            }
            let run = names.contains("run") ? "run" : "NULL"
            var test: Test?
            try database.run(
                "SELECT \(run), url, start, start_latency_correction, duration, status FROM oha"
                    + " ORDER BY 1, start"
            ) { values in
                let start = values[0].numberValue
                if let old = test, old.start != start {
                    end(old, into: &output)
                    test = nil
                }
                var now = test ?? Test(start: start)
                add(values, to: &now, into: &output)
                test = now
                return true
            }
            if let test { end(test, into: &output) }
        } catch {
            throw file.refusal(error)
        }
        guard output.runs.isEmpty else { return }
        throw .refused(
            format: Self.name, reason: "its table has no row",
            advice: "No request of the test was answered.", place: nil)
    }

    private mutating func add(
        _ values: [SQLiteValue], to test: inout Test, into output: inout ImportOutput
    ) {
        guard let sent = values[2].numberValue, let seconds = values[4].numberValue, seconds >= 0
        else {
            return output.lost("a row without times", at: ImportPlace(line: nil, offset: 0))
        }
        // With --latency-correction a duration counts from the time at which it was due.
        let due = values[3].numberValue
        if due != nil { test.isCorrected = true }
        let origin =
            test.start.flatMap(TimeText.seconds) ?? output.source.anchor.time
        let status = values[5].numberValue.flatMap { Int(exactly: $0) }
        let url = values[1].textValue ?? ""
        if url.contains("://") { target.add(url) }
        output.sample(
            "http.latency_ms", seconds * 1e3,
            at: origin.advanced(byMilliseconds: (due ?? sent) * 1e3), lastingMs: seconds * 1e3,
            unit: "ms", labels: labels(status, url), ok: status.map { (1..<400).contains($0) })
    }

    private mutating func labels(_ status: Int?, _ url: String) -> [Label] {
        let route = url.isEmpty ? "" : URLSummary.route(of: url)
        let key = "\(status ?? 0) \(route)"
        if let known = labels[key] { return known }
        var new: [Label] = []
        if let status { new.append(Label("status", String(status))) }
        if !route.isEmpty { new.append(Label("route", route)) }
        if labels.count < ImportLimits.maxKnownLabels { labels[key] = new }
        return new
    }

    private mutating func end(_ test: Test, into output: inout ImportOutput) {
        var run = ImportedRun()
        run.target = target.text
        run.latency = test.isCorrected ? .corrected : .uncorrected
        run.start = test.start.flatMap(TimeText.seconds) ?? output.source.anchor.time
        run.isRelative = test.start == nil
        if test.start == nil { run.lacks.append("the start of the test") }
        run.leftOut = ["sizes"]
        output.endRun(run)
        target = URLSummary()
    }
}
