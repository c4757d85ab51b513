import ArgumentParser
import Glibc
import TrackerAnalysis
import TrackerIndexer
import TrackerLoad
import TrackerLog

/// `tracker gate`: an exit status for CI.
struct GateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate",
        abstract: "Judge the newest runs of a target: are they worse than a limit allows?",
        discussion: """
            The newest runs are those of the newest session and commit. Exit status: 0 pass, \
            1 worse, 3 inconclusive (the table says how many more runs would decide it), 2 could \
            not run. With --bisect: 0 pass, 1 worse, 125 (skip) otherwise.

            A limit is p50, p90, p95, p99, mean or rps with a change in % or in a unit \
            (p95:+5ms), or errors with one in percentage points: + for how far it may rise, - for \
            how far it may fall. Worse: the 95 % interval excludes zero, and the change is the \
            limit or more. Pass: the interval ends below the limit. 'p95<200ms' and 'errors<1%' \
            limit the new runs alone, as --min 'rps>100' does: Pass or Worse where the whole \
            interval is on one side. With fewer than three runs on a side it is inconclusive \
            until earlier runs tell how much runs differ (--run-noise). \
            Times are those of successes, and more failures fail the gate whatever its limits. \
            It is inconclusive, too, when the newest run failed, was stopped or has no end, when \
            the conditions of A and B differ, and when a commit was named and its tree had \
            uncommitted changes.

            EXAMPLES
              tracker gate --target http://localhost:3000/ --against baseline
              tracker gate --target api --against last --max p99:+5% --markdown
              tracker gate --target api --against 0123abc --max errors:+0.1pp --json
              tracker gate --target api --against last --max 'p95<200ms' --min 'rps>100'
              git bisect run tracker gate --target api --against 0123abc --bisect \\
                --measure 'make && tracker load localhost:3000 --rate 500 --duration 60s'
            """)

    @OptionGroup var data: DataOptions
    @OptionGroup var table: TableOptions

    @Option(help: "The target whose runs are judged.")
    var target: String

    @Option(
        help: ArgumentHelp(
            "baseline, last (the session or commit before), or a commit.", valueName: "reference"))
    var against: String

    @Option(
        help: ArgumentHelp(
            "How much worse a number may be, or how large; may be repeated (default: p95:+5% and"
                + " errors:+0.1pp; mean:+5% or mean:-5% of a metric that is no duration).",
            valueName: "limit"))
    var max: [String] = []

    @Option(
        help: ArgumentHelp(
            "How small a number may be, such as 'rps>100'; may be repeated.", valueName: "limit"))
    var min: [String] = []

    @Option(help: "The metric (default: the latency with the most samples).")
    var metric: String?

    @OptionGroup var noise: RunNoiseOptions

    @Flag(
        help: "Judge the times of successes and failures together, and let more failures pass.")
    var includeFailures = false

    @Option(
        help: ArgumentHelp(
            "Not green if the newest run is older, such as 1h30m.", valueName: "duration"))
    var maxAge: String?

    @Option(
        help: ArgumentHelp(
            "Run this in a shell first, and judge the runs it records.", valueName: "command"))
    var measure: String?

    @Flag(help: "Exit statuses of `git bisect run`: 125 skips a commit that cannot be judged.")
    var bisect = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @Flag(help: "Print a table for a pull request.")
    var markdown = false

    func validate() throws {
        guard !(json && markdown) else {
            throw ValidationError("--json or --markdown, not both")
        }
    }

    /// `git bisect run` skips a commit on this status.
    private static let skip: Int32 = 125

    func run() throws {
        do {
            try withFailures { throw ExitCode(status(of: try judge())) }
        } catch let code as ExitCode where bisect && code.rawValue == 2 {
            throw ExitCode(Self.skip)
        }
    }

    private func status(of outcome: Gate.Outcome) -> Int32 {
        switch outcome {
        case .pass: 0
        case .worse: 1
        case .inconclusive: bisect ? Self.skip : 3
        }
    }

    private func judge() throws -> Gate.Outcome {
        let limits: [GateLimit]
        do throws(GateLimitError) {
            limits = try GateLimit.parse(max, least: min)
        } catch {
            throw CommandFailure(printable("\(error)"))
        }
        let reference = try self.reference
        let context = try data.resolve()
        let began = Timestamp.now
        if let measure { try Self.runInShell(measure) }
        let storage = try context.openForReading()
        do {
            let history = try TargetHistory(
                target: target, in: storage, threads: IndexCommand.coreCount)
            for problem in history.problems { printError("warning: \(printable(problem))") }
            let gate = try Gate(
                history, against: reference, limits: limits, metric: metric,
                since: measure == nil ? .epoch : began, runNoise: try noise.rule,
                includesFailures: includeFailures, maxAgeMs: try maxAgeMs)
            if json {
                printJSON(gate.json)
            } else {
                printText(
                    markdown ? GateText.markdown(gate) : table.text { GateText.text(gate) })
            }
            return gate.outcome
        } catch let error as GateError {
            throw CommandFailure(printable("\(error)"))
        } catch let error as TargetError {
            throw CommandFailure(printable("\(error)"))
        }
    }

    private var maxAgeMs: Double? {
        get throws {
            do throws(LoadError) {
                guard let maxAge else { return nil }
                return try DurationText.parse(maxAge, argument: "--max-age").milliseconds
            } catch {
                throw CommandFailure(printable("\(error)"))
            }
        }
    }

    private var reference: Gate.Reference {
        get throws {
            switch against {
            case "baseline": return .baseline
            case "last": return .last
            default:
                guard (TrendLimits.minCommitDigits...64).contains(against.utf8.count),
                    against.allSatisfy(\.isHexDigit)
                else {
                    throw CommandFailure(
                        "--against \"\(printable(against))\": give baseline, last, or a commit of"
                            + " at least \(TrendLimits.minCommitDigits) hex digits")
                }
                return .commit(against)
            }
        }
    }

    /// Its output goes to standard error: standard output is for the result of the gate.
    private static func runInShell(_ command: String) throws {
        let status = unsafe system("{ \(command)\n} 1>&2")
        guard status == 0 else {
            let code = status >= 0 && status & 0x7F == 0 ? (status >> 8) & 0xFF : status
            throw CommandFailure("--measure ended with status \(code): no run was judged")
        }
    }
}
