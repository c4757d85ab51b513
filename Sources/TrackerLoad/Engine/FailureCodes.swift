import Glibc
import TrackerLog

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

/// The id of this process.
package func currentProcess() -> Int32 { getpid() }

/// Lets this process open as many descriptors as the system allows it: each connection needs one.
package func raiseDescriptorLimit() {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    // When it is refused, connections that get no descriptor fail as `resources`, and say so.
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}
