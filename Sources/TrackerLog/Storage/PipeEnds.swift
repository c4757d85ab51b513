import Glibc

/// Both ends of a new pipe, which programs that are started do not get. Whoever makes it closes it.
package struct PipeEnds: Sendable {
    package let read: Int32
    package let write: Int32

    /// Fails when no descriptor is left: `errno` says for whom.
    package init?() {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (read, write) = (ends[0], ends[1])
    }

    package func closeBoth() {
        close(read)
        close(write)
    }
}
