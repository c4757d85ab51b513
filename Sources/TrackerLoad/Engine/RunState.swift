import Synchronization

/// What the shards of one run share. Any thread.
final class RunState: Sendable {
    private let connectedOnce = Atomic<Bool>(false)
    private let failedTries = Atomic<Int>(0)
    private let lastFailure = Mutex<Outcome.Failure?>(nil)
    private let firstTLSFailure = Mutex<String?>(nil)

    func connected() {
        // A load is cheaper than a store that every core must hear of.
        guard !connectedOnce.load(ordering: .relaxed) else { return }
        connectedOnce.store(true, ordering: .relaxed)
    }

    func connectFailed(_ reason: Outcome.Failure) {
        failedTries.wrappingAdd(1, ordering: .relaxed)
        lastFailure.withLock { $0 = reason }
    }

    /// The first is kept: those after it are most often the same.
    func tlsFailed(reason: String) { firstTLSFailure.withLock { $0 = $0 ?? reason } }

    var tlsFailure: String? { firstTLSFailure.withLock { $0 } }

    /// Whether the target has let nobody in for so long that it never will.
    func isHopeless(elapsedNs: Int64) -> Bool {
        !connectedOnce.load(ordering: .relaxed) && elapsedNs >= LoadLimits.giveUpAfterNs
            && failedTries.load(ordering: .relaxed) >= LoadLimits.giveUpAfterTries
    }

    /// What to tell when no connection was ever made; `nil` when there was one, or no try.
    func unreachable(target: Origin) -> LoadError? {
        guard !connectedOnce.load(ordering: .relaxed), let reason = lastFailure.withLock({ $0 })
        else { return nil }
        return .unreachable(
            target: target.description, tries: failedTries.load(ordering: .relaxed),
            reason: reason.explanation)
    }
}

extension Outcome.Failure {
    /// In words, for a person.
    package var explanation: String {
        switch self {
        case .timeout: "no answer in time"
        case .refused: "connection refused"
        case .unreachable: "no route to the host"
        case .reset: "connection reset"
        case .closed: "connection closed"
        case .tls: "no TLS; a certificate that is not trusted needs --ca-file or --insecure"
        case .malformed: "the answer is not HTTP/1.1"
        case .resources: "no more descriptors, ports or memory here; see ulimit -n"
        case .failed: "connection failed"
        }
    }
}
