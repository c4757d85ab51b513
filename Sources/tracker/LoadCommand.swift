import ArgumentParser
import TrackerLoad
import TrackerLog

/// `tracker load URL`: puts load on a target and records every request.
struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Put load on a URL and record every request.",
        discussion: """
            Each start makes a new session, unless one is current (see `tracker session start`).

            EXAMPLES
              tracker load http://localhost:8000/ --requests 100
              tracker load http://localhost:8000/api --rate 200 --duration 30s
              tracker load http://localhost:8000/api --connections 50 --requests 1000
              tracker load localhost:8000/items --method POST --body '{"a":1}' \\
                --header 'Content-Type: application/json' --rate 50 --runs 3 --pause 5s

            With --rate, requests start at that rate whether or not the target keeps up (open \
            loop), and latency counts from the intended start. Without it, each connection sends \
            its next request when the last one is answered (closed loop), and latency is \
            uncorrected. The first request of a connection includes making it.
            """)

    @Argument(help: "What to load, for example http://localhost:8000/api")
    var url: String

    @OptionGroup var data: DataOptions
    @OptionGroup var load: LoadOptions

    @Option(help: ArgumentHelp("How many runs, one after the other.", valueName: "n"))
    var runs = 1

    @Option(help: ArgumentHelp("How long to wait between runs.", valueName: "duration"))
    var pause = "0s"

    @Option(help: ArgumentHelp("The new session's name.", valueName: "text"))
    var name: String?

    @Flag(help: "Make a new session even if one is current.")
    var newSession = false

    @Flag(help: "Print each run's summary as a JSON object, one a line.")
    var json = false

    func validate() throws {
        guard runs >= 1 else { throw ValidationError("--runs \"\(runs)\": must be at least 1") }
        guard (name ?? "").utf8.count <= LoadLimits.maxSessionNameBytes else {
            throw ValidationError("--name: longer than \(LoadLimits.maxSessionNameBytes) bytes")
        }
    }

    func run() async throws {
        let stop = StopSwitch()
        let signals = StopSignals(stop: stop)
        defer { withExtendedLifetime(signals) {} }
        let (target, plan, pause) = try withUsageErrors {
            let target = try TargetURL(parsing: url)
            let pause = try DurationText.parse(self.pause, argument: "--pause")
            return (target, try load.plan(target: target), pause)
        }
        raiseDescriptorLimit()
        let context = try data.resolve()
        let git = GitCommit.current()
        let log = try withUsageErrors {
            try SessionLog.open(
                storage: try context.openStorage(), user: context.user,
                description: .init(
                    name: name, host: HostEnvironment.capture().host, commit: git?.hash),
                joinCurrent: !newSession)
        }
        let series = LoadSeries(log: log, stop: stop, git: git, json: json)
        var summaries: [LoadSummary] = []
        for index in 0..<runs where !stop.isStopped {
            if index > 0 { await stop.pause(for: pause) }
            if stop.isStopped { break }
            let summary = try await series.execute(
                plan: plan, test: "load", target: target.description)
            summaries.append(summary)
            // A target that is not there will not be there for the next run either.
            if summary.failure != nil { break }
        }
        try log.close()
        if !json { printError("Shown by `tracker serve` at \(context.pageURL(of: log.session))") }
        try series.exit(after: summaries)
    }
}

/// The options that say what a load test sends.
struct LoadOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Open loop: requests a second, for example 200, 0.5 or 30/m.", valueName: "rate"))
    var rate: String?

    @Option(help: ArgumentHelp("Closed loop: connections (default: 1).", valueName: "n"))
    var connections: Int?

    @Option(
        help: ArgumentHelp(
            "How long, for example 500ms, 30s, 5m (default without --requests: 10s).",
            valueName: "duration"))
    var duration: String?

    @Option(help: ArgumentHelp("How many requests in all.", valueName: "n"))
    var requests: UInt64?

    @Option(help: ArgumentHelp("The HTTP method (default: GET, with a body POST).", valueName: "m"))
    var method: String?

    @Option(help: ArgumentHelp("A header, 'Name: value'. May be given again.", valueName: "line"))
    var header: [String] = []

    @Option(help: ArgumentHelp("The request's body.", valueName: "text"))
    var body: String?

    @Option(help: ArgumentHelp("A file with the request's body.", valueName: "file"))
    var bodyFile: String?

    @Option(
        help: ArgumentHelp("When an unanswered request has failed.", valueName: "duration"))
    var timeout = "10s"

    @Option(help: ArgumentHelp("Open loop: the most connections at a time.", valueName: "n"))
    var maxConnections: Int = LoadLimits.defaultMaxConnections

    func validate() throws {
        guard rate == nil || connections == nil else {
            throw ValidationError(
                "--rate is open loop and --connections closed loop: give one of them. To bound the "
                    + "connections of an open loop, use --max-connections")
        }
        guard body == nil || bodyFile == nil else {
            throw ValidationError("give --body or --body-file, not both")
        }
    }

    func plan(target: TargetURL) throws(LoadError) -> LoadPlan {
        var bytes = Array((body ?? "").utf8)
        if let bodyFile {
            bytes = try SmallFile.read(bodyFile, maxBytes: LoadLimits.maxBodyBytes)
        }
        var headers: [RequestTemplate.Header] = []
        for line in header { headers.append(try RequestTemplate.Header(parsing: line)) }
        let hasBody = body != nil || bodyFile != nil
        let template = try RequestTemplate(
            target: target, method: method ?? (hasBody ? "POST" : "GET"), headers: headers,
            body: bytes)
        return try LoadPlan(
            origin: target.origin, templates: [template], model: try model(),
            duration: try optionalDuration(), requests: requests,
            timeout: try DurationText.parse(timeout, argument: "--timeout"),
            maxConnections: maxConnections)
    }

    private func model() throws(LoadError) -> LoadModel {
        guard let rate else { return .closed(connections: connections ?? 1) }
        return .open(try Rate(parsing: rate, argument: "--rate"))
    }

    private func optionalDuration() throws(LoadError) -> Duration? {
        guard let duration else { return nil }
        return try DurationText.parse(duration, argument: "--duration")
    }
}
