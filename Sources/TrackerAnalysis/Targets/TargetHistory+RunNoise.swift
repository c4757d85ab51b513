import TrackerIndexer

extension TargetHistory {
    /// Finished runs that say how much those of two groups vary, and perhaps others; sessions that
    /// are archived are left out.
    ///
    /// Cost: as `digests`, of the newest sessions only.
    package func runHistory(
        metric: String, for groups: [ComparisonGroup]
    ) throws(TargetError) -> RunHistory {
        let wanted = Set(groups.flatMap(\.runs).map(LikeConditions.key))
        var like = 0
        let all = try digests(metric: metric) { session in
            like += session.runs.count { wanted.contains($0.conditions) }
            return like >= RunNoiseLimits.enoughRuns
        }
        let sessions = all.filter { !$0.entry.isArchived }
        return RunHistory(sessions.flatMap { $0.digest.runs.compactMap(\.ofHistory) })
    }
}
