import TrackerLog

/// What siege prints: with `--verbose` a line for each request, and at the end a report as text or
/// as JSON.
struct SiegeReport: LineFormat {
    static let name = "siege text"
    static let tool = "siege"
    static let lacks = ["percentiles of the report", "fractions of ten milliseconds"]

    static func recognises(_ head: FileHead) -> Bool {
        let lines = head.plainLines
        if lines.contains(where: { SiegeRequest($0) != nil }) { return true }
        let names = ["transactions", "availability", "elapsed"]
        return names.allSatisfy { name in
            lines.contains { line in
                line.lowercased().drop { "{\t \"".contains($0) }.hasPrefix(name)
            }
        }
    }

    private var numbers = SiegeNumbers()
    private var target = URLSummary()
    private var requests = 0
    private var hasDates = false
    private var labels: [String: [Label]] = [:]
    private var lastPlace = ImportPlace(line: 1, offset: 0)

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        let text = line.plainText.trimmedBlanks
        if let request = SiegeRequest(text) {
            if !numbers.isEmpty { end(into: &output) }
            add(request, to: &output)
        } else if text.hasPrefix("** SIEGE") || text.hasPrefix("The server is now under siege") {
            if !numbers.isEmpty { end(into: &output) }
        } else {
            if text.drop(while: { "{\t \"".contains($0) }).lowercased().hasPrefix("transactions"),
                !numbers.isEmpty
            {
                end(into: &output)
            }
            if numbers.read(text) {
                lastPlace = line.place
            } else if SiegeRequest.begins(text) {
                output.lost("the line of a request is cut or damaged", at: line.place)
            }
        }
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        end(into: &output)
        guard output.runs.isEmpty else { return }
        throw .refused(
            format: Self.name, reason: "there is no number of a report in it",
            advice: "Save all that siege prints: siege … > FILE 2>&1", place: nil)
    }

    private mutating func add(_ request: SiegeRequest, to output: inout ImportOutput) {
        requests += 1
        if request.end != nil { hasDates = true }
        if request.url.contains("://") { target.add(request.url) }
        let ms = request.seconds * 1e3
        let start = request.end.map { $0.advanced(byMilliseconds: -ms) }
        output.sample(
            "http.latency_ms", ms, at: start ?? output.source.anchor.time,
            lastingMs: request.end == nil ? 0 : ms, unit: "ms", labels: labels(of: request),
            ok: request.status > 0 && request.status < 400)
    }

    private mutating func labels(of request: SiegeRequest) -> [Label] {
        let route = URLSummary.route(of: request.url)
        let key = "\(request.status) \(request.method ?? "") \(route)"
        if let known = labels[key] { return known }
        var new = [Label("route", route)]
        if let method = request.method { new.append(Label("method", method)) }
        if request.status > 0 { new.append(Label("status", String(request.status))) }
        if labels.count < ImportLimits.maxKnownLabels { labels[key] = new }
        return new
    }

    private mutating func end(into output: inout ImportOutput) {
        guard requests > 0 || !numbers.isEmpty else { return }
        var run = ImportedRun()
        run.target = target.text
        if run.target == nil { run.lacks.append("the URL") }
        run.durationMs = numbers.elapsedSeconds.map { $0 * 1e3 }
        run.latency = .uncorrected
        if !numbers.isEmpty {
            numbers.report(to: &run)
            if !numbers.isWhole {
                output.lostEnd(of: "report", at: lastPlace)
            }
        }
        if requests == 0 {
            run.lacks.append("single requests")
        } else if !hasDates {
            run.lacks.append("when each request was sent")
        }
        run.isRelative = !hasDates
        if hasDates { run.timeSource = .assumedUTC }
        output.endRun(run)
        (numbers, target, requests, hasDates) = (SiegeNumbers(), URLSummary(), 0, false)
    }
}

/// A line of `--verbose`.
struct SiegeRequest {
    var status: Int
    var seconds: Double
    var method: String?
    var url: String
    var end: Timestamp?

    /// `HTTP/1.1 200     0.02 secs:    1234 bytes ==> GET  /path`, or with commas
    /// `   4,HTTP/1.1,200,  0.36,   3372,/,0,2015-12-20 21:30:13`; a time may stand before.
    init?(_ text: String) {
        let rest = Self.withoutTime(text)
        let cells = rest.split(separator: ",", omittingEmptySubsequences: false)
            .map { String($0).trimmedBlanks }
        if let http = cells.prefix(2).firstIndex(where: { Self.isProtocol($0) }),
            cells.count >= http + 7
        {
            guard let status = Int(cells[http + 1]),
                let seconds = DecimalText.number(cells[http + 2]), seconds >= 0,
                Int(cells[http + 3]) != nil
            else { return nil }
            self.status = status
            self.seconds = seconds
            url = cells[(http + 4)..<(cells.count - 2)].joined(separator: ",")
            guard case .time(let time, _) = TimeText.read(cells[cells.count - 1]) else {
                return nil
            }
            end = time
            return
        }
        let words = rest.split(separator: " ").map(String.init)
        guard words.count >= 8, Self.isProtocol(words[0]), let status = Int(words[1]),
            let seconds = DecimalText.number(words[2]), seconds >= 0,
            words[3].hasPrefix("secs"), words[6] == "==>"
        else { return nil }
        self.status = status
        self.seconds = seconds
        method = words.count > 8 ? words[7] : nil
        url = words[words.count > 8 ? 8 : 7]
    }

    private static func withoutTime(_ text: String) -> Substring {
        guard text.hasPrefix("["), let close = text.firstIndex(of: "]") else { return text[...] }
        return text[text.index(after: close)...].drop { $0 == " " }
    }

    /// Whether the text is what is left of such a line.
    static func begins(_ text: String) -> Bool {
        guard !text.isEmpty else { return false }
        let text = withoutTime(text)
        if "HTTP/".hasPrefix(text) || text.hasPrefix("[") { return true }
        let cells = text.split(separator: ",").map { String($0).trimmedBlanks }
        if cells.count > 1 { return cells.prefix(2).contains(where: isProtocol) }
        // `HTTP/1.1 200 OK` is the beginning of an answer, which `--print` shows.
        let words = text.split(separator: " ").prefix(3).map(String.init)
        guard let first = words.first, isProtocol(first) else { return false }
        return words.count < 3 || DecimalText.number(words[2]) != nil
    }

    private static func isProtocol(_ word: String) -> Bool { word.hasPrefix("HTTP/") }
}
