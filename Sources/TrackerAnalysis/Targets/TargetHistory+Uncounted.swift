import TrackerIndexer
package import TrackerLog

extension TargetHistory {
    /// Runs of a commit that do not count. They are read from their sessions: what is kept of those
    /// has only their number.
    /// - Parameter other: a session whose runs belong to another group.
    package func uncounted(
        ofCommit commit: String, besides other: DataFolder.SessionKey? = nil
    ) throws(TargetError) -> UncountedRuns {
        var found = UncountedRuns()
        for (entry, digest) in try digests(metric: nil)
        where !entry.isArchived && entry.key != other {
            let all = digest.unfinished.filter { run in
                run.commit.map { TargetRun.isSame($0, commit) } ?? false
            }
            found.add(UncountedRuns(all.map(\.state)))
        }
        return found
    }

    /// Those of the session and commit of a group: see `newestGroups`.
    /// - Parameter since: those that started earlier are none of it.
    func uncounted(
        with group: [TargetRun], since: Timestamp = .epoch
    ) throws(TargetError) -> UncountedRuns {
        guard let first = group.first else { return UncountedRuns() }
        let all = try runs(ofKey: first.key).unfinished
        return UncountedRuns(
            all.filter {
                $0.commit.isExactly(first.commit) && ($0.summary.judgedStart ?? .epoch) >= since
            }.map(\.summary.state))
    }
}
