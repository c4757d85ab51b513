import ArgumentParser
import TrackerClient
import TrackerLoad
import TrackerLog
import TrackerProfile

/// `tracker load URL`: load-tests a target and records every request.
struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Load-test a URL and record every request.",
        discussion: """
            Creates a new session unless one is current (see `tracker session start`).

            EXAMPLES
              tracker load http://localhost:8000/ --requests 100
              tracker load http://localhost:8000/api --rate 200 --duration 30s
              tracker load http://localhost:8000/api --connections 50 --requests 1000
              tracker load http://localhost:8000/api --stages 10s:100,30s:500 --warmup 5s
              tracker load http://localhost:8000/ http://localhost:8000/buy --weights 9,1
              tracker load http://localhost:8000/api --rate 50 --every 5m
              tracker load http://localhost:8000/api --find-max 'p99<20ms,errors<0.1%'
              tracker load localhost:8000/items --method POST --body '{"a":1}' \\
                --header 'Content-Type: application/json' --rate 50 --runs 3 --pause 5s

            With --rate, requests start at that rate whether or not the target keeps up (open \
            loop), and latency is measured from the intended start. Without it, each connection \
            sends its next request when the previous one is answered (closed loop), and latency \
            is not corrected. The first request on a connection includes the time to connect.

            With --find-max it makes a run for each rate that it tries, until it knows the \
            highest at which all conditions hold: the rate is doubled until one does not, and \
            then halved in between. --rate is the first (default: what one connection gets). \
            Requests that fail count as slower than any limit, unless errors have one.

            CPU, memory, threads, open files and context switches of the generator are recorded \
            once a second as metrics generator.…; when the target is on this machine, those of \
            the process that listens on its port as metrics target.…

            EXIT STATUS
              0    every run completed with successful requests; others may have failed
              1    a run failed: no connection, no successful request, or no log
              3    --find-max: no rate, the generator was the limit, or the time was over
              64   an argument is invalid; nothing was sent
              74   standard output did not take what was printed; the log is complete
              130  stopped by Ctrl-C, SIGTERM or SIGHUP
            """)

    @Argument(help: "The URL, for example http://localhost:8000/api; several must share one host.")
    var urls: [String]

    @OptionGroup var data: DataOptions
    @OptionGroup var load: LoadOptions

    @Option(
        help: ArgumentHelp("How many runs, one after the other (default: 1).", valueName: "n"))
    var runs: Int?

    @Option(
        help: ArgumentHelp(
            "Find the highest rate at which this holds, such as 'p99<20ms,errors<0.1%'.",
            valueName: "list"))
    var findMax: String?

    @Option(
        help: ArgumentHelp(
            "With --find-max: how near to it, such as 2% (default: 5%).", valueName: "share"))
    var within: String?

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp(
            "With --find-max: how long to search at most (default: 1h).", valueName: "duration"))
    var time: String?

    @Option(help: ArgumentHelp("How long to wait between runs.", valueName: "duration"))
    var pause: String?

    @Option(
        help: ArgumentHelp(
            "Start a run at this interval until stopped; each records the current commit.",
            valueName: "duration"))
    var every: String?

    @Option(help: ArgumentHelp("The new session's name.", valueName: "text"))
    var name: String?

    @Option(
        help: ArgumentHelp(
            "The target's name in the history (default: its URL).", valueName: "text"))
    var targetName: String?

    @Option(help: ArgumentHelp("A note for each run.", valueName: "text"))
    var note: String?

    @Option(help: ArgumentHelp("A tag for the session; may be repeated.", valueName: "text"))
    var tag: [String] = []

    @Option(
        help: ArgumentHelp(
            "The process to watch (default: the one on the URL's port, on this machine).",
            valueName: "pid|:port"))
    var watch: String?

    @Flag(help: "Watch no process.")
    var noWatch = false

    @Flag(help: "Record the target's stacks with perf, and attach them to each run.")
    var profile = false

    @Option(
        help: "Record samples, seconds (a distribution each), or auto (as the log keeps up).")
    var record: RecordingDetail = .auto

    @Flag(help: "Make a new session even if one is current.")
    var newSession = false

    @Flag(help: "Print each run's summary as a JSON object, one per line.")
    var json = false

    func validate() throws {
        guard runs ?? 1 >= 1 else {
            throw ValidationError("--runs \"\(runs ?? 0)\": must be at least 1")
        }
        guard every == nil || pause == nil else {
            throw ValidationError("give --every or --pause, not both: each decides when runs start")
        }
        guard within == nil || findMax != nil else {
            throw ValidationError("--within goes with --find-max")
        }
        guard time == nil || findMax != nil else {
            throw ValidationError("--for goes with --find-max; of a run it is --duration")
        }
        if findMax != nil { try checkFindMax() }
        if findMax == nil { try load.checkConnections() }
        guard !profile || findMax == nil else {
            throw ValidationError("--profile is of one rate: it does not go with --find-max")
        }
        guard watch == nil || !noWatch else {
            throw ValidationError("give --watch or --no-watch, not both")
        }
        try checkNames(name: name, targetName: targetName)
        guard targetName != "", !tag.contains("") else {
            throw ValidationError("--target-name and --tag must not be empty")
        }
    }

    func run() async throws {
        let stop = StopSwitch()
        let signals = StopSignals(stop: stop)
        defer { withExtendedLifetime(signals) {} }
        try await run(stop: stop)
    }

    /// - Parameter stop: ends it early.
    func run(stop: StopSwitch) async throws {
        let (targets, plan, timing) = try withUsageErrors {
            var targets: [TargetURL] = []
            for url in urls { targets.append(try TargetURL(parsing: url)) }
            return (targets, try load.plan(targets: targets), try RunTiming(self))
        }
        try StartResources.require(
            descriptors: LoadLimits.startDescriptors(shards: plan.shards),
            threads: plan.shards + LoadLimits.startThreads, for: "tracker load")
        let watch = try withUsageErrors { try processWatch(origin: plan.origin) }
        let context = try data.resolve()
        var git = GitCommit.current()
        if let name, !newSession, let current = try context.currentSession() {
            throw ValidationError(
                "--name \"\(name)\": the current session \(current.session) keeps its own name."
                    + " Omit --name, add --new-session, or run `tracker session end`")
        }
        let log = try withUsageErrors {
            try Recording.open(
                storage: try context.openForWriting(), user: context.user,
                description: .init(
                    name: name, host: HostEnvironment.capture().host, commit: git?.hash),
                joinCurrent: !newSession)
        }
        let lastWord = LastWord(of: log, in: context)
        let profiler =
            profile
            ? RunProfiler(
                store: ProfileStore(in: try context.openForWriting()),
                watched: watch?.subjects.first { $0.role == "target" }?.pids) : nil
        for tag in tag { log.append(Edit(timestamp: .now, kind: .tag, text: tag)) }
        let target = targetName ?? targets.first.map(\.description) ?? ""
        let page = context.outcome(of: log.session)
        if timing.isEndless && !json { printError(page) }
        if let findMax {
            var series = LoadSeries(
                log: log, lastWord: lastWord, stop: stop, git: git, json: json)
            series.printsRuns = false
            return try await find(findMax, plan, target: target, watch: watch, series, page: page)
        }
        let begin = ContinuousClock.now
        var result = SeriesResult()
        for index in 0..<timing.runs {
            if stop.isStopped { break }
            if index > 0 {
                let pause = timing.pause(before: index, since: begin)
                if timing.every != nil && !json { Self.announce(runIn: pause) }
                await stop.pause(for: pause)
                if stop.isStopped { break }
                // The next run may test the next commit.
                git = GitCommit.current()
            }
            var series = LoadSeries(
                log: log, lastWord: lastWord, stop: stop, git: git, json: json)
            series.profiler = profiler
            let summary = try await series.execute(
                plan: plan, test: "load", target: target, watch: watch, detail: record, note: note)
            result.add(summary)
            if timing.runs > 1, let reason = summary.failure { printError("warning: \(reason)") }
            // An unreachable target ends the series. With --every it may only be restarting, so
            // the next run tries again.
            if summary.failure?.endsSeries == true, timing.every == nil { break }
            // Nobody sees what the next runs say.
            if Console.current.outcome.failure != nil { break }
        }
        try result.end(log, page: json ? nil : page, isStopped: stop.isStopped)
    }

    private static func announce(runIn pause: Duration) {
        let time = Timestamp.now.advanced(byMilliseconds: pause.milliseconds).description
        printError("Next run at \(time.dropFirst(11).prefix(8)) UTC; Ctrl-C stops.")
    }

    /// The processes to watch: the target's, if it is known, and this one.
    private func processWatch(origin: Origin) throws(LoadError) -> ProcessWatch? {
        if noWatch { return nil }
        var subjects: [ProcessWatch.Subject] = []
        if let watch {
            subjects.append(try WatchTarget(parsing: watch).subject())
        } else if origin.isLoopback {
            // Another user's process cannot be seen: then only this process is watched.
            let pids = ListeningProcesses.find(port: origin.port)
            if let target = ProcessWatch.Subject(role: "target", pids: pids) {
                subjects.append(target)
            }
        }
        if let own = ProcessWatch.Subject(role: "generator", pids: [currentProcess()]) {
            subjects.append(own)
        }
        return ProcessWatch(subjects: subjects)
    }
}

/// When the runs of one command start.
private struct RunTiming {
    /// `Int.max` when their number is unlimited.
    let runs: Int
    let between: Duration
    let every: Duration?

    var isEndless: Bool { runs == .max }

    init(_ command: LoadCommand) throws(LoadError) {
        between = try DurationText.parse(command.pause ?? "0s", argument: "--pause")
        guard let text = command.every else {
            (runs, every) = (command.runs ?? 1, nil)
            return
        }
        let every = try DurationText.parse(text, argument: "--every")
        guard every > .zero else {
            throw .invalid(argument: "--every", value: text, problem: "must be above 0")
        }
        (runs, self.every) = (command.runs ?? .max, every)
    }

    /// How long to wait before a run. When runs are late, a limited series starts the next one at
    /// once; an unlimited one skips those missed and continues at the next multiple of `every`.
    func pause(before index: Int, since begin: ContinuousClock.Instant) -> Duration {
        guard let every else { return between }
        let elapsed = ContinuousClock.now - begin
        let intoPeriod = elapsed.wholeNanoseconds % every.wholeNanoseconds
        let late = elapsed >= every * index
        return late
            ? (isEndless ? every - .nanoseconds(intoPeriod) : .zero) : every * index - elapsed
    }
}
