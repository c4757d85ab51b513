import ArgumentParser
import Glibc
import TrackerClient
import TrackerLoad
import TrackerLog

/// `tracker measure -- COMMAND`: executes a command and records what it took.
struct MeasureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure",
        abstract: "Execute a command and record its time, memory and exit status.",
        discussion: """
            Each execution is a run of the session: the current one, or a new one. So a build, a \
            test or a batch job has a history, `tracker trend` and `tracker gate` as a service has.

            EXAMPLES
              tracker measure -- make
              tracker measure --runs 10 --warmup 1 -- ./search words.txt
              tracker measure --runs 5 --prepare 'make clean' --target-name build -- make
              tracker measure --no-output --runs 20 -- sh -c 'sort big.txt | uniq -c'

            The command is started as it is, without a shell. It is measured with the processes \
            that it starts and waits for. Its metrics are command.duration_s, command.user_s, \
            command.system_s, command.peak_memory_bytes (of its largest process) and \
            command.exit_status. Less is better, but for the exit status.

            EXIT STATUS
              0    the command ended with 0 each time
              N    that of the command where it failed first; 128 and a signal's number
              2    the command cannot be started, or the log takes nothing
              64   an argument is invalid; nothing was executed
              130  stopped by Ctrl-C, SIGTERM or SIGHUP; a second one kills the command
            """)

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("The command and its arguments, after `--`.", valueName: "command"))
    var words: [String]

    @OptionGroup var data: DataOptions

    @Option(help: ArgumentHelp("How many runs, one after the other.", valueName: "n"))
    var runs = 1

    @Option(
        help: ArgumentHelp("How many executions before them that are not recorded.", valueName: "n")
    )
    var warmup = 0

    @Option(
        help: ArgumentHelp(
            "A shell command to execute before each, not measured.", valueName: "command"))
    var prepare: String?

    @Option(
        help: ArgumentHelp(
            "The command's name in the history (default: its words).", valueName: "text"))
    var targetName: String?

    @Option(help: ArgumentHelp("The new session's name.", valueName: "text"))
    var name: String?

    @Option(help: ArgumentHelp("A note for each run.", valueName: "text"))
    var note: String?

    @Option(help: ArgumentHelp("A tag for the session; may be repeated.", valueName: "text"))
    var tag: [String] = []

    @Flag(help: "Go on with the next run after one that failed.")
    var ignoreFailure = false

    @Flag(help: "Discard what the command prints: a terminal takes time.")
    var noOutput = false

    @Flag(help: "Make a new session even if one is current.")
    var newSession = false

    @Flag(help: "Print each run as a JSON object, one per line.")
    var json = false

    func validate() throws {
        guard words.first?.isEmpty == false else {
            throw ValidationError("give the command to execute after `--`")
        }
        guard runs >= 1, warmup >= 0 else {
            throw ValidationError("--runs is at least 1, and --warmup at least 0")
        }
        guard targetName != "", !tag.contains("") else {
            throw ValidationError("--target-name and --tag must not be empty")
        }
        guard target.utf8.count <= LogLimits.maxNameBytes else {
            throw ValidationError(
                "the command has more than \(LogLimits.maxNameBytes) bytes: give it a shorter name"
                    + " with --target-name")
        }
        try checkNames(name: name)
    }

    /// What the history knows the command by.
    private var target: String {
        targetName ?? words.map(ShellQuoting.quoted).joined(separator: " ")
    }

    func run() throws {
        try withFailures { try measure() }
    }

    private func measure() throws {
        let running = RunningProgram()
        let signals = StopSignals(kill: running.killOnce) { running.stop() }
        defer { withExtendedLifetime(signals) {} }
        try warmUp(running)
        let context = try data.resolve()
        let git = GitCommit.current()
        let log = try withUsageErrors {
            try Recording.open(
                storage: try context.openForWriting(), user: context.user,
                description: .init(
                    name: name, host: HostEnvironment.capture().host, commit: git?.hash, git: git),
                joinCurrent: !newSession)
        }
        for tag in tag { log.append(Edit(timestamp: .now, kind: .tag, text: tag)) }
        let measurement = Measurement(
            log: log, program: program, target: target, prepare: prepare, note: note)
        var results: [ProgramUsage] = []
        let ended = Result {
            for number in 1...runs where !running.isStopped {
                if number > 1, failure(results) != nil, !ignoreFailure { break }
                try prepareRun(running)
                if running.isStopped { break }
                let usage = try measurement.run(running)
                results.append(usage)
                json
                    ? printJSON(MeasureText.json(usage, run: number))
                    : printLine(MeasureText.line(usage, run: number, of: runs))
            }
        }
        let closed = Result { try log.close() }
        if !json {
            if let text = MeasureText.summary(results) { printLine(text) }
            printError(context.outcome(of: log.session))
        }
        try ended.get()
        try closed.get()
        if running.isStopped { throw ExitCode(StopSignals.exitStatus) }
        if let failure = failure(results) { throw ExitCode(failure.exitStatus) }
    }

    private var program: MeasuredProgram {
        MeasuredProgram(
            words: words, readsInput: runs == 1 && warmup == 0, showsOutput: !noOutput && !json)
    }

    private func failure(_ results: [ProgramUsage]) -> ProgramEnd? {
        results.lazy.map(\.end).first { $0.exitStatus != 0 }
    }

    private func warmUp(_ running: RunningProgram) throws {
        for _ in 0..<warmup where !running.isStopped {
            try prepareRun(running)
            let end = try program.execute(running).end
            if end.exitStatus != 0, !ignoreFailure, !running.isStopped {
                printError("error: the command failed before the first run: \(end)")
                throw ExitCode(end.exitStatus)
            }
        }
        if running.isStopped { throw ExitCode(StopSignals.exitStatus) }
    }

    private func prepareRun(_ running: RunningProgram) throws {
        guard let prepare else { return }
        let shell = MeasuredProgram(
            words: ["/bin/sh", "-c", prepare], readsInput: false, showsOutput: !noOutput && !json)
        let end = try shell.execute(running).end
        guard end.exitStatus == 0 || running.isStopped else {
            throw CommandFailure("--prepare failed: \(end); the command was not executed")
        }
    }
}
