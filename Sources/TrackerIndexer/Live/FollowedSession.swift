/// What the live index remembers of a session between two looks. One that has nothing to
/// remember is not followed: the catalogue's row is all that is known of it.
struct FollowedSession {
    typealias Instant = ContinuousClock.Instant

    /// Ready to fold further; only a few are.
    var load: SessionLoad?
    /// When to look at it again: a busy one is published a few times a second, not for each frame.
    var due: Instant?
    /// Whether to publish it when it is due although its files have not changed: time has passed.
    var isAged = false
    var lastPublished: Instant?
    /// When it was last written to, as far as is known: who was written to last is folded first.
    var modifiedNs: Int64?
    /// Of its files, left by the last fold.
    var unreadBytes = 0
    /// Of the folder that was folded, where an end may still be finished: see
    /// `SessionIndex.isSettled`.
    var unsettledStamp: UInt64?
    /// What the disk refused at the last fold.
    var problem: String?
    /// Whether its snapshot, and its row, lack what is folded.
    var isSnapshotStale = false
    var isRowStale = false

    /// Whether nobody has seen it for so long.
    func isPublishedBefore(_ age: Duration) -> Bool {
        lastPublished.map { ContinuousClock.now - $0 > age } ?? true
    }

    mutating func beDue(at instant: Instant, modifiedNs: Int64) {
        due = min(due ?? instant, instant)
        self.modifiedNs = max(self.modifiedNs ?? .min, modifiedNs)
    }

    /// Whether it is forgotten without a loss.
    var isIdle: Bool {
        load == nil && due == nil && unsettledStamp == nil && problem == nil && !isSnapshotStale
            && !isRowStale && isPublishedBefore(LivePace.agedAfter)
    }
}
