/// The live index's state of a session between two passes. An idle session has none; only its row
/// of the catalogue is kept.
struct FollowedSession {
    typealias Instant = ContinuousClock.Instant

    /// The loaded state, to continue the fold. Only some sessions have one.
    var load: SessionLoad?
    var lastPublished: Instant?
    /// How long the last fold and its publication took.
    var lastCost = Duration.zero
    /// When its snapshot was last written, or when it was loaded.
    var savedAt: Instant?
    /// It could not be written then, and is tried again soon.
    var hasFailedSave = false
    /// Length of its state as text when it was last saved: a measure of the memory that it takes.
    var stateBytes = 0
    /// Stamp of the folded listing while a segment's end may still be completed: see
    /// `SessionIndex.isSettled`.
    var unsettledStamp: UInt64?
    /// Message of the last fold's storage error.
    var problem: String?
    /// The snapshot on disk lacks folded events.
    var isSnapshotStale = false

    /// Whether it was last published longer ago than this, or never.
    func isUnpublished(for age: Duration) -> Bool {
        lastPublished.map { ContinuousClock.now - $0 > age } ?? true
    }

    /// When it may be published again without a reader who asks for it.
    var nextPublication: Instant? {
        lastPublished.map { last in
            let pause = max(LivePace.publishInterval, lastCost * LivePace.publishPauseFactor)
            return last + min(pause, LivePace.maxPublishInterval)
        }
    }

    /// Whether its snapshot should be written again.
    func needsSave(at now: Instant) -> Bool {
        isSnapshotStale
            && (hasFailedSave || savedAt.map { now - $0 > LivePace.saveInterval } ?? true)
    }

    /// Whether this state can be dropped without loss.
    var isIdle: Bool {
        load == nil && unsettledStamp == nil && problem == nil && !isSnapshotStale
            && isUnpublished(for: LivePace.refreshInterval)
    }
}
