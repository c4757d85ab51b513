import Synchronization

/// Who is told of each new version. A slow one skips.
///
/// Apart from the history, so that a stream that ends finds it without a reference to the history:
/// a weak one looks like a leak to a leak checker, which cannot read how the runtime keeps it.
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
            // Holds `self` until the stream ends: at the latest with `finish`.
            continuation.onTermination = { [self] _ in
                _ = state.withLock { $0.continuations.removeValue(forKey: id) }
            }
        }
    }

    func tell(_ version: Int) {
        // Told outside the lock: a stream that ends meanwhile asks for it.
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
