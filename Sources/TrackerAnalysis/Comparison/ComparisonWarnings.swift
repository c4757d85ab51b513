import TrackerIndexer
import TrackerLog

/// Reasons to doubt a comparison.
enum ComparisonWarnings {
    static let sameData = "both groups have the same samples: no difference to find"

    static func all(
        _ a: ComparisonGroup, _ b: ComparisonGroup, metric: String, isSameData: Bool,
        _ differences: [EnvironmentDifference]
    ) -> [String] {
        var warnings: [String] = []
        if isSameData {
            warnings.append(sameData)
        }
        let names = Set(differences.map(\.name))
        if names.contains("latency") {
            warnings.append(
                "different latency: corrected counts from the intended start, uncorrected does not;"
                    + " do not compare them")
        }
        if names.contains("load_model") {
            warnings.append(
                "different load models: a closed loop sends less when the target is slow")
        } else if names.contains("rate") || names.contains("connections") {
            warnings.append("different load: a difference may come from the load, not the target")
        }
        if differences.contains(where: { $0.name == LikeConditions.requests && $0.isOfBoth }) {
            warnings.append(
                "unlike requests: URLs, weights, methods, headers or bodies differ; a difference"
                    + " may come from them")
        }
        if names.contains("target") { warnings.append("the runs name different targets") }
        if !names.isDisjoint(with: ["host", "cores", "cpu_model"]) {
            warnings.append("different machines: a difference may come from them")
        }
        for (name, group) in [("A", a), ("B", b)] {
            warnings += self.warnings(of: group.runs, name, metric: metric)
        }
        return warnings
    }

    /// That nothing tells how much runs vary, and what to do.
    static func fewRuns(_ comparison: Comparison) -> [String] {
        let few = ComparisonLimits.minRunsToResample
        let isShort = min(comparison.runsA, comparison.runsB) < few
        switch comparison.settings.runNoise {
        case .known: return []
        case .within:
            guard isShort else { return [] }
            return [
                "variation between runs is left out: the verdicts are about these runs, not about"
                    + " the next ones"
            ]
        case .history:
            let open = comparison.rows.filter(\.verdict.isOneRun)
            guard !open.isEmpty else { return [] }
            // Enough are there, and say nothing of numbers that have no logarithm.
            if comparison.earlierRuns >= RunNoiseLimits.minRuns,
                open.allSatisfy({ min($0.a ?? 0, $0.b ?? 0) <= 0 })
            {
                return [
                    "fewer than \(few) runs on a side, and earlier runs tell how much a number"
                        + " varies only where it is above zero: how much runs vary is not known"
                ]
            }
            return ["how much runs vary is not known: \(unknown(comparison.earlierRuns, few))"]
        }
    }

    /// Why, and how many earlier runs would be enough.
    private static func unknown(_ earlier: Int, _ few: Int) -> String {
        let runs = earlier == 1 ? "run" : "runs"
        let like = "earlier \(runs) of the target under like conditions"
        let short = "a side has fewer than \(few) runs, and "
        // A change of level between them is not noise: the runs before and after it are apart.
        guard earlier < RunNoiseLimits.minRuns else {
            return short + "the \(earlier) \(like) changed between them, or lack some numbers"
        }
        let count = earlier == 0 ? "no" : String(earlier)
        return short + "there \(earlier == 1 ? "is" : "are") \(count) \(like), where"
            + " \(RunNoiseLimits.minRuns) are needed"
    }

    private static func warnings(
        of runs: [RunSummary], _ name: String, metric: String
    ) -> [String] {
        var warnings: [String] = []
        let runs = runs.filter { $0.timeline(of: metric) != nil }
        for run in runs where [.running, .failed, .stopped].contains(run.state) {
            warnings.append("\(name): run \(run.run) is \(run.state.rawValue)")
        }
        for run in runs {
            warnings += run.doubts.map { "\(name): run \(run.run): \($0)" }
        }
        if runs.contains(where: { $0.wasBusy == true }) {
            warnings.append("\(name): the machine was busy before the start")
        }
        return warnings
    }
}
