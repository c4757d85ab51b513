package import TrackerLog

/// A `Freshness` whose time moves along when the wall clock is set: its age, which a page shows as
/// the difference to its own time, stays what it is.
package struct StampedFreshness: Sendable {
    private let value: Freshness
    private let wall: Timestamp
    private let monotonic: ContinuousClock.Instant

    /// Less is the time between the two readings, or a clock that is slewed, and changes no age
    /// that anybody sees.
    private static let smallestStepMs = 500.0

    package init(
        _ value: Freshness, wall: Timestamp = .now, monotonic: ContinuousClock.Instant = .now
    ) {
        self.value = value
        self.wall = wall
        self.monotonic = monotonic
    }

    package func current(
        wall: Timestamp = .now, monotonic: ContinuousClock.Instant = .now
    ) -> Freshness {
        let passedMs = (monotonic - self.monotonic) / .milliseconds(1)
        let stepMs = wall.milliseconds(since: self.wall) - passedMs
        guard abs(stepMs) > Self.smallestStepMs, value.indexedAt != .epoch else { return value }
        var moved = value
        moved.indexedAt = value.indexedAt.advanced(byMilliseconds: stepMs)
        return moved
    }
}
