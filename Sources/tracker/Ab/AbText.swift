import TrackerAnalysis
import TrackerLoad
import TrackerLog
import TrackerPages

/// An experiment, as text.
enum AbText {
    /// The names of the variants, and the table.
    static func text(_ experiment: Experiment) -> String {
        var text = ""
        for (index, name) in experiment.names.enumerated() {
            text += TextTable.paragraph("\(ExperimentSettings.letter(index))  \(printable(name))")
        }
        let unit = experiment.unit.map { " (\($0))" } ?? ""
        text += printable("\(experiment.settings.metric)\(unit)") + "\n\n"
        return text + table(experiment)
    }

    /// - Parameter isLive: on a narrow terminal the picture of the interval, which closes from
    ///   round to round, is worth more than the number of A.
    static func table(_ experiment: Experiment, isLive: Bool = false) -> String {
        var table = TextTable([
            .init("NUMBER", .left), .init("A", .right, rank: isLive ? 3 : 2),
            .init("OTHER", .left), .init("TO A", .right), .init("95 % INTERVAL", .right),
            .init("CLOSING", .left, rank: isLive ? 2 : 3), .init("ROUNDS", .right, rank: 4),
            .init("FINDING", .left),
        ])
        for row in experiment.rows {
            let level = { (value: Double?) -> String in
                value.map { CompareText.level($0, row.statistic, experiment.unit) } ?? "-"
            }
            table.add([
                name(row), level(row.first),
                "\(ExperimentSettings.letter(row.variant)) \(level(row.other))",
                row.difference.map { change($0, row) } ?? "-", interval(row),
                gauge(row, margin: experiment.settings.margin(of: row.statistic)),
                "\(row.points.count)", finding(row, experiment.settings),
            ])
        }
        return table.textWithNote
    }

    /// A line for each number, for a log.
    static func lines(_ experiment: Experiment) -> [String] {
        experiment.rows.map { row in
            let round = row.points.last.map { "\($0.round)" } ?? "-"
            let difference = row.difference.map { change($0, row) } ?? "-"
            return "round \(round): \(name(row)) of \(ExperimentSettings.letter(row.variant)) "
                + "\(difference) (\(interval(row))): \(finding(row, experiment.settings))"
        }
    }

    private static func name(_ row: ExperimentRow) -> String {
        GateLimit.name(of: row.statistic)
    }

    private static func change(_ value: Double, _ row: ExperimentRow) -> String {
        CompareText.change(value, row.statistic == .errorRate)
    }

    private static func interval(_ row: ExperimentRow) -> String {
        guard let point = row.points.last else { return "-" }
        let ends = [point.lower, point.upper].map { $0.map { change($0, row) } ?? "open" }
        return ends == ["open", "open"] ? "open" : ends.joined(separator: " to ")
    }

    private static func finding(_ row: ExperimentRow, _ settings: ExperimentSettings) -> String {
        guard row.finding == .equal else { return row.finding.words }
        let margin = settings.margin(of: row.statistic)
        let text =
            row.statistic == .errorRate
            ? NumberFormat.plain.value(margin, digits: 3) + " pp"
            : NumberFormat.plain.percent(share: margin)
        return "Equal within \(text)"
    }

    /// The interval as it closes, with nothing at `|`: `····[··o··]··|·······`.
    private static func gauge(_ row: ExperimentRow, margin: Double) -> String {
        let half = AbLimits.gaugeWidth / 2
        let span = margin * AbLimits.gaugeMargins
        func place(_ value: Double) -> Int {
            half + Int((min(max(value / span, -1), 1) * Double(half)).rounded())
        }
        var marks = Array(repeating: ".", count: AbLimits.gaugeWidth)
        if let point = row.points.last {
            let (low, high) = (point.lower.map(place), point.upper.map(place))
            for index in (low ?? 0)...max(high ?? AbLimits.gaugeWidth - 1, low ?? 0) {
                marks[index] = "-"
            }
            if let low { marks[low] = "[" }
            if let high { marks[high] = "]" }
        }
        marks[half] = "|"
        if let difference = row.difference { marks[place(difference)] = "o" }
        return marks.joined()
    }
}

/// Shows an experiment while it runs: a table that is drawn anew on a terminal, else lines.
struct AbDisplay {
    private let isTerminal: Bool
    private let isSilent: Bool
    /// Lines of the table on the screen.
    private var shown = 0

    init(json: Bool) {
        isSilent = json
        isTerminal = Console.current.isTerminal(.error)
    }

    mutating func show(_ experiment: Experiment, _ note: String) {
        guard !isSilent, !experiment.rounds.isEmpty else { return }
        guard isTerminal else {
            for line in AbText.lines(experiment) { printLine(line) }
            return
        }
        erase()
        let text = VisibleText.escaped(
            TextTable.paragraph(note) + AbText.table(experiment, isLive: true), keepsLines: true)
        shown = text.split(separator: "\n", omittingEmptySubsequences: false).count - 1
        showProgress(text)
    }

    /// What the load of a run does, in a line below the table.
    func progress(_ tag: ExperimentTag, _ run: LoadRun) -> TerminalProgress? {
        guard !isSilent else { return nil }
        let place = "round \(tag.round), \(ExperimentSettings.letter(tag.variant)): "
        return TerminalProgress.start { place + ReportText.progress(run.progress()) }
    }

    /// Takes the table from the screen: the last one is printed as the result.
    mutating func erase() {
        guard shown > 0 else { return }
        showProgress("\u{1B}[\(shown)A\u{1B}[J")
        shown = 0
    }
}
