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
                printText(Self.text(summary))
            }
        }
    }

    private static func text(_ summary: SessionSummary) -> String {
        var text = "\(printable(summary.name ?? summary.session.value))"
        text += "  (\(printable("\(summary.user)/\(summary.session)")))\n"
        for run in summary.runs { text += "\n" + runText(run) }
        if let overflow = summary.overflow {
            text += "\nmore than \(IndexLimits.maxSeriesPerSession) series; the others combined:"
            text += " \(overflow.count) samples, \(overflow.errors) errors\n"
        }
        let edits = EditText.table(summary.edits)
        if !edits.isEmpty { text += "\n" + edits }
        return text + "\n" + HealthText.summary(summary.health)
    }

    private static func runText(_ run: RunSummary) -> String {
        let title = run.run.isEmpty ? "samples without a run" : "run \(printable(run.run))"
        var facts = [run.state.rawValue]
        if let target = run.target { facts.append(printable(target)) }
        if let started = run.started { facts.append(started.description) }
        var table = TextTable([
            ("  METRIC", .left), ("LABELS", .left), ("N", .right), ("ERRORS", .right),
            ("MIN", .right), ("P50", .right), ("P90", .right), ("P95", .right), ("P99", .right),
            ("P99.9", .right), ("MAX", .right),
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
        return "\(title): \(facts.joined(separator: ", "))\n"
            + (run.leftOut.map { "  ! \(printable(leftOut($0)))\n" } ?? "")
            + run.doubts.map { "  ! \(printable($0))\n" }.joined()
            + (run.series.isEmpty ? "" : table.text)
    }

    private static func leftOut(_ why: RunSummary.LeftOut) -> String {
        "left out of comparisons, trends and gates: \(why.reason)"
            + (why.by.map { " (\($0))" } ?? "")
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
