import TrackerLog

/// What `artillery run` prints: reports of periods, and at the end one of all of them. The numbers
/// are those of its JSON, and are read as such.
struct ArtilleryText: LineFormat {
    static let name = "Artillery text"
    static let tool = "artillery"
    static let lacks = ["single requests", "the URL", "the start of the test"]

    static func recognises(_ head: FileHead) -> Bool {
        let lines = head.plainLines
        return lines.contains { $0.hasPrefix("Metrics for period to:") || isSummary($0) }
            && lines.contains { $0.hasPrefix("vusers.") || $0.hasPrefix("Scenarios launched:") }
            || lines.contains { $0.hasPrefix("http.response_time:") }
                && lines.contains { $0.hasPrefix("vusers.") }
    }

    /// The report of all; `nil` outside of one.
    private var report: Report?
    private var periods = 0
    private var durationMs: Double?
    private var isInPeriod = true
    private var lastPlace = ImportPlace(line: 1, offset: 0)

    private struct Report {
        /// Numbers by the name of the object that they stand in; `""` for those of the report.
        var groups: [(name: String, numbers: [JSONValue.Member])] = [("", [])]
        /// How far the lines of the group are indented.
        var indent = 0

        var isEmpty: Bool { groups.allSatisfy { $0.numbers.isEmpty } }

        func group(_ name: String) -> [JSONValue.Member] {
            groups.filter { $0.name.isExactly(name) }.flatMap(\.numbers)
        }
    }

    private static func isSummary(_ text: String) -> Bool {
        text.hasPrefix("Summary report @ ") || text == "Summary report"
    }

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        let plain = line.plainText
        let text = plain.trimmedBlanks
        if Self.isSummary(text) {
            end(into: &output)
            (report, isInPeriod) = (Report(), false)
        } else if text.hasPrefix("Metrics for period to:") || text.hasPrefix("Report @ ") {
            periods += 1
            isInPeriod = true
        } else if text.hasPrefix("All V") || text.hasPrefix("All v") {
            durationMs = text.firstRange(of: "Total time: ")
                .flatMap { Self.duration(String(text[$0.upperBound...])) }
        } else if text.isEmpty {
            // Behind an empty line stands what plugins print.
            if report?.isEmpty == false { isInPeriod = true }
        } else if !isInPeriod, !text.allSatisfy({ $0 == "-" }) {
            lastPlace = line.place
            readRow(text, indent: plain.prefix { $0 == " " }.count)
        }
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        end(into: &output)
        guard output.runs.isEmpty else { return }
        throw .refused(
            format: Self.name,
            reason: "the report of the whole test is missing (\"Summary report\"): what is there"
                + " are parts of it",
            advice: "Save all that artillery prints, or let it write the file:"
                + " artillery run --output report.json script.yml",
            place: nil)
    }

    /// `http.requests: .......... 20`, `http.request_rate: ...... 3/sec`, `  min: ........ 12`.
    private mutating func readRow(_ text: String, indent: Int) {
        guard var report else { return }
        defer { self.report = report }
        if indent <= report.indent, report.groups.last?.name.isEmpty == false {
            report.groups.append(("", []))
        }
        if text.hasSuffix(":") {
            report.groups.append((String(text.dropLast()), []))
            report.indent = indent
            return
        }
        guard let colon = text.lastIndex(of: ":"), colon > text.startIndex else { return }
        let name = String(text[..<colon])
        let words = text[text.index(after: colon)...].split(separator: " ")
            .filter { !$0.allSatisfy { $0 == "." } }
        guard let word = words.first, let last = report.groups.indices.last else { return }
        let isRate = word.hasSuffix("/sec")
        guard DecimalText.number(word.dropLast(isRate ? 4 : 0)) != nil else { return }
        let digits = String(word.dropLast(isRate ? 4 : 0))
        report.groups[last].numbers.append(.init(name, .number(digits)))
    }

    private mutating func end(into output: inout ImportOutput) {
        guard let report, !report.isEmpty else { return }
        defer { (self.report, periods, durationMs) = (nil, 0, nil) }
        var run = ImportedRun()
        run.latency = .uncorrected
        run.params = [.init("load_model", .string("open"))]
        let all = report.group("")
        let isFirst = all.contains { $0.key.hasPrefix("Requests completed") }
        let isOpen = report.groups.last?.numbers.isEmpty == true && report.groups.count > 1
        let isWhole =
            isFirst
            ? report.groups.contains { $0.name == "Codes" || $0.name == "Errors" }
            : (all.map(\.key) + report.groups.map(\.name)).contains { $0.hasPrefix("vusers.") }
        if !isWhole || isOpen {
            output.lostEnd(of: "report", at: lastPlace)
            output.isPartial = true
        }
        if isFirst {
            ArtilleryReport.readFirst(Self.first(report), &run)
        } else {
            ArtilleryReport.readSecond(Self.second(report), &run)
        }
        if let durationMs {
            run.durationMs = durationMs
            run.reported.add("duration_s", durationMs / 1e3)
        }
        if periods > 0 { run.leftOut.append("the reports of single periods: \(periods)") }
        output.endRun(run)
        output.isPartial = false
    }

    private static func second(_ report: Report) -> JSONValue {
        let all = report.group("")
        let rates = all.filter { $0.key.hasSuffix("_rate") }
        let summaries = report.groups.filter { !$0.name.isEmpty && !$0.numbers.isEmpty }
        // The JSON has the median a second time, by this name.
        func named(_ numbers: [JSONValue.Member]) -> JSONValue {
            .object(numbers.map { .init($0.key == "median" ? "p50" : $0.key, $0.value) })
        }
        return .object([
            .init("counters", .object(all.filter { !$0.key.hasSuffix("_rate") })),
            .init("rates", .object(rates)),
            .init(
                "summaries", .object(summaries.map { .init($0.name, named($0.numbers)) })),
        ])
    }

    /// Version 1 has names for people.
    private static func first(_ report: Report) -> JSONValue {
        let names = [
            "Scenarios launched": "scenariosCreated", "Scenarios completed": "scenariosCompleted",
            "Requests completed": "requestsCompleted",
        ]
        let all = report.group("")
        let latency = report.group("Response time (msec)") + report.group("Request latency")
        let rate = all.first { ["Mean response/sec", "RPS sent"].contains($0.key) }
        var members = all.compactMap { member in
            names[member.key].map { JSONValue.Member($0, member.value) }
        }
        members.append(.init("latency", .object(latency)))
        if let rate { members.append(.init("rps", .object([.init("mean", rate.value)]))) }
        members.append(.init("codes", .object(report.group("Codes"))))
        members.append(.init("errors", .object(report.group("Errors"))))
        return .object(members)
    }

    /// `1 minute, 12 seconds`.
    private static func duration(_ text: String) -> Double? {
        let units = ["day": 86_400e3, "hour": 3_600e3, "minute": 60e3, "second": 1e3]
        var total = 0.0
        for part in text.split(separator: ",") {
            let words = part.split(separator: " ").map(String.init)
            guard words.count == 2, let count = DecimalText.number(words[0]),
                let unit = units[words[1].hasSuffix("s") ? String(words[1].dropLast()) : words[1]]
            else { return nil }
            total += count * unit
        }
        return total > 0 ? total : nil
    }
}
