/// How a request ended: with a response, or with the reason why there was none.
package enum Outcome: Sendable, Hashable {
    /// A whole response with this status.
    case status(UInt16)
    case failure(Failure)

    /// The raw value is the label `status` of the sample.
    package enum Failure: String, Sendable, Hashable, CaseIterable {
        /// No whole response within the time limit.
        case timeout
        /// Nobody listens there.
        case refused
        /// No way to the host.
        case unreachable
        /// The target broke the connection (TCP reset).
        case reset
        /// The target ended the connection before the whole response was there.
        case closed
        /// The connection could not be secured: no TLS is spoken, or the certificate is not
        /// trusted.
        case tls
        /// The response is not HTTP/1.
        case malformed
        /// This process has no descriptor or memory left for another connection.
        case resources
        /// Any other error of the connection.
        case failed
    }

    /// A response below 400.
    package var ok: Bool {
        if case .status(let code) = self { return code < 400 }
        return false
    }

    /// The value of the label `status`.
    package var label: String {
        switch self {
        case .status(let code): String(code)
        case .failure(let reason): reason.rawValue
        }
    }

    /// In words, for a person.
    package var explanation: String {
        switch self {
        case .status(let code): "status \(code)"
        case .failure(let reason): reason.explanation
        }
    }

    /// Whether the connection itself could not be made.
    var isConnectFailure: Bool {
        switch self {
        case .failure(.refused), .failure(.unreachable), .failure(.resources): true
        default: false
        }
    }
}

/// One request that has ended. Times are nanoseconds after the run's start, from a monotonic clock.
package struct CompletedRequest: Sendable, Hashable {
    /// Which of the plan's templates.
    package var template: Int32
    package var outcome: Outcome
    /// When it was meant to start: open loop only differs from `startNs`.
    package var intendedNs: Int64
    /// When it was sent, or its connection was begun.
    package var startNs: Int64
    /// When the last byte of the response was there, or the request failed.
    package var endNs: Int64

    package init(
        template: Int32, outcome: Outcome, intendedNs: Int64, startNs: Int64, endNs: Int64
    ) {
        self.template = template
        self.outcome = outcome
        self.intendedNs = intendedNs
        self.startNs = startNs
        self.endNs = endNs
    }

    /// From the intended start.
    package var responseMs: Double { Double(endNs - intendedNs) / 1e6 }
    /// From the actual start.
    package var serviceMs: Double { Double(endNs - startNs) / 1e6 }
}
