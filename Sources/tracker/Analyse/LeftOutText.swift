import TrackerAnalysis
import TrackerLog

/// Runs that were left out, as text: how many, which, and why.
enum LeftOutText {
    /// More are counted, not listed: `--json` has all of them.
    static let maxListed = 10

    /// - Returns: empty if there are none.
    static func text(_ runs: [LeftOutRun]) -> String {
        lines(runs).map { printable($0) + "\n" }.joined()
    }

    static func lines(_ runs: [LeftOutRun]) -> [String] {
        guard !runs.isEmpty else { return [] }
        let more = runs.count - maxListed
        return ["left out: \(runs.count) run\(runs.count == 1 ? "" : "s")"]
            + runs.prefix(maxListed).map { "  \($0.text)" }
            + (more > 0 ? ["  and \(more) more: --json lists all"] : [])
    }
}
