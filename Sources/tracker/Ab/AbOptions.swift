import ArgumentParser
import TrackerAnalysis
import TrackerLoad

/// The options of an experiment: its variants, its numbers, and when it ends.
struct AbOptions: ParsableArguments {
    @Argument(help: "The URLs to compare, of targets that are running.")
    var urls: [String] = []

    @Option(help: ArgumentHelp("A command that starts server A.", valueName: "command"))
    var a: String?

    @Option(help: ArgumentHelp("A command that starts server B.", valueName: "command"))
    var b: String?

    @Option(
        help: ArgumentHelp("One for a further server; may be repeated.", valueName: "command"))
    var also: [String] = []

    @Option(help: ArgumentHelp("Where a started server answers.", valueName: "url"))
    var url: String?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("The commits to compare: names of git.", valueName: "commit"))
    var commits: [String] = []

    @Option(
        help: ArgumentHelp("What builds a commit, in a shell in its tree.", valueName: "command"))
    var build: String?

    @Option(
        help: ArgumentHelp("What starts the server of a commit, there.", valueName: "command"))
    var start: String?

    @Option(
        help: ArgumentHelp(
            "A command whose duration is compared; may be repeated.", valueName: "command"))
    var command: [String] = []

    @Option(
        help: ArgumentHelp(
            "What is to be settled: p50, p90, p95, p99, mean, rps or errors; may be repeated"
                + " (default: p95 and errors; mean of commands).", valueName: "number"))
    var number: [String] = []

    @Option(help: "Of which metric (default: http.latency_ms; command.duration_s).")
    var metric: String?

    @OptionGroup var effects: EffectOptions

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp(
            "The most time for it (default without --rounds: 10m).", valueName: "duration"))
    var time: String?

    @Option(help: ArgumentHelp("The most rounds.", valueName: "n"))
    var rounds: Int?

    @Option(
        help: ArgumentHelp(
            "The seed for the order of the runs (default: random, printed).", valueName: "n"))
    var orderSeed: UInt32?

    @Option(
        help: ArgumentHelp(
            "Go on with the experiment of this session.", valueName: "user/session"))
    var resume: String?

    @Option(
        help: ArgumentHelp("A server must answer within this time.", valueName: "duration"))
    var startTimeout = "30s"

    @Option(help: ArgumentHelp("The session's name.", valueName: "text"))
    var name: String?

    @Option(help: "Record samples, seconds (a distribution each), or auto.")
    var record: RecordingDetail = .auto

    @Flag(help: "Record each server's stacks with perf, and attach them to its runs.")
    var profile = false

    @Flag(help: "Show what builds, servers and commands print.")
    var showOutput = false

    @Flag(help: "Print one JSON object at the end.")
    var json = false

    @OptionGroup var data: DataOptions
    @OptionGroup var load: LoadOptions
    @OptionGroup var table: TableOptions

    /// How many of the kinds of variants were given.
    private var kinds: Int {
        [!urls.isEmpty, a != nil || b != nil || !also.isEmpty, !commits.isEmpty || start != nil]
            .count { $0 } + (command.isEmpty || !commits.isEmpty ? 0 : 1)
    }

    /// The commands that start a server.
    var servers: [String] { start.map { [$0] } ?? [a, b].compactMap(\.self) + also }

    func validate() throws {
        try load.checkConnections()
        guard kinds == 1 else {
            throw ValidationError(
                "give one kind of variants: URLs, --a and --b with --url, --commits with --start"
                    + " or --command, or --command twice")
        }
        guard !(command + servers).contains("") else {
            throw ValidationError("a command must not be empty")
        }
        let isOfCommits = !commits.isEmpty
        guard (start != nil) == (isOfCommits && command.isEmpty), build == nil || isOfCommits,
            !isOfCommits || command.count <= 1
        else {
            throw ValidationError(
                "--commits needs --start, or one --command; --start and --build need --commits")
        }
        guard urls.isEmpty == (url != nil || !command.isEmpty) else {
            throw ValidationError("--url says where a server answers that this command starts")
        }
        guard command.isEmpty || url == nil else {
            throw ValidationError("--command is measured and not loaded: --url does not go with it")
        }
        guard (a == nil) == (b == nil), also.isEmpty || a != nil else {
            throw ValidationError("--a and --b go together; --also adds to them")
        }
        let count =
            isOfCommits ? commits.count : max(urls.count, command.count, servers.count)
        guard 2...SequentialLimits.maxVariants ~= count else {
            throw ValidationError("give 2 to \(SequentialLimits.maxVariants) variants")
        }
        guard 1...SequentialLimits.maxRounds ~= (rounds ?? 1) else {
            throw ValidationError("--rounds must be from 1 to \(SequentialLimits.maxRounds)")
        }
        guard !profile || command.isEmpty else {
            throw ValidationError("--profile is of servers: it does not go with --command")
        }
        try checkNames(name: name)
        guard name == nil || resume == nil else {
            throw ValidationError("--name: the session that is resumed keeps its own")
        }
    }
}
