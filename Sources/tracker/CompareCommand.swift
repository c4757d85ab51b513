import ArgumentParser
import TrackerIndexer
import TrackerLog

/// `tracker compare A B`: whether one run, or group of runs, differs from another.
struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare two runs, or groups of runs: is B better or worse than A?",
        discussion: """
            A session with several runs is a group; #RUN names one of them. Each further argument is
            compared with the first. Intervals come from drawing blocks of seconds anew, or whole
            runs where a group has three or more; all of a table hold together at 95 %.

            EXAMPLES
              tracker compare ann/before ann/after
              tracker compare ann/nightly#run-1 ann/nightly#run-2 --metric http.service_ms
              tracker compare ann/before ann/after --min-effect 5% --json
            """)

    @OptionGroup var data: DataOptions

    @Argument(
        help: ArgumentHelp(
            "USER/SESSION or USER/SESSION#RUN, two or more.", valueName: "user/session#run"))
    var groups: [String]

    @Flag(help: "Print one JSON object a comparison.")
    var json = false

    @Option(help: "The metric (default: the latency that has most samples).")
    var metric: String?

    @Option(
        help: ArgumentHelp(
            "The smallest difference that matters to you, such as 2% or 0.02.", valueName: "share"))
    var minEffect: String = "2%"

    func validate() throws {
        guard groups.count >= 2 else {
            throw ValidationError("compare needs two: tracker compare USER/SESSION USER/SESSION")
        }
        _ = try Self.share(minEffect)
    }

    func run() throws {
        try withFailures {
            let context = try data.resolve()
            let storage = try context.openForReading()
            let settings = ComparisonSettings(
                metric: metric, minEffect: try Self.share(minEffect))
            let first = try group(groups[0], context, storage)
            for (place, name) in groups.dropFirst().enumerated() {
                let other = try group(name, context, storage)
                do throws(ComparisonError) {
                    let comparison = try Comparison(first, other, settings: settings)
                    if place > 0 && !json { print() }
                    print(
                        json ? comparison.json.text : CompareText.text(comparison),
                        terminator: json ? "\n" : "")
                } catch {
                    throw CommandFailure(printable("\(error)"))
                }
            }
        }
    }

    /// `2%` and `0.02` are the same.
    private static func share(_ text: String) throws -> Double {
        let isPercent = text.hasSuffix("%")
        guard let number = Double(isPercent ? String(text.dropLast()) : text), number > 0,
            number < (isPercent ? 100 : 1)
        else {
            throw ValidationError("--min-effect \"\(text)\": give it as 2% or 0.02, above zero")
        }
        return isPercent ? number / 100 : number
    }

    /// A whole name is a session before a part of it is: an id may hold `#`.
    private func group(
        _ name: String, _ context: DataContext, _ storage: PosixStorage
    ) throws -> ComparisonGroup {
        var wantedRun: String?
        var key = try SessionArgument.find(name, context, in: storage)
        if key == nil, let mark = name.lastIndex(of: "#") {
            key = try SessionArgument.find(String(name[..<mark]), context, in: storage)
            wantedRun = String(name[name.index(after: mark)...])
        }
        guard let key else { throw SessionArgument.missing(name, context) }
        let index = try SessionIndex.current(key.user, key.session, in: storage)
        if let problem = index.problem { printError("warning: \(problem)") }
        let summary = index.summary(nowMs: WallClock.nowMs(), in: storage)
        if !summary.health.isWhole {
            printError("warning: \(printable(name)) is damaged: `tracker verify` lists where")
        }
        guard let wantedRun else { return ComparisonGroup(name: name, runs: summary.runs) }
        guard let run = summary.runs.first(where: { $0.run == wantedRun }) else {
            throw CommandFailure(
                "there is no run \(printable(wantedRun)) in \(key.user)/\(key.session):"
                    + " `tracker show` lists its runs")
        }
        return ComparisonGroup(name: name, runs: [run])
    }
}
