import Synchronization

/// The digests of the bodies accepted last: a retry of one of them is acknowledged without growing
/// the log.
///
/// A convenience, not a guarantee: that a retry counts once is ensured by the frame's identity.
package final class AcceptedBodies: Sendable {
    private struct State {
        var digests: Set<String> = []
        var order: [String] = []
        var next = 0
    }

    private let state = Mutex(State())
    private let capacity: Int

    package init(capacity: Int) { self.capacity = capacity }

    package func contains(_ digest: String) -> Bool {
        state.withLock { $0.digests.contains(digest) }
    }

    /// Remembers a body; beyond the capacity the oldest is forgotten.
    package func insert(_ digest: String) {
        state.withLock { state in
            guard state.digests.insert(digest).inserted else { return }
            if state.order.count < capacity {
                state.order.append(digest)
            } else {
                state.digests.remove(state.order[state.next])
                state.order[state.next] = digest
                state.next = (state.next + 1) % capacity
            }
        }
    }
}
