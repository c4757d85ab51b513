import ArgumentParser
import TrackerAnalysis
import TrackerIndexer
import TrackerLog

/// `tracker trend TARGET`: the numbers of a target over all its runs, and where they changed.
struct TrendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trend",
        abstract: "Show where the numbers of a target changed, over all its sessions.",
        discussion: """
            Each finished run is a point. Change points are found as Apache Otava finds them: \
            candidates in windows of \(TrendLimits.window) runs, then a t-test with p below \
            \(TrendLimits.maxPValue). Each shows the runs before and after it with their commits; \
            a change for the worse also shows the `git bisect` commands that find the commit. \
            Archived sessions are skipped. A change with fewer than three runs on a side is only \
            told if it exceeds what runs differ by themselves (--run-noise).

            EXAMPLES
              tracker trend http://localhost:3000/
              tracker trend api --metric http.service_ms --statistic p99 --json
              seq 1 9 | tracker trend --values
            """)

    @OptionGroup var data: DataOptions
    @OptionGroup var table: TableOptions

    @Argument(help: "The target, as `tracker show` prints it.")
    var target: String?

    @Option(help: "The metric (default: the latency with the most samples in the newest run).")
    var metric: String?

    @Option(
        help: ArgumentHelp(
            "Only this one: p50, p90, p95, p99, mean, rps or errors; may be repeated.",
            valueName: "name"))
    var statistic: [String] = []

    @OptionGroup var noise: RunNoiseOptions

    @Flag(help: "Find change points in numbers from standard input, one per line.")
    var values = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard (target == nil) == values else {
            throw ValidationError("give a target, or --values")
        }
        _ = try statistics
    }

    private var statistics: [Statistic] {
        get throws {
            let all = Statistic.allCases
            for name in statistic where !all.contains(where: { GateLimit.name(of: $0) == name }) {
                let names = all.map(GateLimit.name).joined(separator: ", ")
                throw ValidationError("--statistic \"\(name)\": give one of \(names)")
            }
            return statistic.isEmpty
                ? all : all.filter { statistic.contains(GateLimit.name(of: $0)) }
        }
    }

    func run() throws {
        try withFailures {
            guard let target else { return try printValues() }
            let context = try data.resolve()
            let storage = try context.openForReading()
            let statistics = try statistics
            let rule = try noise.rule
            let trend = try withTarget { () throws(TargetError) in
                let history = try TargetHistory(
                    target: target, user: data.user == nil ? nil : context.user, in: storage,
                    threads: IndexCommand.coreCount)
                for problem in history.problems { printError("warning: \(printable(problem))") }
                return try Trend(
                    of: history, metric: metric, statistics: statistics, runNoise: rule)
            }
            let bisect = TrendBisect(
                target: target, metric: metric == nil ? nil : trend.metric, folder: data.data)
            if json {
                printJSON(trend.json(bisect: bisect.lines))
            } else {
                printText(table.text { hinted(TrendText.text(trend, bisect)) })
            }
        }
    }

    private func printValues() throws {
        var series = ChangePointSeries()
        let lines = String(decoding: try readInput(), as: UTF8.self).split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (number, line) in zip(1..., lines) where !line.isEmpty {
            guard let value = Double(line), value.isFinite else {
                throw CommandFailure(
                    "line \(number): \"\(printable(String(line)))\" is not a number")
            }
            series.append(contentsOf: [value])
        }
        let points = series.changePoints
        if json {
            printJSON(.array(points.map(\.json)))
        } else {
            printText(table.text { TrendText.values(points) })
        }
    }
}
