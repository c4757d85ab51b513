/// The live index's state of a session between two passes. An idle session has none; only its row
/// of the catalogue is kept.
struct FollowedSession {
    typealias Instant = ContinuousClock.Instant

    /// The loaded state, to continue the fold. Only a few sessions have one.
    var load: SessionLoad?
    /// When to fold it again. A busy session is published a few times a second, not for each frame.
    var due: Instant?
    /// Publish it when due even if its files have not changed: its summary depends on the time.
    var needsRefresh = false
    var lastPublished: Instant?
    /// Last known modification of its files, Unix nanoseconds. The latest is folded first.
    var modifiedNs: Int64?
    /// Bytes of its files that the last fold left unread.
    var unreadBytes = 0
    /// Stamp of the folded listing while a segment's end may still be completed: see
    /// `SessionIndex.isSettled`.
    var unsettledStamp: UInt64?
    /// Message of the last fold's storage error.
    var problem: String?
    /// The snapshot on disk lacks folded events.
    var isSnapshotStale = false
    /// The row on disk is older than the published one.
    var isRowStale = false

    /// Whether it was last published longer ago than this, or never.
    func isUnpublished(for age: Duration) -> Bool {
        lastPublished.map { ContinuousClock.now - $0 > age } ?? true
    }

    /// Makes it due at this time, or earlier if it is already.
    mutating func schedule(at instant: Instant, modifiedNs: Int64) {
        due = min(due ?? instant, instant)
        self.modifiedNs = max(self.modifiedNs ?? .min, modifiedNs)
    }

    /// Whether this state can be dropped without loss.
    var isIdle: Bool {
        load == nil && due == nil && unsettledStamp == nil && problem == nil && !isSnapshotStale
            && !isRowStale && isUnpublished(for: LivePace.refreshInterval)
    }
}
