import ArgumentParser
import Glibc
import Synchronization

/// Whether everything that a command printed has reached standard output. Safe to use from any
/// thread.
final class OutputOutcome: Sendable {
    /// `EX_IOERR` of sysexits(3), as 64 for a usage error is `EX_USAGE`.
    static let exitStatus: Int32 = 74

    private let first = Mutex<String?>(nil)

    /// Why the first write failed that did; `nil` while none has.
    var failure: String? { first.withLock { $0 } }

    func fail(_ reason: String) { first.withLock { $0 = $0 ?? reason } }

    /// Says why, if a write failed.
    /// - Parameter status: that of the command.
    /// - Returns: the exit status.
    func report(after status: Int32) -> Int32 {
        guard let failure else { return status }
        printError("error: cannot write to standard output: \(failure)")
        return status == 0 ? Self.exitStatus : status
    }
}

/// Ends the process when nobody reads its output any more. Only for a command that does nothing but
/// print, and much of it.
func endWithoutReader() {
    let outcome = Console.current.outcome
    if outcome.failure != nil { exit(outcome.report(after: 0)) }
}
