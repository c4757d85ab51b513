import TrackerIndexer
package import TrackerLog

/// Why no runs of a target could be chosen.
package enum TargetError: Error, Sendable, Hashable, CustomStringConvertible {
    case storage(StorageError)
    case unknownTarget(String, known: [String])
    case noBaseline(String)
    /// The target, and a run that is its baseline and was left out.
    case baselineLeftOut(String, LeftOutRun?)
    /// The target, and `USER/SESSION` of its baseline.
    case baselineArchived(String, String)
    /// Of what, the target, and how many of its runs a person left out.
    case noRuns(of: String, String, leftOut: Int = 0)
    case ambiguousCommit(String, [String])
    /// The `WorkBudget` of the question is spent.
    case outOfTime

    package var description: String {
        switch self {
        case .storage(let error): "\(error)"
        case .unknownTarget(let target, let known):
            "no run has the target \(target); "
                + (known.isEmpty
                    ? "no run has a target at all"
                    : "targets are: "
                        + known.prefix(TrendLimits.maxTargetsListed)
                        .joined(separator: ", "))
        case .noBaseline(let target):
            "\(target) has no baseline: pin one with `tracker baseline USER/SESSION#RUN`"
        case .baselineLeftOut(let target, let run):
            "the baseline of \(target) is left out"
                + (run.map { " (\($0.text))" } ?? "")
                + ": pin another with `tracker baseline`, or take it in again"
        case .baselineArchived(let target, let session):
            "the baseline of \(target) is archived (\(session)): pin another with"
                + " `tracker baseline`, or bring it back with `tracker unarchive`"
        case .noRuns(let what, let target, let leftOut):
            "\(target) has no finished run of \(what)"
                + (leftOut > 0
                    ? ", besides runs that were left out (\(leftOut) of the target)" : "")
        case .ambiguousCommit(let commit, let all):
            "commit \(commit) may be "
                + all.prefix(TrendLimits.maxCommitsListed).joined(separator: " or ")
                + (all.count > TrendLimits.maxCommitsListed
                    ? " or one of \(all.count - TrendLimits.maxCommitsListed) more" : "")
                + ": give more digits"
        case .outOfTime: "reading the runs of the target takes longer than it may"
        }
    }
}
