import TrackerLog

/// What bombardier prints: several reports, and notes and prompts between them.
struct BombardierText: LineFormat {
    static let name = "bombardier text"
    static let tool = "bombardier"
    static let lacks = BombardierReport.lacks + ["digits that bombardier rounds away"]

    static func recognises(_ head: FileHead) -> Bool {
        let lines = head.plainLines
        return lines.contains(where: isTitle) && lines.contains { $0.hasPrefix("Reqs/sec") }
    }

    private enum Part { case statistics, percentiles, partPercentiles, codes, errors }

    private var run: ImportedRun?
    private var part = Part.statistics
    private var codes: [(name: String, count: Int)] = []
    private var errors: [JSONValue.Member] = []
    private var perSecond: Double?
    /// Of the line before a report: what is tested, and for how long.
    private var announced: ImportedRun?
    private var lastPlace = ImportPlace(line: 1, offset: 0)

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        let text = line.plainText.trimmedBlanks
        guard !text.isEmpty else { return }
        if text.hasPrefix("Bombarding ") {
            end(isWhole: false, into: &output)
            announced = Self.announced(text)
        } else if Self.isTitle(text) {
            end(isWhole: false, into: &output)
            run = announced ?? Self.announced(nil)
            announced = nil
            lastPlace = line.place
        } else if run != nil {
            lastPlace = line.place
            readRow(text)
            if text.hasPrefix("Throughput:") { end(isWhole: true, into: &output) }
        }
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        end(isWhole: false, into: &output)
        guard output.runs.isEmpty else { return }
        throw .refused(
            format: Self.name, reason: "there is no whole report in it",
            advice: "Save all that bombardier prints: bombardier -l URL > FILE", place: nil)
    }

    private static func isTitle(_ text: String) -> Bool {
        text.hasPrefix("Statistics")
            && text.split(separator: " ").elementsEqual(["Statistics", "Avg", "Stdev", "Max"])
    }

    /// `Bombarding http://localhost/ for 1m0s using 100 connection(s)`, or `with 100 request(s)`.
    private static func announced(_ text: String?) -> ImportedRun {
        var run = ImportedRun()
        run.latency = .uncorrected
        let words = (text ?? "").split(separator: " ").map(String.init)
        guard words.count > 1 else {
            run.lacks.append("the URL")
            return run
        }
        run.target = words[1]
        for (name, value) in zip(words.dropFirst(2), words.dropFirst(3)) {
            switch name {
            case "using": add("numberOfConnections", value, &run)
            case "with": add("numberOfRequests", value, &run)
            case "for": run.durationMs = DurationText.go(value)
            default: break
            }
        }
        return run
    }

    private static func add(_ name: String, _ value: String, _ run: inout ImportedRun) {
        if let count = Int(value) { run.params.append(.init(name, .integer(count))) }
    }

    private mutating func readRow(_ text: String) {
        if text.hasPrefix("Latency Distribution") {
            // Later versions print one of all answers and one of each kind of status.
            let isOfAll = text == "Latency Distribution" || text.hasSuffix("(Total)")
            part = isOfAll ? .percentiles : .partPercentiles
            if !isOfAll { run?.leftOut.append("percentiles of one kind of status") }
        } else if text == "HTTP codes:" {
            part = .codes
        } else if text == "Errors:" {
            part = .errors
        } else {
            readNumbers(text)
        }
    }

    private mutating func readNumbers(_ text: String) {
        switch part {
        case .statistics:
            let words = text.split(separator: " ").map(String.init)
            guard words.count == 4 else { return }
            if words[0] == "Reqs/sec" { perSecond = DecimalText.number(words[1]) }
            guard words[0] == "Latency" else { return }
            for (name, word) in zip(["avg_latency_ms", "stdev_ms", "max_ms"], words.dropFirst()) {
                run?.reported.add(name, DurationText.milliseconds(word))
            }
        case .percentiles:
            let words = text.split(separator: " ").map(String.init)
            guard words.count == 2, words[0].hasSuffix("%") else { return }
            run?.reported.percentile(
                String(words[0].dropLast()), ms: DurationText.milliseconds(words[1]))
        case .partPercentiles: break
        case .codes:
            for pair in text.split(separator: ",") {
                let words = pair.split(separator: " ").map(String.init)
                guard words.count == 3, words[1] == "-", let count = Int(words[2]) else { continue }
                codes.append((words[0], count))
            }
        case .errors:
            guard let dash = text.lastIndex(of: "-"),
                let count = Int(String(text[text.index(after: dash)...]).trimmedBlanks)
            else { return }
            let name = String(text[..<dash]).trimmedBlanks.prefix(ImportLimits.maxLabelBytes)
            errors.append(.init(String(name), .integer(count)))
        }
    }

    private mutating func end(isWhole: Bool, into output: inout ImportOutput) {
        guard var run else { return }
        if !isWhole { output.lostEnd(of: "report", at: lastPlace) }
        // The last of the counts: without it the others are not all.
        let isCounted = codes.contains { $0.name == "others" }
        let total = isCounted ? codes.total : nil
        let failed = isCounted ? codes.failuresOfBombardier : nil
        run.reported.requests(total: total, failed: failed)
        run.reported.rate(ofAll: perSecond, total: total, failed: failed)
        run.reported.outcomes(codes.filter { $0.count > 0 })
        if !errors.isEmpty { run.reported.add("errors", json: .object(errors)) }
        run.reported.add("duration_s", run.durationMs.map { $0 / 1e3 })
        if run.durationMs == nil { run.lacks.append("the length of the test") }
        if !run.reported.names.contains(where: { $0.hasPrefix("p") }) {
            run.lacks.append(BombardierReport.percentilesLack)
        }
        run.leftOut.append("the throughput in bytes")
        output.endRun(run)
        self.run = nil
        (codes, errors, perSecond, part) = ([], [], nil, .statistics)
    }
}
