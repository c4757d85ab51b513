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
}

/// How many processors this process may run on.
package func processorCount() -> Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

/// Unix time in milliseconds, with the fraction that the clock has.
package func unixTimeMs() -> Double {
    var now = timespec()
    guard unsafe clock_gettime(CLOCK_REALTIME, &now) == 0 else { return 0 }
    return Double(now.tv_sec) * 1e3 + Double(now.tv_nsec) / 1e6
}
