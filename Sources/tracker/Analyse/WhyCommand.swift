import ArgumentParser
import TrackerAnalysis
import TrackerIndexer
import TrackerLog

/// `tracker why A B`: a comparison in at most twenty lines.
struct WhyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Say in a few lines what changed from A to B, where, and what to do next.",
        discussion: """
            The verdict with its size and interval, the part that moved the whole, conditions \
            that differ, what is missing in the log, and the next step. The numbers are those of \
            `tracker compare`, which has all of them. A and B are named as there.

            EXAMPLES
              tracker why ann/before ann/after
              tracker why baseline ann/after --json
              tracker why commit:0123abc commit:4567def --target http://localhost:3000/
            """)

    @OptionGroup var data: DataOptions

    @Argument(
        help: ArgumentHelp(
            "USER/SESSION, USER/SESSION#RUN, baseline or commit:HASH; several with commas.",
            valueName: "a"))
    var before: String

    @Argument(help: ArgumentHelp("The group to compare with A.", valueName: "b"))
    var after: String

    @Option(help: "The target of `baseline` and `commit:` (default: that of the other group).")
    var target: String?

    @Option(help: "The metric (default: the latency with the most samples).")
    var metric: String?

    @OptionGroup var effects: EffectOptions
    @OptionGroup var noise: RunNoiseOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        try withFailures {
            let text = try Self.text(
                [before, after], target: target, try settings(), in: try data.resolve())
            if json {
                printJSON(text.json)
            } else {
                for line in text.lines { printLine(hinted(line)) }
            }
        }
    }

    private func settings() throws -> ComparisonSettings {
        var settings = ComparisonSettings(
            metric: metric, minEffect: try effects.share, minErrorPoints: try effects.points)
        settings.runNoise = try noise.rule
        return settings
    }

    /// - Parameter names: of A and B.
    static func text(
        _ names: [String], target: String?, _ settings: ComparisonSettings, in context: DataContext
    ) throws -> WhyText {
        let chosen = try GroupSelection(names, target: target, in: context)
        let (a, b) = (chosen.groups[0], chosen.groups[1])
        let (answer, parts) = try chosen.answer(a, b, settings)
        return WhyText(answer, parts, [a, b])
    }
}
