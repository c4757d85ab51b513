import Glibc
import TrackerLog

extension Outcome.Failure {
    /// The failure for a system call's `errno`.
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

    /// The system's message for an `errno`.
    static func systemMessage(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
}

/// Processor time of the calling thread since its start, in nanoseconds.
func threadProcessorNs() -> Int64 {
    var time = timespec()
    guard unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0 else { return 0 }
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// The id of this process.
package func currentProcess() -> Int32 { getpid() }

/// Raises the descriptor limit to the maximum allowed: each connection needs one.
package func raiseDescriptorLimit() {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    // If this fails, connections without a descriptor are reported as `resources`.
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}
