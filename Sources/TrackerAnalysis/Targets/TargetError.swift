import TrackerIndexer
package import TrackerLog

/// Why no runs of a target could be chosen.
package enum TargetError: Error, Sendable, Hashable, CustomStringConvertible {
    case storage(StorageError)
    case unknownTarget(String, known: [String])
    case noBaseline(String)
    case noRuns(of: String, String)
    case ambiguousCommit(String, [String])

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
        case .noRuns(let what, let target):
            "\(target) has no finished run of \(what)"
        case .ambiguousCommit(let commit, let all):
            "commit \(commit) may be "
                + all.prefix(TrendLimits.maxCommitsListed).joined(separator: " or ")
                + (all.count > TrendLimits.maxCommitsListed
                    ? " or one of \(all.count - TrendLimits.maxCommitsListed) more" : "")
                + ": give more digits"
        }
    }
}
