import TrackerLog

/// What the text and the binary log of Gatling have in common.
struct GatlingRun {
    var simulation: String?
    var description: String?
    var version: String?
    var start: Timestamp?
    private var users = 0
    private var errors = 0
    private var errorTexts: [(name: String, count: Int)] = []
    private var labels: [String: [Label]] = [:]
    private(set) var isEmpty = true

    static let lacks = ["the URL", "status codes", "bytes"]

    mutating func request(
        groups: String, name: String, start: Timestamp, ms: Double, isOK: Bool, message: String,
        into output: inout ImportOutput
    ) {
        isEmpty = false
        output.sample(
            "http.latency_ms", ms, at: start, lastingMs: ms, unit: "ms",
            labels: labels(name, groups, message: isOK ? "" : message), ok: isOK)
    }

    /// A group lasts from its first request to the end of its last one, pauses included.
    mutating func group(
        _ groups: String, start: Timestamp, ms: Double, isOK: Bool, into output: inout ImportOutput
    ) {
        isEmpty = false
        output.sample(
            "group.latency_ms", ms, at: start, lastingMs: ms, unit: "ms",
            labels: labels("", groups, message: ""), ok: isOK)
    }

    mutating func user(isStart: Bool) {
        isEmpty = false
        if isStart { users = users.plus(1) }
    }

    mutating func error(_ text: String) {
        isEmpty = false
        errors = errors.plus(1)
        let text = String(text.trimmedBlanks.prefix(ImportLimits.maxLabelBytes))
        if let index = errorTexts.firstIndex(where: { $0.name == text }) {
            errorTexts[index].count += 1
        } else if errorTexts.count < ImportLimits.maxReportedParts {
            errorTexts.append((text, 1))
        }
    }

    func end(into output: inout ImportOutput) {
        var run = ImportedRun()
        run.test = simulation.flatMap { $0.isEmpty ? nil : $0 }
        run.toolVersion = version
        run.start = start
        run.latency = .uncorrected
        if let description, !description.trimmedBlanks.isEmpty {
            run.params.append(.init("description", .string(description.trimmedBlanks)))
        }
        if users > 0 { run.params.append(.init("users", .integer(users))) }
        if errors > 0 {
            run.reported.add("tool_errors", count: errors)
            run.reported.add("errors", json: .array(errorTexts.map(Self.json)))
        }
        run.leftOut = ["assertions", "when each user came and went"]
        output.endRun(run)
    }

    private static func json(_ text: (name: String, count: Int)) -> JSONValue {
        .object([.init("error", .string(text.name)), .init("count", .integer(text.count))])
    }

    private mutating func labels(_ name: String, _ groups: String, message: String) -> [Label] {
        let key = [name, groups, message].joined(separator: "\u{0}")
        if let known = labels[key] { return known }
        var new: [Label] = []
        for (label, value) in [("route", name), ("group", groups), ("error", message)] {
            let text = value.trimmedBlanks.prefix(ImportLimits.maxLabelBytes)
            if !text.isEmpty { new.append(Label(label, String(text))) }
        }
        if labels.count < ImportLimits.maxKnownLabels { labels[key] = new }
        return new
    }
}
