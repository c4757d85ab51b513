import TrackerLog

/// What k6 prints at the end of a test: a list of metrics, since 1.0 in sections. Several in one
/// text are runs of their own.
struct K6PrintedSummary: LineFormat {
    static let name = "k6 text"
    static let tool = "k6"
    static let lacks = [
        "single requests", "the start of the test", "the URL", "digits that k6 rounds away",
    ]

    static func recognises(_ head: FileHead) -> Bool {
        let lines = head.plainLines
        let hasRow = lines.contains { line in
            K6PrintedRow(line).map { K6Known.isMetricList([$0.name]) } ?? false
        }
        // Before the summary of a long test are more lines of progress than a head holds.
        let isProgress =
            !head.isWhole && !head.beginsJSON
            && lines.contains { $0.hasPrefix("execution: ") }
            && lines.contains { $0.hasPrefix("scenarios: (") }
        return hasRow || isProgress
    }

    private enum Section { case thresholds, metrics, part }

    private var reading: K6SummaryReading?
    private var section = Section.metrics
    private var names: Set<String> = []
    /// The last row: the next line shows that it is whole.
    private var open: (row: K6PrintedRow, text: String)?
    /// Of the last row.
    private var lastPlace: ImportPlace?
    /// The metric that conditions below it are about.
    private var thresholdMetric = ""
    private var broken: [(metric: String, condition: String)] = []
    private var hasParts = false
    /// Whether the state of the test at its end stands below the metrics.
    private var hasTail = false

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        let text = line.plainText.trimmedBlanks
        guard !text.isEmpty else { return }
        if let title = Self.title(text) {
            takeOpen()
            begin(title, into: &output)
        } else if let row = K6PrintedRow(text) {
            read(row, text, line.place, into: &output)
        } else if section == .thresholds {
            readThreshold(text)
        } else {
            takeOpen()
            // The same is printed while the test goes on, before the metrics.
            guard reading != nil, text.hasPrefix("running (") else { return }
            (hasTail, section) = (true, .metrics)
        }
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        // The last line of a report that is cut may be a part of one.
        if let row = open?.row, !isWhole, !names.union([row.name]).isSuperset(of: Self.lastNames) {
            open = nil
        }
        end(into: &output)
        guard output.runs.isEmpty else { return }
        throw .refused(
            format: Self.name, reason: "no list of metrics is in it",
            advice: "Save all that k6 prints, or let it write one:"
                + " k6 run --summary-export=summary.json script.js",
            place: nil)
    }

    /// `█ TOTAL RESULTS`, `█ GROUP: cart`, `→ GROUP: sum`. A group of older versions is a title
    /// as well, of checks alone.
    private static func title(_ text: String) -> Section? {
        if text.hasPrefix("execution: ") { return .metrics }
        let words = text.drop { " #█→".contains($0) }
        switch String(words).trimmedBlanks {
        case "THRESHOLDS": return .thresholds
        case "TOTAL RESULTS": return .metrics
        case let name where name.hasPrefix("GROUP: ") || name.hasPrefix("SCENARIO: "):
            return words.count < text.count ? .part : nil
        default: return nil
        }
    }

    private mutating func begin(_ next: Section, into output: inout ImportOutput) {
        // Conditions come before the metrics that they are of.
        if next != .part, !names.isEmpty { end(into: &output) }
        if next == .thresholds { broken = [] }
        section = next
    }

    /// `✗ 'p(95)<2000' p(95)=13.83s`, below the name of the metric.
    private mutating func readThreshold(_ text: String) {
        guard let mark = text.first, mark == "✓" || mark == "✗" else {
            thresholdMetric = text
            return
        }
        let parts = text.split(separator: "'", omittingEmptySubsequences: false)
        guard mark == "✗", parts.count >= 3 else { return }
        broken.append((thresholdMetric, parts[1..<(parts.count - 1)].joined(separator: "'")))
    }

    private mutating func read(
        _ row: K6PrintedRow, _ text: String, _ place: ImportPlace, into output: inout ImportOutput
    ) {
        guard section != .part else {
            hasParts = true
            return
        }
        section = .metrics
        // The same line twice is damage, another one of the same metric the next report.
        if let open, open.text.isExactly(text) { return }
        takeOpen()
        if hasTail || (!row.isPart && names.contains(row.name)) { end(into: &output) }
        (open, lastPlace) = ((row, text), place)
    }

    private mutating func takeOpen() {
        guard let row = open?.row else { return }
        open = nil
        if reading == nil { reading = K6SummaryReading() }
        if !row.isPart { names.insert(row.name) }
        reading?.add(row.name, unit: row.unit, values: row.values)
        if row.isBroken { reading?.addThresholds(row.name, broken: ["not said by the file"]) }
    }

    /// The last rows of all versions, in the one order or the other.
    private static let lastNames: Set = ["data_sent", "vus_max"]

    private var isWhole: Bool { hasTail || names.isSuperset(of: Self.lastNames) }

    private mutating func end(into output: inout ImportOutput) {
        takeOpen()
        if let lastPlace, !isWhole { output.lostEnd(of: "report", at: lastPlace) }
        if var reading {
            let byMetric = Dictionary(grouping: broken, by: \.metric)
            for (metric, group) in byMetric.sorted(by: { $0.key < $1.key }) {
                reading.addThresholds(metric, broken: group.map(\.condition))
            }
            if hasParts { reading.leaveOut("the numbers of each group and scenario") }
            reading.finish(durationS: nil, end: nil, version: nil, into: &output)
        }
        (reading, names, broken, thresholdMetric) = (nil, [], [], "")
        (hasParts, hasTail, lastPlace) = (false, false, nil)
    }
}
