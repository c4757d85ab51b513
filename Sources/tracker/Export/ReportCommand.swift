import ArgumentParser
import TrackerAnalysis
import TrackerExport
import TrackerIndexer
import TrackerLog
import TrackerPages

/// `tracker report USER/SESSION…`: a page, a table or a chart to hand on.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write a session or a comparison as one file to hand on.",
        discussion: """
            One name gives the page of the session, two the page of their comparison (A, then \
            B), as one HTML file: it asks for nothing, needs no script, and prints. The events \
            are in it, compressed, so that `tracker import` takes it back; where they would \
            make it too large, the histograms of each second are. The page says which.

            EXAMPLES
              tracker report ann/s1 -o s1.html
              tracker report ann/before ann/after -o change.html
              tracker report ann/before ann/after --markdown
              tracker report ann/s1#r1 --svg over-time -o r1.svg
              tracker report ann/s1 --png -o s1.png
            """)

    @OptionGroup var data: DataOptions
    @OptionGroup var selected: SelectedRuns

    @Option(help: "The metric (default: the latency with the most samples).")
    var metric: String?

    @Flag(help: "Write Markdown for a pull request: verdict, table, n and interval.")
    var markdown = false

    @Option(
        help: ArgumentHelp(
            "Write one chart of a session as SVG: "
                + "\(ChartFile.allCases.map(\.rawValue).joined(separator: " or ")).",
            valueName: "chart"))
    var svg: String?

    @Flag(help: "Write a picture of the page, made by Chromium.")
    var png = false

    @OptionGroup var file: OutputFileOptions

    func validate() throws {
        guard selected.names.count <= 2 else {
            throw ValidationError("a report is of one session, or of two that are compared")
        }
        let forms = (markdown ? 1 : 0) + (svg == nil ? 0 : 1) + (png ? 1 : 0)
        guard forms <= 1 else {
            throw ValidationError("give one of --markdown, --svg and --png")
        }
        if let svg, ChartFile(rawValue: svg) == nil {
            let names = ChartFile.allCases.map(\.rawValue).joined(separator: " or ")
            throw ValidationError("--svg \(printable(svg)): give \(names)")
        }
        if svg != nil, selected.names.count > 1 {
            throw ValidationError("--svg is of one session")
        }
        if png, file.isTerminal {
            throw ValidationError("the picture is binary: name it with -o")
        }
    }

    func run() throws {
        try withFailures {
            let context = try data.resolve()
            let storage = try context.openForReading()
            try file.checkFree()
            let chosen = try selected.find(context, in: storage)
            let report = Report(
                names: selected.names, metric: metric, chosen: chosen, context: context,
                storage: storage)
            var bytes: [UInt8]
            if markdown {
                bytes = Array(try report.markdown().utf8)
            } else if let chart = svg.flatMap(ChartFile.init(rawValue:)) {
                bytes = try report.svg(chart)
            } else if png {
                bytes = try PagePicture.png(of: try report.page(withEvents: false))
            } else {
                bytes = try report.page(withEvents: true)
            }
            try OutputFile.write(&bytes, to: file.output)
        }
    }
}

/// What a report is made of.
private struct Report {
    let names: [String]
    let metric: String?
    let chosen: ExportSelection
    let context: DataContext
    let storage: PosixStorage

    private var isComparison: Bool { names.count > 1 }

    func markdown() throws -> String {
        if isComparison { return ReportMarkdown.text(try comparison().answer) }
        let session = try session()
        return ReportMarkdown.text(session.summary, verdict(session))
    }

    func svg(_ chart: ChartFile) throws -> [UInt8] {
        let session = try session()
        guard let bytes = chart.svg(session.summary, query: SessionQuery(metric: metric)) else {
            throw CommandFailure(
                "there is no chart: the session has no samples with a time of its own")
        }
        return bytes
    }

    func page(withEvents: Bool) throws -> [UInt8] {
        let draw = try drawing()
        guard withEvents else { return draw(PageFile(events: [], holds: "")) }
        // The page is as long as it is: the events have what is left.
        let room = ExportLimits.reportBytes - draw(PageFile(events: [], holds: "")).count
        do throws(ExportError) {
            let events = try EmbeddedEvents(
                chosen, room: Self.room(room), from: storage, now: .now)
            return draw(PageFile(events: events.text, holds: events.holds))
        } catch {
            throw CommandFailure(printable("\(error)"))
        }
    }

    /// Line breaks, the marks and what the page says of the events take some of it.
    private static func room(_ bytes: Int) -> Int { max(0, bytes - 2_000) * 120 / 121 }

    private func drawing() throws -> (PageFile) -> [UInt8] {
        let now = Timestamp.now
        if isComparison {
            let model = try comparison()
            let summaries = chosen.sessions.map(\.summary)
            return { compareFile(model, summaries: summaries, file: $0, now: now) }
        }
        let session = try session()
        let verdict = verdict(session)
        let query = SessionQuery(metric: metric)
        return { file in
            sessionFile(session.summary, query: query, verdict: verdict, file: file, now: now)
        }
    }

    private func session() throws -> ExportedSession {
        guard let session = chosen.sessions.first else {
            throw CommandFailure("name a session: USER/SESSION")
        }
        return session
    }

    /// That of the run, where one run is named.
    private func verdict(
        _ session: ExportedSession
    ) -> Result<SessionVerdict, MissingVerdict> {
        SessionVerdict.of(
            session.summary, run: session.onlyRun, metric: metric, in: storage,
            threads: IndexCommand.coreCount)
    }

    private func comparison() throws -> CompareModel {
        var selection = RunSelection(
            in: storage, user: context.user, target: nil, threads: IndexCommand.coreCount)
        do {
            let groups = try selection.groups(names.map { [$0] })
            let settings = ComparisonSettings(metric: metric)
            let answer = try ComparisonAnswer(groups[0], groups[1], settings: settings) { metric in
                try selection.history(of: groups, metric: metric)
            }
            let parts = try names.map { name in
                let (key, run) = try selection.find(name)
                return CompareModel.Part(user: key.user, session: key.session, run: run)
            }
            let query = CompareQuery(a: names[0], b: [names[1]], metric: metric)
            return try CompareModel(
                query, a: groups[0], b: groups[1], parts: ([parts[0]], [parts[1]]),
                answer: answer, warnings: selection.warnings)
        } catch let error as RunSelectionError {
            throw SessionArgument.failure(error, context)
        } catch let error as ComparisonError {
            throw CommandFailure(printable("\(error)"))
        }
    }
}
