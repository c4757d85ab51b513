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
            """)

    @OptionGroup var data: DataOptions
    @OptionGroup var session: SessionArgument
    @OptionGroup var table: TableOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    @Flag(help: "With --json: the histogram of each series as well, as [bucket, count] pairs.")
    var buckets = false

    func validate() throws {
        if buckets, !json { throw ValidationError("--buckets needs --json") }
    }

    func run() throws {
        try withFailures {
            let context = try data.resolve()
            let storage = try context.openForReading()
            let key = try session.find(context, in: storage)
            let index = try SessionIndex.current(key.user, key.session, in: storage)
            let summary = index.summary(now: .now, in: storage)
            if let problem = index.problem { printError("warning: \(problem)") }
            if json {
                printJSON(summary.json(withBuckets: buckets))
            } else {
                printText(table.text { Self.text(summary) })
            }
        }
    }

    private static func text(_ summary: SessionSummary) -> String {
        let name = printable(summary.name ?? summary.session.value)
        let id = printable("\(summary.user)/\(summary.session)")
        var text = TextTable.paragraph("\(name)  (\(id))")
        for note in summary.units { text += "! \(printable(note.text))\n" }
        let tables = summary.runs.map(table)
        for (run, table) in zip(summary.runs, tables) { text += "\n" + runText(run, table) }
        if let overflow = summary.overflow {
            text += "\nmore than \(IndexLimits.maxSeriesPerSession) series; the others combined:"
            text += " \(overflow.count) samples, \(overflow.errors) errors\n"
        }
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
            + run.doubts.map { "  ! \(printable($0))\n" }.joined()
            + (run.series.isEmpty ? "" : table.text)
    }

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
            let unit = series.unit.map { " (\($0))" } ?? ""
            let aggregate = series.aggregate
            table.add(
                [
                    "  \(series.metric)\(unit)", labels, "\(aggregate.count)",
                    "\(aggregate.errors)",
                ] + values(aggregate.successes))
            guard aggregate.failures.count > 0 else { continue }
            table.add(
                ["    failed", "", "\(aggregate.failures.count)", ""] + values(aggregate.failures))
        }
        return table
    }

    /// From minimum to maximum.
    private static func values(_ population: Population) -> [String] {
        guard population.count > 0 else { return Array(repeating: "-", count: 7) }
        return [NumberFormat.plain.value(population.min)]
            + [0.5, 0.9, 0.95, 0.99, 0.999].map { quantile(population, $0) }
            + [NumberFormat.plain.value(population.max)]
    }

    private static func quantile(_ population: Population, _ q: Double) -> String {
        guard let value = population.quantile(q) else { return "-" }
        return (population.hasFewSamples(beyond: q) ? "~" : "") + NumberFormat.plain.value(value)
    }
}
