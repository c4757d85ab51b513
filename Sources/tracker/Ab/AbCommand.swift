import ArgumentParser
import TrackerLoad

/// `tracker ab`: which of several variants is better, with as many runs as that takes.
struct AbCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ab",
        abstract: "Find out which of two variants is better, with as many runs as that takes.",
        discussion: """
            The variants are run in turn, in rounds of random, balanced order. After each round \
            the numbers are looked at, and it ends when each of them is settled: better, worse, \
            or equal within --min-effect. Looking so often does not make the answer less sure: \
            all intervals hold together at 95 % at every look. Six rounds are the fewest.

            EXAMPLES
              tracker ab http://localhost:3000/ http://localhost:3001/ --rate 200
              tracker ab --a 'node old.js' --b 'node new.js' \\
                --url http://localhost:3000/ --rate 100 --duration 5s
              tracker ab --commits main HEAD --build 'make' --start './server' \\
                --url http://localhost:3000/ --rate 100
              tracker ab --command 'sort big.txt' --command 'sort --parallel=4 big.txt'
              tracker ab --commits v1 v2 --build 'make' --command './bench'

            The variants are A, B, … in the order given; each is compared with A. A server is \
            started, waited for, warmed up (for 2s without --warmup), loaded and stopped \
            (SIGTERM, then SIGKILL) for each run. Commits are built once, in git worktrees of \
            their own that are removed at the end. The runs are ordinary runs of one new session.

            An experiment that was stopped or killed goes on with the same command and --resume.

            EXIT STATUS
              0    every number is settled, and none is worse
              1    a number is settled as worse
              3    not settled: the time or the rounds did not suffice
              2    a variant cannot be run, or the log takes nothing
              64   an argument is invalid; nothing was run
              130  stopped by Ctrl-C, SIGTERM or SIGHUP
            """)

    @OptionGroup var options: AbOptions

    func validate() throws { _ = try AbSetup(options).settings(variants: 2, seed: 0) }

    func run() async throws {
        let (stop, running) = (StopSwitch(), RunningProgram())
        let signals = StopSignals(kill: running.killOnce) {
            stop.stop()
            running.stop()
        }
        defer { withExtendedLifetime(signals) {} }
        let setup = AbSetup(options)
        let maxTime = try withUsageErrors {
            try setup.check()
            return try (options.time ?? (options.rounds == nil ? "10m" : nil)).map {
                try DurationText.parse($0, argument: "--for")
            }
        }
        let experiment = AbExperiment(
            options: options, setup: setup, context: try options.data.resolve(), stop: stop,
            running: running, maxTime: maxTime)
        do {
            try await experiment.run()
        } catch let error as LoadError {
            throw CommandFailure("\(error)")
        }
    }
}
