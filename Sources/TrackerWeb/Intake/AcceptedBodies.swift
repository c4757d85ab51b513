import Synchronization
package import TrackerLog

/// The digests of recent bodies. A retry of an accepted one is acknowledged without growing the
/// log, which is only an optimisation: the frame's identity guarantees that a retry counts once.
/// For that a body without a time must be given the same one again.
package final class AcceptedBodies: Sendable {
    private struct Body {
        var arrival: Timestamp?
        var isAccepted = false
    }

    private struct State {
        var bodies: [String: Body] = [:]
        var order: [String] = []
        var next = 0
    }

    private let state = Mutex(State())
    private let capacity: Int

    package init(capacity: Int) { self.capacity = capacity }

    package func contains(_ digest: String) -> Bool {
        state.withLock { $0.bodies[digest]?.isAccepted ?? false }
    }

    package func insert(_ digest: String) { update(digest) { $0.isAccepted = true } }

    /// - Returns: when a body without a time arrived first.
    package func arrival(of digest: String, at now: Timestamp) -> Timestamp {
        update(digest) { body in
            let first = body.arrival ?? now
            body.arrival = first
            return first
        }
    }

    /// Adds the body where it is missing; beyond the capacity it replaces the oldest one.
    private func update<Value: Sendable>(
        _ digest: String, _ change: (inout Body) -> Value
    ) -> Value {
        state.withLock { state in
            if state.bodies[digest] == nil {
                if state.order.count < capacity {
                    state.order.append(digest)
                } else {
                    state.bodies[state.order[state.next]] = nil
                    state.order[state.next] = digest
                    state.next = (state.next + 1) % capacity
                }
            }
            return change(&state.bodies[digest, default: Body()])
        }
    }
}
