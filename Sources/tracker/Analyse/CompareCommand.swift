import ArgumentParser
import TrackerAnalysis
import TrackerIndexer
import TrackerLog
import TrackerPages

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
              tracker compare ann/before ann/after --panel curve --csv
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

    @Option(help: "Only the numbers of one panel of the page: \(ComparePanel.names).")
    var panel: String?

    @Flag(help: "With --panel: print comma-separated cells.")
    var csv = false

    @Option(help: "The metric (default: the latency with the most samples).")
    var metric: String?

    @OptionGroup var effects: EffectOptions
    @OptionGroup var noise: RunNoiseOptions

    @Flag(help: "Compare the times of successes and failures together.")
    var includeFailures = false

    func validate() throws {
        guard (before == nil) == (after == nil) else {
            throw ValidationError("--before and --after go together")
        }
        if let panel, ComparePanel(rawValue: panel) == nil {
            throw ValidationError("--panel \"\(printable(panel))\": give \(ComparePanel.names)")
        }
        guard !csv || panel != nil, !csv || !json else {
            throw ValidationError(
                json ? "give one of --csv and --json" : "--csv needs --panel")
        }
        guard before == nil ? groups.count >= 2 : groups.isEmpty else {
            throw ValidationError(
                "compare needs two groups: tracker compare USER/SESSION USER/SESSION")
        }
    }

    func run() throws {
        try withFailures {
            let context = try data.resolve()
            var settings = ComparisonSettings(
                metric: metric, minEffect: try effects.share, minErrorPoints: try effects.points)
            settings.runNoise = try noise.rule
            settings.includesFailures = includeFailures
            let names = [before, after].compactMap(\.self) + groups
            let chosen = try GroupSelection(names, target: target, in: context)
            for (index, other) in chosen.groups.dropFirst().enumerated() {
                if index > 0, !json { printText("\n") }
                let (answer, parts) = try chosen.answer(chosen.groups[0], other, settings)
                if let panel = panel.flatMap(ComparePanel.init(rawValue:)) {
                    try show(panel, of: answer, chosen.groups[0], other)
                    continue
                }
                guard !json else {
                    printJSON(answer.json(parts))
                    continue
                }
                printText(
                    table.text {
                        switch answer {
                        case .measured(let comparison):
                            CompareText.text(
                                comparison, parts: parts.map(PartsText.text) ?? "")
                        case .reported(let reported): CompareText.text(reported)
                        }
                    })
            }
        }
    }

    private func show(
        _ panel: ComparePanel, of answer: ComparisonAnswer, _ a: ComparisonGroup,
        _ b: ComparisonGroup
    ) throws {
        let model = try CompareModel(
            CompareQuery(), a: a, b: b, parts: ([], []), answer: answer, warnings: [])
        guard !json else { return printJSON(model.json(of: panel)) }
        printPanel(model.table(of: panel), csv: csv, table: table)
    }
}
