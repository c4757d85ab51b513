import TrackerIndexer
import TrackerLog

/// A session, and the reasons to keep it.
struct PruneCandidate {
    var entry: PrunePlan.Entry
    var modified: Timestamp
    /// The same without compacted segments, which no program writes to.
    var written: Timestamp
    /// Kept even when it is named.
    var mustStay: String?
    /// It has a baseline, notes or tags: kept unless it is named.
    var isMarked: String?

    init(
        _ key: DataFolder.SessionKey, in storage: any Storage, now: Timestamp
    ) throws(StorageError) {
        let index = try SessionIndex.current(key.user, key.session, in: storage)
        let summary = index.summary(now: now, in: storage)
        let listing = try SessionListing(key.user, key.session, in: storage)
        modified = Timestamp(nanoseconds: listing.modifiedNs)
        // A clock that was ahead keeps no session for ever.
        let last = summary.listedLast ?? (summary.undated == nil ? nil : modified)
        entry = PrunePlan.Entry(
            key: key, name: summary.name, last: last, events: summary.eventCount,
            files: listing.segments.count,
            bytes: listing.segments.reduce(0) { $0 + ($1.status?.size ?? 0) })
        let changes = listing.segments.filter { !$0.name.isCompacted }
            .map { $0.status?.modifiedNs ?? .max }
        written = changes.max().map(Timestamp.init(nanoseconds:)) ?? .epoch
        if let problem = index.problem {
            mustStay = "it could not be read completely: \(problem)"
        } else if try SessionTrash.isHeld(key, in: storage) {
            mustStay = "a writer has it open: stop that program first"
        }
        let edits = index.state.editsInForce
        if edits.contains(where: { $0.kind == .baseline }) {
            isMarked = "it holds a baseline"
        } else if !summary.notes.isEmpty {
            isMarked = "it has notes"
        } else if !summary.tags.isEmpty {
            isMarked = "it has tags"
        } else if summary.runs.contains(where: { $0.leftOut != nil }) {
            isMarked = "it has a run that was left out, with the reason"
        }
    }

    func isNewer(than other: PruneCandidate) -> Bool {
        let mine = max(entry.last ?? .epoch, .epoch)
        let theirs = max(other.entry.last ?? .epoch, .epoch)
        if mine != theirs { return mine > theirs }
        if modified != other.modified { return modified > other.modified }
        return entry.key > other.entry.key
    }
}
