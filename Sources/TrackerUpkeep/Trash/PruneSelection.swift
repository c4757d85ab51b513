import TrackerIndexer
package import TrackerLog

/// Which sessions to take out of the log.
///
/// Never by the clock alone: an age takes a session only beyond a count of newest ones that stay,
/// and both the times in the data and those of the files have to be old. A clock that jumps makes
/// all ages wrong at once; the count still stands.
package struct PruneSelection: Sendable {
    /// These, whatever is said of them. A session that is being written to stays all the same.
    package var named: [DataFolder.SessionKey] = []
    /// So many of each user's newest sessions stay; `nil`: only named ones are taken.
    package var keepLast: Int?
    /// Of the others, those whose last event and last change are older than this; `nil`: all.
    package var olderThanDays: Double?
    /// Only this user's; `nil`: everybody's.
    package var user: UserID?

    package init() {}
}

/// What a prune takes, and what it leaves.
package struct PrunePlan: Sendable {
    package struct Entry: Sendable {
        package var key: DataFolder.SessionKey
        package var name: String?
        package var lastMs: Double?
        package var events: Int
        package var files: Int
        package var bytes: Int
        /// Why it stays; `nil`: it is taken.
        package var reason: String?
    }

    package var taken: [Entry] = []
    package var kept: [Entry] = []
    package var bytes: Int { taken.reduce(0) { $0 + $1.bytes } }
}

extension PruneSelection {
    /// What would be taken now. Nothing is changed.
    /// - Throws: when the log cannot be read.
    package func plan(
        in storage: any Storage, nowMs: Double
    ) throws(StorageError) -> PrunePlan {
        var candidates: [Candidate] = []
        for key in try DataFolder.sessions(in: storage).sessions {
            guard named.contains(key) || (keepLast != nil && (user ?? key.user) == key.user) else {
                continue
            }
            candidates.append(try Candidate(key, in: storage, nowMs: nowMs))
        }
        var plan = PrunePlan()
        for candidate in candidates {
            // By what the events say, and by the files' times where they say nothing.
            let newer = candidates.filter {
                $0.entry.key.user == candidate.entry.key.user && $0.isNewer(than: candidate)
            }
            var entry = candidate.entry
            entry.reason = reason(candidate, newer: newer.count, nowMs: nowMs)
            if entry.reason == nil { plan.taken.append(entry) } else { plan.kept.append(entry) }
        }
        return plan
    }

    private func reason(_ candidate: Candidate, newer: Int, nowMs: Double) -> String? {
        if let why = candidate.mustStay { return why }
        if named.contains(candidate.entry.key) { return nil }
        guard let keepLast else { return "it is not named" }
        if newer < max(1, keepLast) { return "it is one of the newest \(max(1, keepLast))" }
        if let why = candidate.isMarked { return "\(why): name it to take it" }
        guard let olderThanDays else { return nil }
        let limitMs = nowMs - olderThanDays * 86_400_000
        let isOld = (candidate.entry.lastMs ?? 0) < limitMs && candidate.modifiedMs < limitMs
        return isOld ? nil : "it is younger than \(shortestText(of: olderThanDays)) days"
    }

    /// A session, and what speaks for keeping it.
    private struct Candidate {
        var entry: PrunePlan.Entry
        var modifiedMs: Double
        /// Nothing overrules it.
        var mustStay: String?
        /// A person has said something about it.
        var isMarked: String?

        init(
            _ key: DataFolder.SessionKey, in storage: any Storage, nowMs: Double
        ) throws(StorageError) {
            let index = try SessionIndex.current(key.user, key.session, in: storage)
            let summary = index.summary(nowMs: nowMs, in: storage)
            let listing = try SessionListing(key.user, key.session, in: storage)
            entry = PrunePlan.Entry(
                key: key, name: summary.name, lastMs: summary.lastMs, events: summary.eventCount,
                files: listing.segments.count,
                bytes: listing.segments.reduce(0) { $0 + ($1.status?.size ?? 0) })
            modifiedMs = Double(listing.modifiedNs) / 1_000_000
            if let problem = index.problem {
                mustStay = "it could not be read whole: \(problem)"
            } else if try SessionTrash.isHeld(key, in: storage) {
                mustStay = "a writer has it open: end that program first"
            }
            let edits = index.state.edits
            if edits.contains(where: { $0.kind == .baseline }) {
                isMarked = "it holds a baseline"
            } else if !summary.notes.isEmpty {
                isMarked = "it has notes"
            } else if !summary.tags.isEmpty {
                isMarked = "it has tags"
            }
        }

        func isNewer(than other: Candidate) -> Bool {
            let (mine, theirs) = (max(entry.lastMs ?? 0, 0), max(other.entry.lastMs ?? 0, 0))
            if mine != theirs { return mine > theirs }
            if modifiedMs != other.modifiedMs { return modifiedMs > other.modifiedMs }
            return entry.key > other.entry.key
        }
    }
}
