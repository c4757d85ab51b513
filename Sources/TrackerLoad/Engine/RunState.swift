import Synchronization

/// State shared by the shards of one run. Safe to use from any thread.
final class RunState: Sendable {
    private let connectedOnce = Atomic<Bool>(false)
    private let failedTries = Atomic<Int>(0)
    private let lastFailure = Mutex<Outcome.Failure?>(nil)
    private let firstTLSFailure = Mutex<String?>(nil)

    func connected() {
        // A load is cheaper than a store, which invalidates the cache line of every core.
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

    /// Whether the target has accepted no connection for so long that the run should give up.
    func isHopeless(elapsedNs: Int64) -> Bool {
        !connectedOnce.load(ordering: .relaxed) && elapsedNs >= LoadLimits.giveUpAfterNs
            && failedTries.load(ordering: .relaxed) >= LoadLimits.giveUpAfterTries
    }

    /// The error when no connection was ever made; `nil` when there was one, or no attempt.
    func unreachable(target: Origin) -> LoadError? {
        guard !connectedOnce.load(ordering: .relaxed), let reason = lastFailure.withLock({ $0 })
        else { return nil }
        return .unreachable(
            target: target.description, tries: failedTries.load(ordering: .relaxed),
            reason: reason.explanation)
    }
}

extension Outcome.Failure {
    /// A text for the report.
    package var explanation: String {
        switch self {
        case .timeout: "no response in time"
        case .refused: "connection refused"
        case .unreachable: "no route to the host"
        case .reset: "connection reset"
        case .closed: "connection closed"
        case .tls: "no TLS; a certificate that is not trusted needs --ca-file or --insecure"
        case .malformed: "the response is not HTTP/1.1"
        case .resources: "no more descriptors, ports or memory here; see ulimit -n"
        case .failed: "connection failed"
        }
    }
}
