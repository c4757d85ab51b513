import TrackerIndexer
import TrackerLog

extension Gate {
    /// - Parameters:
    ///   - newest: the newest run of the target that is not finished, if there is one.
    ///   - maxAgeMs: `nil` accepts runs of any age.
    func doubts(newest: TargetRun?, maxAgeMs: Double?, now: Timestamp) -> [GateDoubt] {
        var doubts: [GateDoubt] = []
        let started = candidates.newestStart
        if let newest, (newest.summary.judgedStart ?? .epoch) > (started ?? .epoch) {
            doubts.append(
                .newestRun(
                    name: newest.name, state: newest.summary.state,
                    started: newest.summary.started))
        }
        if case .commit = reference {
            let dirty = (references + candidates).filter {
                $0.summary.environment["git_dirty"]?.boolValue == true
            }
            if !dirty.isEmpty { doubts.append(.uncommittedChanges(dirty.map(\.name))) }
        }
        let unlike = comparison.differences.filter {
            LikeConditions.names.contains($0.name) && $0.isOfBoth
        }
        let others = unlike.map(\.name).filter { $0 != LikeConditions.requests }
        if !others.isEmpty { doubts.append(.unlike(others)) }
        if others.count < unlike.count { doubts.append(.unlikeRequests) }
        if let odd = candidates.first(where: {
            !($0.summary.judgedStart ?? now).isPlausible(at: now)
        }) {
            doubts.append(.noTime(name: odd.name, started: odd.summary.started ?? now))
        }
        if let maxAgeMs {
            let age = started.map { now.milliseconds(since: $0) } ?? .infinity
            if age > maxAgeMs { doubts.append(.tooOld(started: started, allowedMs: maxAgeMs)) }
        }
        return doubts
    }
}
