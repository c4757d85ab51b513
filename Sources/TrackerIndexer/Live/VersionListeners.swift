import Synchronization

/// The streams that receive each new version. A slow reader skips versions.
///
/// Separate from `PublishedIndex`, so that a stream that ends needs no reference to that: a weak
/// one would be reported by leak checkers, which cannot follow the runtime's side table.
final class VersionListeners: Sendable {
    private struct State {
        var continuations: [Int: AsyncStream<Int>.Continuation] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.continuations.count } }

    func stream() -> AsyncStream<Int> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let id = state.withLock { state in
                state.next += 1
                state.continuations[state.next] = continuation
                return state.next
            }
            // Retains `self` until the stream ends, at the latest in `finish`.
            continuation.onTermination = { [self] _ in
                _ = state.withLock { $0.continuations.removeValue(forKey: id) }
            }
        }
    }

    func notify(_ version: Int) {
        // Outside the lock: a stream that ends meanwhile takes it.
        for continuation in state.withLock({ Array($0.continuations.values) }) {
            continuation.yield(version)
        }
    }

    /// Ends all streams.
    func finish() {
        let continuations = state.withLock { state in
            defer { state.continuations = [:] }
            return Array(state.continuations.values)
        }
        for continuation in continuations { continuation.finish() }
    }
}
