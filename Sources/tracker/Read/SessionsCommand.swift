import ArgumentParser
import TrackerAnalysis
import TrackerIndexer
import TrackerLog

/// `tracker sessions`: the session list.
struct SessionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions",
        abstract: "List the sessions, newest first.",
        discussion: """
            Words are searched for in names, ids, users, tags and targets. All conditions must \
            hold, as in the filter of the page: tag:, target:, user:, commit:, test:, name:, \
            since:, until:, is:running, is:failed, is:damaged, is:archived, and numbers such as \
            p99>20ms, p50<3ms, errors>0, errors>1%, errors=0, rate>100, n>1000, runs>3, \
            events>50 (in quotes, because of the shell). A - before a word leaves out what it \
            finds, after -- or with --query, which takes the whole filter of a page. since: and \
            until: take a day like 2026-11-25, today, yesterday, monday or 7d. Times without a \
            zone are UTC. The words worse and better find sessions that are beyond what their \
            earlier sessions vary by.

            EXAMPLES
              tracker sessions
              tracker sessions --tag pool --since 2026-11-01 --sort p99
              tracker sessions checkout target:8080 --json
              tracker sessions since:monday is:failed "p99>20ms"
              tracker sessions commit:9f3c2a1 worse
              tracker sessions --query 'tag:"postgres 16" -is:failed'
            """)

    @OptionGroup var data: DataOptions
    @OptionGroup var table: TableOptions

    @Argument(help: "Only sessions with these words.")
    var words: [String] = []

    @Option(
        name: [.customLong("query"), .customLong("q")], parsing: .unconditional,
        help: ArgumentHelp(
            "Only those of this filter, as on the page: archived ones only with is:archived.",
            valueName: "filter"))
    var query: String?

    @Option(help: "Only those with this tag; may be repeated.")
    var tag: [String] = []

    @Option(help: "Only those with this in a target.")
    var target: [String] = []

    @Option(help: "Only those with this in their name, id, user, tags or targets.")
    var text: [String] = []

    @Option(
        help: ArgumentHelp(
            "Only those with an event at or after this day or time.", valueName: "time"))
    var since: String?

    @Option(
        help: ArgumentHelp("Only those with an event before this day or time.", valueName: "time"))
    var until: String?

    @Option(
        help: ArgumentHelp(
            "Sort order: \(SessionsCommand.orders).", valueName: "order"))
    var sort = CatalogFilter.Order.newest

    @Flag(help: "Turn the order; sessions without a value stay last.")
    var reverse = false

    @Flag(help: "Print a JSON array.")
    var json = false

    private static let orders =
        CatalogFilter.Order.allCases.map(\.rawValue).joined(separator: ", ")

    func validate() throws { _ = try filter }

    private var filter: CatalogFilter {
        get throws {
            var terms = queries.flatMap(\.terms)
            terms += tag.map(CatalogFilter.Term.tag) + target.map(CatalogFilter.Term.target)
            terms += text.map(CatalogFilter.Term.text)
            if let user = data.user {
                guard let id = UserID(valid: user) else {
                    throw ValidationError("--user \"\(printable(user))\" is no id")
                }
                terms.append(.owner(id))
            }
            if let since { terms.append(.since(try Self.time(since, "--since"))) }
            if let until { terms.append(.until(try Self.time(until, "--until"))) }
            return CatalogFilter(
                terms: terms, order: sort, isReversed: reverse, hidesArchived: query != nil)
        }
    }

    private var queries: [CatalogQuery] {
        [CatalogQuery(words: words, now: .now)]
            + (query.map { [CatalogQuery($0, now: .now)] } ?? [])
    }

    private static func time(_ text: String, _ option: String) throws -> Timestamp {
        guard let time = CatalogFilter.Term.time(text, now: .now) else {
            throw ValidationError(
                "\(option) \"\(printable(text))\": give a day like 2026-11-25, monday or 7d,"
                    + " or a time like 2026-11-25T14:02:11Z")
        }
        return time
    }

    func run() throws {
        try withFailures {
            let storage = try data.resolve().openForReading()
            let indexer = Indexer(storage: storage, threads: IndexCommand.coreCount)
            let (all, report) = try indexer.catalog()
            for doubt in queries.flatMap(\.doubts) {
                printError("warning: \(printable(doubt))")
            }
            let entries = try filter.found(in: all)
            let unkept = all.count { $0.unkeptNames > 0 }
            if unkept > 0, !words.isEmpty || query != nil {
                printError(
                    "warning: \(unkept) sessions have more targets, tags, commits or tests than"
                        + " the list has room for, and are found by some of them only")
            }
            if json {
                printJSON(.array(entries.map(\.json)))
            } else {
                printText(
                    entries.isEmpty && !all.isEmpty
                        ? "no session of \(all.count) matches\n"
                        : table.text { Self.text(entries) })
            }
            for problem in report.problems { printError("warning: \(printable(problem))") }
        }
    }

    private static func text(_ entries: [CatalogEntry]) -> String {
        guard !entries.isEmpty else {
            return hinted(
                "no sessions yet: `tracker demo` records one, `tracker load URL` tests a URL\n")
        }
        let hasDamage = entries.contains { $0.damageCount > 0 }
        let hasFailure = entries.contains { $0.failure != nil }
        var columns: [TextTable.Column] = [
            .init("SESSION", .left), .init("NAME", .left, overflow: .cut(to: 8)),
            .init("STARTED (UTC)", .left, rank: 4), .init("RUNS", .right, rank: 2),
            .init("EVENTS", .right, rank: 8),
            .init("METRIC", .left, rank: 1, overflow: .cut(to: 10)),
            .init("PER SECOND", .right, rank: 5), .init("N", .right, rank: 7),
            .init("P50", .right), .init("P99", .right), .init("ERRORS", .right, rank: 3),
            .init("DATA", .left, rank: hasDamage ? 0 : 6),
        ]
        if hasFailure { columns.append(.init("LAST RUN", .left, overflow: .cut(to: 16))) }
        var table = TextTable(columns)
        for entry in entries {
            let headline = entry.headline
            let cells: [String] =
                [
                    "\(entry.user)/\(entry.session)", entry.name ?? "",
                    entry.first.map { String($0.description.prefix(19)) } ?? "",
                    entry.isRunning ? "\(entry.runCount) *" : "\(entry.runCount)",
                    "\(entry.eventCount)",
                ] + (entry.reported.map(Self.cells) ?? Self.cells(headline)) + [
                    entry.lost?.text ?? (entry.damageCount > 0 ? "damaged" : "whole")
                ]
            let failure = entry.failure.map { "failed: \($0)" } ?? ""
            table.add(hasFailure ? cells + [failure] : cells)
        }
        return table.textWithNote
            + TextTable.paragraph(
                "A ~ marks percentiles with fewer than 10 samples beyond them.")
    }

    /// Metric, rate, n, p50, p99 and errors.
    private static func cells(_ headline: CatalogEntry.Headline?) -> [String] {
        guard let headline else { return Array(repeating: "", count: 6) }
        return [
            headline.metric, headline.requestsPerSecond.map { NumberFormat.plain.value($0) } ?? "-",
            "\(headline.count)",
            quantile(headline, headline.p50, 0.5), quantile(headline, headline.p99, 0.99),
            "\(headline.errors)",
        ]
    }

    /// The same of runs that were reported: what stands for them is no percentile.
    private static func cells(_ reported: ReportedHeadline) -> [String] {
        let value = NumberFormat.plain.quantity(reported.newest, unit: reported.number.unit)
        return [
            "reported \(reported.metric) \(value)",
            reported.perSecond.map { NumberFormat.plain.value($0) } ?? "", "", "-", "-",
            reported.requests > 0 ? "\(reported.failed)" : "",
        ]
    }

    private static func quantile(
        _ headline: CatalogEntry.Headline, _ value: Double?, _ q: Double
    ) -> String {
        guard let value else { return "-" }
        let unit = headline.unit ?? ReportedNumber(name: headline.metric, value: value).unit
        return (headline.hasFewSamples(beyond: q) ? "~" : "")
            + NumberFormat.plain.cell(value, unit: unit)
    }
}

extension CatalogEntry {
    fileprivate var damageCount: Int {
        self.badRegionCount + self.badLineCount + self.missingFrames
    }
}

extension CatalogFilter.Order: ExpressibleByArgument {}
