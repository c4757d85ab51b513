import TrackerAnalysis
import TrackerClient
import TrackerIndexer
import TrackerLoad
import TrackerLog

/// Measures a target against itself: runs that alternate as A and B, and nothing between them
/// differs. What is then taken for a difference is noise.
struct NoiseProbe {
    let target: String
    let plan: LoadPlan
    let runs: Int

    /// Three of each: from so many on, runs themselves show how much they differ.
    static let fewestRuns = 2 * ComparisonLimits.minRunsToResample
    /// The kind of test that these runs are, and the tag of their session.
    static let test = "doctor"
    /// Each in the interval of the others' table.
    static let statistics: [Statistic] = [.p50, .p95, .p99, .mean]

    struct Result {
        var target: String
        /// `USER/SESSION`.
        var session: String
        var runs: Int
        var length: Duration
        var comparison: Comparison?
        var findings: [QuietFinding]
    }

    /// - Parameter tells: whether to say how far it is.
    func measure(
        in context: DataContext, stop: StopSwitch, tells: Bool
    ) async throws -> Result {
        let log = try Recording.create(
            storage: try context.openForWriting(), user: context.user, session: .generate(),
            description: .init(
                name: "Noise of \(target)", host: HostEnvironment.capture().host, commit: nil))
        log.append(Edit(timestamp: .now, kind: .tag, text: Self.test))
        var series = LoadSeries(
            log: log, lastWord: LastWord(of: log, in: context), stop: stop, git: nil, json: false)
        series.printsRuns = false
        var names: [[String]] = [[], []]
        var findings: [QuietFinding] = []
        for index in 0..<runs where !stop.isStopped {
            // A B B A A B …: a machine that drifts drifts for both.
            let group = (index + 1) / 2 % 2
            let watch = QuietWatch(
                target: plan.origin.isLoopback
                    ? ListeningProcesses.find(port: plan.origin.port) : [])
            let summary = try await series.execute(
                plan: plan, test: Self.test, target: target,
                params: [.init("group", .string(["A", "B"][group]))])
            if let failure = summary.failure { throw failure }
            names[group].append("\(context.user)/\(log.session)#\(summary.run)")
            for finding in watch.before + summary.disturbances
            where !findings.contains(where: { $0.code == finding.code }) {
                findings.append(finding)
            }
            if tells { printError(progress(index + 1, summary)) }
        }
        try log.close()
        if tells { printError(context.outcome(of: log.session)) }
        let comparison =
            names.allSatisfy { $0.count >= ComparisonLimits.minRunsToResample }
            ? try compare(names, in: context) : nil
        return Result(
            target: target, session: "\(context.user)/\(log.session)", runs: runs,
            length: plan.duration ?? .zero, comparison: comparison, findings: findings)
    }

    private func progress(_ number: Int, _ summary: LoadSummary) -> String {
        let p50 = summary.tally.latency.quantileMs(0.5)
        let text = p50.map { ", p50 \(NumberFormat.grouped.latency(ms: $0))" } ?? ""
        return "run \(number) of \(runs)\(text)"
    }

    private func compare(_ names: [[String]], in context: DataContext) throws -> Comparison {
        var selection = RunSelection(
            in: try context.openForReading(), user: context.user, target: nil,
            threads: IndexCommand.coreCount)
        var settings = ComparisonSettings(metric: LoadMetric.latency)
        settings.statistics = Self.statistics
        do {
            let groups = try selection.groups(names)
            return try Comparison(groups[0], groups[1], settings: settings)
        } catch let error as RunSelectionError {
            throw SessionArgument.failure(error, context)
        } catch let error as ComparisonError {
            throw CommandFailure(printable("\(error)"))
        }
    }
}
