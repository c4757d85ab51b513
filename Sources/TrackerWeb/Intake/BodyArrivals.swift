import Synchronization
package import TrackerLog

/// When recent bodies without a time arrived first. A retry must be given the same time again: then
/// its frame is the same as that of the first attempt, and both count once.
package final class BodyArrivals: Sendable {
    private struct State {
        var arrivals: [String: Timestamp] = [:]
        var order: [String] = []
        var next = 0
    }

    private let state = Mutex(State())
    private let capacity: Int

    package init(capacity: Int) { self.capacity = capacity }

    /// - Parameters:
    ///   - digest: of the body.
    ///   - arrived: gives the time of a body that is not known yet; called without a lock.
    package func arrival(of digest: String, orElse arrived: () -> Timestamp) -> Timestamp {
        if let known = state.withLock({ $0.arrivals[digest] }) { return known }
        let arrived = arrived()
        return state.withLock { state in
            if let known = state.arrivals[digest] { return known }
            if state.order.count < capacity {
                state.order.append(digest)
            } else {
                // The oldest one makes place.
                state.arrivals[state.order[state.next]] = nil
                state.order[state.next] = digest
                state.next = (state.next + 1) % capacity
            }
            state.arrivals[digest] = arrived
            return arrived
        }
    }
}
