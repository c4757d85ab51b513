import Synchronization

/// The digests of recently accepted bodies: a retry of one of them is acknowledged without growing
/// the log.
///
/// Only an optimisation: the frame's identity guarantees that a retry counts once.
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

    /// Adds a body; beyond the capacity it replaces the oldest one.
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
