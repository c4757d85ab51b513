/// Why a load test could not be prepared or run. Says what happened, where, and what to do.
package enum LoadError: Error, Sendable, Hashable, CustomStringConvertible {
    /// An invalid argument.
    case invalid(argument: String, value: String, problem: String)
    /// The host name has no address.
    case unresolved(host: String, reason: String)
    /// The target accepted no connection at all.
    case unreachable(target: String, tries: Int, reason: String)
    /// Requests were sent, and none succeeded.
    case noSuccess(requests: UInt64, reasons: String)
    /// A file that could not be read.
    case file(path: String, reason: String)
    /// The system's OpenSSL could not be opened, or used.
    case noTLS(reason: String)
    /// The address could not be bound.
    case listen(address: String, reason: String)
    /// The session's log could not be opened or written.
    case log(reason: String)
    /// Too few descriptors or threads to begin.
    case resources(String)

    /// In a few words, for a list of runs.
    package var reason: String {
        switch self {
        case .invalid(let argument, _, _): "\(argument) is invalid"
        case .unresolved(let host, _): "could not reach \(host)"
        case .unreachable(let target, _, let reason): "could not reach \(target): \(reason)"
        case .noSuccess, .resources: description
        case .file(let path, _): "could not read \(path)"
        case .noTLS: "could not use OpenSSL"
        case .listen(let address, _): "could not listen on \(address)"
        case .log(let reason): "could not write the log: \(reason)"
        }
    }

    /// Whether the next run of a series is in vain. Where requests failed, the next may succeed.
    package var endsSeries: Bool {
        if case .noSuccess = self { false } else { true }
    }

    package var description: String {
        switch self {
        case .invalid(let argument, let value, let problem):
            "\(argument) \"\(value)\": \(problem)"
        case .unresolved(let host, let reason):
            "cannot resolve \(host): \(reason). Check the spelling of the host in the URL."
        case .unreachable(let target, let tries, let reason):
            """
            \(target) accepted no connection (\(tries) tries, \(reason)). \
            Is the target running, and is the port right?
            """
        case .noSuccess(let requests, let reasons):
            requests == 1
                ? "the only request failed: \(reasons)"
                : "all \(requests) requests failed: \(reasons)"
        case .file(let path, let reason): "cannot read \(path): \(reason)"
        case .noTLS(let reason):
            """
            https needs OpenSSL 3 of this system: \(reason). \
            On Debian and Ubuntu it comes with: apt-get install libssl3
            """
        case .listen(let address, let reason):
            "cannot listen on \(address): \(reason). Choose another port with --port."
        case .log(let reason): "cannot write the session's log: \(reason)"
        case .resources(let text): text
        }
    }
}
