import ArgumentParser
import TrackerIndexer
import TrackerLog

/// `tracker show USER/SESSION`: the numbers of one session.
struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the runs and series of one session.",
        discussion: """
            Percentiles are nearest-rank, from merged histograms, at most 0.4 % off. A ~ marks \
            those with fewer than 10 samples beyond them. Values are those of successes; a row \
            below has those of failures. N counts both.

            EXAMPLES
              tracker show ann/20261123-140211-9f3c77aa
              tracker show ann/20261123-140211-9f3c77aa --json
              tracker show ann/s1 --panel runs --metric heap_bytes --csv
            """)

    @OptionGroup var data: DataOptions
    @OptionGroup var session: SessionArgument
    @OptionGroup var table: TableOptions

    @Option(
        help: ArgumentHelp(
            "How many of the newest runs to list: a number, or all.", valueName: "number"))
    var runs = "100"

    @Flag(help: "Print one JSON object, with all runs.")
    var json = false

    @Flag(help: "With --json: the histogram of each series as well, as [bucket, count] pairs.")
    var buckets = false

    @OptionGroup var panel: PanelOptions

    func validate() throws {
        if let problem = panel.problem(json: json) { throw ValidationError(problem) }
        if buckets, !json { throw ValidationError("--buckets needs --json") }
        _ = try listed
    }

    /// How many runs to list; `nil` lists all.
    private var listed: Int? {
        get throws {
            if runs == "all" { return nil }
            guard let number = Int(runs), number > 0 else {
                throw ValidationError("--runs \"\(printable(runs))\": give a number, or all")
            }
            return number
        }
    }

    func run() throws {
        try withFailures {
            let context = try data.resolve()
            let storage = try context.openForReading()
            let key = try session.find(context, in: storage)
            let index = try SessionIndex.current(key.user, key.session, in: storage)
            let summary = index.summary(now: .now, in: storage)
            if let problem = index.problem { printError("warning: \(problem)") }
            if let chosen = panel.chosen {
                try panel.show(
                    chosen, of: summary, in: storage, json: json, table: table)
            } else if json {
                printJSON(summary.json(withBuckets: buckets))
            } else {
                let most = try listed ?? summary.runs.count
                printText(table.text { Self.text(summary, listing: most) })
            }
        }
    }

    private static func text(_ summary: SessionSummary, listing most: Int) -> String {
        let name = printable(summary.name ?? summary.session.value)
        let id = printable("\(summary.user)/\(summary.session)")
        var text = TextTable.paragraph("\(name)  (\(id))")
        for note in summary.units { text += "! \(printable(note.text))\n" }
        if let lost = summary.health.lost.text {
            text += TextTable.paragraph("! \(lost): \(RunSummary.lowerBound)")
        }
        let runs = summary.runs.suffix(most)
        if runs.count < summary.runs.count {
            text +=
                "\n"
                + TextTable.paragraph(
                    "the newest \(runs.count) of \(summary.runs.count) runs: --runs all lists the"
                        + " others")
        }
        let tables = runs.map(table)
        for (run, table) in zip(runs, tables) { text += "\n" + runText(run, table) }
        if let overflow = summary.overflow {
            text +=
                "\n"
                + TextTable.paragraph(
                    "\(IndexLimits.overflowText): \(overflow.count) samples, \(overflow.errors)"
                        + " errors; they count in the numbers of their run and metric, and"
                        + " `tracker cat` has them")
        }
        if summary.uncountedSamples > 0 {
            text +=
                "\n"
                + TextTable.paragraph("! \(IndexLimits.uncountedText(summary.uncountedSamples))")
        }
        for left in summary.unkeptTexts { text += "\n" + TextTable.paragraph("! \(left)") }
        let note = TextTable.note(tables)
        if !note.isEmpty { text += "\n" + note }
        let edits = EditText.table(summary.edits)
        if !edits.isEmpty { text += "\n" + edits }
        return text + "\n" + hinted(HealthText.summary(summary.health))
    }

    private static func runText(_ run: RunSummary, _ table: TextTable) -> String {
        let title = run.run.isEmpty ? "samples without a run" : "run \(printable(run.run))"
        var facts = [run.state.rawValue + (run.failure.map { ": \(printable($0))" } ?? "")]
        if let target = run.target { facts.append(printable(target)) }
        if let started = run.started { facts.append(started.description) }
        return "\(title): \(facts.joined(separator: ", "))\n"
            + (run.leftOut.map { "  ! \(printable($0.text))\n" } ?? "")
            + run.ownDoubts.map { "  ! \(printable($0))\n" }.joined()
            + (run.timelines.isEmpty ? "" : table.text) + reported(run)
    }

    /// What a tool reported of the run; a reader must not take it for measured.
    private static func reported(_ run: RunSummary) -> String {
        let numbers = run.reportedNumbers
        guard !numbers.isEmpty else { return "" }
        var texts = numbers.prefix(listedNumbers).map { number in
            let value = NumberFormat.plain.reported(number.value, unit: number.unit)
            return printable("\(number.name) \(value)")
        }
        if let requests = run.reportedRequests {
            texts.append("\(requests.failed) of \(requests.total) requests failed")
        }
        let more = numbers.count - min(numbers.count, listedNumbers)
        if more > 0 { texts.append("\(more) more with --json") }
        return TextTable.paragraph("  reported: \(texts.joined(separator: ", "))")
    }

    /// Numbers of a report printed for a run: two lines of a terminal.
    private static let listedNumbers = 8

    private static func table(_ run: RunSummary) -> TextTable {
        var table = TextTable([
            .init("  METRIC", .left, overflow: .cut(to: 14)),
            .init("LABELS", .left, overflow: .cut(to: 12)), .init("N", .right),
            .init("ERRORS", .right), .init("MIN", .right, rank: 4), .init("P50", .right),
            .init("P90", .right, rank: 5), .init("P95", .right, rank: 2), .init("P99", .right),
            .init("P99.9", .right, rank: 3), .init("MAX", .right, rank: 1),
        ])
        for series in run.series {
            let labels = series.labels.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
            add(series.metric, series.unit, labels, series.aggregate, to: &table)
        }
        for all in run.totalsBeyondSeries {
            add(all.metric, all.unit, "all labels", all.total, to: &table)
        }
        return table
    }

    private static func add(
        _ metric: String, _ unit: String?, _ labels: String, _ aggregate: Aggregate,
        to table: inout TextTable
    ) {
        table.add(
            [
                "  \(metric)\(unit.map { " (\($0))" } ?? "")", labels, "\(aggregate.count)",
                "\(aggregate.errors)",
            ] + values(aggregate.successes, unit))
        guard aggregate.failures.count > 0 else { return }
        table.add(
            ["    failed", "", "\(aggregate.failures.count)", ""]
                + values(aggregate.failures, unit))
    }

    /// From minimum to maximum.
    private static func values(_ population: Population, _ unit: String?) -> [String] {
        guard population.count > 0 else { return Array(repeating: "-", count: 7) }
        return [cell(population.min, unit)]
            + [0.5, 0.9, 0.95, 0.99, 0.999].map { quantile(population, $0, unit) }
            + [cell(population.max, unit)]
    }

    private static func quantile(
        _ population: Population, _ q: Double, _ unit: String?
    ) -> String {
        guard let value = population.quantile(q) else { return "-" }
        return (population.hasFewSamples(beyond: q) ? "~" : "") + cell(value, unit)
    }

    private static func cell(_ value: Double, _ unit: String?) -> String {
        NumberFormat.plain.cell(value, unit: unit)
    }
}
