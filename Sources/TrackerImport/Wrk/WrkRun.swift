import TrackerLog

/// One report of wrk or wrk2, as far as it has been read.
struct WrkRun {
    private enum Part {
        case stats, percentiles, uncorrected, spectrum
    }

    private var part = Part.stats
    private var run = ImportedRun()
    private var isWrk2 = false
    private var spectra: [(isCorrected: Bool, spectrum: WrkSpectrum)] = []
    private var isCorrected = true
    private var printedSeconds: Double?
    private var isRounded = false
    private var total: Int?
    private var badStatus: Int?
    private var perSecond: Double?
    private(set) var hasNumbers = false

    private var isUnmeasured = false

    /// Whether its last lines have been read.
    var isWhole: Bool { perSecond != nil }

    /// `Running 30s test @ http://127.0.0.1:8080/`.
    static func target(in text: String) -> String? {
        guard text.hasPrefix("Running "), let sign = text.firstRange(of: " test @ ") else {
            return nil
        }
        return String(text[sign.upperBound...]).trimmedBlanks
    }

    /// A report of which the first lines are missing.
    static func isStart(_ text: String) -> Bool {
        ["Thread Stats", "Latency Distribution", "Detailed Percentile spectrum"].contains {
            text.hasPrefix($0)
        }
    }

    init(target: String?, command: ShellLine?) {
        run.target = target ?? command?.url
        if run.target == nil { run.lacks.append("the URL") }
        if let rate = command?.option("-R", "--rate").flatMap({ DecimalText.scaled($0) }) {
            run.params.append(.init("rate", .double(rate)))
        }
    }

    mutating func read(_ text: String) {
        if text.hasPrefix("Thread Stats") {
            part = .stats
        } else if text.hasPrefix("Latency Distribution") {
            isCorrected = !text.contains("Uncorrected")
            part = isCorrected ? .percentiles : .uncorrected
            if text.contains("HdrHistogram") { isWrk2 = true }
        } else if text.hasPrefix("Detailed Percentile spectrum") {
            (part, isWrk2) = (.spectrum, true)
            spectra.append((isCorrected, WrkSpectrum()))
        } else if !readTotals(text) {
            readRow(text)
        }
    }

    private mutating func readRow(_ text: String) {
        switch part {
        case .stats: readStats(text)
        case .percentiles: readPercentile(text, prefix: "")
        case .uncorrected: readPercentile(text, prefix: "uncorrected_")
        case .spectrum:
            guard let last = spectra.indices.last else { return }
            if spectra[last].spectrum.read(text) || spectra[last].spectrum.readFooter(text) {
                hasNumbers = true
            }
        }
    }

    private mutating func readStats(_ text: String) {
        let words = text.split(separator: " ").map(String.init)
        if words.count >= 5, words[1] == "threads", words[2] == "and" {
            for (name, word) in [("threads", words[0]), ("connections", words[3])] {
                if let count = Int(word) { run.params.append(.init(name, .integer(count))) }
            }
        } else if text.hasPrefix("Thread calibration") {
            isWrk2 = true
        } else if words.first == "Latency", words.count >= 4 {
            hasNumbers = true
            // Nothing takes no time: without a request, and with a script that pipelines, wrk
            // measures none, and prints zeros here and as percentiles.
            guard words[1...3].contains(where: { DurationText.milliseconds($0) ?? 0 > 0 }) else {
                isUnmeasured = true
                return
            }
            run.reported.add("avg_latency_ms", DurationText.milliseconds(words[1]))
            run.reported.add("stdev_ms", DurationText.milliseconds(words[2]))
            run.reported.add("max_ms", DurationText.milliseconds(words[3]))
        }
    }

    /// ` 50%  250.00us`, ` 99.900%   12.50ms`.
    private mutating func readPercentile(_ text: String, prefix: String) {
        let words = text.split(separator: " ")
        guard words.count == 2, words[0].hasSuffix("%"),
            let ms = DurationText.milliseconds(words[1])
        else { return }
        hasNumbers = true
        let percent = String(words[0].dropLast())
        guard DecimalText.number(percent) != nil else { return }
        run.reported.percentile(percent, ms: ms, prefix: prefix)
    }

    private mutating func readTotals(_ text: String) -> Bool {
        let words = text.split { " ,".contains($0) }.map(String.init)
        if words.count >= 6, words[1] == "requests", words[2] == "in", words[5] == "read" {
            total = Int(words[0])
            printedSeconds = DurationText.milliseconds(words[3]).map { $0 / 1e3 }
            isRounded = words[3].hasSuffix("m") || words[3].hasSuffix("h")
            run.reported.add("received_bytes", DecimalText.bytes(words[4]))
            hasNumbers = true
        } else if text.hasPrefix("Socket errors:") {
            readSocketErrors(Array(words.dropFirst(2)))
        } else if text.hasPrefix("Non-2xx or 3xx responses:") {
            badStatus = words.last.flatMap { Int($0) }
        } else if text.hasPrefix("Requests/sec:") {
            let value = String(text.dropFirst("Requests/sec:".count)).trimmedBlanks
            perSecond = DecimalText.number(value)
        } else {
            return text.hasPrefix("Transfer/sec:")
        }
        return true
    }

    /// `connect 0, read 3552, write 4, timeout 0`.
    private mutating func readSocketErrors(_ words: [String]) {
        var members: [JSONValue.Member] = []
        for index in stride(from: 0, to: words.count - 1, by: 2) {
            guard let count = Int(words[index + 1]) else { continue }
            members.append(.init(words[index], .integer(count)))
        }
        run.reported.add("socket_errors", json: .object(members))
    }

    func write(to output: inout ImportOutput) {
        var run = run
        if isUnmeasured {
            run.reported.removeTimes()
            if total ?? 0 > 0 { run.lacks.append("latencies: wrk measured none") }
        }
        // wrk prints the line of bad answers only if there was one.
        let failed = isWhole ? badStatus ?? 0 : badStatus
        run.reported.requests(total: total, failed: failed)
        run.reported.rate(ofAll: perSecond, total: total, failed: failed)
        let seconds = seconds
        run.reported.add("duration_s", seconds)
        run.durationMs = seconds.map { $0 * 1e3 }
        run.latency = isWrk2 ? .corrected : .adjusted
        run.isRelative = true
        run.params.append(.init("load_model", .string(isWrk2 ? "open" : "closed")))
        if isWrk2 { run.params.append(.init("variant", .string("wrk2"))) }
        run.leftOut.append("Req/Sec: it is of one thread")
        if let errors = run.reported.members.first(where: { $0.key == "socket_errors" }) {
            let timeouts = errors.value["timeout"]?.intValue ?? 0
            run.lacks.append(
                timeouts > 0
                    ? "how many requests the socket errors and timeouts belong to"
                    : "how many requests the socket errors belong to")
        }
        writeSpectra(&run, to: &output)
        output.endRun(run)
    }

    /// `2.00m` is rounded to 0.6 s: the rate tells more.
    private var seconds: Double? {
        guard isRounded, let total, let perSecond, total > 0, perSecond > 0 else {
            return printedSeconds
        }
        return Double(total) / perSecond
    }

    private func writeSpectra(_ run: inout ImportedRun, to output: inout ImportOutput) {
        for (isCorrected, spectrum) in spectra where !spectrum.isEmpty {
            let start = output.source.start(lastingMs: run.durationMs)
            if let distribution = spectrum.distribution(
                isCorrected ? "http.latency_ms" : "http.uncorrected_latency_ms", at: start,
                durationMs: run.durationMs)
            {
                output.distribution(distribution)
            }
            for point in spectrum.points where Self.round[point.share] != nil {
                // A value is the end of a bucket, and may lie beyond the longest time.
                run.reported.percentile(
                    Self.round[point.share] ?? "", ms: min(point.ms, spectrum.max ?? point.ms),
                    prefix: isCorrected ? "" : "uncorrected_")
            }
            if isCorrected {
                run.reported.add("avg_latency_ms", spectrum.mean)
                run.reported.add("max_ms", spectrum.max)
            }
        }
        if !spectra.isEmpty {
            run.lacks.append("values within a step of the spectrum: each counts as its end")
        }
        if isWrk2 { run.lacks.append("latencies of the first ten seconds, the calibration") }
    }

    /// Shares that stand for a percentile people ask for.
    private static let round = ["0.500000": "50", "0.750000": "75", "0.900000": "90"]
}
