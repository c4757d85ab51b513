import Glibc

extension Outcome.Failure {
    /// What a system call's `errno` means for a request.
    init(errno code: Int32) {
        switch code {
        case ECONNREFUSED: self = .refused
        case ECONNRESET: self = .reset
        case EPIPE: self = .closed
        case ENETUNREACH, EHOSTUNREACH, ENETDOWN, EHOSTDOWN: self = .unreachable
        case ETIMEDOUT: self = .timeout
        case EMFILE, ENFILE, ENOMEM, ENOBUFS, EADDRNOTAVAIL: self = .resources
        default: self = .failed
        }
    }

    /// The system's words for an `errno`.
    static func systemMessage(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
}

/// How many processors this process may run on.
package func processorCount() -> Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
