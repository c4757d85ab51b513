import TrackerIndexer
package import TrackerLog

/// Selects the sessions to remove from the log.
///
/// The clock alone never decides: age removes a session only beyond a number of newest ones that
/// are kept, and the times in the data and those of the files must both be old. A clock that jumps
/// makes all ages wrong at once; the number of kept sessions still holds.
package struct PruneSelection: Sendable {
    /// Removed whatever the other rules say, unless a writer has the session open.
    package var named: [DataFolder.SessionKey] = []
    /// Number of each user's newest sessions to keep; `nil`: remove only named ones.
    package var keepLast: Int?
    /// Of the rest, remove those whose last event and last change are older; `nil`: all of them.
    package var olderThanDays: Double?
    /// Only this user's sessions; `nil`: those of all users.
    package var user: UserID?

    package init() {}
}

extension PruneSelection {
    /// What would be removed now. Changes nothing.
    /// - Throws: when the log cannot be read.
    package func plan(
        in storage: any Storage, now: Timestamp
    ) throws(StorageError) -> PrunePlan {
        let named = Set(named)
        var candidates: [PruneCandidate] = []
        for key in try DataFolder.sessions(in: storage).sessions {
            guard named.contains(key) || (keepLast != nil && (user ?? key.user) == key.user) else {
                continue
            }
            candidates.append(try PruneCandidate(key, in: storage, now: now))
        }
        // By the time of the last event, and by the files' times when there is none.
        var newer: [DataFolder.SessionKey: Int] = [:]
        var counts: [UserID: Int] = [:]
        for candidate in candidates.sorted(by: { $0.isNewer(than: $1) }) {
            newer[candidate.entry.key] = counts[candidate.entry.key.user, default: 0]
            counts[candidate.entry.key.user, default: 0] += 1
        }
        var plan = PrunePlan()
        for candidate in candidates {
            let key = candidate.entry.key
            var entry = candidate.entry
            entry.reason = try reason(
                candidate, isNamed: named.contains(key), newer: newer[key] ?? 0, now: now,
                in: storage)
            if entry.reason == nil { plan.taken.append(entry) } else { plan.kept.append(entry) }
        }
        return plan
    }

    private func reason(
        _ candidate: PruneCandidate, isNamed: Bool, newer: Int, now: Timestamp,
        in storage: any Storage
    ) throws(StorageError) -> String? {
        if let why = candidate.mustStay { return why }
        if isNamed { return nil }
        guard let keepLast else { return "it is not named" }
        if newer < max(1, keepLast) { return "it is one of the newest \(max(1, keepLast))" }
        if let why = candidate.isMarked { return "\(why): name the session to remove it" }
        guard let olderThanDays else { return nil }
        let limit = now.advanced(byMilliseconds: -olderThanDays * 86_400_000)
        var isOld = (candidate.entry.last ?? .epoch) < limit
        if isOld, candidate.modified >= limit {
            isOld = try EditsOnly.changed(candidate.entry.key, since: limit, now: now, in: storage)
        }
        return isOld ? nil : "it is younger than \(NumberFormat.plain.value(olderThanDays)) days"
    }
}
