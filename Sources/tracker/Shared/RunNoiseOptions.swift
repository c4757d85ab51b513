import ArgumentParser
import TrackerAnalysis

/// `--run-noise`, of every command that gives a verdict.
struct RunNoiseOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            How much runs differ by themselves, where a side has fewer than three: history \
            (earlier runs of the target under like conditions), a share such as 2%, or within \
            (the verdict is about these runs only).
            """, valueName: "spread"))
    var runNoise = "history"

    func validate() throws { _ = try rule }

    var rule: RunNoiseRule {
        get throws {
            guard let rule = RunNoiseRule(runNoise) else {
                throw ValidationError(
                    "--run-noise \"\(runNoise)\": give history, within, or a share such as 2%")
            }
            return rule
        }
    }
}
