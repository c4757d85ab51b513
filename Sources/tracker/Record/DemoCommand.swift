import ArgumentParser
import TrackerClient
import TrackerLoad
import TrackerLog

/// `tracker demo`: load-tests a small target server, to record real data to look at.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Record a demonstration: a small target server, before and after a change.",
        discussion: """
            EXAMPLES
              tracker demo
              tracker demo --duration 60s --rate 500 --runs 4
              tracker demo target --port 8090 --median 5ms --errors 1
            """,
        subcommands: [DemoPlayCommand.self, DemoTargetCommand.self],
        defaultSubcommand: DemoPlayCommand.self)
}

/// Plays the demo scenario.
struct DemoPlayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "play",
        abstract: "Start the target, load-test it and record the runs in a new session.")

    @OptionGroup var data: DataOptions

    @Option(help: ArgumentHelp("How long each run lasts.", valueName: "duration"))
    var duration = "20s"

    @Option(help: ArgumentHelp("Requests per second.", valueName: "rate"))
    var rate = "200"

    @Option(
        help: ArgumentHelp(
            "How many runs; the target is improved from the second run on.", valueName: "n"))
    var runs = 2

    @Option(help: ArgumentHelp("The seed for latencies and errors.", valueName: "n"))
    var seed: UInt64 = 1

    @Flag(help: "Print each run's summary as a JSON object, one per line.")
    var json = false

    func validate() throws {
        guard runs >= 1 else { throw ValidationError("--runs \"\(runs)\": must be at least 1") }
    }

    func run() async throws {
        let stop = StopSwitch()
        let signals = StopSignals(stop: stop)
        defer { withExtendedLifetime(signals) {} }
        let (rate, duration) = try withUsageErrors {
            (
                try Rate(parsing: self.rate, argument: "--rate"),
                try DurationText.parse(self.duration, argument: "--duration")
            )
        }
        try StartResources.require(
            descriptors: LoadLimits.startDescriptors(shards: 2), threads: LoadLimits.startThreads,
            for: "tracker demo")
        let context = try data.resolve()
        let target = try await DemoTarget(behaviour: DemoScenario.step(0).behaviour, seed: seed)
        let origin = Origin(host: "127.0.0.1", port: target.port)
        let plan = try withUsageErrors {
            try LoadPlan(
                origin: origin, templates: try DemoScenario.templates(origin: origin),
                model: .open(.constant(rate)), duration: duration, seed: seed)
        }
        let git = GitCommit.current()
        let log = try Recording.create(
            storage: try context.openForWriting(), user: context.user, session: .generate(),
            description: .init(
                name: DemoScenario.sessionName, host: HostEnvironment.capture().host,
                commit: git?.hash))
        printError("Recording \(runs) runs of \(self.duration) on \(target.url)")
        printError(context.outcome(of: log.session))
        let series = LoadSeries(
            log: log, lastWord: LastWord(of: log, in: context), stop: stop, git: git, json: json)
        let result = try await play(series, plan: plan, target: target)
        await target.shutdown()
        try result.end(log, page: nil, isStopped: stop.isStopped)
    }

    private func play(
        _ series: LoadSeries, plan: LoadPlan, target: DemoTarget
    ) async throws -> SeriesResult {
        var result = SeriesResult()
        for index in 0..<runs where !series.stop.isStopped {
            // Nobody sees what the next runs say.
            guard Console.current.outcome.failure == nil else { break }
            let step = DemoScenario.step(index)
            target.change(to: step.behaviour)
            let summary = try await series.execute(
                plan: plan, test: "demo", target: DemoScenario.targetName,
                params: [.init("target_seed", .integer(seed))])
            series.log.append(
                Edit(
                    timestamp: .now, kind: .note, text: step.note, run: summary.run))
            result.add(summary)
        }
        return result
    }
}

/// Runs only the demo's target server, to try `tracker load` on it.
struct DemoTargetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "target",
        abstract: "Run only the target server until stopped, to try `tracker load` on it.",
        discussion: """
            Paths: /, /api/items, /api/items/1, /api/cart, /login, /healthz.

            EXAMPLES
              tracker demo target --port 8090
              tracker demo target --port 8090 --median 20ms --sigma 0.5 --errors 2
              tracker demo target --port 8090 --slow-every 60s --slow-for 2s --stall
              tracker demo target --port 8090 --servers 8 --service-time 20ms --errors 0
            """)

    @Option(help: ArgumentHelp("The port on 127.0.0.1; 0 for any free one.", valueName: "n"))
    var port = 8_090

    @Option(help: ArgumentHelp("The median latency of /.", valueName: "duration"))
    var median = "4ms"

    @Option(
        help: ArgumentHelp(
            "The spread of latencies: the standard deviation of their logarithm.",
            valueName: "number"))
    var sigma = 0.4

    @Option(help: ArgumentHelp("Responses with status 500, in percent.", valueName: "percent"))
    var errors = 1.0

    @Option(help: ArgumentHelp("Be slow at the end of each such interval.", valueName: "duration"))
    var slowEvery: String?

    @Option(help: ArgumentHelp("How long each slow period lasts.", valueName: "duration"))
    var slowFor = "2s"

    @Option(help: ArgumentHelp("How many times slower responses are then.", valueName: "number"))
    var slowFactor = 5.0

    @Flag(help: "Hold all responses back until the slow period is over.")
    var stall = false

    @Option(
        help: ArgumentHelp(
            "Serve at most so many requests at a time; others wait in line.", valueName: "n"))
    var servers: Int?

    @Option(
        help: ArgumentHelp(
            "With --servers: the mean time of a request, at random (exponential).",
            valueName: "duration"))
    var serviceTime = "20ms"

    @Option(help: ArgumentHelp("The seed for latencies and errors.", valueName: "n"))
    var seed: UInt64 = 1

    func validate() throws {
        guard (1...DemoQueue.mostServers).contains(servers ?? 1) else {
            throw ValidationError(
                "--servers \"\(servers ?? 0)\": must be from 1 to \(DemoQueue.mostServers)")
        }
        guard (0...65_535).contains(port) else {
            throw ValidationError("--port \"\(port)\": must be from 0 to 65535")
        }
        guard (0...10).contains(sigma) else {
            throw ValidationError("--sigma \"\(sigma)\": must be from 0 to 10")
        }
        guard (0...100).contains(errors) else {
            throw ValidationError("--errors \"\(errors)\": must be from 0 to 100 percent")
        }
        guard (0...1_000_000).contains(slowFactor) else {
            throw ValidationError("--slow-factor \"\(slowFactor)\": must be from 0 to 1000000")
        }
    }

    func run() async throws {
        let (behaviour, queue) = try withUsageErrors { (try self.behaviour(), try self.queue()) }
        try StartResources.require(
            descriptors: LoadLimits.startDescriptors(shards: 1), threads: LoadLimits.startThreads,
            for: "tracker demo target")
        let target = try await DemoTarget(
            port: port, behaviour: behaviour, queue: queue, seed: seed)
        let (stops, continuation) = AsyncStream<Void>.makeStream()
        let signals = StopSignals { continuation.finish() }
        printLine("Listening on \(target.url)/ (Ctrl-C stops it)")
        for await _ in stops {}
        withExtendedLifetime(signals) {}
        printError("\(target.requests) requests on \(target.connections) connections")
        await target.shutdown()
    }

    private func queue() throws(LoadError) -> DemoQueue? {
        guard let servers else { return nil }
        let serviceMs = try DurationText.parse(serviceTime, argument: "--service-time").milliseconds
        return DemoQueue(servers: servers, meanServiceMs: serviceMs)
    }

    private func behaviour() throws(LoadError) -> DemoBehaviour {
        let medianMs = try DurationText.parse(median, argument: "--median").milliseconds
        var spell: DemoBehaviour.Spell?
        if let slowEvery {
            spell = DemoBehaviour.Spell(
                every: try DurationText.parse(slowEvery, argument: "--slow-every"),
                length: try DurationText.parse(slowFor, argument: "--slow-for"),
                effect: stall ? .stall : .slower(slowFactor))
        }
        return DemoBehaviour(
            medianMs: medianMs, sigma: sigma, errorShare: errors / 100, spell: spell)
    }
}
