import ArgumentParser
import TrackerAnalysis
import TrackerClient
import TrackerLoad
import TrackerLog

/// `tracker doctor`: whether this machine is quiet enough to measure on.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Is this machine quiet? What would disturb a measurement here and now?",
        discussion: """
            Looks at the clock rate, other programs, the host of a virtual machine, limits of \
            control groups, heat, swapping, disks and more, and does the same short calculation \
            again and again. Each finding is a line: what was found, what it does to numbers, \
            and what to do.

            With a URL it also load-tests that in runs that alternate as A and B, though nothing \
            differs, and says how large a change must be to be seen in as many runs of that \
            length. These runs are recorded in a session of their own with the tag doctor.

            EXAMPLES
              tracker doctor
              tracker doctor --for 30s --json
              tracker doctor http://localhost:8000/api --for 20s --rate 200

            EXIT STATUS
              0    nothing was found that disturbs
              1    something was found
              2    the URL could not be measured, or the log takes nothing
              64   an argument is invalid
              130  stopped by Ctrl-C, SIGTERM or SIGHUP
            """)

    @Argument(help: "A URL to measure the noise of, for example http://localhost:8000/api.")
    var url: String?

    @OptionGroup var data: DataOptions

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp(
            "How long to look (default: 2s); with a URL, how long each run is (default: 20s).",
            valueName: "duration"))
    var length: String?

    @Option(
        help: ArgumentHelp(
            "With a URL: requests per second (default: one after the other).", valueName: "rate"))
    var rate: String?

    @Option(
        help: ArgumentHelp(
            "With a URL: how many runs, half of them A (default: 6).", valueName: "n"))
    var runs: Int?

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard url != nil || (rate == nil && runs == nil) else {
            throw ValidationError("--rate and --runs go with a URL")
        }
        let fewest = NoiseProbe.fewestRuns
        guard runs ?? fewest >= fewest, (runs ?? fewest).isMultiple(of: 2) else {
            throw ValidationError(
                "--runs \"\(runs ?? 0)\": must be even, and at least \(fewest): half of them are A")
        }
    }

    func run() async throws {
        let stop = StopSwitch()
        let signals = StopSignals(stop: stop)
        defer { withExtendedLifetime(signals) {} }
        let (length, probe) = try withUsageErrors { (try lookLength(), try noiseProbe()) }
        var noise: NoiseProbe.Result?
        var findings: [QuietFinding]
        if let probe {
            let context = try data.resolve()
            let result: NoiseProbe.Result
            do {
                result = try await probe.measure(in: context, stop: stop, tells: !json)
            } catch let code as ExitCode {
                throw code
            } catch {
                printError("error: \(printable("\(error)"))")
                // 1 says that something was found.
                throw ExitCode(2)
            }
            findings = HostProbe.findings() + result.findings
            noise = result
        } else {
            let watch = QuietWatch()
            await stop.pause(for: length)
            findings = watch.before + watch.finished()
            // After that: a calculation is a load itself.
            if !stop.isStopped { findings += HostProbe.findings() }
        }
        if json {
            printJSON(DoctorText.json(findings, noise: noise))
        } else {
            for line in DoctorText.lines(findings, noise: noise) { printLine(line) }
        }
        if stop.isStopped { throw ExitCode(StopSignals.exitStatus) }
        if !findings.isEmpty { throw ExitCode(1) }
    }

    private func lookLength() throws(LoadError) -> Duration {
        let length = try DurationText.parse(length ?? "2s", argument: "--for")
        guard length > .zero else {
            throw .invalid(argument: "--for", value: self.length ?? "", problem: "must be above 0")
        }
        return length
    }

    private func noiseProbe() throws(LoadError) -> NoiseProbe? {
        guard let url else { return nil }
        let target = try TargetURL(parsing: url)
        var model = LoadModel.closed(connections: 1)
        if let rate {
            model = .open(.constant(try Rate(parsing: rate, argument: "--rate")))
        }
        let length = try DurationText.parse(length ?? "20s", argument: "--for")
        let plan = try LoadPlan(
            origin: target.origin, templates: [try RequestTemplate(target: target)],
            model: model, duration: length)
        return NoiseProbe(
            target: target.description, plan: plan, runs: runs ?? NoiseProbe.fewestRuns)
    }
}
