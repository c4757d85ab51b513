import TrackerIndexer
import TrackerLog

/// What makes a comparison doubtful.
enum ComparisonWarnings {
    /// A machine that was busier than this before the start was not there for the test alone.
    private static let busyLoadPerCore = 0.5

    static func all(
        _ a: ComparisonGroup, _ b: ComparisonGroup, metric: String, isSameData: Bool,
        _ differences: [EnvironmentDifference]
    ) -> [String] {
        var warnings: [String] = []
        if isSameData { warnings.append("both hold the same samples: nothing can differ") }
        let names = Set(differences.map(\.name))
        if names.contains("latency") {
            warnings.append(
                "unlike latency: corrected counts from the intended start, uncorrected does not;"
                    + " do not compare one with the other")
        }
        if names.contains("load_model") {
            warnings.append("unlike load models: a closed loop asks less when the target is slow")
        } else if names.contains("rate") || names.contains("connections") {
            warnings.append("unlike load: a difference may come from the load, not the target")
        }
        if names.contains("target") { warnings.append("the runs name different targets") }
        if !names.isDisjoint(with: ["host", "cores", "cpu_model"]) {
            warnings.append("unlike machines: a difference may come from them")
        }
        for (name, group) in [("A", a), ("B", b)] {
            warnings += self.warnings(of: group.runs, name, metric: metric)
        }
        return warnings
    }

    private static func warnings(
        of runs: [RunSummary], _ name: String, metric: String
    ) -> [String] {
        var warnings: [String] = []
        let runs = runs.filter { run in run.timelines.contains { $0.metric == metric } }
        for run in runs where [.running, .failed, .stopped].contains(run.state) {
            warnings.append("\(name): run \(run.run) is \(run.state.rawValue)")
        }
        for run in runs {
            warnings += run.doubts.map { "\(name): run \(run.run): \($0)" }
        }
        if runs.count < ComparisonLimits.fewestRunsToDraw {
            warnings.append(
                "\(name) has \(runs.count) run\(runs.count == 1 ? "" : "s"): how much whole runs"
                    + " differ is seen from \(ComparisonLimits.fewestRunsToDraw) on")
        }
        let isBusy = runs.contains { run in
            guard let load = run.environment["load_average"]?.arrayValue?.first?.doubleValue,
                let cores = run.environment["cores"]?.doubleValue, cores > 0
            else { return false }
            return load / cores > busyLoadPerCore
        }
        if isBusy { warnings.append("\(name): the machine was busy before the start") }
        return warnings
    }
}
