import TrackerIndexer
package import TrackerLog

/// Why there is nothing to choose from.
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
            "there is no run of the target \(target); "
                + (known.isEmpty
                    ? "no run names a target"
                    : "targets are: "
                        + known.prefix(TrendLimits.mostTargetsListed)
                        .joined(separator: ", "))
        case .noBaseline(let target):
            "\(target) has no baseline: pin one with `tracker baseline USER/SESSION#RUN`"
        case .noRuns(let what, let target):
            "\(target) has no finished run of \(what)"
        case .ambiguousCommit(let commit, let all):
            "commit \(commit) may be "
                + all.prefix(TrendLimits.mostCommitsListed).joined(separator: " or ")
                + (all.count > TrendLimits.mostCommitsListed
                    ? " or one of \(all.count - TrendLimits.mostCommitsListed) more" : "")
                + ": give more digits"
        }
    }
}
