import ArgumentParser
import TrackerClient
import TrackerLoad
import TrackerLog

/// `tracker scrape URL`: records what a service says of itself at `/metrics`.
struct ScrapeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scrape",
        abstract: "Record a service's own metrics (Prometheus text) while it runs.",
        discussion: """
            Asks for the page again and again, and records what changed, as a run of the current \
            session or of a new one: beside a load test, in another terminal.

            EXAMPLES
              tracker scrape http://localhost:9100/metrics
              tracker scrape localhost:3000/metrics --every 2s --for 60s
              tracker scrape localhost:3000/metrics --match http_ --match process_cpu
              tracker scrape https://localhost:8443/metrics --insecure \\
                --header 'Authorization: Bearer TOKEN'

            Prometheus text 0.0.4 and OpenMetrics. Counters become rates (from zero where a \
            service began anew), histograms distributions of what was counted since the look \
            before, gauges values. Quantiles of summaries are the service's own. A percentile of \
            a histogram is as exact as its buckets: within one, values are spread evenly.

            A target that is away is told once, and asked on. In the current session the run has \
            no target, so that the verdict stays with the load test; --target-name gives it one.

            EXIT STATUS
              0    the time is over, or without --for it was stopped
              2    no look gave metrics, or the log takes nothing
              64   an argument is invalid; nothing was asked for
              130  stopped before the time was over
            """)

    @Argument(help: "The URL, for example http://localhost:9100/metrics.")
    var url: String

    @OptionGroup var data: DataOptions

    @Option(help: ArgumentHelp("How often to look.", valueName: "duration"))
    var every = "1s"

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("How long (default: until it is stopped).", valueName: "duration"))
    var length: String?

    @Option(help: ArgumentHelp("How long a look may take.", valueName: "duration"))
    var timeout = "5s"

    @Option(
        help: ArgumentHelp(
            "Only metrics whose name begins so; may be repeated.", valueName: "prefix"))
    var match: [String] = []

    @Option(help: ArgumentHelp("A header, 'Name: value'; may be repeated.", valueName: "line"))
    var header: [String] = []

    @Flag(help: "https: accept any certificate.")
    var insecure = false

    @Option(help: ArgumentHelp("https: a PEM file of certificates to trust.", valueName: "file"))
    var caFile: String?

    @Option(help: ArgumentHelp("The new session's name.", valueName: "text"))
    var name: String?

    @Option(
        help: ArgumentHelp(
            "The target's name in the history (default in a new session: its URL).",
            valueName: "text"))
    var targetName: String?

    @Flag(help: "Make a new session even if one is current.")
    var newSession = false

    @Flag(help: "Print the summary as a JSON object.")
    var json = false

    func validate() throws {
        try checkNames(name: name, targetName: targetName)
        guard targetName != "", !match.contains("") else {
            throw ValidationError("--target-name and --match must not be empty")
        }
    }

    func run() async throws {
        let stop = StopSwitch()
        let target = try withUsageErrors { try TargetURL(parsing: url) }
        let timing = try withUsageErrors { try ScrapeTiming(every: every, length: length) }
        let fetch = try withUsageErrors { try makeFetch(of: target) }
        let signals = StopSignals {
            stop.stop()
            fetch.stop()
        }
        defer { withExtendedLifetime(signals) {} }
        let context = try data.resolve()
        let log = try open(context)
        let scrape = ScrapeRun(
            log: log, target: target,
            targetName: targetName ?? (log.joined ? nil : target.description), timing: timing,
            prefixes: match)
        let result = await scrape.execute(fetch, stop: stop)
        let closed = Result { try log.close() }
        await fetch.close()
        if json {
            printJSON(result.json)
        } else {
            printLine(result.text)
            printError(context.outcome(of: log.session))
        }
        try withFailures {
            try closed.get()
            guard result.looks > 0 else {
                let reason = result.lastFailure ?? "stopped at once"
                throw CommandFailure("no look at \(target) gave metrics: \(reason)")
            }
        }
        if stop.isStopped, timing.length != nil { throw ExitCode(StopSignals.exitStatus) }
    }

    private func open(_ context: DataContext) throws -> Recording {
        do {
            return try withUsageErrors {
                try Recording.open(
                    storage: try context.openForWriting(), user: context.user,
                    description: .init(
                        name: name, host: HostEnvironment.capture().host,
                        commit: GitCommit.current()?.hash),
                    joinCurrent: !newSession)
            }
        } catch let error as ValidationError {
            throw error
        } catch {
            printError("error: \(error)")
            throw ExitCode(2)
        }
    }

    private func makeFetch(of target: TargetURL) throws -> PageFetch {
        var headers: [RequestTemplate.Header] = []
        for line in header { headers.append(try RequestTemplate.Header(parsing: line)) }
        let timeout = try DurationText.parse(timeout, argument: "--timeout")
        guard timeout > .zero else { throw ValidationError("--timeout must be above 0") }
        return try PageFetch(
            url: target, accept: Self.accepted, headers: headers,
            tls: TLSSettings(verifiesCertificate: !insecure, authorityFile: caFile),
            timeout: timeout)
    }

    private static let accepted =
        "text/plain;version=0.0.4, application/openmetrics-text;version=1.0.0;q=0.5, */*;q=0.1"
}
