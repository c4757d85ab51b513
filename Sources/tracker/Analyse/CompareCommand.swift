import ArgumentParser
import TrackerAnalysis
import TrackerIndexer
import TrackerLog

/// `tracker compare A B`: whether one run, or group of runs, differs from another.
struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare two runs, or groups of runs: is B better or worse than A?",
        discussion: """
            A session with several runs is a group; #RUN selects one of them. `baseline` is what \
            `tracker baseline` pinned for the target, `commit:HASH` all finished runs of a commit. \
            --before and --after join several into one group. Each further argument is compared \
            with the first. All intervals of a table hold simultaneously at 95 %. Where a group \
            has fewer than three runs, the spread between runs comes from earlier runs of the \
            target under like conditions; without those there is no verdict (--run-noise).

            EXAMPLES
              tracker compare ann/before ann/after
              tracker compare ann/nightly#run-1 ann/nightly#run-2 --metric http.service_ms
              tracker compare baseline ann/after
              tracker compare commit:0123abc commit:4567def --target http://localhost:3000/
              tracker compare --before ann/mon,ann/tue --after ann/wed,ann/thu
              tracker compare ann/before ann/after --min-effect 5% --json
              tracker compare ann/before ann/after --run-noise 2%
            """)

    @OptionGroup var data: DataOptions
    @OptionGroup var table: TableOptions

    @Argument(
        help: ArgumentHelp(
            "Two or more of USER/SESSION, USER/SESSION#RUN, baseline, commit:HASH.",
            valueName: "group"))
    var groups: [String] = []

    @Option(
        help: ArgumentHelp(
            "The first group, its names separated by commas.", valueName: "groups"))
    var before: String?

    @Option(help: ArgumentHelp("The group to compare with --before.", valueName: "groups"))
    var after: String?

    @Option(help: "The target of `baseline` and `commit:` (default: that of the other group).")
    var target: String?

    @Flag(help: "Print one JSON object per comparison.")
    var json = false

    @Option(help: "The metric (default: the latency with the most samples).")
    var metric: String?

    @Option(
        help: ArgumentHelp(
            "The smallest difference that matters to you, such as 2% or 0.02.", valueName: "share"))
    var minEffect: String = "2%"

    @Option(
        help: ArgumentHelp(
            "The same for the error rate, in percentage points.", valueName: "points"))
    var minErrors: String = "0.1pp"

    @OptionGroup var noise: RunNoiseOptions

    @Flag(help: "Compare the times of successes and failures together.")
    var includeFailures = false

    func validate() throws {
        guard (before == nil) == (after == nil) else {
            throw ValidationError("--before and --after go together")
        }
        guard before == nil ? groups.count >= 2 : groups.isEmpty else {
            throw ValidationError(
                "compare needs two groups: tracker compare USER/SESSION USER/SESSION")
        }
        _ = try Self.share(minEffect)
        _ = try Self.points(minErrors)
    }

    func run() throws {
        try withFailures {
            let context = try data.resolve()
            let storage = try context.openForReading()
            var settings = ComparisonSettings(
                metric: metric, minEffect: try Self.share(minEffect),
                minErrorPoints: try Self.points(minErrors))
            settings.runNoise = try noise.rule
            settings.includesFailures = includeFailures
            let names = [before, after].compactMap(\.self) + groups
            let (all, selection) = try chosen(names, context, storage)
            for (index, other) in all.dropFirst().enumerated() {
                func history(_ metric: String?) throws -> RunHistory {
                    var settings = settings
                    settings.metric = metric
                    return try earlier([all[0], other], selection, settings, context)
                }
                do {
                    try compare(all[0], other, settings, isFirst: index == 0, history)
                } catch let error as ComparisonError {
                    throw CommandFailure(printable("\(error)"))
                }
            }
        }
    }

    private func compare(
        _ a: ComparisonGroup, _ b: ComparisonGroup, _ settings: ComparisonSettings,
        isFirst: Bool, _ history: (String?) throws -> RunHistory
    ) throws {
        let space = isFirst ? "" : "\n"
        let answer = try ComparisonAnswer(a, b, settings: settings, history: history)
        guard !json else { return printJSON(answer.json) }
        printText(
            space
                + table.text {
                    switch answer {
                    case .measured(let comparison): CompareText.text(comparison)
                    case .reported(let reported): CompareText.text(reported)
                    }
                })
    }

    private func chosen(
        _ names: [String], _ context: DataContext, _ storage: PosixStorage
    ) throws -> ([ComparisonGroup], RunSelection) {
        var selection = RunSelection(
            in: storage, user: context.user, target: target, threads: IndexCommand.coreCount)
        do throws(RunSelectionError) {
            var parts: [[String]] = []
            for name in names { parts.append(try selection.parts(of: name)) }
            let groups = try selection.groups(parts)
            for warning in selection.warnings { printError("warning: \(printable(warning))") }
            return (groups, selection)
        } catch {
            throw SessionArgument.failure(error, context)
        }
    }

    private func earlier(
        _ groups: [ComparisonGroup], _ selection: RunSelection, _ settings: ComparisonSettings,
        _ context: DataContext
    ) throws -> RunHistory {
        guard settings.runNoise == .history else { return RunHistory([]) }
        do throws(RunSelectionError) {
            return try selection.history(of: groups, metric: settings.metric)
        } catch {
            throw SessionArgument.failure(error, context)
        }
    }

    /// `2%` and `0.02` are the same.
    static func share(_ text: String) throws -> Double {
        let isPercent = text.hasSuffix("%")
        guard let number = Double(isPercent ? String(text.dropLast()) : text), number > 0,
            number < (isPercent ? 100 : 1)
        else {
            throw ValidationError("--min-effect \"\(text)\": give it as 2% or 0.02, above zero")
        }
        return isPercent ? number / 100 : number
    }

    static func points(_ text: String) throws -> Double {
        guard text.hasSuffix("pp"), let number = Double(text.dropLast(2)), number > 0, number < 100
        else {
            throw ValidationError("--min-errors \"\(text)\": give it as 0.1pp, above zero")
        }
        return number
    }
}
