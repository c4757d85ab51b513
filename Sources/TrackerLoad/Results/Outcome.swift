/// How a request ended: with a response, or with the reason for its absence.
package enum Outcome: Sendable, Hashable {
    /// A complete response with this status.
    case status(UInt16)
    case failure(Failure)

    /// The raw value is the label `status` of the sample.
    package enum Failure: String, Sendable, Hashable, CaseIterable {
        /// No complete response within the timeout.
        case timeout
        /// No process listens on the port.
        case refused
        /// No route to the host.
        case unreachable
        /// The target reset the connection (TCP RST).
        case reset
        /// The target closed the connection before the response was complete.
        case closed
        /// The TLS handshake failed: the target does not use TLS, or its certificate is not
        /// trusted.
        case tls
        /// The response is not HTTP/1.
        case malformed
        /// This process has no descriptor, port or memory left for another connection.
        case resources
        /// Any other error of the connection.
        case failed
    }

    /// Whether it is a response with a status below 400.
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

    /// A text for the report.
    package var explanation: String {
        switch self {
        case .status(let code): "status \(code)"
        case .failure(let reason): reason.explanation
        }
    }

    /// Whether the connection could not be established.
    var isConnectFailure: Bool {
        switch self {
        case .failure(.refused), .failure(.unreachable), .failure(.resources): true
        default: false
        }
    }
}

/// One request that has ended. Times are nanoseconds after the run's start, from a monotonic clock.
package struct CompletedRequest: Sendable, Hashable {
    /// Index of its template in the plan.
    package var template: Int32
    package var outcome: Outcome
    /// Intended start; in a closed loop equal to `startNs`.
    package var intendedNs: Int64
    /// When it was sent, or when its connection attempt started.
    package var startNs: Int64
    /// When the last byte of the response arrived, or the request failed.
    package var endNs: Int64
    /// Open loop: how late it was sent although a connection was free. The cause is the generator.
    package var generatorDelayNs: Int64

    package init(
        template: Int32, outcome: Outcome, intendedNs: Int64, startNs: Int64, endNs: Int64,
        generatorDelayNs: Int64 = 0
    ) {
        self.template = template
        self.outcome = outcome
        self.intendedNs = intendedNs
        self.startNs = startNs
        self.endNs = endNs
        self.generatorDelayNs = generatorDelayNs
    }

    /// From the intended start.
    package var responseMs: Double { Double(endNs - intendedNs) / 1e6 }
    /// What the response time were without the delay of the generator.
    package var undelayedMs: Double { Double(endNs - intendedNs - generatorDelayNs) / 1e6 }
    /// What the response time were, had a connection been free at the intended start.
    package var unqueuedMs: Double { serviceMs + Double(generatorDelayNs) / 1e6 }
    /// From the actual start.
    package var serviceMs: Double { Double(endNs - startNs) / 1e6 }
}
