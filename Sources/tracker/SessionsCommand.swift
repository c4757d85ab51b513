import ArgumentParser
import TrackerIndexer
import TrackerLog

/// `tracker sessions`: the session list.
struct SessionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions",
        abstract: "List the sessions, newest first.",
        discussion: """
            EXAMPLES
              tracker sessions
              tracker sessions --json
            """)

    @OptionGroup var data: DataOptions

    @Flag(help: "Print a JSON array.")
    var json = false

    func run() throws {
        try withFailures {
            let storage = try data.resolve().openForReading()
            let indexer = Indexer(storage: storage, threads: IndexCommand.coreCount)
            let (entries, report) = try indexer.catalog()
            if json {
                print(JSONValue.array(entries.map(\.json)).text)
            } else {
                print(Self.table(entries), terminator: "")
            }
            for problem in report.problems { printError("warning: \(printable(problem))") }
        }
    }

    private static func table(_ entries: [CatalogEntry]) -> String {
        guard !entries.isEmpty else {
            return "no sessions yet: `tracker demo` records one, `tracker load URL` tests a URL\n"
        }
        var table = TextTable([
            ("SESSION", .left), ("NAME", .left), ("STARTED (UTC)", .left), ("RUNS", .right),
            ("EVENTS", .right), ("METRIC", .left), ("PER SECOND", .right), ("P50", .right),
            ("P99", .right), ("ERRORS", .right), ("DATA", .left),
        ])
        for entry in entries {
            let headline = entry.headline
            let damage = entry.badRegionCount + entry.badLineCount + entry.missingFrames
            table.add([
                "\(entry.user)/\(entry.session)", entry.name ?? "",
                entry.firstMs.map { String(Timestamp.rfc3339(ms: $0).prefix(19)) } ?? "",
                entry.isRunning ? "\(entry.runCount) *" : "\(entry.runCount)",
                "\(entry.eventCount)", headline?.metric ?? "",
                headline.map { shortNumber($0.perSecond) } ?? "",
                headline.map { Self.quantile($0, $0.p50, 0.5) } ?? "",
                headline.map { Self.quantile($0, $0.p99, 0.99) } ?? "",
                headline.map { "\($0.errors)" } ?? "",
                damage > 0 ? "damaged" : "whole",
            ])
        }
        return table.text + "A ~ marks percentiles with fewer than 10 samples beyond.\n"
    }

    private static func quantile(
        _ headline: CatalogEntry.Headline, _ value: Double, _ q: Double
    ) -> String {
        (headline.hasFewSamples(beyond: q) ? "~" : "") + shortNumber(value)
    }
}
